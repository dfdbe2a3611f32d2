# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon dies while a guest plays, and the next one goes on.

# 60 s. A clock so slow that JACK itself loses nothing: it runs asynchronously here, since a
# synchronous server would wait for every client that was killed.
RESTART_FRAMES=480000
RESTART_KILLS=20

# restart_play PERIOD RING: aplay of the pattern in the background, its number in $player
restart_play() {
	guest_run g1 60 generate 0 s16 2 $RESTART_FRAMES 7
	jackfollow -c 2 -f s16 -s 7 -n $RESTART_FRAMES g1:out_ > /root/follow 2> /root/follow.err &
	follow=$!
	within 20 grep -q listens /root/follow.err
	guest_send g1 RATE=8000 play_file 0 s16 2 $1 $2
	player=$sent
	guest_run g1 20 wait_for 15 is_running p 0
}

# restart_times COUNT SIGNAL SECONDS: the daemon ends and starts again, so many seconds between
restart_times() {
	local n=0
	while [ $n -lt $1 ]; do
		sleep $3
		daemon_stop $2
		daemon_start || return 1
		n=$((n + 1))
	done
}

case_restart() {
	local status
	up 8000 512 '' "$(stereo_card 8000 65536)"
	check 'restart: card' $?
	restart_play 4096 16384
	check 'restart: plays' $?
	restart_times $RESTART_KILLS KILL 2
	check "restart: $RESTART_KILLS times killed and started" $?
	restart_times 2 TERM 2
	check 'restart: and told to end' $?
	guest_run g1 10 is_running p 0
	check 'restart: played all the time' $?
	guest_wait g1 $player 120
	status=$?
	check 'restart: aplay ends without an error' $status "$answer"
	[ "$answer" = 'guest xruns: 0' ]
	check 'restart: and without an xrun' $? "$answer"
	sleep 3
	kill $follow
	wait $follow
	check 'restart: the sound between is bit-exact' $? "$(cat /root/follow)"
	[ "$(json last "$(cat /root/follow)")" = $RESTART_FRAMES ]
	check 'restart: to the last frame' $?
	down
}

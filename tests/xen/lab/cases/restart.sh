# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon dies while a guest plays, and the next one goes on.

# 160 s, longer than all that is done meanwhile, on a clock and with a ring so slow and long that an
# emulated machine mostly has the time to start a daemon and its JACK clients within half a ring;
# after that the null clock goes on, and what is played is lost. JACK runs asynchronously: a synchronous server would
# stall for ten cycles where a client dies in its callback.
RESTART_FRAMES=1280000
RESTART_PERIOD=8192
RESTART_RING=32768
RESTART_KILLS=20

# restart_play: aplay of the pattern in the background, its number in $player
restart_play() {
	guest_run g1 120 generate 0 s16 2 $RESTART_FRAMES 7
	jackfollow -c 2 -f s16 -s 7 -n $RESTART_FRAMES g1:out_ > /root/follow 2> /root/follow.err &
	follow=$!
	within 20 grep -q listens /root/follow.err
	guest_send g1 RATE=8000 play_file 0 s16 2 $RESTART_PERIOD $RESTART_RING
	player=$sent
	guest_run g1 20 wait_for 15 is_running p 0
}

restart_shown() { jack_lsp | grep -qx g1:out_1; }

# restart_times COUNT SIGNAL: the daemon ends and starts again, and plays again in between
restart_times() {
	local n=0
	while [ $n -lt $1 ]; do
		sleep 1
		daemon_stop $2
		daemon_start && within 20 restart_shown || return 1
		n=$((n + 1))
	done
}

restart_round() {
	restart_play
	prepare=$?
	restart_times $RESTART_KILLS KILL
	killed=$?
	restart_times 2 TERM
	ended=$?
	guest_run g1 10 is_running p 0
	running=$?
	guest_wait g1 $player 240
	played=$?
	sleep 5
	kill $follow
	wait $follow
	exact=$?
}

# Again, twice at most, where JACK itself lost cycles.
case_restart() {
	local prepare killed ended running played exact try
	up 8000 1024 '' "$(stereo_card 8000 131072)"
	check 'restart: card' $?
	for try in 1 2 3; do
		restart_round
		[ $exact -ne 0 ] && [ "$(json xruns "$(cat /root/follow)")" != 0 ] || break
		say "restart: try $try: $(cat /root/follow) $(cat /root/follow.err)"
	done
	check 'restart: plays' $prepare
	check "restart: $RESTART_KILLS times killed and started" $killed
	check 'restart: and told to end, twice' $ended
	check 'restart: played all the time' $running
	check 'restart: aplay ends without an error' $played "$answer"
	[ "$answer" = 'guest xruns: 0' ]
	check 'restart: and without an xrun' $? "$answer"
	check 'restart: the sound between is bit-exact' $exact "try $try, $(cat /root/follow)"
	[ "$(json last "$(cat /root/follow)")" = $RESTART_FRAMES ]
	check 'restart: to the last frame' $?
	down
}

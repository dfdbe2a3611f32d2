# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon dies while a guest plays, and the next one goes on.

# 240 s, longer than everything that is done meanwhile. The clock is so slow and the ring so long that the
# emulated machine can usually start a daemon and its JACK clients within half a ring; after that, the
# null clock takes over and what is played is lost. JACK runs asynchronously: a synchronous server would
# stall for ten cycles when a client dies in its callback.
RESTART_FRAMES=1920000
RESTART_PERIOD=8192
RESTART_RING=32768
RESTART_KILLS=20

# restart_play: plays the pattern with aplay in the background; its number is in $player
restart_play() {
	guest_run g1 120 generate 0 s16 2 $RESTART_FRAMES 7
	jackfollow -c 2 -f s16 -s 7 -n $RESTART_FRAMES g1:out_ > /root/follow 2> /root/follow.err &
	follow=$!
	within 20 grep -q listening /root/follow.err
	guest_send g1 RATE=8000 play_file 0 s16 2 $RESTART_PERIOD $RESTART_RING
	player=$sent
	guest_run g1 20 wait_for 15 is_running p 0
}

# In JACK a daemon that was killed may still have its ports for a while.
restart_registered() { grep -c 'g1: registered with JACK' $DAEMON_LOG; }
restart_shown() { [ "$(restart_registered)" -gt "$1" ]; }

# restart_times COUNT SIGNAL: ends the daemon and starts it; waits for its ports each time
restart_times() {
	local n=0 before
	while [ $n -lt $1 ]; do
		sleep 1
		before=$(restart_registered)
		daemon_stop $2
		daemon_start && within 20 restart_shown $before || return 1
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
	guest_wait g1 $player 360
	played=$?
	sleep 5
	kill $follow
	wait $follow
	exact=$?
}

# Tries again, at most twice, if JACK itself lost cycles.
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
	check "restart: killed and started $RESTART_KILLS times" $killed
	check 'restart: and terminated and started twice' $ended
	check 'restart: still playing after that' $running
	check 'restart: aplay ends without an error' $played "$answer"
	[ "$answer" = 'guest xruns: 0' ]
	check 'restart: and without an xrun' $? "$answer"
	check 'restart: the sound in between is bit-exact' $exact "try $try, $(cat /root/follow)"
	[ "$(json last "$(cat /root/follow)")" = $RESTART_FRAMES ]
	check 'restart: up to the last frame' $?
	down
}

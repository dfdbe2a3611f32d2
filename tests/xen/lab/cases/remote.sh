# SPDX-License-Identifier: GPL-2.0-or-later
# Remote control in dom0, with xenjackctl, while a guest plays.

REMOTE_SECONDS=60
REMOTE_RING=32768

# loudness: puts the peaks of half a second into $answer
loudness() {
	xenjackctl raw /stream/g1.out/meter > /dev/null
	sleep 0.5
	answer=$(xenjackctl raw /stream/g1.out/meter 2>&1)
}

# set_and_hear NAME EXPECTED COMMAND...: after COMMAND, the peaks must be EXPECTED
set_and_hear() {
	local name=$1 expected=$2; shift 2
	answer=$(xenjackctl "$@" 2>&1) && sleep 0.5 && loudness &&
		[ "$answer" = "/stream/g1.out/meter $expected" ]
	check "remote: $name" $? "$answer"
}

# kicked NAME PLAYER: kicks the guest's stream: the program gets an error, and another one can play
kicked() {
	local begin=$SECONDS
	xenjackctl kick "$1.out" > /dev/null && guest_wait "$1" "$2" 30
	[ $? -eq 1 ]
	check 'remote: kicked, the program gets an error' $? "after $((SECONDS - begin)) s"
	guest_run "$1" 10 'grep -o "write error.*" /tmp/play.0.err'
	note "remote: $answer"
	guest_run "$1" 20 'aplay -q -D hw:0,0,0 -t raw -f FLOAT_LE -c 2 -r 48000 /tmp/play.0 & sleep 1; kill $!'
	check 'remote: kicked, another program plays' $? "$answer"
}

wired() { jack_lsp -c | grep -A 3 '^g1:out_1' | grep -q system:playback_1; }
not_wired() { ! wired; }

case_remote() {
	local player watcher
	up 48000 1024 $SYNC "$(stereo_card 48000 $((8 * REMOTE_RING)))"
	check 'remote: card' $?
	guest_run g1 60 "sine gen -r 48000 -t $REMOTE_SECONDS > /tmp/play.0"
	xenjackctl watch streams > /root/watched 2>&1 &
	watcher=$!
	guest_send g1 RATE=48000 play_file 0 float 2 4096 $REMOTE_RING
	player=$sent
	guest_run g1 30 wait_for 20 is_running p 0
	sleep 1
	# The sine's peak is -1 dB.
	set_and_hear 'unchanged' '-1.0 -1.0' gain g1.out 0
	set_and_hear 'gain' '-21.0 -21.0' gain g1.out -20
	set_and_hear 'trim' '-21.0 -27.0' trim g1.out 2 -6
	set_and_hear 'mute, by pattern' '-inf -inf' mute 'g1.*' on
	set_and_hear 'unmute' '-21.0 -27.0' mute 'g1.*' off
	within 5 wired
	check 'remote: connected by default' $?
	answer=$(xenjackctl patch store lab 2>&1) && xenjackctl disconnect g1.out > /dev/null && within 5 not_wired
	check 'remote: disconnected' $? "$answer"
	answer=$(xenjackctl patch recall lab 2>&1) && within 5 wired
	check 'remote: patch recalled' $? "$answer"
	answer=$(xenjackctl gain g1.nothing -3 2>&1)
	[ $? -eq 1 ]
	check 'remote: no such stream' $? "$answer"
	answer=$(xenjackctl stats g1.out | tr -s ' \n' ' ')
	note "remote: $answer"
	kicked g1 $player
	# The daemon remembers levels: a guest that returns has them again.
	guest_off g1
	sleep 1
	kill $watcher 2> /dev/null
	for word in opened started stopped closed removed; do
		grep -q "/event/stream/$word [0-9]* g1.out" /root/watched
		check "remote: event $word" $?
	done
	guest_start g1 "$(stereo_card 48000 $((8 * REMOTE_RING)))" && card_up g1
	answer=$(xenjackctl gain g1.out)
	[ "$answer" = '-20.0 dB' ]
	check 'remote: levels remembered' $? "$answer"
	xenjackctl gain g1.out 0
	xenjackctl trim g1.out 2 0
	down
}

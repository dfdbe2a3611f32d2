# SPDX-License-Identifier: GPL-2.0-or-later
# What xl does to a guest and its cards in mid-play. Every case begins and ends with a guest that
# plays; a slow clock, with periods far longer than any stall of the emulated machine.

TOOL_RATE=8000
TOOL_PERIOD=2048
TOOL_RING=32768 # 4 s

tool_card() { stereo_card $TOOL_RATE 131072; }

# The same as arguments of xl vsnd-attach.
tool_attach() {
	xl vsnd-attach g1 "CARD, sample-rates=$TOOL_RATE, sample-formats=s16_le, channels-max=2, buffer-size=131072" \
		'PCM, name=second' 'STREAM, unique-id=out, type=p' 'STREAM, unique-id=in, type=c'
}

tool_up() {
	jack_start $TOOL_RATE 1024 $SYNC
	daemon_start
	nobody=$(held)
	guest_start g1 "$(tool_card)" && card_up g1
	check "card" $?
	idle=$(held)
}

# tool_play CARD [COMMAND]: for as long as it is let, in the background; its number in $player
tool_play() {
	guest_send g1 alsaprobe ${2:-play} -D hw:$1,0 -r $TOOL_RATE -p $TOOL_PERIOD -b $TOOL_RING -N 8000000
	player=$sent
	guest_run g1 30 "wait_for 20 is_running p 0 $1 && moves 10 $1 0 p"
}

# tool_listen: the tap that hears card 0, to be judged by tool_whole
tool_listen() { tap_start tap check -c 2 -f s16 -m $((TOOL_RATE * 150)) -i $((TOOL_RATE * 4)) g1:out_; }

# tool_whole NAME: the player of card 0, stopped now, was heard from its first frame to its last
tool_whole() {
	local status
	guest_run g1 10 killall alsaprobe
	guest_wait g1 $player 30
	status=$?
	wait $tap && [ $status -eq 0 ] && [ "$(json written "$answer")" = "$(json frames "$(cat /root/tap)")" ]
	check "$1" $? "$answer $(cat /root/tap)"
}

# tool_exact NAME [CARD]
tool_exact() {
	local client=g1${2:+-$2}
	play_exact "$1" 40 $TOOL_PERIOD s16 40001 -r $TOOL_RATE -b $TOOL_RING -D hw:${2:-0},0
}

# ---- attach: a second card comes and goes while the first one plays

case_attach() {
	local prefix='attach: ' idle nobody first
	tool_up
	tool_listen
	tool_play 0
	check 'the first card plays' $?
	first=$player
	tool_attach
	check 'xl vsnd-attach' $?
	card_up g1 1
	check 'the second card is there' $?
	tool_play 1
	check 'the second card plays' $?
	xl vsnd-detach g1 1
	check 'xl vsnd-detach' $?
	guest_wait g1 $player 30
	[ $? -eq 1 ]
	check 'its program gets an error' $? "$answer"
	guest_run g1 20 wait_for 15 no_card 1
	check 'the card is gone' $?
	player=$first
	guest_run g1 20 moves 10 0 0 p
	check 'the first card still plays' $?
	tool_whole 'the first card lost nothing'
	check_held 'detached' "$idle"
	tool_attach && card_up g1 1
	check 'attached again' $?
	tool_exact 'the second card plays' 1
	xl vsnd-detach g1 1
	check_held 'detached again' "$idle"
	tool_exact 'the first card plays'
	down
}

# ---- hold: a program that never closes its device

hold_shutdown() {
	xl shutdown g1
	sleep 8
	domain_id g1 > /dev/null
	check 'detached: xl shutdown waits for the program' $?
	guest_run g1 5 killall alsaprobe
	within 40 no_domain g1
	check 'detached: then it shuts down' $?
}

case_hold() {
	local prefix='hold: ' idle nobody bare
	tool_up
	xl vsnd-detach g1 0
	guest_run g1 20 wait_for 15 no_card
	bare=$(held)
	tool_attach && card_up g1
	check 'detached and attached' $?
	tool_play 0 hold
	check 'playing' $?
	xl vsnd-detach g1 0
	check 'xl vsnd-detach' $?
	check_held 'detached' "$bare"
	tool_attach
	check 'xl vsnd-attach meanwhile' $?
	hold_shutdown
	check_held 'shut down' "$nobody"

	guest_start g1 "$(tool_card)" && card_up g1
	check 'new guest' $?
	tool_play 0 hold
	check 'playing again' $?
	xl shutdown g1
	within 60 no_domain g1
	check 'xl shutdown' $?
	check_held 'shut down again' "$nobody"
	guest_start g1 "$(tool_card)" && card_up g1
	tool_exact 'plays after that'
	down
}

# ---- pause: xl pause and unpause

case_pause() {
	local prefix='pause: ' idle nobody
	tool_up
	tool_listen
	tool_play 0
	check 'playing' $?
	xl pause g1; sleep 1; xl unpause g1
	check 'for a second' $?
	guest_run g1 20 moves 10 0 0 p
	check 'plays on' $?
	tool_whole 'for a second: nothing is lost'

	guest_send g1 alsaprobe wake -r $TOOL_RATE -p $TOOL_PERIOD -b $TOOL_RING -t 25
	player=$sent
	guest_run g1 20 wait_for 15 is_running p 0
	xl pause g1; sleep 12; xl unpause g1
	check 'for three rings' $?
	guest_wait g1 $player 60
	check 'for three rings: the program recovers' $? "$answer"
	check_held 'for three rings' "$idle"
	tool_exact 'plays after that'
	down
}

# ---- reboot: the same name, another domain; and a guest that crashes

case_reboot() {
	local prefix='reboot: ' idle nobody id
	tool_up
	tool_play 0
	check 'playing' $?
	id=$(domain_id g1)
	guest_send g1 reboot -f
	within 60 other_domain g1 "$id" && guest_console g1 && guest_ready g1 && card_up g1
	check 'the guest is back' $? "domain $id, now $(domain_id g1)"
	check_held 'rebooted' "$idle"
	tool_exact 'plays again'

	tool_play 0
	check 'playing before the crash' $?
	guest_send g1 'echo c > /proc/sysrq-trigger'
	within 60 no_domain g1
	check 'the crashed guest is gone' $?
	check_held 'crashed' "$nobody"
	guest_start g1 "$(tool_card)" && card_up g1
	tool_exact 'plays after the crash'
	down
}

# ---- save: to a file and back, and a checkpoint

case_save() {
	local prefix='save: ' idle nobody
	tool_up
	tool_play 0
	check 'playing' $?
	xl save g1 /root/g1.save
	check 'xl save' $?
	within 30 no_domain g1
	check 'the domain is gone' $?
	check_held 'saved' "$nobody"
	xl restore /root/g1.save
	check 'xl restore' $?
	guest_console g1
	guest_wait g1 $player 60
	check 'the program ends' $(($? == 124)) "$answer"
	card_up g1
	check 'the card is back' $?
	check_held 'restored' "$idle"
	tool_exact 'plays again'
	down
}

# SPDX-License-Identifier: GPL-2.0-or-later
# What xl does to a guest and its cards in mid-play. Every case begins and ends with a guest that plays.
# The clock is slow, with periods far longer than any stall of the emulated machine.

TOOL_RATE=8000
TOOL_PERIOD=2048
TOOL_RING=32768 # 4 s

tool_card() { stereo_card $TOOL_RATE 131072 s16_le; }

# Attaches a card with xl vsnd-attach.
tool_attach() {
	xl vsnd-attach g1 "CARD, sample-rates=$TOOL_RATE, sample-formats=s16_le, channels-max=2, buffer-size=131072" \
		'PCM, name=second' 'STREAM, unique-id=out, type=p' 'STREAM, unique-id=in, type=c'
}

# tool_up VSND
tool_up() {
	jack_start $TOOL_RATE 1024 $SYNC
	daemon_start
	nobody=$(held)
	guest_start g1 "$1" && { [ -z "$1" ] || card_up g1; }
	check 'guest' $?
	idle=$(held)
}

# tool_play [GUEST [MODE]]: plays in the background until it is stopped; its number is in $player
tool_play() {
	guest_send ${1:-g1} alsaprobe ${2:-play} --full -r $TOOL_RATE -p $TOOL_PERIOD -b $TOOL_RING -N 8000000
	player=$sent
	guest_run ${1:-g1} 40 'wait_for 20 is_running p 0 && moves 10 0 0 p'
}

# tool_listen [GUEST]: starts the tap that hears its card, for tool_whole
tool_listen() {
	tap_start tap check -c 2 -f s16 -m $((TOOL_RATE * 300)) -i $((TOOL_RATE * 4)) ${1:-g1}:out_
	listener=$tap
}

# tool_whole NAME [GUEST]: stops its player, which must have been heard from its first frame to its last
tool_whole() {
	local status
	guest_run ${2:-g1} 10 killall alsaprobe
	guest_wait ${2:-g1} $player 30
	status=$?
	wait $listener && [ $status -eq 0 ] && [ "$(json written "$answer")" = "$(json frames "$(cat /root/tap)")" ]
	check "$1" $? "$answer $(cat /root/tap)"
}

tool_exact() { play_exact "$1" 40 $TOOL_PERIOD s16 40001 -r $TOOL_RATE -b $TOOL_RING; }

# ---- attach: a card is attached and detached; and a second one

# Linux gives every card of its front end the number 0, so it has one at most. It refuses a second one
# for as long as that exists, and the back end must not retry in a tight loop.
attach_second() {
	local before tries
	tool_listen
	tool_play
	check 'plays once more' $?
	before=$(grep -c 'g1@1: card .* connected' $DAEMON_LOG)
	tool_attach
	check 'xl vsnd-attach of a second card' $?
	sleep 12
	tries=$(($(grep -c 'g1@1: card .* connected' $DAEMON_LOG) - before))
	[ $tries -ge 1 ] && [ $tries -le 7 ]
	check 'a refused second card is retried rarely' $? "$tries times in 12 s"
	xl vsnd-detach g1 1
	check 'xl vsnd-detach of a second card' $?
	guest_run g1 20 moves 10 0 0 p
	check 'the first card plays on' $? "$answer"
	tool_whole 'the first card lost nothing'
}

# tool_detach: detaches in a way that Linux survives. Its driver frees the card whenever the back end
# goes away, three times during a detach, and writes to the freed memory: after a detach with the driver
# bound, anything can happen to a guest, and does (docs/guests.md).
tool_detach() { guest_run g1 30 unbind && xl vsnd-detach g1 0; }

case_attach() {
	local prefix='attach: ' idle nobody bare
	tool_up ''
	bare=$(held)
	tool_attach && card_up g1
	check 'xl vsnd-attach' $?
	tool_exact 'plays'
	idle=$(held)
	tool_detach
	check 'xl vsnd-detach' $?
	check_held 'detached' "$bare"
	tool_attach && card_up g1
	check 'attached again' $?
	tool_exact 'plays again'
	tool_detach && tool_attach && card_up g1
	check 'attached again at once' $?
	tool_exact 'plays after that'
	check_held 'attached again at once' "$idle"
	attach_second
	tool_play
	check 'plays on' $?
	xl vsnd-detach g1 0
	check 'xl vsnd-detach in mid-play' $?
	guest_wait g1 $player 30
	[ $? -eq 1 ]
	check 'the program gets an error' $? "$answer"
	guest_run g1 20 wait_for 15 no_card
	check 'the card is gone' $?
	check_held 'detached in mid-play' "$bare"
	down
}

# ---- hold: a program that never closes its device, whatever happens to it

# During a detach, the guest handles nothing of xenstore until its program closes the device, but nobody
# else waits for the guest. Another guest, g2, plays all the time.
hold_detach() {
	local bare
	xl vsnd-detach g1 0
	guest_run g1 20 wait_for 15 no_card
	sleep 3 # the daemon serves the rings a little longer
	bare=$(held)
	tool_attach && card_up g1
	check 'detached and attached' $?
	tool_play g1 hold
	check 'playing' $?
	xl vsnd-detach g1 0
	check 'xl vsnd-detach' $?
	check_held 'detached' "$bare"
	tool_attach
	check 'xl vsnd-attach meanwhile' $?
	xl shutdown g1
	sleep 8
	domain_id g1 > /dev/null
	check 'xl shutdown waits for the program' $?
	guest_run g1 5 killall alsaprobe
	within 40 no_domain g1
	check 'without the program, the guest shuts down' $?
}

case_hold() {
	local prefix='hold: ' idle nobody other
	tool_up "$(tool_card)"
	guest_start g2 "$(tool_card)" && card_up g2
	check 'other guest' $?
	tool_listen g2
	tool_play g2
	check 'the other guest plays' $?
	other=$player
	hold_detach

	guest_start g1 "$(tool_card)" && card_up g1
	check 'new guest' $?
	tool_play g1 hold
	check 'playing again' $?
	xl shutdown g1
	within 60 no_domain g1
	check 'xl shutdown in mid-play' $?

	player=$other
	guest_run g2 20 moves 10 0 0 p
	check 'the other guest still plays' $? "$answer"
	tool_whole 'the other guest lost nothing' g2
	guest_off g2
	check_held 'both are gone' "$nobody"
	guest_start g1 "$(tool_card)" && card_up g1
	tool_exact 'plays after that'
	down
}

# ---- pause: xl pause and unpause

case_pause() {
	local prefix='pause: ' idle nobody
	tool_up "$(tool_card)"
	tool_listen
	tool_play
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
	tool_up "$(tool_card)"
	tool_play
	check 'playing' $?
	id=$(domain_id g1)
	guest_send g1 reboot -f
	within 60 other_domain g1 "$id" && guest_console g1 && guest_ready g1 && card_up g1
	check 'the guest is back' $? "domain $id, now $(domain_id g1)"
	check_held 'rebooted' "$idle"
	tool_exact 'plays again'

	tool_play
	check 'playing before the crash' $?
	guest_send g1 'echo c > /proc/sysrq-trigger'
	within 60 no_domain g1
	check 'the crashed guest is gone' $?
	check_held 'crashed' "$nobody"
	guest_start g1 "$(tool_card)" && card_up g1
	tool_exact 'plays after the crash'
	down
}

# ---- save: to a file and back

# save_restore: saves the guest to a file and restores it
save_restore() {
	xl save g1 /root/g1.save
	check 'xl save' $?
	within 30 no_domain g1
	check 'the domain is gone' $?
	check_held 'saved' "$nobody"
	xl restore /root/g1.save
	check 'xl restore' $?
	rm -f /root/g1.save
	guest_console g1
}

case_save() {
	local prefix='save: ' idle nobody
	tool_up "$(tool_card)"
	tool_exact 'plays'
	save_restore
	card_up g1
	check 'the card is back' $?
	check_held 'restored' "$idle"
	tool_exact 'plays again'
	# Linux 6.1 itself does not survive the next one: its driver frees a card twice.
	tool_play
	check 'playing' $?
	save_restore
	guest_wait g1 $player 60
	check 'the program ends' $(($? == 124)) "$answer"
	xl destroy g1
	within 15 no_zombie
	check 'no zombie' $?
	check_held 'destroyed' "$nobody"
	daemon_stop
	jack_stop
}

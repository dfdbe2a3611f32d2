# SPDX-License-Identifier: GPL-2.0-or-later
# JACK comes back at another rate while a guest's card is idle.

rates_node() { xenstore-read "/local/domain/$(domain_id g1)/device/vsnd/0/sample-rates"; }
rates_are() { [ "$(rates_node)" = "$1" ]; }

# rates_jack RATE: restarts JACK, and waits until the daemon has noticed
rates_jack() {
	local known
	known=$(grep -c "JACK runs at $1 Hz, 1024" $DAEMON_LOG)
	jack_stop
	jack_start $1 1024 $SYNC
	within 20 rates_known $1 $known
}

rates_known() { [ "$(grep -c "JACK runs at $1 Hz, 1024" $DAEMON_LOG)" -gt "$2" ]; }

# rates_play NAME RATE
rates_play() {
	guest_run g1 30 bind && card_up g1
	check "rates: $1: card" $? "$answer"
	within 20 jack_lsp ${ports}1
	play_exact "rates: $1: plays" 30 4096 s16 48000 -r $2
}

case_rates() {
	local ports=g1:pcm0-0_
	up 48000 1024 $SYNC "['CARD', 'PCM', 'STREAM, type=p', 'STREAM, type=c']"
	check 'rates: card' $?
	rates_jack 44100
	within 10 grep -q 'connected at 48000 Hz, but JACK runs at 44100 Hz: the guest cannot' $DAEMON_LOG
	check 'rates: another server: told' $?
	rates_are 48000
	check 'rates: another server: a connected card keeps its rate' $? "$(rates_node)"
	! guest_run g1 20 alsaprobe play -p 4096 -f s16 -N 48000 -r 44100
	check 'rates: another server: the new rate cannot be opened' $? "$answer"
	guest_run g1 30 unbind
	rates_are 44100
	check 'rates: driver unbound: the card has the new rate' $? "$(rates_node)"
	rates_play 'the driver is back' 44100
	guest_run g1 30 unbind
	rates_jack 48000
	within 10 rates_are 48000
	check 'rates: another server while no driver is bound: the card has its rate' $? "$(rates_node)"
	rates_play 'the driver is back again' 48000
	down
}

# recycle_idle: makes a new daemon find a card that it cannot go on with: state 4 -> 2
recycle_idle() {
	daemon_stop KILL
	rm -f /run/xenjack/card-*
	daemon_start
}

recycle_bugs() { guest_run g1 10 'dmesg | grep -c "FIX kmalloc.*Restoring Poison"'; }
recycle_watch_sleeps() { [ "$(xenstore-read "/local/domain/$(domain_id g1)/control/sysrq")" = h ]; }
recycle_watch_works() { ! recycle_watch_sleeps; }

# Why an idle card is not recycled when JACK's rate changes: what Linux does whenever it has to connect
# anew, as its own memory checks see it.
case_recycle() {
	local n slept GUEST_OPTIONS='extra = "console=hvc0 quiet slub_debug=FZPU"'
	up 48000 1024 '' "$(stereo_card 48000 131072)"
	check 'recycle: card' $?
	recycle_bugs
	check 'recycle: no memory error before' $([ "$answer" = 0 ]; echo $?) "$answer"
	for n in 1 2 3; do
		recycle_idle
		sleep 1
		card_up g1
		check "recycle: the card is back, $n" $?
	done
	# Linux notices only when the memory is used again.
	recycle_bugs
	check 'recycle: Linux writes to memory that it has freed' $([ "$answer" -ge 1 ]; echo $?) "seen $answer of 3 times"
	guest_send g1 'sleep 15 < /dev/snd/controlC0; echo slept'
	slept=$sent
	sleep 1
	recycle_idle
	sleep 3
	xl sysrq g1 h
	sleep 3
	recycle_watch_sleeps
	check 'recycle: Linux handles no xenstore watches while a control device is open' $?
	guest_wait g1 $slept 30
	within 10 recycle_watch_works && card_up g1
	check 'recycle: and does so again once it is closed' $?
	down
}

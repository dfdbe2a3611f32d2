# SPDX-License-Identifier: GPL-2.0-or-later
# A JACK server inside the guest, on its card, playback and capture at once: dom0's JACK -> the
# guest's JACK -> dom0's JACK.

# chain_once TRY RATE PERIOD PERIODS SECONDS: starts the guest's server with its inputs connected to its
# outputs, and sends a pattern through that chain. It must arrive bit for bit: the card has a float
# format, which jackd prefers.
chain_once() {
	local seed=$1 rate=$2 frames=$(($2 * $5)) seconds=$5 listener status
	guest_run g1 60 jack_up $rate $3 $4 || return
	tap_start tap check -c 2 -f float -n $frames -m $((frames + 4 * rate)) -s $seed \
		-t $((seconds + 20)) g1:out_
	listener=$tap
	tap_start player play -g -c 2 -f float -n $frames -s $seed g1-in:in_
	sleep 1
	kill -USR1 $tap
	wait $tap
	wait $listener
	status=$?
	guest_run g1 30 jack_down
	answer="$answer, $(cat /root/tap)"
	return $status
}

# chain NAME RATE PERIOD PERIODS SECONDS: must be exact; tries again only if the guest's server reported
# xruns, which are the slow machine's fault
chain() {
	local name=$1 try status; shift
	for try in 1 2 3; do
		chain_once $try "$@"
		status=$?
		[ $status -ne 0 ] && echo "$answer" | grep -q 'xruns in the guest: [1-9]' || break
		say "$name: try $try: $answer"
	done
	check "$name" $status "try $try, $answer"
}

# chain_table RATE RING PERIOD...: measures shorter and shorter periods, with a ring that is long enough
# for the machine's stalls
chain_table() {
	local rate=$1 ring=$2 period word; shift 2
	for period; do
		word=exact
		chain_once 0 $rate $period $((ring / period)) 6 || word='not exact'
		note "$rate Hz, $((ring / period)) periods of $period: $word, $answer"
	done
}

case_guest_jack() { # layers: jack
	local GUEST_LAYERS=jack GUEST_MEMORY=384
	up 48000 256 $SYNC "$(stereo_card 48000 262144)"
	check 'guest-jack: card' $?
	chain 'guest-jack: 48000 Hz, 4 periods of 4096' 48000 4096 4 20
	down
	up 8000 64 $SYNC "$(stereo_card 8000 65536)"
	check 'guest-jack: card at 8000 Hz' $?
	chain 'guest-jack: 8000 Hz, 4 periods of 512' 8000 512 4 20
	down
}

# How short the periods may be depends on the machine: measured and not checked.
case_guest_jack_table() { # layers: jack
	local GUEST_LAYERS=jack GUEST_MEMORY=384
	up 48000 256 $SYNC "$(stereo_card 48000 262144)"
	chain_table 48000 16384 2048 1024
	chain_table 48000 8192 2048
	down
	up 8000 64 $SYNC "$(stereo_card 8000 65536)"
	chain_table 8000 2048 256 128 64
	down
}

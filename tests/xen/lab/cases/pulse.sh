# SPDX-License-Identifier: GPL-2.0-or-later
# A PulseAudio server inside the guest, on its card, with and without mmap. In both, the card's wake-ups
# drive it: in a virtual machine, it does not use a timer.

# pulse NAME DEVICE SECONDS: the server plays silence, then a pattern, then silence; it passes a single
# stream at full volume unchanged. Tries again if the server reported underruns meanwhile.
pulse() {
	local name=$1 frames=$((48000 * $3)) try status played
	for try in 1 2 3; do
		guest_run g1 60 pulse_up $2 || { check "$name" 1 "no server, $answer"; return; }
		guest_run g1 60 generate 0 s16 2 $frames $try
		tap_start tap check -c 2 -f s16 -n $frames -s $try -t 60 g1:out_
		guest_run g1 $((60 + $3)) pulse_play
		played=$answer
		wait $tap
		status=$?
		guest_run g1 30 pulse_down
		[ $status -ne 0 ] && [ "$played" != 'underruns: 0' ] || break
		say "$name: try $try: $played, $(cat /root/tap)"
	done
	check "$name" $status "try $try, $played, $answer, $(cat /root/tap)"
}

case_guest_pulse() { # layers: pulse
	local GUEST_LAYERS=pulse GUEST_MEMORY=384
	up 48000 1024 $SYNC "$(stereo_card 48000 262144)"
	check 'guest-pulse: card' $?
	pulse 'guest-pulse: mmap_emul' xen 20
	pulse 'guest-pulse: no mmap, a minute' hw:0,0 60
	down
}

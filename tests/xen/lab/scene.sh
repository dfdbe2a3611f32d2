# SPDX-License-Identifier: GPL-2.0-or-later
# The setup of most cases: a JACK server, the daemon, a guest with a card; and a bit-exact playback.

FORMATS='s16_le;s24_le;s32_le;f32_le'
SYNC=-S

# stereo_card RATE BUFFER-BYTES [FORMATS]: one playback stream "out" and one capture stream "in"
stereo_card() {
	echo "['CARD, sample-rates=$1, sample-formats=${3:-$FORMATS}, channels-max=2, buffer-size=$2'," \
		"'PCM, name=main', 'STREAM, unique-id=out, type=p', 'STREAM, unique-id=in, type=c']"
}

# up RATE PERIOD SYNC VSND: starts everything, the guest g1 with its card included
up() {
	jack_start "$1" "$2" $3
	daemon_start && guest_start g1 "$4" && card_up g1
}

down() {
	guest_off g1 || { say 'g1 does not power off'; xl destroy g1; }
	daemon_stop || say 'the daemon did not stop'
	jack_stop
}

# play_exact NAME SECONDS PERIOD FORMAT FRAMES [OPTION...]: plays with alsaprobe and compares bit for
# bit what arrives at the ports $ports, or the stereo card's. Tries again if that failed and JACK or the
# guest had an xrun, which is the slow machine's fault.
play_exact() {
	local name=$1 seconds=$2 period=$3 format=$4 frames=$5 try status; shift 5
	for try in 1 2 3; do
		tap_start tap check -c 2 -f $format -n $frames -s $try -t $seconds ${ports:-g1:out_}
		guest_run g1 $seconds alsaprobe play -p $period -f $format -N $frames -s $try "$@"
		status=$?
		wait $tap && [ $status -eq 0 ]
		status=$?
		[ $status -ne 0 ] && echo "$answer $(cat /root/tap)" | grep -q '"xruns":[1-9]' || break
		say "$name: try $try failed, with xruns: $answer $(cat /root/tap)"
	done
	check "$name" $status "try $try, $answer $(cat /root/tap)"
}

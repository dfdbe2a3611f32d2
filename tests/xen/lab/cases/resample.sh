# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that may use rates other than JACK's does so, in both directions at once.

RESAMPLE_SECONDS=3
RESAMPLE_RATE=44100
RESAMPLE_RING=65536
# docs/resampling.md has 142 dB and 136 dB for `resample = yes`.
RESAMPLE_DB_OUT=140
RESAMPLE_DB_IN=134

# resample_round: aplay and arecord; writes a line per direction to /root/verdicts, as both_ways does
resample_round() {
	local seconds=$RESAMPLE_SECONDS listener player play record status xruns
	sine gen -r 48000 -t $seconds > /root/sine
	guest_run g1 60 "sine gen -r $RESAMPLE_RATE -t $seconds > /tmp/play.0"
	tap_start tap rec -c 2 -n $((120 * 48000)) -o /root/heard g1:out_
	listener=$tap
	tap_start player play -g -c 2 -f float -n $(((seconds + 1) * 48000)) -r /root/sine g1-in:in_
	player=$tap
	guest_send g1 RATE=$RESAMPLE_RATE record 0 float 2 4096 $RESAMPLE_RING
	record=$sent
	guest_run g1 30 wait_for 20 is_running c 0
	kill -USR1 $player
	guest_run g1 60 RATE=$RESAMPLE_RATE play_file 0 float 2 4096 $RESAMPLE_RING
	status=$?
	xruns=$answer
	kill $listener
	wait $listener
	sine judge -r 48000 -t $seconds -d $RESAMPLE_DB_OUT /root/heard > /root/judged && [ $status -eq 0 ]
	echo "$? aplay|$xruns $(cat /root/judged)" > /root/verdicts
	wait $player
	guest_run g1 10 record_stop
	guest_wait g1 $record 60
	status=$?
	xruns=$answer
	guest_run g1 60 sine judge -r $RESAMPLE_RATE -t $seconds -d $RESAMPLE_DB_IN /tmp/rec.0 && [ $status -eq 0 ]
	echo "$? arecord|$xruns $answer" >> /root/verdicts
}

case_resample() {
	local try status rest
	printf '[guest g1]\nresample = yes\n' > /root/xenjack.conf
	up 48000 1024 $SYNC "$(stereo_card "$RESAMPLE_RATE;48000" $((8 * RESAMPLE_RING)))"
	check 'resample: card' $?
	# try again only if the machine was too slow
	for try in 1 2 3; do
		resample_round
		grep -q 'guest xruns: [1-9]' /root/verdicts || break
	done
	while read -r status rest; do
		check "resample: ${rest%%|*} at $RESAMPLE_RATE Hz" $status "try $try, ${rest#*|}"
	done < /root/verdicts
	down
	: > /root/xenjack.conf
}

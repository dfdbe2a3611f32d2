# SPDX-License-Identifier: GPL-2.0-or-later
# Formats that matrix does not play: unsigned, big-endian, logarithmic.

FORMATS_FRAMES=96321
FORMATS_RING=16384

# both_ways FORMAT SEED: aplay and arecord at once, bit for bit; writes a line per direction to
# /root/verdicts, as matrix_judge does
both_ways() {
	local format=$1 seed=$2 frames=$FORMATS_FRAMES listener player play record status xruns
	guest_run g1 60 generate 0 $format 2 $frames $seed
	tap_start tap check -c 2 -f $format -n $frames -s $seed g1:out_
	listener=$tap
	tap_start player play -g -c 2 -f $format -n $frames -s 1$seed g1-in:in_
	player=$tap
	guest_send g1 record 0 $format 2 4096 $FORMATS_RING
	record=$sent
	guest_send g1 play_file 0 $format 2 4096 $FORMATS_RING
	play=$sent
	guest_run g1 30 wait_for 20 is_running c 0
	kill -USR1 $player
	guest_wait g1 $play 60
	status=$?
	wait $listener && [ $status -eq 0 ]
	echo "$? aplay $format|$answer $(cat /root/tap)" >> /root/verdicts
	wait $player
	guest_run g1 10 record_stop
	guest_wait g1 $record 60
	status=$?
	xruns=$answer
	guest_run g1 60 check_record 0 $format 2 $frames 1$seed && [ $status -eq 0 ]
	echo "$? arecord $format|$xruns $answer" >> /root/verdicts
}

case_formats() {
	local format try status rest
	up 48000 1024 $SYNC "$(stereo_card 48000 131072 'u8;s16_be;s24_le;f32_le;mu_law')"
	check 'formats: card' $?
	for format in u8 s16_be s24 float mu_law; do
		# try again only if the machine was too slow, as in matrix
		for try in 1 2 3; do
			: > /root/verdicts
			both_ways $format $try
			grep -q 'guest xruns: [1-9]' /root/verdicts || break
		done
		while read -r status rest; do
			check "formats: ${rest%%|*}" $status "try $try, ${rest#*|}"
		done < /root/verdicts
	done
	down
}

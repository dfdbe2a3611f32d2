# SPDX-License-Identifier: GPL-2.0-or-later
# aplay and arecord in every format and channel count, three streams in each direction at once.

MATRIX_CHANNELS='1 2 8'	# one stream in each direction for each
MATRIX_FRAMES=481234	# just over 10 s, and no multiple of a period
# A guest's period is four JACK cycles. The emulated machine stalls a guest for up to 0.1 s now and then,
# so the ring is 0.34 s at any JACK period.
MATRIX_RING=16384

matrix_card() {
	local stream streams=''
	for stream in $MATRIX_CHANNELS; do
		streams="$streams, 'STREAM, unique-id=out$stream, type=p'"
		streams="$streams, 'STREAM, unique-id=in$stream, type=c'"
	done
	echo "['CARD, sample-rates=48000, sample-formats=$FORMATS, channels-max=8," \
		"buffer-size=$((MATRIX_RING * 8 * 4))', 'PCM, name=main'$streams]"
}

# nth N LIST...
nth() { shift $(($1 + 1)); echo "$1"; }

# matrix_format JACK-PERIOD FORMAT: all streams at once
matrix_format() {
	local format=$2 period=$(($1 * 4)) n channels taps='' players='' plays='' records=''

	n=0
	for channels in $MATRIX_CHANNELS; do
		guest_run g1 60 generate $n $format $channels $MATRIX_FRAMES $n
		tap_start tap$n check -c $channels -f $format -n $MATRIX_FRAMES -s $n "g1:out${channels}_"
		taps="$taps $tap"
		tap_start player$n play -g -c $channels -f $format -n $MATRIX_FRAMES -s 1$n \
			"g1-in:in${channels}_"
		players="$players $tap"
		n=$((n + 1))
	done
	n=0
	for channels in $MATRIX_CHANNELS; do
		guest_send g1 record $n $format $channels $period $MATRIX_RING
		records="$records $sent"
		guest_send g1 play_file $n $format $channels $period $MATRIX_RING
		plays="$plays $sent"
		n=$((n + 1))
	done
	n=0
	for channels in $MATRIX_CHANNELS; do
		guest_run g1 60 wait_for 20 is_running c $n
		n=$((n + 1))
	done
	kill -USR1 $players
	for tap in $players; do
		within 60 gone $tap
	done
	guest_run g1 10 record_stop
	n=0
	for channels in $MATRIX_CHANNELS; do
		matrix_judge "$1 $format $channels" $n $format $channels \
			$(nth $n $taps) $(nth $n $players) $(nth $n $plays) $(nth $n $records)
		n=$((n + 1))
	done
}

# matrix_judge NAME N FORMAT CHANNELS TAP PLAYER PLAY RECORD: adds two lines "STATUS NAME|DETAIL" to
# /root/verdicts
matrix_judge() {
	local name=$1 n=$2 format=$3 channels=$4 tap=$5 player=$6 play=$7 record=$8 status xruns

	guest_wait g1 $play 60
	status=$?
	wait $tap && [ $status -eq 0 ]
	echo "$? aplay $name|$answer $(cat /root/tap$n)" >> /root/verdicts
	wait $player
	status=$?
	guest_wait g1 $record 60 && [ $status -eq 0 ]
	status=$?
	xruns=$answer
	guest_run g1 60 check_record $n $format $channels $MATRIX_FRAMES 1$n && [ $status -eq 0 ]
	echo "$? arecord $name|$xruns $answer" >> /root/verdicts
}

# Tries again, at most twice, if ALSA in the guest reported an xrun: the emulated machine was too slow,
# and frames may be missing. Without an xrun, every frame must be there at the first try.
matrix_format_tries() {
	local try status rest
	for try in 1 2 3; do
		: > /root/verdicts
		matrix_format $1 $2
		grep -q 'guest xruns: [1-9]' /root/verdicts || break
		say "matrix $1 $2: xruns in the guest, try $try"
	done
	while read -r status rest; do
		check "${rest%%|*}" $status "try $try, ${rest#*|}"
	done < /root/verdicts
}

# Recordings are kept in the guest's memory, and last from before the first player starts until after
# the last one ends: a machine that needs a minute for that records 58 MB.
matrix() {
	local format GUEST_MEMORY=640
	up 48000 $1 $SYNC "$(matrix_card)"
	check "matrix $1: card" $?
	for format in s16 s24 s32 float; do
		matrix_format_tries $1 $format
	done
	down
}

case_matrix_1024() { matrix 1024; }
case_matrix_256() { matrix 256; }

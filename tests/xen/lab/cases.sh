# SPDX-License-Identifier: GPL-2.0-or-later
# The cases, one function each; `tests/xen/run` says in which boots they run.

FORMATS='s16_le;s24_le;s32_le;f32_le'
SYNC=-S

# stereo_card RATE BUFFER-BYTES: one playback stream "out" and one capture stream "in"
stereo_card() {
	echo "['CARD, sample-rates=$1, sample-formats=$FORMATS, channels-max=2, buffer-size=$2'," \
		"'PCM, name=main', 'STREAM, unique-id=out, type=p', 'STREAM, unique-id=in, type=c']"
}

# up RATE PERIOD SYNC VSND: everything started, the guest g1 with its card; fails if it is not
up() {
	jack_start "$1" "$2" $3
	daemon_start && guest_start g1 "$4" && card_up g1
}

down() {
	guest_off g1 || { say 'g1 does not power off'; xl destroy g1; }
	daemon_stop || say 'the daemon did not stop'
	jack_stop
}

# ---- selftest: the lab without the daemon

# jacktap to jacktap through jackd: eight channels, bit for bit
selftest_jack() {
	local player='player:1 player:2 player:3 player:4 player:5 player:6 player:7 player:8' listener
	tap_start listener check -c 8 -f $2 -n 100000 -s 3 $player &
	within 10 grep -q . /root/listener.err
	jacktap play -N player -c 8 -f $2 -n 100000 -s 3 -d 24000 \
		$(echo $player | sed 's/player/listener/g') 2> /root/player.err
	wait $!
	within 20 grep -q ok /root/listener
	[ "$(json ok "$(cat /root/listener)")" = true ]
	check "selftest jack $1 $2" $? "$(cat /root/listener)"
}

case_selftest() {
	local period format
	for period in 1024 256; do
		jack_start 48000 $period $SYNC
		for format in s16 float; do
			selftest_jack $period $format
		done
		jack_stop
	done
	guest_start g1 ''
	check 'selftest guest boots' $?
	guest_run g1 10 'echo noise; echo "a b"'
	[ "$answer" = 'a b' ]
	check 'selftest guest command' $? "$answer"
	guest_run g1 10 'pattern gen -f s24 -c 2 -n 5000 > /tmp/x && pattern check -f s24 -c 2 -n 5000 /tmp/x'
	check 'selftest guest program' $? "$answer"
	guest_run g1 10 'sleep 1; false'
	[ $? -eq 1 ]
	check 'selftest guest status' $?
	daemon_pid=$$
	say "held: $(held)"
	guest_off g1
	check 'selftest guest powers off' $?
	say "held: $(held)"
}

# ---- matrix: aplay and arecord of every format and channel count, three streams each way at once

MATRIX_FRAMES=481234	# just over 10 s, a multiple of nothing
# A guest period of four JACK cycles; the emulated machine stalls a guest for up to 0.1 s now and
# then, so the ring is 0.34 s at any JACK period.
MATRIX_RING=16384

matrix_card() {
	local stream streams=''
	for stream in 1 2 8; do
		streams="$streams, 'STREAM, unique-id=out$stream, type=p'"
		streams="$streams, 'STREAM, unique-id=in$stream, type=c'"
	done
	echo "['CARD, sample-rates=48000, sample-formats=$FORMATS, channels-max=8," \
		"buffer-size=$((MATRIX_RING * 8 * 4))', 'PCM, name=main'$streams]"
}

# matrix_format JACK-PERIOD FORMAT: six streams, all at once
matrix_format() {
	local format=$2 period=$(($1 * 4)) n channels taps='' players='' plays='' records=''

	n=0
	for channels in 1 2 8; do
		guest_run g1 60 generate $n $format $channels $MATRIX_FRAMES $n
		tap_start tap$n check -c $channels -f $format -n $MATRIX_FRAMES -s $n "g1:out${channels}_"
		taps="$taps $tap"
		tap_start player$n play -g -c $channels -f $format -n $MATRIX_FRAMES -s 1$n \
			"g1-in:in${channels}_"
		players="$players $tap"
		n=$((n + 1))
	done
	n=0
	for channels in 1 2 8; do
		guest_send g1 record $n $format $channels $period $MATRIX_RING $((MATRIX_FRAMES + 4 * 48000))
		records="$records $sent"
		guest_send g1 play_file $n $format $channels $period $MATRIX_RING
		plays="$plays $sent"
		n=$((n + 1))
	done
	guest_run g1 60 'wait_for 20 is_running c 0 && wait_for 20 is_running c 1 && wait_for 20 is_running c 2'
	kill -USR1 $players
	n=0
	for channels in 1 2 8; do
		matrix_judge "$1 $format $channels" $n $format $channels $taps $players $plays $records
		n=$((n + 1))
	done
}

# matrix_judge NAME N FORMAT CHANNELS 3-TAPS 3-PLAYERS 3-PLAYS 3-RECORDS: the N-th of each, two
# lines "STATUS NAME|DETAIL" in /root/verdicts
matrix_judge() {
	local name=$1 n=$2 format=$3 channels=$4 tap player play record status xruns
	shift $((4 + n))
	tap=$1 player=$4 play=$7; shift 9; record=$1

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

# Again, twice at most, when ALSA in the guest told an xrun: the emulated machine was too slow then,
# and frames are rightly missing. Without one every frame must be there at the first try.
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

matrix() {
	local format
	up 48000 $1 $SYNC "$(matrix_card)"
	check "matrix $1: card" $?
	for format in s16 s24 s32 float; do
		matrix_format_tries $1 $format
	done
	down
}

case_matrix_1024() { matrix 1024; }
case_matrix_256() { matrix 256; }

# ---- wake: guest period = JACK period; a program that waits for a period, then moves one

# A driver that wakes for every second period gives 0.50; a machine that is too slow lets periods
# pile up, and has xruns then.
woken() { awk -v wakes="$(json wakes_per_period "$answer")" 'BEGIN { exit !(wakes >= 0.75) }'; }

# wake_row PERIOD [--capture]: a row of the table; again while there were xruns and too few wake-ups
wake_row() {
	local try status
	for try in 1 2 3; do
		guest_run g1 40 alsaprobe wake -p $1 -t 10 $2 && woken
		status=$?
		[ $status -ne 0 ] && [ "$(json xruns "$answer")" != 0 ] || break
	done
	table "| $1${2:+ capture} | $(json wakes_per_period "$answer") | $(json xruns "$answer") in 10 s |" \
		"$(json trip_p50_ms "$answer") / $(json trip_p99_ms "$answer") ms |" \
		"$(json gap_p50_ms "$answer") / $(json gap_p99_ms "$answer") ms |" \
		"$(json open_ms "$answer") ms |"
	check "wake $1 $2" $status "try $try, $answer"
}

wake() {
	up 48000 $1 '' "$(stereo_card 48000 65536)"
	check "wake $1: card" $?
	wake_row $1
	[ $1 -eq 1024 ] && wake_row $1 --capture
	down
}

case_wake_1024() { wake 1024; }
case_wake_480() { wake 480; }
case_wake_256() { wake 256; }
case_wake_128() { wake 128; }

# ---- play_exact NAME SECONDS PERIOD FORMAT FRAMES [-b BUFFER]: alsaprobe's play, bit for bit;
# again when it failed and JACK or the guest had an xrun, for which the slow machine is to blame

play_exact() {
	local name=$1 seconds=$2 period=$3 format=$4 frames=$5 try status; shift 5
	for try in 1 2 3; do
		tap_start tap check -c 2 -f $format -n $frames -s $try -t $seconds g1:out_
		guest_run g1 $seconds alsaprobe play -p $period -f $format -N $frames -s $try "$@"
		status=$?
		wait $tap && [ $status -eq 0 ]
		status=$?
		[ $status -ne 0 ] && echo "$answer $(cat /root/tap)" | grep -q '"xruns":[1-9]' || break
		say "$name: try $try failed, with xruns: $answer $(cat /root/tap)"
	done
	check "$name" $status "try $try, $answer $(cat /root/tap)"
}

# ---- threshold: ALSA's own start threshold, which is the first write

case_threshold() {
	local frames
	up 48000 1024 $SYNC "$(stereo_card 48000 131072)"
	check 'threshold: card' $?
	# ends on a period, in the middle of one, and where only the lead has taken the last frame
	for frames in 49152 50000 49153; do
		play_exact "threshold, period 4096, $frames frames" 30 4096 s16 $frames
	done
	play_exact 'threshold, period 2048, 50000 frames' 30 2048 float 50000
	down
}

# ---- xrun: stall, drop, prepare, go on, in rings that are no power of two

# xrun_judge HOW WRITTEN HEARD: what the port must have heard of a round
xrun_judge() {
	echo "$1/$2/$3" | awk -F/ '{
		n = split($1, how, ","); split($2, written, ","); split($3, heard, ",")
		for (i = 1; i <= n; i++) {
			# its last write may count or not
			if (how[i] ~ /early/) continue
			if (heard[i] > written[i]) exit 1
			# all was taken before an xrun, the last frame perhaps only as the lead
			if (how[i] ~ /xrun/ && heard[i] < written[i] - 1) exit 1
			if (how[i] ~ /drain/ && heard[i] < written[i]) exit 1
		}
		exit n < 1 || how[n] !~ /drain/
	}'
}

# xrun_ring BUFFER PERIOD ROUNDS; again when the machine was too slow and most rounds were "early"
xrun_ring() {
	local status exact heard written how try
	for try in 1 2 3; do
		tap_start tap check -c 2 -f s16 -k $3 -i 16000 -m $(($3 * (4 * $1 + 8000))) g1:out_
		guest_run g1 100 alsaprobe xrun -r 8000 -b $1 -p $2 -R $3
		status=$?
		wait $tap && [ $status -eq 0 ]
		exact=$?
		heard=$(json lengths "$(cat /root/tap)")
		written=$(json written "$answer")
		how=$(json how "$answer")
		[ "$(echo "$how" | grep -o early | wc -l)" -gt $(($3 / 2)) ] ||
			echo "$how" | grep -q 'early"$' || break
		say "xrun $1: too slow, try $try: $how"
	done
	check "xrun $1: bit-exact, nothing stale" $exact "try $try, $answer $(cat /root/tap)"
	xrun_judge "$how" "$written" "$heard"
	check "xrun $1: nothing lost" $? "heard $heard of $written"
}

case_xrun() {
	up 8000 120 $SYNC "$(stereo_card 8000 65536)"
	check 'xrun: card' $?
	xrun_ring 720 180 12
	xrun_ring 1000 250 12
	xrun_ring 4800 1200 8
	down
}

# ---- lives: everything that can die does, and sound works again

LIVES_PERIOD=4096

# In mid-play: a long one in the background, its number in $player.
lives_play() {
	guest_send g1 alsaprobe play -p $LIVES_PERIOD -N 4800000
	player=$sent
	guest_run g1 20 wait_for 15 is_running p 0
}

lives_exact() { play_exact "$1" 30 $LIVES_PERIOD s16 96000; }

# lives_held NAME EXPECTED: what is held must be what it was
lives_held() {
	local now
	now=$(held)
	[ "$now" = "$2" ]
	check "$1: nothing leaked" $? "was $2, is $now"
}

# lives_daemon SIGNAL EXPECTED-STATUS
lives_daemon() {
	local idle
	idle=$(held)
	lives_play
	check "daemon $1: playing before" $?
	daemon_stop "$1" && [ $daemon_status -eq $2 ]
	check "daemon $1: ends" $? "status $daemon_status"
	sleep 1
	daemon_start
	check "daemon $1: starts again" $?
	guest_wait g1 $player 60
	check "daemon $1: the guest's program does not hang" $(($? == 124)) "$answer"
	card_up g1
	check "daemon $1: card is back" $?
	lives_exact "daemon $1: plays again"
	lives_held "daemon $1" "$idle"
}

# lives_guest NAME COMMAND...: which ends the guest; $nobody is what is held without one
lives_guest() {
	local name=$1; shift
	lives_play
	check "$name: playing before" $?
	"$@"
	within 30 no_domain g1
	check "$name: domain is gone" $?
	within 15 no_zombie
	check "$name: no zombie" $?
	lives_held "$name" "$nobody"
	guest_start g1 "$LIVES_CARD" && card_up g1
	check "$name: new guest has its card" $?
	lives_exact "$name: plays again"
}

no_zombie() { ! xl list | grep -q '^(null)'; }

lives_reload() {
	local idle
	idle=$(held)
	guest_run g1 60 reload
	check 'module reload: card is back' $? "$answer"
	card_up g1
	lives_exact 'module reload: plays again'
	lives_held 'module reload' "$idle"
}

case_lives() {
	LIVES_CARD=$(stereo_card 48000 131072)
	jack_start 48000 1024 $SYNC
	daemon_start
	nobody=$(held)
	guest_start g1 "$LIVES_CARD" && card_up g1
	check 'lives: card' $?
	lives_exact 'lives: plays'
	lives_reload
	lives_daemon TERM 0
	lives_daemon KILL 137
	lives_guest 'poweroff' guest_send g1 poweroff -f
	lives_guest 'destroy' xl destroy g1
	lives_guest 'poweroff again' guest_send g1 poweroff -f
	down
}

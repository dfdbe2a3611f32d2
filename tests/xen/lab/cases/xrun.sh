# SPDX-License-Identifier: GPL-2.0-or-later
# A program that starts at once, and one that stalls, drops, prepares and goes on.

# ---- threshold: ALSA's default start threshold, which the first write reaches

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

# ---- xrun: stall, drop, prepare, go on, in rings whose size is no power of two

# xrun_judge HOW WRITTEN HEARD: what must have been heard of each round
xrun_judge() {
	echo "$1/$2/$3" | awk -F/ '{
		n = split($1, how, ","); split($2, written, ","); split($3, heard, ",")
		for (i = 1; i <= n; i++) {
			# the last write may or may not count
			if (how[i] ~ /early/) continue
			if (heard[i] > written[i]) exit 1
			# everything was taken before an xrun; the last frame perhaps only as the lead
			if (how[i] ~ /xrun/ && heard[i] < written[i] - 1) exit 1
			if (how[i] ~ /drain/ && heard[i] < written[i]) exit 1
		}
		exit n < 1 || how[n] !~ /drain/
	}'
}

# xrun_ring BUFFER PERIOD ROUNDS: tries again if the machine was too slow and most rounds were "early"
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

# SPDX-License-Identifier: GPL-2.0-or-later
# Guest period = JACK period; a program that waits for a period, then moves one.

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

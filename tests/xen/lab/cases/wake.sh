# SPDX-License-Identifier: GPL-2.0-or-later
# Guest period = JACK period; a program that waits for a period, then moves one.

# A driver that wakes only every second period gives 0.50. On a machine that is too slow, periods pile up
# and there are xruns; that says nothing about the driver.
woken() { awk -v wakes="$(json wakes_per_period "$answer")" 'BEGIN { exit !(wakes >= 0.75) }'; }
too_slow() { [ "$(json xruns "$answer")" != 0 ]; }

# wake_row RATE PERIOD [--capture]: adds a row to the table. Fails if the driver slept through periods,
# or if the machine was too slow to tell, three times.
wake_row() {
	local try status
	for try in 1 2 3; do
		guest_run g1 40 alsaprobe wake -r $1 -p $2 -t 10 $3 && woken
		status=$?
		[ $status -ne 0 ] && too_slow || break
	done
	table "| $2${3:+ capture}$([ $1 = 48000 ] || echo " at $1 Hz") | $(json wakes_per_period "$answer") |" \
		"$(json xruns "$answer") in 10 s |" \
		"$(json trip_p50_ms "$answer") / $(json trip_p99_ms "$answer") ms |" \
		"$(json gap_p50_ms "$answer") / $(json gap_p99_ms "$answer") ms |" \
		"$(json open_ms "$answer") ms |"
	return $status
}

wake_up() { up $1 $2 '' "$(stereo_card $1 65536)"; }

# wake PERIOD: measures at 48 kHz. There must be one wake-up per period at any rate, so a machine that is
# too slow for 48 kHz is judged at a sixth of it.
wake() {
	local name="wake $1" status
	wake_up 48000 $1
	check "$name: card" $?
	wake_row 48000 $1
	status=$?
	if [ $status -ne 0 ] && too_slow; then
		note "$name: machine too slow for 48 kHz: $answer"
		down
		wake_up 8000 $1
		wake_row 8000 $1
		status=$?
	fi
	check "$name" $status "$answer"
	[ $1 -ne 1024 ] || { wake_row 48000 $1 --capture; check "$name capture" $? "$answer"; }
	down
}

case_wake_1024() { wake 1024; }
case_wake_480() { wake 480; }
case_wake_256() { wake 256; }
case_wake_128() { wake 128; }

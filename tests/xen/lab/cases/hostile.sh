# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that speaks the front end's half itself and breaks its rules, against the real libraries and
# the real hypervisor, beside an honest guest whose sound stays bit-exact. tests/sim/hostile*.c has the
# cases; those that are left out here need a toolstack, or see what the back end has mapped.

HOSTILE_CASES='outside-the-buffer before-open start-twice open-twice unknown-operations open-numbers
	tiny-period few-references cyclic-directory anything index-jumps request-flood notification-flood
	deaf forged-positions ended-grants scribble rubbish-states rubbish-references'

hostile_cards() {
	local i card="['CARD', 'PCM', 'STREAM, type=p']"
	for i in 2 3 4 5 6 7 8; do
		card="$card, ['CARD', 'PCM', 'STREAM, type=p']"
	done
	echo "$card"
}

hostile_up() {
	GUEST_LAYERS=evil guest_start evil "$(hostile_cards)" && guest_run evil 60 evil_up
}

# The honest guest plays again and again, bit for bit, until /root/evil.on is gone. One line a play:
# its status, then what the guest and jacktap say.
hostile_neighbour() {
	local plays=0 status
	while [ -e /root/evil.on ]; do
		plays=$((plays + 1))
		tap_start neighbour check -c 2 -f s16 -n 240000 -s $plays -t 60 g1:out_
		guest_run g1 60 alsaprobe play -p 4096 -b 32768 -f s16 -N 240000 -s $plays
		status=$?
		wait $tap && [ $status -eq 0 ]
		echo "$? $answer $(cat /root/neighbour)" >> /root/neighbour.results
	done
}

# hostile_beside COMMAND...: runs it while the honest guest plays
hostile_beside() {
	local name=$1 neighbour bad all; shift
	: > /root/evil.on
	: > /root/neighbour.results
	hostile_neighbour &
	neighbour=$!
	"$@"
	rm /root/evil.on
	wait $neighbour
	all=$(wc -l < /root/neighbour.results)
	bad=$(grep -v '^0 ' /root/neighbour.results)
	[ "$all" -gt 0 ] && [ -z "$bad" ]
	check "$name: the honest guest loses no frame" $? "$all plays of 5 s" $bad
}

hostile_cases() {
	local number=0 name
	for name in $HOSTILE_CASES; do
		guest_run evil 120 evil $((number % 8)) "$name"
		check "$name: the right answers" $? "$answer"
		number=$((number + 1))
	done
}

# hostile_death WORDS...: what the guest does when it is destroyed
hostile_death() {
	local name="destroyed in $*"
	guest_send evil "evil 0 $*"
	sleep 5
	xl destroy evil
	within 30 no_domain evil
	check "$name: domain is gone" $?
	within 30 no_zombie
	check "$name: no zombie" $?
	hostile_up
	check "$name: a new guest has its cards" $? "$answer"
}

hostile_deaths() {
	hostile_death rage 7
	hostile_death flood requests 600000
	hostile_death scribble
	# in the middle of each: they take longer than the guest has
	hostile_death rubbish-states
	hostile_death rubbish-references
	hostile_death index-jumps
}

# How long OPENs of some sizes take, in us of the emulated machine: only their ratios mean anything.
hostile_opens() {
	local kib
	for kib in 4 64 1024 4096 8192; do
		guest_run evil 120 evil 0 open $kib 50
		check "OPEN of $kib KiB" $? "$answer"
	done
}

case_hostile() { # layers: evil
	local prefix='hostile: ' quiet
	jack_start 48000 1024 $SYNC
	printf '[limits]\nbuffer = 16384\n' > /root/xenjack.conf # cyclic-directory needs 1030 pages
	daemon_start
	guest_start g1 "$(stereo_card 48000 131072)" && card_up g1
	check 'the honest guest has its card' $?
	hostile_up
	check 'the hostile guest has its cards' $? "$answer"
	# What Linux's driver had of JACK's clients goes some seconds later.
	sleep 10
	quiet=$(held)
	hostile_opens
	hostile_beside 'all cases' hostile_cases
	check_held 'all cases' "$quiet"
	hostile_beside 'deaths' hostile_deaths
	check_held 'deaths' "$quiet"
	xl destroy evil
	down
	: > /root/xenjack.conf
}

# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that can die does so, and sound works again.

LIVES_PERIOD=4096
LIVES_KERNEL= # of the guest

# Starts a long playback in the background; its number is in $player. Tries again if it does not run: on
# a slow machine, its ring of 0.7 s may have run empty.
lives_play() {
	local try
	for try in 1 2 3; do
		guest_send g1 alsaprobe play --full -p $LIVES_PERIOD -b $((8 * LIVES_PERIOD)) -N 4800000
		player=$sent
		guest_run g1 20 wait_for 15 is_running p 0 && return
		guest_run g1 10 killall alsaprobe
		guest_wait g1 $player 30
		say "try $try does not play: $answer"
	done
	return 1
}

lives_exact() { play_exact "$1" 30 $LIVES_PERIOD s16 96000; }

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
	# Its ring is 0.7 s: by now it has an error, or plays on as if nothing had happened.
	sleep 2
	guest_run g1 10 killall alsaprobe
	guest_wait g1 $player 60
	check "daemon $1: the guest's program does not hang" $(($? == 124)) "$answer"
	card_up g1
	check "daemon $1: card is back" $?
	lives_exact "daemon $1: plays again"
	check_held "daemon $1" "$idle"
}

# lives_guest NAME COMMAND...: COMMAND ends the guest; $nobody is what is held without a guest
lives_guest() {
	local name=$1; shift
	lives_play
	check "$name: playing before" $?
	"$@"
	within 30 no_domain g1
	check "$name: domain is gone" $?
	within 15 no_zombie
	check "$name: no zombie" $?
	check_held "$name" "$nobody"
	guest_start g1 "$LIVES_CARD" $LIVES_KERNEL && card_up g1
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
	check_held 'module reload' "$idle"
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

# SPDX-License-Identifier: GPL-2.0-or-later
# The lab itself, without the daemon.

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

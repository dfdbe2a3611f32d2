# SPDX-License-Identifier: GPL-2.0-or-later
# What the toolstack leaves out and how it spells; and that there is one daemon at a time.

# lazy_node NAME VALUE: of the card's configuration; it belongs to the guest like the toolstack's
lazy_node() {
	local card=/local/domain/$(domain_id g1)/device/vsnd/0 value owners
	value=$(xenstore-read "$card/$1")
	owners=$(xenstore-ls -p "$card" | sed -n "s/^\($1\|backend-id\) = .*(\(.*\))\$/\2/p" | sort -u)
	[ "$value" = "$2" ] && [ -n "$owners" ] && [ "$(echo "$owners" | wc -l)" -eq 1 ]
	check "lazy: $1" $? "$value ($owners)"
}

lazy_second_daemon() {
	local second status
	second=$(xenjackd -c /root/xenjack.conf 2>&1)
	status=$?
	[ $status -eq 1 ] && echo "$second" | grep -q "process $daemon_pid;"
	check 'second daemon: says so and ends' $? "$second"
	alive $daemon_pid
	check 'second daemon: the first one goes on' $?
}

case_lazy() {
	local ports=g1:pcm0-0_
	up 48000 1024 $SYNC "['CARD', 'PCM', 'STREAM, type=p', 'STREAM, type=c']"
	check 'lazy: card' $?
	lazy_node sample-rates 48000
	lazy_node channels-max 2
	lazy_node buffer-size 524288
	lazy_second_daemon
	play_exact 'lazy: s16' 30 4096 s16 96000
	play_exact 'lazy: float' 30 4096 float 96000
	down
	up 48000 1024 $SYNC "['CARD, sample-formats=f32_le', 'PCM', 'STREAM, type=p', 'STREAM, type=c']"
	check "lazy: card of xl's floats" $?
	lazy_node sample-formats float_le
	play_exact "lazy: xl's floats" 30 4096 float 96000
	down
}

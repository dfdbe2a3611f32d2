# SPDX-License-Identifier: GPL-2.0-or-later
# What the toolstack leaves out, and how it spells formats; and only one daemon at a time.

# lazy_node NAME VALUE: the card's configuration has this node; its owner is that of the toolstack's nodes
lazy_node() {
	local card=/local/domain/$(domain_id g1)/device/vsnd/0 value owners
	value=$(xenstore-read "$card/$1")
	owners=$(xenstore-ls -p "$card" | sed -n "s/^\($1\|backend-id\) = .*(\(.*\))\$/\2/p" | sort -u)
	[ "$value" = "$2" ] && [ -n "$owners" ] && [ "$(echo "$owners" | wc -l)" -eq 1 ]
	check "lazy: $1" $? "$value ($owners)"
}

# lazy_lists NAME: xl lists the card; it lists no card of a guest if it does not recognise some format
lazy_lists() {
	local list
	list=$(xl vsnd-list g1 2>&1 | tr '\n\t' ';,')
	echo "$list" | grep -q 'devid: 0,.* state: 4,.*[ ;]f32_le[;,].*pcm: 0,.*stream: 1,.*ring-ref: '
	check "lazy: xl vsnd-list: $1" $? "$list"
}

# lazy_detach NAME
lazy_detach() {
	local said
	said=$(xl vsnd-detach g1 0 2>&1)
	check "lazy: xl vsnd-detach: $1" $? "$said"
	guest_run g1 20 wait_for 15 no_card
	check "lazy: the card is gone: $1" $? "$answer"
}

lazy_second_daemon() {
	local second status
	second=$(xenjackd -c /root/xenjack.conf 2>&1)
	status=$?
	[ $status -eq 1 ] && echo "$second" | grep -q "process $daemon_pid)"
	check 'second daemon: names the first one and exits' $? "$second"
	alive $daemon_pid
	check 'second daemon: the first one keeps running' $?
}

# What is left out, and what xl and Linux spell differently. Linux has read its own names (it plays
# floats); then xl reads its own. The same again after the driver was reloaded.
case_lazy() {
	local ports=g1:pcm0-0_ formats
	up 48000 1024 $SYNC "['CARD', 'PCM', 'STREAM, type=p', 'STREAM, type=c']"
	check 'lazy: card' $?
	lazy_node sample-rates 48000
	lazy_node channels-max 2
	lazy_node buffer-size 524288
	formats=$(xenstore-read "/local/domain/$(domain_id g1)/device/vsnd/0/sample-formats")
	echo "$formats" | grep -q '^s32_le,f32_le,s24_le,s16_le,' && ! echo "$formats" | grep -q float
	check 'lazy: sample-formats' $? "$formats"
	lazy_second_daemon
	play_exact 'lazy: s16' 30 4096 s16 96000
	play_exact 'lazy: float' 30 4096 float 96000
	lazy_lists 'lazy card'
	lazy_detach 'lazy card'
	down
	up 48000 1024 $SYNC "['CARD, sample-formats=f32_le', 'PCM', 'STREAM, type=p', 'STREAM, type=c']"
	check "lazy: card of xl's floats" $?
	lazy_node sample-formats f32_le
	play_exact "lazy: xl's floats" 30 4096 float 96000
	guest_run g1 60 reload
	check 'lazy: module reload' $? "$answer"
	lazy_node sample-formats f32_le
	play_exact "lazy: xl's floats again" 30 4096 float 96000
	lazy_lists 'float card'
	lazy_detach 'float card'
	down
}

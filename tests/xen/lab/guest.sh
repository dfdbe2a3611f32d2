# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's half of the lab: dom0 writes lines "NUMBER COMMAND..." to the guest's console, each
# is run by itself, in the background, and answered by one line "@@ NUMBER STATUS LAST-LINE-OF-OUTPUT".
# Everything else that comes out (errors, kernel messages) lands in the console's file in dom0.

RATE=48000

has_card() { grep -q '\[' /proc/asound/cards 2>/dev/null; }

# The card is gone, and its driver is done with it, which takes a second or two longer.
no_card() { ! has_card && [ ! -e /sys/bus/xen/devices/vsnd-0 ]; }

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	local tenths=$(($1 * 10)); shift
	until "$@"; do
		tenths=$((tenths - 1))
		[ $tenths -gt 0 ] || return 1
		sleep 0.1
	done
}

# moves SECONDS CARD PCM DIRECTION...: every one of these streams runs and goes on doing so
moves() {
	local seconds=$1 file was; shift
	while [ $# -gt 0 ]; do
		file=/proc/asound/card$1/pcm$2$3/sub0/status; shift 3
		was=$(hw_pointer "$file") && wait_for "$seconds" has_moved "$file" "$was" ||
			{ echo "$file: ${was:-not running}"; return 1; }
	done
}

hw_pointer() { sed -n '/^state: RUNNING/,${s/^hw_ptr *: //p}' "$1" | grep .; }

has_moved() {
	local now
	now=$(hw_pointer "$1") && [ "$now" != "$2" ]
}

is_running() { grep -q RUNNING "/proc/asound/card0/pcm0$1/sub$2/status" 2>/dev/null; }

alsa_name() {
	case $1 in s16) echo S16_LE ;; s24) echo S24_LE ;; s32) echo S32_LE ;; *) echo FLOAT_LE ;; esac
}

# generate NUMBER FORMAT CHANNELS FRAMES SEED: the file that play_file plays
generate() { pattern gen -f "$2" -c "$3" -n "$4" -s "$5" > "/tmp/play.$1"; }

# Underruns and overruns that aplay or arecord told; the machine was too slow, if there are any.
xruns() {
	cat "/tmp/$1.err" >&2
	echo "guest xruns: $(grep -c 'run!!!' "/tmp/$1.err")"
}

# play_file SUBSTREAM FORMAT CHANNELS PERIOD BUFFER
play_file() {
	aplay -q -D "hw:0,0,$1" -t raw -f "$(alsa_name "$2")" -c "$3" -r $RATE \
		--period-size="$4" --buffer-size="$5" "/tmp/play.$1" 2> "/tmp/play.$1.err"
	local status=$?
	xruns "play.$1"
	return $status
}

# record SUBSTREAM FORMAT CHANNELS PERIOD BUFFER FRAMES
record() {
	arecord -q -D "hw:0,0,$1" -t raw -f "$(alsa_name "$2")" -c "$3" -r $RATE \
		--period-size="$4" --buffer-size="$5" --samples="$6" "/tmp/rec.$1" 2> "/tmp/rec.$1.err"
	local status=$?
	xruns "rec.$1"
	return $status
}

# check_record SUBSTREAM FORMAT CHANNELS FRAMES SEED
check_record() {
	pattern check -f "$2" -c "$3" -n "$4" -s "$5" "/tmp/rec.$1"
	local status=$?
	rm -f "/tmp/rec.$1"
	return $status
}

# Unload the driver and load it again. Linux holds a module as long as a Xenbus device is bound to
# it, so rmmod alone always fails.
reload() {
	local device
	for device in /sys/bus/xen/devices/vsnd-*; do
		echo "${device##*/}" > "$device/driver/unbind"
	done
	! has_card && rmmod snd_xen_front && insmod "/lib/modules/$(uname -r)/snd_xen_front.ko" && wait_for 20 has_card
}

answer() {
	local number=$1 line status; shift
	line=$(eval "$*")
	status=$?
	echo "@@ $number $status $(echo "$line" | tail -n 1)"
}

stty -echo < /dev/hvc0
dmesg -n 1
echo "@@ ready"
while read -r number command; do
	[ "$command" = quit ] && break
	answer "$number" "$command" < /dev/null &
done < /dev/hvc0

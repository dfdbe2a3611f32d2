# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's half of the lab: dom0 writes lines "NUMBER COMMAND..." to the guest's console. Each
# command runs in the background and is answered by one line "@@ NUMBER STATUS LAST-LINE": the last
# line of its output or, if there is none, of its errors. All other output (errors, kernel messages)
# also ends up in the console's file in dom0.

RATE=48000

has_card() { grep -q '\[' /proc/asound/cards 2>/dev/null; }

# The card is gone, and its driver has finished with it, which takes a second or two longer.
no_card() { ! has_card && [ ! -e /sys/bus/xen/devices/vsnd-0 ]; }

# wait_for SECONDS COMMAND...: repeats COMMAND until it succeeds; waits five times as long, as in lib.sh
wait_for() {
	local tenths=$(($1 * 10 * 5)); shift
	until "$@"; do
		tenths=$((tenths - 1))
		[ $tenths -gt 0 ] || return 1
		sleep 0.1
	done
}

# moves SECONDS CARD PCM DIRECTION...: each of these streams runs, and its pointer moves
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

# generate NUMBER FORMAT CHANNELS FRAMES SEED: makes the file that play_file plays
generate() { pattern gen -f "$2" -c "$3" -n "$4" -s "$5" > "/tmp/play.$1"; }

# Prints how many underruns and overruns aplay or arecord reported (if any, the machine was too slow),
# and the last of their other messages.
xruns() {
	cat "/tmp/$1.err" >&2
	local other
	other=$(grep -v -e 'run!!!' -e Aborted "/tmp/$1.err" | tail -n 1)
	echo "guest xruns: $(grep -c 'run!!!' "/tmp/$1.err")${other:+ $other}"
}

# play_file SUBSTREAM FORMAT CHANNELS PERIOD BUFFER
play_file() {
	aplay -q -D "hw:0,0,$1" -t raw -f "$(pattern name -f "$2")" -c "$3" -r $RATE \
		--period-size="$4" --buffer-size="$5" "/tmp/play.$1" 2> "/tmp/play.$1.err"
	local status=$?
	xruns "play.$1"
	return $status
}

# record SUBSTREAM FORMAT CHANNELS PERIOD BUFFER: records until record_stop. A signal stops it, so
# arecord's exit status means nothing; its file has to be checked.
record() {
	arecord -q -D "hw:0,0,$1" -t raw -f "$(pattern name -f "$2")" -c "$3" -r $RATE \
		--period-size="$4" --buffer-size="$5" "/tmp/rec.$1" 2> "/tmp/rec.$1.err"
	xruns "rec.$1"
}

# record_stop: stops all recording; by then, what was in the rings has been read or was an xrun
record_stop() {
	sleep 1
	killall arecord
}

# check_record SUBSTREAM FORMAT CHANNELS FRAMES SEED
check_record() {
	pattern check -f "$2" -c "$3" -n "$4" -s "$5" "/tmp/rec.$1"
	local status=$?
	rm -f "/tmp/rec.$1"
	return $status
}

# Unbinds the driver from its devices.
unbind() {
	local device
	for device in /sys/bus/xen/devices/vsnd-*; do
		echo "${device##*/}" > "$device/driver/unbind"
	done
	! has_card
}

# Binds it to them again.
bind() {
	local device
	for device in /sys/bus/xen/devices/vsnd-*; do
		echo "${device##*/}" > /sys/bus/xen/drivers/vsnd/bind
	done
	wait_for 20 has_card
}

# Unloads the driver and loads it again. Linux keeps a module while a Xenbus device is bound to it, so
# rmmod alone always fails.
reload() {
	unbind && rmmod snd_xen_front && insmod "/lib/modules/$(uname -r)/snd_xen_front.ko" && wait_for 20 has_card
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# server_down NAME: ends the process of /tmp/NAME.pid and shows its log
server_down() {
	local pid
	pid=$(cat "/tmp/$1.pid")
	kill "$pid"
	wait_for 10 gone "$pid" || kill -9 "$pid"
	cat "/tmp/$1.log" >&2
}

# ---- the guest's own JACK server: jack_up RATE PERIOD PERIODS starts it, with its capture ports
# connected to its playback ports; jack_down prints how many xruns it reported

jack_ports() { [ "$(jack_lsp 2>/dev/null | grep -c system:)" -ge 4 ]; }

jack_up() {
	export JACK_NO_AUDIO_RESERVATION=1
	jackd -v --port-max 64 -d alsa -P xen -C xen -r "$1" -p "$2" -n "$3" > /tmp/jackd.log 2>&1 &
	echo $! > /tmp/jackd.pid
	wait_for 20 jack_ports && jack_connect system:capture_1 system:playback_1 &&
		jack_connect system:capture_2 system:playback_2 && return
	cat /tmp/jackd.log >&2
	jack_down
	return 1
}

jack_down() {
	server_down jackd
	echo "xruns in the guest: $(grep -c "alsa_pcm: xrun" /tmp/jackd.log)"
}

# ---- a PulseAudio server: pulse_up DEVICE, pulse_play, pulse_down. Its safeguard is longer
# than what JACK takes at once; see docs/guests.md.

pulse_up() {
	export HOME=/root XDG_RUNTIME_DIR=/run PULSE_SERVER=unix:/run/pulse.socket
	pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no --log-target=stderr -v \
		-L "module-native-protocol-unix auth-anonymous=1 socket=/run/pulse.socket" \
		-L "module-alsa-sink device=$1 format=s16le rate=48000 channels=2 fragments=4 fragment_size=32768 rewind_safeguard=16384" \
		> /tmp/pulse.log 2>&1 &
	echo $! > /tmp/pulse.pid
	wait_for 30 pactl info > /dev/null 2>&1 && return
	pulse_down
	return 1
}

underruns() { grep -ci underrun /tmp/pulse.log; }

# pulse_play: plays what generate made for substream 0
pulse_play() {
	local before status
	export HOME=/root PULSE_SERVER=unix:/run/pulse.socket
	before=$(underruns)
	pacat --raw --format=s16le --rate=48000 --channels=2 --latency-msec=1000 /tmp/play.0
	status=$?
	echo "underruns: $(($(underruns) - before))"
	return $status
}

pulse_down() {
	server_down pulse
	grep -q 'enabled mmap' /tmp/pulse.log && echo mmap || echo 'no mmap'
}

# ---- a driver domain: back_end_up RATE PERIOD starts a JACK server and xenjackd; back_end_down
# prints xenjackd's exit status

has_server() { jack_lsp > /dev/null 2>&1; }

back_end_up() {
	local module
	while read -r module; do
		insmod "/lib/modules/$(uname -r)/$module" 2>/dev/null
	done < /lib/modules/order.drv
	export JACK_NO_AUDIO_RESERVATION=1
	jackd -S --port-max 64 -d dummy -r "$1" -p "$2" > /tmp/jackd.log 2>&1 &
	wait_for 20 has_server || { cat /tmp/jackd.log >&2; return 1; }
	: > /tmp/xenjack.conf
	(
		xenjackd -c /tmp/xenjack.conf -v > /tmp/xenjackd.log 2>&1
		echo $? > /tmp/xenjackd.status
	) > /dev/null 2>&1 &
	sleep 2
	cat /tmp/xenjackd.log >&2
	[ ! -e /tmp/xenjackd.status ]
}

back_end_down() {
	kill "$(pidof xenjackd)"
	wait_for 10 test -e /tmp/xenjackd.status
	cat /tmp/xenjackd.log >&2
	echo "status $(cat /tmp/xenjackd.status)"
	[ "$(cat /tmp/xenjackd.status)" = 0 ]
}

# ---- a hostile guest, in place of Linux's driver

# evil_up: all cards to the program. Its buffers are larger than what gntalloc grants by default.
evil_up() {
	local module
	unbind && rmmod snd_xen_front || return 1
	while read -r module; do
		insmod "/lib/modules/$(uname -r)/$module" 2>/dev/null
	done < /lib/modules/order.evil
	echo 4096 > /sys/module/xen_gntalloc/parameters/limit && [ -c /dev/xen/evtchn ]
}

# evil CARD CASE...: prints what went wrong
evil() {
	local card=$1 status; shift
	HOSTILE_CARDS=$card/8 hostile-xen - "$@" > /tmp/evil 2>&1
	status=$?
	cat /tmp/evil >&2
	grep -v '^  ok ' /tmp/evil | tail -n 3 | tr -s '\n ' '; '
	return $status
}

# ----

answer() {
	local number=$1 line status; shift
	line=$(eval "$*" 2> "/tmp/errors.$number")
	status=$?
	cat "/tmp/errors.$number" >&2
	[ -n "$line" ] || line=$(cat "/tmp/errors.$number")
	rm "/tmp/errors.$number"
	echo "@@ $number $status $(echo "$line" | tail -n 1)"
}

stty -echo < /dev/hvc0
dmesg -n 1
echo "@@ ready"
while read -r number command; do
	[ "$command" = quit ] && break
	answer "$number" "$command" < /dev/null &
done < /dev/hvc0

# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the cases, in dom0 (busybox sh): results, the JACK server, the daemon, guests, leaks.

OUT=/out
DAEMON_LOG=$OUT/xenjackd.log
JACK_LOG=$OUT/jackd.log
sequence=0
tap_number=0

say() { echo "lab: $*"; }

# ---- results: one line per check in $OUT/results, tables in $OUT/table

prefix= # put before the names of checks

# check NAME STATUS [DETAIL...]
check() {
	local name=$1 status=$2 word=ok; shift 2
	[ "$status" -eq 0 ] || word='not ok'
	echo "$word - $prefix$name${*:+ # $*}" | tee -a $OUT/results
}

# note TEXT...: a measurement without an expected value
note() { echo "# $*" | tee -a $OUT/results; }

table() { echo "$*" >> $OUT/table; }

# json KEY TEXT: prints the value of a member; of an array, what is inside the brackets
json() {
	echo "$2" | sed -n "s/.*\"$1\":\[\([^]]*\)\].*/\1/p; t; s/.*\"$1\":\"\{0,1\}\([^,}\"]*\).*/\1/p"
}

# All limits in seconds are multiplied by this: a limit only ends a hang, and the machine that emulates
# all this may be slow.
PATIENCE=5

# within SECONDS COMMAND...: repeats COMMAND until it succeeds
within() {
	local left=$(($1 * 5 * PATIENCE)); shift
	until "$@" > /dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.2
	done
}

alive() { kill -0 "$1" 2> /dev/null; }
gone() { ! alive "$1"; }

# ---- JACK: jack_start RATE PERIOD [-S]

jack_start() {
	echo "== jackd -r $1 -p $2 $3" >> $JACK_LOG
	jackd $3 --port-max 256 -d dummy -r "$1" -p "$2" >> $JACK_LOG 2>&1 &
	jack_pid=$!
	within 10 jack_lsp || say "jackd did not start"
}

# tap_start NAME jacktap-arguments...: starts a jacktap called NAME; its pid is in $tap, its answer will
# be in /root/NAME. Returns when it is connected, so that it misses nothing.
tap_start() {
	local name=$1 mode=$2; shift 2
	# A new name in JACK for each: the daemon would restore the connections of a known client.
	tap_number=$((tap_number + 1))
	jacktap $mode -N $name-$tap_number -t $((60 * PATIENCE)) "$@" > /root/$name 2> /root/$name.err &
	tap=$!
	within 40 grep -q connected /root/$name.err || say "jacktap $name: $(cat /root/$name.err)"
}

jack_stop() {
	kill $jack_pid 2> /dev/null
	within 5 gone $jack_pid || kill -9 $jack_pid
	wait $jack_pid 2> /dev/null
}

# ---- the daemon

daemon_start() {
	echo "== start" >> $DAEMON_LOG
	xenjackd -c /root/xenjack.conf -v >> $DAEMON_LOG 2>&1 &
	daemon_pid=$!
	sleep 0.5
	alive $daemon_pid
}

# daemon_stop [SIGNAL]: its exit status is in daemon_status; fails if it does not end in time
daemon_stop() {
	local late=0
	kill "-${1:-TERM}" $daemon_pid
	within 10 gone $daemon_pid || { late=1; kill -9 $daemon_pid; }
	wait $daemon_pid 2> /dev/null
	daemon_status=$?
	return $late
}

# ---- guests

domain_id() { xl domid "$1" 2> /dev/null; }
no_domain() { ! domain_id "$1"; }

# guest_kernel [VERSION]: prints the kernel to boot: 6.1 if none is named or it is not available
guest_kernel() {
	[ -z "$1" ] || [ ! -f "/root/vmlinuz-$1" ] || { echo "/root/vmlinuz-$1"; return; }
	echo /root/vmlinuz
}

# guest_root NAME: prints the root that NAME boots from: the guests' root with NAME's layers on top. With
# layers it is not compressed: xl unpacks compressed files, but only the first of several archives.
guest_root() {
	local layer files=/root/guest.cpio.gz
	[ -n "$GUEST_LAYERS" ] || { echo $files; return; }
	for layer in $GUEST_LAYERS; do
		files="$files /root/layer-$layer.cpio.gz"
	done
	zcat $files > "/root/$1.cpio"
	echo "/root/$1.cpio"
}

# guest_start NAME VSND [KERNEL-VERSION]: starts a guest and returns when it takes commands. The
# environment may have GUEST_LAYERS (see xenlab --layer), GUEST_MEMORY in MiB, GUEST_OPTIONS for xl.
guest_start() {
	local name=$1 start
	cat > "/root/$name.cfg" <<-C
		name = "$name"
		type = "pv"
		kernel = "$(guest_kernel $3)"
		ramdisk = "$(guest_root "$name")"
		extra = "console=hvc0 quiet"
		memory = ${GUEST_MEMORY:-192}
		vcpus = 1
		on_poweroff = "destroy"
		on_reboot = "restart"
		on_crash = "destroy"
		vsnd = [ $2 ]
		$GUEST_OPTIONS
	C
	start=$(cut -d. -f1 /proc/uptime)
	xl create -q -p "/root/$name.cfg" || return 1
	guest_console "$name"
	xl unpause "$name"
	guest_ready "$name" || return 1
	say "$name (domain $(domain_id "$name")) is up after $(($(cut -d. -f1 /proc/uptime) - start)) s"
}

# guest_console NAME: connects to the console of the domain that has this name now; after a reboot or
# restore, that is another console.
guest_console() {
	local node tty
	node=/local/domain/$(domain_id "$1")/console/tty
	within 5 xenstore-read "$node"
	tty=$(xenstore-read "$node")
	: > "/root/$1.console"
	tee -a "$OUT/console.$1" < "$tty" > "/root/$1.console" &
	echo "$tty" > "/root/$1.tty"
}

guest_ready() {
	within 90 grep -q '^@@ ready' "/root/$1.console" && return
	say "$1 does not answer"
	return 1
}

# guest_send NAME COMMAND...: starts COMMAND there; its number is in $sent
guest_send() {
	local name=$1; shift
	sequence=$((sequence + 1))
	sent=$sequence
	echo "$sent $*" > "$(cat "/root/$name.tty")"
}

# guest_wait NAME NUMBER SECONDS: waits for a command; its output is in $answer; returns its status, or
# 124 if there is no answer
guest_wait() {
	local line
	if ! within "$3" grep -q "^@@ $2 " "/root/$1.console"; then
		answer='no answer'
		return 124
	fi
	line=$(grep "^@@ $2 " "/root/$1.console" | tr -d '\r')
	line=${line#@@ * }
	answer=${line#* }
	return "${line%% *}"
}

# guest_run NAME SECONDS COMMAND...: guest_send and guest_wait
guest_run() {
	local name=$1 seconds=$2; shift 2
	guest_send "$name" "$@"
	guest_wait "$name" "$sent" "$seconds"
}

# guest_off NAME: powers it off; fails if the domain is not gone in time
guest_off() {
	guest_send "$1" quit
	within 30 no_domain "$1"
}

connected() { [ "$(xenstore-read "/local/domain/0/backend/vsnd/$(domain_id "$1")/0/state")" = 4 ]; }

# in_jack NAME: JACK clients have its streams. Until then, the ports may still be a former card's.
in_jack() {
	local clients
	clients=$(xenjackctl --json info "$1.*" | grep -o '"client": *"[^"]*"') && ! echo "$clients" | grep -q '""'
}

# card_up NAME: waits until its card is up: the back end is connected, the guest has a card, and JACK has
# its ports
card_up() {
	local id=$(domain_id "$1")
	within 30 connected "$1" && guest_run "$1" 30 wait_for 25 has_card && within 30 in_jack "$1" && return
	say "$1: JACK: $(xenjackctl --json info "$1.*" 2>&1), back end $(xenstore-read /local/domain/0/backend/vsnd/$id/0/state)," \
		"front end $(xenstore-read /local/domain/$id/device/vsnd/0/state)" \
		"$(xenstore-read /local/domain/$id/error/device/vsnd/0/error)"
	guest_run "$1" 10 'dmesg | grep -i -e vsnd -e snd -e xenbus | tail -n 3 | tr "\\n" ";"'
	say "$1: $answer"
	return 1
}

# other_domain NAME ID: it exists and has another domain id
other_domain() {
	local id
	id=$(domain_id "$1") && [ "$id" != "$2" ]
}

# ---- leaks

# Prints what dom0 holds of guests, as one line to compare. Event channels: dom0's ports that are bound
# to another domain, as listed by Xen itself (xenconsoled and xenstored hold one per guest, the daemon
# two per stream). Mappings: areas of /dev/xen/gntdev in the daemon's map. Grants: entries in the
# guests' tables that dom0 has mapped, as Xen prints them on debug key g. Zombies: dead domains that a
# mapping keeps. fds: the daemon's open files.
held() {
	xl dmesg -c > /dev/null
	xl debug-keys g
	sleep 0.5
	xl dmesg > /root/grants
	echo "events $(lsevtchn 0 | grep -c Interdomain)" \
		"mappings $(grep -c gntdev "/proc/$daemon_pid/maps")" \
		"grants $(grep -c 'XEN) *\[0x[0-9a-f]*\] *0 ' /root/grants)" \
		"zombies $(xl list | grep -c '^(null)')" \
		"fds $(ls "/proc/$daemon_pid/fd" | wc -l)"
}

# check_held NAME EXPECTED: what is held must be EXPECTED again, at the latest after a few seconds
check_held() {
	local now try
	for try in 1 2 3 4 5; do
		now=$(held)
		[ "$now" != "$2" ] || break
		sleep 1
	done
	[ "$now" = "$2" ]
	check "$1: nothing leaked" $? "was $2, is $now"
}

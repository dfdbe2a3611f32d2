# SPDX-License-Identifier: GPL-2.0-or-later
# A guest with Debian's newer kernel.

is_newer() { guest_run g1 10 uname -r && case $answer in 6.12.*) ;; *) false ;; esac; }

case_kernel_6_12() {
	local MATRIX_CHANNELS=2 prefix='6.12: ' LIVES_KERNEL=6.12 LIVES_CARD format
	LIVES_CARD=$(stereo_card 48000 131072)
	jack_start 48000 1024 $SYNC
	daemon_start
	nobody=$(held)
	guest_start g1 "$(matrix_card)" 6.12 && card_up g1
	check 'card' $?
	is_newer
	check 'the kernel is 6.12' $? "$answer"
	for format in s16 float; do
		matrix_format_tries 1024 $format
	done
	guest_off g1
	check 'powers off' $?
	guest_start g1 "$LIVES_CARD" 6.12 && card_up g1
	check 'card again' $?
	lives_reload
	lives_daemon KILL 137
	lives_guest 'destroy' xl destroy g1
	is_newer
	check 'the kernel is 6.12 again' $? "$answer"
	down
}

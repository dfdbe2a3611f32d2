# SPDX-License-Identifier: GPL-2.0-or-later
# The back end in a guest: xenjackd and JACK run in the domain "drv" and serve g1's card. Guests have no
# names there, because only dom0 may read them, and Linux does not recognise xl's float formats.

drv_start() {
	local GUEST_LAYERS='jack drv' GUEST_MEMORY=320 GUEST_OPTIONS='driver_domain = 1'
	guest_start drv '' && guest_run drv 60 back_end_up 48000 1024
}

# drv_exact NAME FORMAT FRAMES: aplay in g1, heard bit for bit in drv; tries again if g1's ALSA or drv's
# JACK had an xrun
drv_exact() {
	local name=$1 format=$2 frames=$3 try heard status played
	guest_run g1 60 generate 0 $format 2 $frames 5
	for try in 1 2 3; do
		guest_send drv jacktap check -t 40 -c 2 -f $format -n $frames -s 5 dom$(domain_id g1):out_
		heard=$sent
		sleep 2
		guest_run g1 60 play_file 0 $format 2 4096 16384
		status=$?
		played=$answer
		guest_wait drv $heard 60 && [ $status -eq 0 ]
		status=$?
		[ $status -ne 0 ] && echo "$played $answer" | grep -q 'xruns"*: *[1-9]' || break
	done
	check "$name" $status "try $try, $played, $answer"
}

case_driver_domain() { # layers: jack drv
	local card backend
	drv_start
	check 'driver-domain: xenjackd in a guest' $? "$answer"
	card=$(stereo_card 48000 131072 | sed 's/CARD,/CARD, backend=drv,/')
	guest_start g1 "$card" && guest_run g1 60 wait_for 50 has_card
	check 'driver-domain: card' $?
	backend=$(xenstore-read "/local/domain/$(domain_id g1)/device/vsnd/0/backend")
	[ "$backend" = "/local/domain/$(domain_id drv)/backend/vsnd/$(domain_id g1)/0" ]
	check 'driver-domain: the back end is drv' $? "$backend"
	drv_exact 'driver-domain: s16' s16 96321
	drv_exact 'driver-domain: s32' s32 96321
	guest_run g1 60 reload
	check 'driver-domain: module reload' $? "$answer"
	drv_exact 'driver-domain: plays again' s16 96321
	guest_off g1
	check 'driver-domain: guest powers off' $?
	guest_run drv 30 back_end_down
	check 'driver-domain: xenjackd ends' $? "$answer"
	guest_off drv
	check 'driver-domain: drv powers off' $?
	within 15 no_zombie
	check 'driver-domain: no zombie' $? "$(xl list | tail -n +2 | tr '\n' ';')"
}

# SPDX-License-Identifier: GPL-2.0-or-later
# Three guests, each with a card of two PCMs with two streams each (Linux has one card at most; see
# toolstack.sh), all playing and recording at once. One card is detached and attached, one guest is
# destroyed, one reboots: the other streams lose no frame. GUEST-PCM names a stream in each direction.
# Every stream runs until it is stopped here, or cut off by what is done to its guest. What was heard
# must then be the pattern without a gap, from its first frame on; if the stream was stopped here, to
# its very last frame.

MANY_RATE=8000
MANY_PERIOD=2048 # JACK's too: with 24 clients, a shorter one is too much for the machine
MANY_RING=32768 # 4 s: the emulated machine is busy
MANY_FRAMES=$((MANY_RATE * 200)) # no stream ends by itself

# many_pcm N: prints it as items of xl's card
many_pcm() { echo "'PCM, name=pcm$1', 'STREAM, unique-id=out$1, type=p', 'STREAM, unique-id=in$1, type=c'"; }

MANY_PARAMETERS="sample-rates=$MANY_RATE, sample-formats=s16_le, channels-max=2, buffer-size=131072"
MANY_CARD="['CARD, $MANY_PARAMETERS', $(many_pcm 0), $(many_pcm 1)]"

# many_start STREAM...: starts the guests' programs and, in dom0, what listens and what plays
many_start() {
	local id guest pcm seed=0 alsa players=''
	for id; do
		guest=${id%-*} pcm=${id#*-}
		seed=$((seed + 1))
		alsa="-D hw:0,$pcm -f"
		tap_start tap-$id check -c 2 -f s16 -s $seed -m $MANY_FRAMES -i $((MANY_RATE * 6)) -t 120 \
			$guest:out${pcm}_
		echo $tap > /root/$id.tap
		tap_start play-$id play -g -c 2 -f s16 -s 1$seed -n $MANY_FRAMES $guest-in:in${pcm}_
		players="$players $tap"
		echo $tap > /root/$id.player
		echo 1$seed > /root/$id.seed
		guest_send $guest arecord -q $alsa S16_LE -t raw -c 2 -r $MANY_RATE \
			--period-size=$MANY_PERIOD --buffer-size=$MANY_RING /tmp/rec.$id
		echo $sent > /root/$id.record
		guest_send $guest alsaprobe play --full $alsa s16 -c 2 -r $MANY_RATE -p $MANY_PERIOD -b $MANY_RING \
			-s $seed -N $MANY_FRAMES
		echo $sent > /root/$id.play
	done
	for id; do
		guest_run ${id%-*} 40 "wait_for 30 moves 5 0 ${id#*-} c"
	done
	kill -USR1 $players
}

# many_move NAME STREAM...: they run, in both directions
many_move() {
	local name=$1 id status=0; shift
	for id; do
		guest_run ${id%-*} 40 "wait_for 20 moves 10 0 ${id#*-} p 0 ${id#*-} c" || { status=1; break; }
	done
	check "$name" $status "$id $answer"
}

# many_heard STREAM: what was heard of the guest is correct; "frames" in the tap's answer counts it
many_heard() {
	within 20 gone $(cat /root/$1.tap)
	wait $(cat /root/$1.tap)
}

# many_recorded STREAM: the guest's file has silence, then the pattern to its end
many_recorded() {
	local size
	guest_run ${1%-*} 10 "wc -c < /tmp/rec.$1" && size=$answer
	guest_run ${1%-*} 60 "pattern check -f s16 -c 2 -n 0 -s $(cat /root/$1.seed) /tmp/rec.$1" &&
		[ "$(json ok "$answer")" = true ] && [ "$(json frames "$answer")" -gt 0 ] &&
		[ $((4 * ($(json lead_silence "$answer") + $(json frames "$answer")))) -eq "$size" ]
}

# many_cut NAME STREAM...: what was heard until they were cut off is correct
many_cut() {
	local name=$1 id; shift
	for id; do
		kill $(cat /root/$id.player /root/$id.tap) 2> /dev/null
		many_heard $id && [ "$(json frames "$(cat /root/tap-$id)")" -gt 0 ]
		check "$name: $id was exact until then" $? "$(cat /root/tap-$id)"
	done
}

# many_stop NAME STREAM...: stops them; they are correct from the first frame to the last
many_stop() {
	local name=$1 id guest status; shift
	for guest in $(printf '%s\n' "$@" | cut -d- -f1 | sort -u); do
		guest_run $guest 10 'killall arecord; killall alsaprobe'
	done
	for id; do
		guest_wait ${id%-*} $(cat /root/$id.play) 60
		status=$?
		many_heard $id && [ $status -eq 0 ] && [ "$(json written "$answer")" -gt 0 ] &&
			[ "$(json written "$answer")" = "$(json frames "$(cat /root/tap-$id)")" ]
		check "$name: $id played" $? "$answer $(cat /root/tap-$id)"
		guest_wait ${id%-*} $(cat /root/$id.record) 60
		many_recorded $id
		check "$name: $id recorded" $? "$answer"
		kill $(cat /root/$id.player)
	done
}

# ---- what is done to the guests

many_detach() {
	local id
	xl vsnd-detach g1 0
	check 'xl vsnd-detach' $?
	for id in g1-0 g1-1; do
		guest_wait g1 $(cat /root/$id.play) 30
		[ $? -eq 1 ]
		check "detach: the player of $id gets an error" $? "$answer"
		guest_wait g1 $(cat /root/$id.record) 30
		[ $? -eq 1 ]
		check "detach: the recorder of $id gets an error" $? "$answer"
		many_recorded $id
		check "detach: $id recorded correctly until then" $? "$answer"
	done
	many_cut detach g1-0 g1-1
	guest_run g1 20 wait_for 15 no_card
	xl vsnd-attach g1 "CARD, $MANY_PARAMETERS" \
		'PCM, name=pcm0' 'STREAM, unique-id=out0, type=p' 'STREAM, unique-id=in0, type=c' \
		'PCM, name=pcm1' 'STREAM, unique-id=out1, type=p' 'STREAM, unique-id=in1, type=c' &&
		card_up g1
	check 'xl vsnd-attach' $?
	many_move 'detach: the others go on' g2-0 g2-1 g3-0 g3-1
	many_start g1-0 g1-1
}

many_destroy() {
	xl destroy g3
	check 'xl destroy' $?
	within 15 no_zombie
	check 'destroy: no zombie' $?
	many_move 'destroy: the others go on' g1-0 g1-1 g2-0 g2-1
	many_cut destroy g3-0 g3-1
}

many_reboot() {
	local id
	id=$(domain_id g2)
	guest_send g2 reboot -f
	within 60 other_domain g2 "$id" && guest_console g2 && guest_ready g2 && card_up g2
	check 'reboot: the guest is back' $? "domain $id, now $(domain_id g2)"
	many_move 'reboot: the others go on' g1-0 g1-1
	many_cut reboot g2-0 g2-1
	many_start g2-0 g2-1
	many_move 'reboot: it plays again' g2-0 g2-1
}

case_many() {
	local prefix='many: ' nobody guest
	jack_start $MANY_RATE 2048 $SYNC
	daemon_start
	nobody=$(held)
	guest_start g1 "$MANY_CARD" 6.12
	guest_start g2 "$MANY_CARD"
	guest_start g3 "$MANY_CARD"
	for guest in g1 g2 g3; do
		card_up $guest
		check "$guest has its card" $?
	done
	many_start g1-0 g1-1 g2-0 g2-1 g3-0 g3-1
	many_move 'all play' g1-0 g1-1 g2-0 g2-1 g3-0 g3-1
	many_detach
	many_destroy
	many_reboot
	many_stop 'stopped' g1-0 g1-1 g2-0 g2-1
	guest_off g1 && guest_off g2
	check 'all power off' $?
	check_held 'all off' "$nobody"
	daemon_stop
	jack_stop
}

# SPDX-License-Identifier: GPL-2.0-or-later
# dom0's script: runs the cases named in /root/lab/list and leaves the results in /out.

export JACK_NO_AUDIO_RESERVATION=1
xl sched-credit2 -d Domain-0 -w 2048 # guests wait for dom0's sound; usual on a real Xen, too
. /root/lab/lib.sh
. /root/lab/scene.sh
for file in /root/lab/cases/*.sh; do
	. "$file"
done

: > $OUT/results
: > /root/xenjack.conf
while read -r name; do
	say "case $name"
	start=$(cut -d. -f1 /proc/uptime)
	"case_$(echo "$name" | tr - _)"
	say "case $name took $(($(cut -d. -f1 /proc/uptime) - start)) s"
	echo "end - $name" | tee -a $OUT/results
done < /root/lab/list
xl dmesg > $OUT/xen.log 2>&1
! grep -q '^not ok' $OUT/results

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a playback cycle costs at 0 dB, with a volume, and with one whose products may overflow. */
#include <stdio.h>
#include <time.h>

#include "tests/unit/sound/frontend.h"

#define ROUNDS 20000u
#define FRAMES 256u

/* Processor time per cycle of a stereo stream. */
static double cycle_ns(int32_t volume_mdb)
{
	static float port[2][FRAMES];
	const int32_t volumes_mdb[2] = { volume_mdb, volume_mdb };
	float *const out[2] = { port[0], port[1] };
	struct timespec begin, end;
	struct rig rig;

	rig_open(&rig, PCM_PLAYBACK, 2, 8192, 1024);
	gain_set_volume(&rig.runtime->gain, volumes_mdb);
	gain_settle(&rig.runtime->gain);
	stream_trigger_start(rig.runtime);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	for (unsigned n = 0; n < ROUNDS; n++) {
		stream_rt_playback(rig.runtime, out, FRAMES);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	rig_close(&rig);
	return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) /
	       ROUNDS;
}

int main(void)
{
	printf("stereo, %u frames: %.0f ns at 0 dB, %.0f ns at -6 dB, %.0f ns at +6 dB\n", FRAMES,
	       cycle_ns(0), cycle_ns(-6000), cycle_ns(6000));
	return 0;
}

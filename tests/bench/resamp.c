/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a resampled stream costs, compared with one at JACK's rate: see docs/resampling.md. */
#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "tests/unit/sound/frontend.h"

#define ROUNDS 400u
#define FRAMES 256u
#define GUEST_HZ 44100u
#define JACK_HZ 48000u

/* Processor time per cycle of a stereo stream at this quality; RESAMP_NO: at JACK's rate. */
static double cycle_ns(enum resamp_quality quality)
{
	static float port[2][FRAMES];
	float *const out[2] = { port[0], port[1] };
	struct timespec begin, end;
	struct rig rig;

	rig_open(&rig, PCM_PLAYBACK, 2, 8192, 1024);
	if (quality != RESAMP_NO) {
		rig.runtime->resamp = resamp_create(quality, true, 2, GUEST_HZ, JACK_HZ);
		assert(rig.runtime->resamp);
	}
	stream_trigger_start(rig.runtime);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	for (unsigned n = 0; n < ROUNDS; n++) {
		stream_rt_playback(rig.runtime, out, FRAMES);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	resamp_destroy(rig.runtime->resamp);
	rig_close(&rig);
	return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) /
	       ROUNDS;
}

int main(void)
{
	static const char *const names[] = { "no", "fast", "yes", "best" };
	const double plain_ns = cycle_ns(RESAMP_NO);

	for (int quality = RESAMP_FAST; quality <= RESAMP_BEST; quality++) {
		double ns = cycle_ns((enum resamp_quality)quality);

		printf("%u -> %u Hz, stereo, %s: %.0f times a stream at JACK's rate, %.2f %% of "
		       "the cycle\n",
		       GUEST_HZ, JACK_HZ, names[quality], ns / plain_ns,
		       ns / (FRAMES * 1e9 / JACK_HZ) * 100);
	}
	return 0;
}

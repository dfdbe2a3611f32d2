/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the tests of adoption: a mono guest whose ring is not a power of two. */
#ifndef XENJACK_TEST_ADOPT_H
#define XENJACK_TEST_ADOPT_H

#include "src/sound/stream_trigger.h"
#include "tests/unit/sound/frontend.h"
#include "tests/unit/xen/fake_guest.h"

#define CYCLE 64u
#define RING 704u /* frames; mono s16: whole cycles, not a divisor of 2^64 */
#define RING_BYTES (RING * 2)

static struct stream_ring ring;
static struct frontend fe;

static inline int adopt_set_up_dir(enum pcm_dir dir)
{
	make_guest(dir);
	fill_directory(1);
	memset(&handover, 0xee, sizeof(handover));
	fe = (struct frontend){ .page = (struct xensnd_event_page *)page[EVT_GREF],
				.ring_frames = RING,
				.period_frames = 100,
				.frame_bytes = 2 };
	return 0;
}

static inline int adopt_set_up(void **state)
{
	(void)state;
	return adopt_set_up_dir(PCM_PLAYBACK);
}

static inline int adopt_tear_down(void **state)
{
	(void)state;
	free_guest();
	return 0;
}

static inline struct xensnd_req open_mono(void)
{
	struct xensnd_req request = open_request(RING_BYTES);

	request.op.open.pcm_channels = 1;
	request.op.open.period_sz = 200;
	return request;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic on guests' numbers, for every number within these bounds, compared with plain
 * models:
 *
 *   event index   every state that an honest guest can reach with indices from 2^32 - 192 to 192:
 * more than three times the page's 63 slots on each side of the wrap. Elsewhere, slots repeat
 * every 63. appl_frames   WRITE with every offset and length, for rings of 5 to 9 frames, every
 * place of the clock and every lead of the guest up to a ring, at positions around 0, 2^63 and
 * close to 2^64 frames, bytes OPEN with every format, 1 to 4 channels, rings of up to 330 bytes,
 * periods of up to 70
 *
 * tests/proof has proofs at full width.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/sound/frontend.h"

/* --- event index */

#define SPAN 192u

static bool reached[2 * SPAN + 1][EVT_RING_LENGTH + 1];
static struct evt_page page;

static struct evt_event *slot(uint32_t index)
{
	return &page.events[index % EVT_RING_LENGTH];
}

/* Pushes one event to a page on which `waiting` are left; true if there was room. */
static bool push(uint32_t index, uint32_t waiting)
{
	struct evt evt = { .notify = count_notify, .sh_page = &page, .in_prod = index };
	bool pushed;

	page.in_cons = index - waiting;
	for (uint32_t i = 1; i <= waiting; i++) {
		slot(index - i)->position_bytes = i;
	}
	pushed = evt_push(&evt, 1000);
	for (uint32_t i = 1; i <= waiting; i++) {
		assert_int_equal(slot(index - i)->position_bytes, i);
	}
	assert_int_equal(evt.in_prod, index + pushed);
	assert_true(!pushed || slot(index)->id == (uint16_t)index);
	return pushed;
}

static void test_event_index(void **state)
{
	unsigned full = 0;

	(void)state;
	reached[0][0] = true;
	for (uint32_t n = 0; n < 2 * SPAN; n++) {
		/* The guest takes one event after the other: from the most that wait down to none.
		 */
		for (uint32_t waiting = EVT_RING_LENGTH; waiting > 0; waiting--) {
			reached[n][waiting - 1] |= reached[n][waiting];
		}
		for (uint32_t waiting = 0; waiting <= EVT_RING_LENGTH; waiting++) {
			if (reached[n][waiting] && push(n - SPAN, waiting)) {
				assert_true(waiting < EVT_RING_LENGTH);
				reached[n + 1][waiting + 1] = true;
			}
			full += reached[n][waiting] && waiting == EVT_RING_LENGTH;
		}
		/* Somebody who takes everything can always go on. */
		assert_true(reached[n][0]);
	}
	assert_true(full > 0);
}

/* --- appl_frames */

#define RING_MAX 9u

/* What WRITE should make of appl_frames, found by looking at one frame after the other. */
static uint64_t expected_appl(uint64_t hw_frames, uint64_t appl_frames, uint32_t ring,
			      uint32_t offset, uint32_t length)
{
	uint64_t end = appl_frames;

	if (appl_frames % ring == offset) {
		return appl_frames + length;
	}
	while (end % ring != (offset + length) % ring) {
		end++;
	}
	return end <= hw_frames + ring ? end : appl_frames;
}

static void try_writes(struct rig *rig, uint64_t hw_frames, uint64_t appl_frames)
{
	uint32_t ring = rig->fe.ring_frames;

	for (uint32_t offset = 0; offset <= ring; offset++) {
		for (uint32_t length = 0; length <= ring - offset; length++) {
			rt_counter_set(&rig->runtime->shared.hw_frames, hw_frames);
			rt_counter_set(&rig->runtime->shared.appl_frames, appl_frames);
			stream_trigger_ack(rig->runtime, offset * 2, length * 2);
			assert_int_equal(
				rt_counter_get(&rig->runtime->shared.appl_frames),
				expected_appl(hw_frames, appl_frames, ring, offset, length));
		}
	}
}

static void test_appl_frames(void **state)
{
	static const uint64_t bases[] = { 0, (UINT64_C(1) << 63) - RING_MAX,
					  UINT64_MAX - 4 * RING_MAX };
	struct rig rig;

	(void)state;
	for (uint32_t ring = STREAM_RT_FRAMES_MIN; ring <= RING_MAX; ring++) {
		rig_open(&rig, PCM_PLAYBACK, 1, ring, 0);
		stream_trigger_start(rig.runtime);
		for (unsigned i = 0; i < 3; i++) {
			for (uint64_t hw = bases[i]; hw < bases[i] + 2 * RING_MAX; hw++) {
				for (uint64_t appl = hw; appl <= hw + ring; appl++) {
					try_writes(&rig, hw, appl);
				}
			}
		}
		rig_close(&rig);
	}
}

/* A sound that is played across 2^63: every frame of it, in order, and a fill that is right. */
static void test_positions_across_the_sign(void **state)
{
	struct rig rig;
	float port[7], *out[1] = { port };
	uint64_t begin;

	(void)state;
	for (uint32_t ring = 40; ring < 60; ring++) {
		rig_open(&rig, PCM_PLAYBACK, 1, ring, 0);
		begin = (UINT64_C(1) << 63) / ring * ring;
		rig.runtime->rt.hw_frames = begin;
		rt_counter_set(&rig.runtime->shared.hw_frames, begin);
		rig_write(&rig, begin, ring, 1);
		stream_trigger_start(rig.runtime);
		for (uint32_t n = 0; n + 7 <= ring; n += 7) {
			stream_rt_playback(rig.runtime, out, 7);
			assert_int_equal(atomic_load(&rig.strip.status.fill_frames), ring - n - 7);
			for (uint32_t i = 0; i < 7; i++) {
				assert_true(port[i] * 32768.0f == (float)(1 + n + i));
			}
		}
		stream_trigger_stop(rig.runtime);
		assert_int_equal(rig.runtime->rt.hw_frames, begin + ring);
		rig_close(&rig);
	}
}

/* --- frames and bytes */

static bool fits(const struct stream_params *params, uint32_t sample_bytes)
{
	uint32_t frame = sample_bytes * params->channels;

	return params->ring_bytes >= STREAM_RT_BYTES_MIN && params->ring_bytes <= 320 &&
	       params->ring_bytes % frame == 0 && params->ring_bytes / frame >= 5 &&
	       params->period_bytes <= params->ring_bytes && params->period_bytes % frame == 0;
}

static void try_sizes(struct stream_params *params)
{
	static const struct stream_limits limits = { 48000, 3, 320, false };
	uint32_t sample_bytes = pcm_sample_bytes(params->format);

	for (params->ring_bytes = 0; params->ring_bytes <= 330; params->ring_bytes++) {
		for (params->period_bytes = 0; params->period_bytes <= 70; params->period_bytes++) {
			bool good = params->channels <= 3 && fits(params, sample_bytes);

			assert_int_equal(stream_setup_check(params, &limits), good ? 0 : -EINVAL);
		}
	}
}

static void test_frames_and_bytes(void **state)
{
	struct stream_params params = { .rate_hz = 48000 };

	(void)state;
	for (unsigned format = 0; format < PCM_FORMATS; format++) {
		for (params.channels = 1; params.channels <= 4; params.channels++) {
			params.format = (enum pcm_format)format;
			try_sizes(&params);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event_index),
		cmocka_unit_test(test_appl_frames),
		cmocka_unit_test(test_positions_across_the_sign),
		cmocka_unit_test(test_frames_and_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HW_PARAM_QUERY with any numbers. A line "limits RATE PERIOD CHANNELS BYTES RESAMPLE" is what a
 * stream can do, a line "query FORMATS RATES CHANNELS BUFFER PERIOD" (two numbers for each
 * interval) what a guest asks. An answer lies within what was asked, asking again changes nothing,
 * and pinning one parameter after the other to an end ends in an OPEN.
 */
#include <string.h>

#include "src/sound/stream_setup.h"
#include "tests/fuzz/fuzz.h"
#include "xen/format.h"
#include "xen/query.h"

static uint32_t *ends_of(struct xensnd_query_hw_param *space, unsigned parameter)
{
	uint32_t *const intervals[] = { &space->rates.min, &space->channels.min, &space->buffer.min,
					&space->period.min };

	return intervals[parameter];
}

static void check_within(struct xensnd_query_hw_param *inner, struct xensnd_query_hw_param *outer)
{
	FUZZ_CHECK(inner->formats && !(inner->formats & ~outer->formats));
	for (unsigned i = 0; i < 4; i++) {
		const uint32_t *in = ends_of(inner, i), *out = ends_of(outer, i);

		FUZZ_CHECK(in[0] <= in[1] && in[0] >= out[0] && in[1] <= out[1]);
	}
}

static void check_open(const struct xensnd_query_hw_param *space, const struct query_limits *limits)
{
	const struct stream_limits open_limits = { limits->rate_hz, limits->channels,
						   limits->ring_bytes_max, limits->resample };
	enum pcm_format format = format_find((uint8_t)__builtin_ctzll(space->formats));
	uint32_t frame_bytes = pcm_frame_bytes(format, space->channels.min);
	const struct stream_params params = {
		.format = format,
		.rate_hz = space->rates.min,
		.channels = space->channels.min,
		.ring_bytes = space->buffer.min * frame_bytes,
		.period_bytes = space->period.min * frame_bytes,
	};

	FUZZ_CHECK(stream_setup_check(&params, &open_limits) == 0);
	FUZZ_CHECK(2 * (uint64_t)space->period.min <= space->buffer.min);
}

/* ALSA's way: `which` says, bit by bit, to which end. */
static void pin_all(struct xensnd_query_hw_param space, const struct query_limits *limits,
		    uint64_t which)
{
	for (unsigned i = 0; i < 4; i++) {
		uint32_t *ends = ends_of(&space, (unsigned)(which + i) % 4);

		ends[0] = ends[1] = ends[which >> i & 1];
		FUZZ_CHECK(query_narrow(&space, limits) == 0);
	}
	space.formats &= -space.formats;
	FUZZ_CHECK(query_narrow(&space, limits) == 0);
	check_open(&space, limits);
}

static void ask(const struct query_limits *limits, const uint64_t *numbers)
{
	struct xensnd_query_hw_param asked = { .formats = numbers[0] }, answer, again;

	for (unsigned i = 0; i < 4; i++) {
		ends_of(&asked, i)[0] = (uint32_t)numbers[1 + 2 * i];
		ends_of(&asked, i)[1] = (uint32_t)numbers[2 + 2 * i];
	}
	answer = asked;
	if (query_narrow(&answer, limits)) {
		return;
	}
	fuzz_accepted = true;
	check_within(&answer, &asked);
	again = answer;
	FUZZ_CHECK(query_narrow(&again, limits) == 0);
	FUZZ_CHECK(memcmp(&again, &answer, sizeof(answer)) == 0);
	pin_all(answer, limits, numbers[9]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_text text = fuzz_text(data, size);
	struct query_limits limits = { 48000, 256, 2, 65536, false };
	struct fuzz_line line;

	fuzz_begin();
	while (fuzz_next_line(&text, &line)) {
		const uint64_t *numbers = line.numbers;

		if (line.word[0] == 'q') {
			ask(&limits, numbers);
		} else if (line.word[0] == 'l') {
			/* What JACK and the configuration can give. */
			limits = (struct query_limits){ 1000 + (uint32_t)numbers[0] % 767001,
							(uint32_t)numbers[1] % 8193,
							1 + (uint32_t)numbers[2] % PCM_CHANNELS_MAX,
							(uint32_t)numbers[3] % ((64u << 20) + 1),
							numbers[4] % 2 };
		}
	}
	return 0;
}

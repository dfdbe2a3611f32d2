/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Positions of any 64 bits, those after 2^63 and at the wrap included: the place in the ring and
 * what can be moved from there stay within the ring, the lead stays within the carry, and the fill
 * is a number from 0 to 2^31 - 1. The carry's invariant holds after START and in every adopted
 * stream.
 */
#include "proof.h"

#include "src/sound/stream_rt.c"

#define RING_BYTES_MAX (64u << 20)

static unsigned char sh_ring[1];
static struct strip strip;
static struct stream_rt runtime;
static uint32_t taken;

bool evt_push(struct evt *evt, uint64_t position_bytes)
{
	(void)evt;
	(void)position_bytes;
	return nondet_bool();
}

static void to_float(float *const *dst, uint32_t at, const void *src, uint32_t channels,
		     uint32_t frames)
{
	(void)dst;
	(void)src;
	(void)channels;
	/* Only into the carry here. */
	PROVE((uint64_t)at + frames <= STREAM_RT_LEAD_MAX);
	taken += frames;
}

void pcm_silence(enum pcm_format format, void *dst, uint32_t frame_bytes, uint32_t frames)
{
	(void)format;
	(void)dst;
	(void)frame_bytes;
	(void)frames;
}

static bool invariant(void)
{
	return runtime.rt.lead <= STREAM_RT_LEAD_MAX && runtime.rt.lead_due <= STREAM_RT_LEAD_MAX &&
	       runtime.rt.carried <= runtime.rt.lead &&
	       (!runtime.rt.lead_due || !runtime.rt.lead || runtime.rt.lead == runtime.rt.lead_due);
}

static void prove_span(uint32_t frames)
{
	unsigned char *sh_place;
	uint32_t n = span(&runtime, frames, &sh_place);
	uint32_t place = (uint32_t)(runtime.rt.hw_frames % runtime.ring_frames);

	PROVE(n <= frames && (uint64_t)place + n <= runtime.ring_frames);
	PROVE(!frames || n);
}

static void prove_fill(void)
{
	runtime.dir = nondet_bool() ? PCM_CAPTURE : PCM_PLAYBACK;
	show_fill(&runtime);
	PROVE(atomic_load(&strip.status.fill_frames) >= 0);
}

static void prove_lead(uint32_t room)
{
	uint64_t before = runtime.rt.hw_frames;

	carry_in(&runtime, nondet_u64(), room);
	PROVE(invariant());
	PROVE(taken <= STREAM_RT_LEAD_MAX && taken <= room);
	PROVE(runtime.rt.hw_frames - before == taken);
}

int main(void)
{
	static const struct conv conv = { .to_float = to_float };

	runtime.conv = &conv;
	runtime.sh_ring = sh_ring;
	runtime.strip = &strip;
	runtime.channels = 1;
	runtime.frame_bytes = 1;
	runtime.ring_frames = nondet_u32();
	runtime.rt.hw_frames = nondet_u64();
	runtime.rt.lead = nondet_u32();
	runtime.rt.lead_due = nondet_u32();
	runtime.rt.carried = nondet_u32();
	runtime.shared.appl_frames.value = nondet_u64();
	ASSUME(runtime.ring_frames >= STREAM_RT_FRAMES_MIN &&
	       runtime.ring_frames <= RING_BYTES_MAX);
	ASSUME(invariant());
	prove_span(nondet_u32());
	prove_fill();
	prove_lead(nondet_u32() % runtime.ring_frames);
	return 0;
}

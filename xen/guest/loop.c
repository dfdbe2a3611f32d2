/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/loop.h"

#include "src/base/log.h"

/* Much longer than any period: a timeout means that something is wrong. */
#define WAIT_MS 10000
/* Rounds in a row in which both streams must be in step. */
#define STEADY_ROUNDS 8u

static int drop_frames(struct alsa *in, unsigned char *frames, uint32_t period, uint64_t count)
{
	int64_t done = 0;

	while (count > 0 && done >= 0) {
		done = alsa_read(in, frames, count < period ? (uint32_t)count : period);
		count -= done > 0 ? (uint64_t)done : 0;
	}
	return done < 0 ? (int)done : 0;
}

static int pad_frames(struct alsa *out, const unsigned char *silence, uint32_t period,
		      uint64_t count)
{
	int64_t done = 0;

	while (count > 0 && done >= 0) {
		done = alsa_write(out, silence, count < period ? (uint32_t)count : period);
		count -= done > 0 ? (uint64_t)done : 0;
	}
	return done < 0 ? (int)done : 0;
}

/*
 * The two streams may start in different cycles: drops or pads frames so that what was moved
 * matches how far the two clocks have got. Compares them a while after the event that woke us,
 * because both positions arrive in a cycle, but one before the other. Returns 1 if there was
 * nothing to do, 0 if there was, or an error.
 */
static int keep_step(struct player *out, struct player *in, int64_t *skew)
{
	const struct params *params = &out->alsa.front.params;
	int64_t while_ns = params->period * INT64_C(125000000) / params->rate_hz, found, late;
	int result;

	alsa_idle(&in->alsa, while_ns);
	alsa_idle(&out->alsa, while_ns);
	found = (int64_t)(in->alsa.front.gone - out->alsa.front.gone);
	late = found - *skew;
	if (late == 0) {
		return 1;
	}
	log_debug("%s: %lld frames out of step", out->name, (long long)late);
	*skew = found;
	result = late > 0 ? drop_frames(&in->alsa, in->period, params->period, (uint64_t)late)
			  : pad_frames(&out->alsa, out->period, params->period, (uint64_t)-late);
	return result;
}

/* Moves a period; plays silence in its place if `silent`. */
static int move(struct player *out, struct player *in, bool silent)
{
	uint32_t period = out->alsa.front.params.period;
	int result = alsa_wait(&in->alsa, WAIT_MS);

	result = result < 0 ? result : drop_frames(&in->alsa, in->period, period, period);
	return result < 0
		       ? result
		       : pad_frames(&out->alsa, silent ? out->period : in->period, period, period);
}

static int begin(struct player *out, struct player *in)
{
	const struct params *params = &out->alsa.front.params;
	unsigned steady = 0;
	int64_t skew = 0;
	int result;

	pcm_silence(params->format, out->period, out->alsa.front.frame_bytes, params->period);
	result = alsa_start(&in->alsa);
	result = result < 0 ? result
			    : pad_frames(&out->alsa, out->period, params->period, params->buffer);
	while (result >= 0 && steady < STEADY_ROUNDS) {
		result = move(out, in, true);
		result = result < 0 ? result : keep_step(out, in, &skew);
		steady = result == 1 ? steady + 1 : 0;
	}
	return result < 0 ? result : 0;
}

int loop_run(struct player *out, struct player *in)
{
	int result = begin(out, in);

	if (result == 0) {
		log_notice("%s: looping", out->name);
	}
	while (result == 0) {
		result = move(out, in, false);
		out->moved += out->alsa.front.params.period;
	}
	return result;
}

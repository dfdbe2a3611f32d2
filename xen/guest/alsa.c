/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/alsa.h"

#include <errno.h>

#include "src/base/log.h"

static bool running(const struct alsa *alsa)
{
	return alsa->state == ALSA_RUNNING || alsa->state == ALSA_DRAINING;
}

static uint64_t avail(const struct alsa *alsa)
{
	if (alsa->dir == PCM_PLAYBACK) {
		return alsa->hw_ptr + alsa->front.params.buffer - alsa->appl_ptr;
	}
	return alsa->hw_ptr - alsa->appl_ptr;
}

/* Changes the state first: events that arrive before STOP is answered must find it stopped. */
static int stop(struct alsa *alsa, enum alsa_state state)
{
	if (!running(alsa)) {
		alsa->state = state;
		return 0;
	}
	alsa->xruns += state == ALSA_XRUN;
	alsa->state = state;
	return front_trigger(&alsa->front, XENSND_OP_TRIGGER_STOP);
}

/* Updates hw_ptr from the driver's pointer; -EPIPE if that ends the stream. */
static int pointer_update(struct alsa *alsa)
{
	uint64_t hw_ptr = alsa->hw_base + alsa->front.hw;

	if (hw_ptr < alsa->hw_ptr) {
		alsa->hw_base += alsa->front.params.buffer;
		hw_ptr += alsa->front.params.buffer;
	}
	/* We stalled for a whole buffer or more; in Linux, the interrupt sees every period. */
	while (hw_ptr - alsa->hw_ptr + alsa->front.params.buffer <= alsa->front.gone - alsa->gone) {
		alsa->hw_base += alsa->front.params.buffer;
		hw_ptr += alsa->front.params.buffer;
	}
	alsa->gone = alsa->front.gone;
	alsa->passed += hw_ptr - alsa->hw_ptr;
	alsa->hw_ptr = hw_ptr;
	if (alsa->state == ALSA_DRAINING) {
		if (avail(alsa) >= alsa->front.params.buffer) {
			stop(alsa, ALSA_SETUP);
			return -EPIPE;
		}
	} else if (avail(alsa) >= alsa->stop_threshold) {
		stop(alsa, ALSA_XRUN);
		return -EPIPE;
	}
	return 0;
}

/* Handles the periods that elapsed while the thread was busy. */
static void settle(struct alsa *alsa)
{
	while (alsa->front.due > 0) {
		alsa->front.due--;
		if (running(alsa)) {
			alsa->periods++;
			pointer_update(alsa);
		}
	}
}

/* Returns 0 if the program may go on with this stream, otherwise the error. */
static int accessible(const struct alsa *alsa)
{
	switch (alsa->state) {
	case ALSA_PREPARED:
	case ALSA_RUNNING:
		return 0;
	case ALSA_XRUN:
		return -EPIPE;
	case ALSA_DISCONNECTED:
		return -ENODEV;
	default:
		return -EBADFD;
	}
}

void alsa_open(struct alsa *alsa, struct device_stream *stream, int stop_fd)
{
	memset(alsa, 0, sizeof(*alsa));
	alsa->limits = &stream->limits;
	alsa->dir = stream->dir;
	alsa->stop = stop_fd;
	alsa->state = ALSA_OPEN;
	front_init(&alsa->front, &stream->channel);
}

int alsa_hw_params(struct alsa *alsa, struct params *params)
{
	int result;

	if (alsa->state != ALSA_OPEN && alsa->state != ALSA_SETUP && alsa->state != ALSA_PREPARED) {
		return -EBADFD;
	}
	result = params_choose(alsa->front.channel, alsa->limits, params);
	if (result < 0) {
		return result;
	}
	front_free(&alsa->front);
	front_clear(&alsa->front);
	alsa->front.params = *params;
	alsa->front.frame_bytes = pcm_frame_bytes(params->format, params->channels);
	alsa->start_threshold = 1;
	alsa->stop_threshold = params->buffer;
	alsa->avail_min = params->period;
	result = front_alloc(&alsa->front);
	if (result < 0) {
		log_error("out of memory: no buffer of %u frames", params->buffer);
		alsa_hw_free(alsa);
		return result;
	}
	alsa->state = ALSA_SETUP;
	return 0;
}

int alsa_hw_free(struct alsa *alsa)
{
	int result = front_close(&alsa->front);

	front_clear(&alsa->front);
	front_free(&alsa->front);
	alsa->state = ALSA_OPEN;
	return result;
}

int alsa_close(struct alsa *alsa)
{
	int result = 0;

	if (alsa->state == ALSA_CLOSED) {
		return 0;
	}
	stop(alsa, alsa->state);
	if (alsa->state != ALSA_OPEN) {
		result = alsa_hw_free(alsa);
	}
	front_finish(&alsa->front);
	alsa->state = ALSA_CLOSED;
	return result;
}

int alsa_prepare(struct alsa *alsa)
{
	int result = 0;

	settle(alsa);
	if (alsa->state == ALSA_DISCONNECTED) {
		return -ENODEV;
	}
	if (alsa->state == ALSA_OPEN || running(alsa)) {
		return alsa->state == ALSA_OPEN ? -EBADFD : -EBUSY;
	}
	if (!alsa->front.opened) {
		result = front_open(&alsa->front);
		alsa->front.opened = result == 0;
	}
	if (result < 0) {
		return result;
	}
	alsa->hw_base = 0;
	alsa->hw_ptr = 0;
	alsa->appl_ptr = 0;
	alsa->gone = alsa->front.gone;
	alsa->front.due = 0;
	alsa->state = ALSA_PREPARED;
	return 0;
}

/* Starts the stream into `state`, RUNNING or DRAINING. */
static int start(struct alsa *alsa, enum alsa_state state)
{
	int result = front_trigger(&alsa->front, XENSND_OP_TRIGGER_START);

	if (result < 0) {
		front_trigger(&alsa->front, XENSND_OP_TRIGGER_STOP);
		return result;
	}
	alsa->state = state;
	settle(alsa);
	return 0;
}

int alsa_start(struct alsa *alsa)
{
	if (alsa->state != ALSA_PREPARED) {
		return accessible(alsa) < 0 ? accessible(alsa) : -EBADFD;
	}
	if (alsa->dir == PCM_PLAYBACK && avail(alsa) >= alsa->front.params.buffer &&
	    alsa->stop_threshold != UINT64_MAX) {
		return -EPIPE;
	}
	return start(alsa, ALSA_RUNNING);
}

int alsa_drop(struct alsa *alsa)
{
	if (alsa->state == ALSA_OPEN || alsa->state == ALSA_CLOSED) {
		return -EBADFD;
	}
	if (alsa->state == ALSA_DISCONNECTED) {
		return -ENODEV;
	}
	stop(alsa, ALSA_SETUP);
	return 0;
}

int alsa_suspend(struct alsa *alsa)
{
	int result;

	if (!running(alsa)) {
		return 0;
	}
	alsa->state = ALSA_SETUP;
	result = front_trigger(&alsa->front, XENSND_OP_TRIGGER_PAUSE);
	return result;
}

/* --- waiting */

/* ALSA's timeout for a wait without a period: 1.1 buffers, at least 100 ms. */
static int64_t give_up_ns(const struct alsa *alsa)
{
	int64_t ns = alsa->front.params.buffer * INT64_C(1100000000) / alsa->front.params.rate_hz;

	return ns > 100000000 ? ns : 100000000;
}

/* Sleeps until a period has elapsed. Returns 1, 0 at the deadline, or -ENODEV. */
static int sleep_period(struct alsa *alsa, int64_t deadline_ns)
{
	while (alsa->front.due == 0) {
		if (!channel_poll(alsa->front.channel, deadline_ns, alsa->stop) &&
		    alsa->front.due == 0) {
			if (stats_now_ns() >= deadline_ns) {
				return 0;
			}
			stop(alsa, ALSA_DISCONNECTED);
			return -ENODEV;
		}
	}
	alsa->wakeups++;
	settle(alsa);
	return 1;
}

/* As in writei and readi: -EIO if no period elapses within ALSA's timeout. */
static int wait_for_avail(struct alsa *alsa, uint64_t wanted)
{
	int result;

	while (avail(alsa) < wanted) {
		result = sleep_period(alsa, stats_now_ns() + give_up_ns(alsa));
		if (result > 0) {
			result = accessible(alsa);
		} else if (result == 0) {
			result = -EIO;
		}
		if (result < 0) {
			return result;
		}
	}
	return 0;
}

int alsa_wait(struct alsa *alsa, int timeout_ms)
{
	int64_t deadline_ns = stats_now_ns() + timeout_ms * INT64_C(1000000);
	int result;

	settle(alsa);
	while ((result = accessible(alsa)) == 0 && avail(alsa) < alsa->avail_min) {
		result = sleep_period(alsa, deadline_ns);
		if (result <= 0) {
			return result == 0 ? -ETIMEDOUT : result;
		}
	}
	return result;
}

int64_t alsa_avail(struct alsa *alsa)
{
	int result;

	settle(alsa);
	if (running(alsa)) {
		pointer_update(alsa);
	}
	result = accessible(alsa);
	return result < 0 ? result : (int64_t)avail(alsa);
}

void alsa_idle(struct alsa *alsa, int64_t ns)
{
	int64_t deadline_ns = stats_now_ns() + ns;

	while (channel_poll(alsa->front.channel, deadline_ns, alsa->stop)) {
		settle(alsa);
	}
	settle(alsa);
}

int alsa_drain(struct alsa *alsa)
{
	int result;

	settle(alsa);
	result = accessible(alsa);
	if (result < 0 || alsa->dir == PCM_CAPTURE) {
		return result < 0 ? result : alsa_drop(alsa);
	}
	if (alsa->state == ALSA_PREPARED) {
		if (alsa->appl_ptr == alsa->hw_ptr) {
			alsa->state = ALSA_SETUP;
			return 0;
		}
		result = start(alsa, ALSA_DRAINING);
	}
	if (result < 0) {
		return result;
	}
	if (alsa->state == ALSA_RUNNING) {
		alsa->state = ALSA_DRAINING;
	}
	while (alsa->state == ALSA_DRAINING) {
		result = sleep_period(alsa, stats_now_ns() + give_up_ns(alsa));
		if (result <= 0) {
			stop(alsa, ALSA_SETUP);
			return result == 0 ? -EIO : result;
		}
	}
	return alsa->state == ALSA_SETUP ? 0 : accessible(alsa);
}

/* --- moving frames */

/* Moves what fits before the end of the buffer. Returns the frames moved, or an error. */
static int64_t move_chunk(struct alsa *alsa, const unsigned char *out, unsigned char *in,
			  uint32_t count)
{
	uint32_t frame = (uint32_t)(alsa->appl_ptr % alsa->front.params.buffer);
	uint64_t room = avail(alsa);
	int result;

	count = count < room ? count : (uint32_t)room;
	count = count < alsa->front.params.buffer - frame ? count
							  : alsa->front.params.buffer - frame;
	result = out != NULL ? front_write(&alsa->front, frame, out, count)
			     : front_read(&alsa->front, frame, in, count);
	settle(alsa);
	if (result == 0) {
		result = accessible(alsa);
	}
	if (result < 0) {
		return result;
	}
	alsa->appl_ptr += count;
	alsa->frames += count;
	return count;
}

static int64_t transfer(struct alsa *alsa, const unsigned char *out, unsigned char *in,
			uint32_t count)
{
	uint32_t done = 0;
	int64_t moved;
	int result;

	settle(alsa);
	result = accessible(alsa);
	if (result == 0 && alsa->state == ALSA_RUNNING) {
		result = pointer_update(alsa);
	}
	if (result == 0 && alsa->state == ALSA_PREPARED && in != NULL &&
	    count >= alsa->start_threshold) {
		result = alsa_start(alsa);
	}
	while (result == 0 && done < count) {
		if (avail(alsa) == 0) {
			uint32_t left = count - done;

			result = wait_for_avail(alsa,
						left < alsa->avail_min ? left : alsa->avail_min);
			continue;
		}
		moved = move_chunk(
			alsa, out != NULL ? out + (size_t)done * alsa->front.frame_bytes : NULL,
			in != NULL ? in + (size_t)done * alsa->front.frame_bytes : NULL,
			count - done);
		if (moved < 0) {
			result = (int)moved;
			break;
		}
		done += (uint32_t)moved;
		if (out != NULL && alsa->state == ALSA_PREPARED &&
		    alsa->front.params.buffer - avail(alsa) >= alsa->start_threshold) {
			result = alsa_start(alsa);
		}
	}
	return done > 0 ? (int64_t)done : result;
}

int64_t alsa_write(struct alsa *alsa, const void *frames, uint32_t count)
{
	return transfer(alsa, frames, NULL, count);
}

int64_t alsa_read(struct alsa *alsa, void *frames, uint32_t count)
{
	return transfer(alsa, NULL, frames, count);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/sound/stream_trigger.h"

#include <stddef.h>

/* The next multiple of the ring at or after the position. */
static uint64_t round_up(const struct stream_rt *runtime, uint64_t hw_frames)
{
	uint64_t ring = runtime->ring_frames;

	return (hw_frames + ring - 1) / ring * ring;
}

/* Erases the next part of a range that does not change until all of it is; whether it is now. */
static bool erase(struct stream_rt *runtime, uint32_t from, uint32_t to)
{
	uint32_t most = STREAM_TRIGGER_ERASE_BYTES / runtime->frame_bytes;
	uint32_t next = from + runtime->io.erased;
	uint32_t left = to - next;

	pcm_silence(runtime->format, runtime->sh_ring + (size_t)next * runtime->frame_bytes,
		    runtime->frame_bytes, left < most ? left : most);
	runtime->io.erased = left > most ? runtime->io.erased + most : 0;
	rt_keep_order();
	return left <= most;
}

static bool erase_from(struct stream_rt *runtime, uint32_t frame)
{
	return erase(runtime, frame, runtime->ring_frames);
}

/* Announces the position, or notes that it is due if the guest has no room for it. */
static void announce(struct stream_rt *runtime)
{
	rt_counter_set(&runtime->shared.hw_frames, runtime->rt.hw_frames);
	runtime->io.announce_due = runtime->period_frames &&
				   !evt_push(runtime->evt,
					     runtime->rt.hw_frames * runtime->frame_bytes);
}

bool stream_trigger_open(struct stream_rt *runtime, uint64_t last_position_bytes)
{
	uint64_t last_frames = last_position_bytes / runtime->frame_bytes + 1;

	if (!erase_from(runtime, 0)) {
		return false;
	}
	/*
	 * The guest will apply events that are still queued to this stream: positions must not go
	 * back.
	 */
	runtime->rt.hw_frames = evt_empty(runtime->evt) ? 0 : round_up(runtime, last_frames);
	rt_counter_set(&runtime->shared.hw_frames, runtime->rt.hw_frames);
	rt_counter_set(&runtime->shared.appl_frames, runtime->rt.hw_frames);
	return true;
}

/*
 * The front end's period counter survives STOP: the lead must not end on a multiple of the period.
 */
static void order_lead(struct stream_rt *runtime)
{
	if (runtime->period_frames) {
		bool lands = (runtime->rt.hw_frames + 1) % runtime->period_frames == 0;

		runtime->rt.lead_due = lands ? 2 : 1;
	}
}

void stream_trigger_adopt(struct stream_rt *runtime)
{
	/* A capture cycle that was cut off at the ring's end looks like one without a lead. */
	if (runtime->io.state == STREAM_RT_RUNNING && runtime->dir == PCM_CAPTURE &&
	    runtime->rt.hw_frames % runtime->ring_frames == 0) {
		order_lead(runtime);
	}
	announce(runtime);
}

/* Moves the position forward to the ring's first frame. */
static void realign(struct stream_rt *runtime)
{
	uint64_t hw_frames = round_up(runtime, runtime->rt.hw_frames);

	/* The announced position may lag: see heard() in src/sound/stream_rt.c. */
	if (hw_frames != rt_counter_get(&runtime->shared.hw_frames)) {
		runtime->rt.hw_frames = hw_frames;
		announce(runtime);
	}
	if (runtime->resamp) {
		resamp_restart(runtime->resamp);
	}
	runtime->rt.carried = 0;
	runtime->rt.lead = 0;
	runtime->rt.lead_due = 0;
	runtime->rt.dry = false;
}

bool stream_trigger_start(struct stream_rt *runtime)
{
	uint32_t queued = runtime->io.queued;

	if (runtime->io.state == STREAM_RT_RUNNING) {
		return true;
	}
	if (runtime->io.state == STREAM_RT_PAUSED) {
		/*
		 * The front end does not report a PREPARE after PAUSE: what was queued before must
		 * not be heard.
		 */
		if (runtime->dir == PCM_PLAYBACK && !erase_from(runtime, queued)) {
			return false;
		}
		realign(runtime);
	}
	if (runtime->io.announce_due) {
		announce(runtime);
	}
	order_lead(runtime);
	rt_counter_set(&runtime->shared.appl_frames,
		       runtime->rt.hw_frames + (runtime->dir == PCM_PLAYBACK ? queued : 0));
	/* Last, here and below: until then, the next daemon repeats it all. */
	rt_keep_order();
	runtime->io.state = STREAM_RT_RUNNING;
	return true;
}

bool stream_trigger_resume(struct stream_rt *runtime)
{
	if (runtime->io.state == STREAM_RT_PAUSED) {
		runtime->io.state = STREAM_RT_RUNNING;
		return true;
	}
	return stream_trigger_start(runtime);
}

bool stream_trigger_stop(struct stream_rt *runtime)
{
	if (runtime->io.state == STREAM_RT_HALTED) {
		return true;
	}
	if (runtime->dir == PCM_PLAYBACK && !erase_from(runtime, 0)) {
		return false;
	}
	realign(runtime);
	runtime->io.queued = 0;
	rt_keep_order();
	runtime->io.state = STREAM_RT_HALTED;
	return true;
}

void stream_trigger_pause(struct stream_rt *runtime)
{
	if (runtime->io.state == STREAM_RT_RUNNING) {
		runtime->io.queued = 0;
		rt_keep_order();
		runtime->io.state = STREAM_RT_PAUSED;
	}
}

void stream_trigger_wake(struct stream_rt *runtime)
{
	if (runtime->io.state == STREAM_RT_RUNNING) {
		/* Linux counts a period when it has seen more than one pass. */
		runtime->rt.hw_frames += runtime->period_frames + 1;
		announce(runtime);
	}
}

/* The smallest number of frames, at or after `appl_frames`, whose place in the ring is `place`. */
static uint64_t next_at(const struct stream_rt *runtime, uint64_t appl_frames, uint32_t place)
{
	uint32_t ring = runtime->ring_frames;

	return appl_frames + (place + ring - (uint32_t)(appl_frames % ring)) % ring;
}

/*
 * Tracks what START will find: the ring fills from its first frame on; anything else is too late.
 */
static bool queue(struct stream_rt *runtime, uint32_t offset, uint32_t length)
{
	uint32_t queued = runtime->io.queued;

	if (offset == 0) {
		/*
		 * The front end does not report a sound that was dropped before its START; the rest
		 * of it must not be heard.
		 */
		if (runtime->dir == PCM_PLAYBACK && runtime->io.state == STREAM_RT_HALTED &&
		    length < queued && !erase(runtime, length, queued)) {
			return false;
		}
		runtime->io.queued = length;
	} else if (offset == queued) {
		runtime->io.queued = queued + length;
	}
	return true;
}

bool stream_trigger_ack(struct stream_rt *runtime, uint32_t offset_bytes, uint32_t length_bytes)
{
	uint32_t offset = offset_bytes / runtime->frame_bytes;
	uint32_t length = length_bytes / runtime->frame_bytes;
	uint64_t appl_frames, end;

	if (runtime->io.state != STREAM_RT_RUNNING && !queue(runtime, offset, length)) {
		return false;
	}
	if (runtime->io.state == STREAM_RT_HALTED) {
		return true;
	}
	/*
	 * Running, or paused: RESUME continues with what is written meanwhile, START begins anew.
	 *
	 * A WRITE says where, not how much in total: it may rewrite old frames (rewind, silence).
	 * It moves appl_frames if it begins there, or if its end is ahead and within a ring of the
	 * clock.
	 */
	appl_frames = rt_counter_get(&runtime->shared.appl_frames);
	if (offset == appl_frames % runtime->ring_frames) {
		rt_counter_set(&runtime->shared.appl_frames, appl_frames + length);
		return true;
	}
	end = next_at(runtime, appl_frames, (offset + length) % runtime->ring_frames);
	if (end <= rt_counter_get(&runtime->shared.hw_frames) + runtime->ring_frames) {
		rt_counter_set(&runtime->shared.appl_frames, end);
	}
	return true;
}

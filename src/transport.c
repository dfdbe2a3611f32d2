/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/transport.h"

#include <stddef.h>

/* A multiple of the ring, at or behind the position. */
static uint64_t round_up(const struct stream *stream, uint64_t position)
{
	uint64_t ring = stream->ring_frames;

	return (position + ring - 1) / ring * ring;
}

static void erase(struct stream *stream, uint32_t from, uint32_t to)
{
	pcm_silence(stream->format, stream->sh_ring + (size_t)from * stream->frame_bytes,
		    stream->frame_bytes, to - from);
}

static void erase_from(struct stream *stream, uint32_t frame)
{
	erase(stream, frame, stream->ring_frames);
}

/* Tells the guest the position, or remembers to when the guest has no room for it. */
static void announce(struct stream *stream)
{
	rt_counter_set(&stream->shared.position, stream->rt.position);
	stream->io.announce_due = stream->period_frames &&
				  !evt_push(stream->evt, stream->rt.position * stream->frame_bytes);
}

void transport_open(struct stream *stream, uint64_t last_position_bytes)
{
	uint64_t last_frames = last_position_bytes / stream->frame_bytes + 1;

	/* Events that are still queued are applied to this stream first: never go back. */
	stream->rt.position = evt_empty(stream->evt) ? 0 : round_up(stream, last_frames);
	rt_counter_set(&stream->shared.position, stream->rt.position);
	rt_counter_set(&stream->shared.frontier, stream->rt.position);
	erase_from(stream, 0);
}

void transport_adopt(struct stream *stream)
{
	announce(stream);
}

/* Brings the position to the ring's first frame. */
static void realign(struct stream *stream)
{
	uint64_t position = round_up(stream, stream->rt.position);

	/* What was announced may be behind: see heard in src/stream.c. */
	if (position != rt_counter_get(&stream->shared.position)) {
		stream->rt.position = position;
		announce(stream);
	}
	if (stream->resamp) {
		resamp_restart(stream->resamp);
	}
	stream->rt.carried = 0;
	stream->rt.lead = 0;
	stream->rt.lead_due = 0;
	stream->rt.dry = false;
}

void transport_start(struct stream *stream)
{
	uint32_t queued = stream->io.queued;

	if (stream->io.state == STREAM_RUNNING) {
		return;
	}
	if (stream->io.state == STREAM_PAUSED) {
		/* PREPARE after PAUSE is not told: what was queued before must not be heard. */
		realign(stream);
		if (stream->dir == PCM_PLAYBACK) {
			erase_from(stream, queued);
		}
	}
	if (stream->io.announce_due) {
		announce(stream);
	}
	if (stream->period_frames) {
		/* The front end's period counter survives STOP: the lead must not end on 0. */
		bool lands = (stream->rt.position + 1) % stream->period_frames == 0;

		stream->rt.lead_due = lands ? 2 : 1;
	}
	rt_counter_set(&stream->shared.frontier,
		       stream->rt.position + (stream->dir == PCM_PLAYBACK ? queued : 0));
	stream->io.state = STREAM_RUNNING;
}

void transport_resume(struct stream *stream)
{
	if (stream->io.state == STREAM_PAUSED) {
		stream->io.state = STREAM_RUNNING;
	} else {
		transport_start(stream);
	}
}

void transport_stop(struct stream *stream)
{
	if (stream->io.state == STREAM_HALTED) {
		return;
	}
	if (stream->dir == PCM_PLAYBACK) {
		erase_from(stream, 0);
	}
	realign(stream);
	stream->io.queued = 0;
	stream->io.state = STREAM_HALTED;
}

void transport_pause(struct stream *stream)
{
	if (stream->io.state == STREAM_RUNNING) {
		stream->io.state = STREAM_PAUSED;
		stream->io.queued = 0;
	}
}

void transport_wake(struct stream *stream)
{
	if (stream->io.state == STREAM_RUNNING) {
		/* Linux counts a period as passed when it has seen more than one. */
		stream->rt.position += stream->period_frames + 1;
		announce(stream);
	}
}

/* The smallest number of frames at or behind `frontier` whose place in the ring is `place`. */
static uint64_t next_at(const struct stream *stream, uint64_t frontier, uint32_t place)
{
	uint32_t ring = stream->ring_frames;

	return frontier + (place + ring - (uint32_t)(frontier % ring)) % ring;
}

/* What START will find: the ring fills from its first frame on; anything else came late. */
static void queue(struct stream *stream, uint32_t offset, uint32_t length)
{
	uint32_t queued = stream->io.queued;

	if (offset == 0) {
		/* A sound that was dropped before its START is not told; its rest must not be
		 * heard. */
		if (stream->dir == PCM_PLAYBACK && stream->io.state == STREAM_HALTED &&
		    length < queued) {
			erase(stream, length, queued);
		}
		stream->io.queued = length;
	} else if (offset == queued) {
		stream->io.queued = queued + length;
	}
}

void transport_moved(struct stream *stream, uint32_t offset_bytes, uint32_t length_bytes)
{
	uint32_t offset = offset_bytes / stream->frame_bytes;
	uint32_t length = length_bytes / stream->frame_bytes;
	uint64_t frontier, end;

	if (stream->io.state != STREAM_RUNNING) {
		queue(stream, offset, length);
	}
	if (stream->io.state == STREAM_HALTED) {
		return;
	}
	/* Running, or paused: RESUME goes on with what is written meanwhile, START begins anew. */
	/*
	 * A WRITE says where, not how much in all: it may rewrite old frames (rewind, silence).
	 * It moves the frontier if it begins there, or if its end is ahead and within a ring of
	 * the clock.
	 */
	frontier = rt_counter_get(&stream->shared.frontier);
	if (offset == frontier % stream->ring_frames) {
		rt_counter_set(&stream->shared.frontier, frontier + length);
		return;
	}
	end = next_at(stream, frontier, (offset + length) % stream->ring_frames);
	if (end <= rt_counter_get(&stream->shared.position) + stream->ring_frames) {
		rt_counter_set(&stream->shared.frontier, end);
	}
}

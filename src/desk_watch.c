/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/desk.h"

/* io and the process callback write down what happens to a stream, and tell nobody: it is seen. */

static void watch_state(struct desk *desk, const struct control_stream *stream,
			struct desk_seen *seen)
{
	enum sight_state before = seen->state, now = atomic_load(&stream->slot->strip.sight.state);

	seen->state = now;
	if (before == SIGHT_RUNNING && now != SIGHT_RUNNING) {
		desk_announce(desk, CONTROL_STREAM_STOPPED, stream, 0);
	}
	if (before != SIGHT_CLOSED && now == SIGHT_CLOSED) {
		desk_announce(desk, CONTROL_STREAM_CLOSED, stream, 0);
	}
	if (before == SIGHT_CLOSED && now != SIGHT_CLOSED) {
		desk_announce(desk, CONTROL_STREAM_OPENED, stream, 0);
	}
	if (before != SIGHT_RUNNING && now == SIGHT_RUNNING) {
		desk_announce(desk, CONTROL_STREAM_STARTED, stream, 0);
	}
}

static void watch_xruns(struct desk *desk, const struct control_stream *stream,
			struct desk_seen *seen)
{
	const struct strip *strip = &stream->slot->strip;
	uint64_t now = rt_counter_get(&strip->underruns) + rt_counter_get(&strip->overruns);

	if (now != seen->xruns) {
		seen->xruns = now;
		desk_announce(desk, CONTROL_STREAM_XRUN, stream, now);
	}
}

void desk_watch(struct desk *desk)
{
	for (unsigned i = 0; i < desk->count; i++) {
		watch_state(desk, &desk->streams[i], &desk->seen[i]);
		watch_xruns(desk, &desk->streams[i], &desk->seen[i]);
	}
}

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
		desk_announce(desk, CONTROL_STREAM_XRUN, stream,
			      now - seen->since.underruns - seen->since.overruns);
	}
}

void desk_watch(struct desk *desk)
{
	for (unsigned i = 0; i < desk->count; i++) {
		watch_state(desk, &desk->streams[i], &desk->seen[i]);
		watch_xruns(desk, &desk->streams[i], &desk->seen[i]);
	}
}

static struct control_stats count(const struct control_stream *stream)
{
	const struct strip *strip = &stream->slot->strip;

	return (struct control_stats){
		.cycles = rt_counter_get(&strip->cycles),
		.underruns = rt_counter_get(&strip->underruns),
		.overruns = rt_counter_get(&strip->overruns),
		.positions_lost = rt_counter_get(&strip->lost),
		.throttled = rt_counter_get(&stream->card->throttled),
	};
}

void desk_get_stats(const struct desk *desk, const struct control_stream *stream,
		    struct control_stats *stats)
{
	const struct control_stats *since = &desk->seen[stream - desk->streams].since;
	const struct control_stats now = count(stream);

	*stats = (struct control_stats){
		.cycles = now.cycles - since->cycles,
		.underruns = now.underruns - since->underruns,
		.overruns = now.overruns - since->overruns,
		.positions_lost = now.positions_lost - since->positions_lost,
		.throttled = now.throttled - since->throttled,
	};
}

void desk_reset_stats(struct desk *desk, const struct control_stream *stream)
{
	struct desk_seen *seen = &desk->seen[stream - desk->streams];

	/* An xrun that nobody was told yet is not any more, either. */
	seen->since = count(stream);
	seen->xruns = seen->since.underruns + seen->since.overruns;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "osc/server/server_parts.h"
#include "src/base/clock.h"
#include "src/sound/meter.h"

#define NS_PER_S 1e9
/* Smaller changes are invisible on a meter. */
#define STEP_DB 0.5f
/* Not sent yet: every value differs from it. */
#define UNTOLD_DB (-1000.0f)

/* --- levels kept for each stream */

static void begin(struct server_levels *levels, unsigned place)
{
	for (uint32_t c = 0; c < levels->channels; c++) {
		levels->of[c].peak[place] = METER_UNMEASURED;
		levels->of[c].told_peak[place] = UNTOLD_DB;
		levels->of[c].told_rms[place] = UNTOLD_DB;
	}
}

void server_levels_add(struct server *server, struct stream *stream)
{
	uint32_t channels = stream->channels;
	struct server_levels *levels, **list = server->levels;

	if (server->level_count == server->level_room) {
		unsigned room = server->level_room ? 2 * server->level_room : 16;

		list = realloc(list, room * sizeof(struct server_levels *));
		if (!list) {
			return;
		}
		server->levels = list;
		server->level_room = room;
	}
	levels = calloc(1, sizeof(*levels) + channels * sizeof(levels->of[0]));
	if (!levels) {
		return;
	}
	levels->stream = stream;
	levels->channels = channels;
	list[server->level_count++] = levels;
	for (unsigned place = 0; place < LEASE_COUNT_MAX; place++) {
		begin(levels, place);
	}
}

void server_levels_remove(struct server *server, const struct stream *stream)
{
	for (unsigned i = 0; i < server->level_count; i++) {
		if (server->levels[i]->stream == stream) {
			free(server->levels[i]);
			server->levels[i] = server->levels[--server->level_count];
			return;
		}
	}
}

void server_levels_reset(struct server *server, unsigned place)
{
	for (unsigned i = 0; i < server->level_count; i++) {
		begin(server->levels[i], place);
	}
}

static struct server_levels *levels_of(const struct server *server, const struct stream *stream)
{
	for (unsigned i = 0; i < server->level_count; i++) {
		if (server->levels[i]->stream == stream) {
			return server->levels[i];
		}
	}
	return NULL;
}

/* The process callback keeps one peak; taking it must add it to everyone's. */
static void take_peak(struct server_levels *levels, struct meter *meter, uint32_t channel)
{
	float peak = meter_take_peak(meter, channel);

	for (unsigned place = 0; place <= SERVER_ASKER; place++) {
		levels->of[channel].peak[place] = fmaxf(levels->of[channel].peak[place], peak);
	}
}

void server_look(struct tree *tree)
{
	struct server *server = tree->arg;

	server->asked_ns = clock_now_ns();
	server_settle(server);
}

float server_peak(const struct tree_call *call, uint32_t channel)
{
	struct server *server = call->tree->arg;
	const struct stream *stream = call->stream;
	struct server_levels *levels = levels_of(server, stream);
	float peak = 0.0f;

	if (levels) {
		take_peak(levels, &call->stream->strip.meter, channel);
		peak = fmaxf(levels->of[channel].peak[SERVER_ASKER], 0.0f);
		levels->of[channel].peak[SERVER_ASKER] = METER_UNMEASURED;
	}
	return peak;
}

/* --- sending */

/* Adds a message with the levels of all channels, if one of them has moved. */
static void put(struct packet_batch *batch, struct stream *stream, const char *what,
		uint32_t channels, const float *db, float *told, size_t stride)
{
	char path[CARD_ID_MAX + 32];
	bool moved = false;
	lo_message message;

	for (uint32_t c = 0; c < channels; c++) {
		moved |= fabsf(db[c] - told[c * stride]) >= STEP_DB;
	}
	message = moved ? lo_message_new() : NULL;
	if (!message) {
		return;
	}
	for (uint32_t c = 0; c < channels; c++) {
		told[c * stride] = db[c];
		lo_message_add_float(message, db[c]);
	}
	snprintf(path, sizeof(path), "/stream/%s/%s", stream->id, what);
	(void)packet_add(batch, path, message);
	lo_message_free(message);
}

/* Whether there is nothing to say: the stream runs, but no cycle has been measured. */
static bool is_between_cycles(const struct stream *stream, const struct server_levels *levels,
			      unsigned place)
{
	for (uint32_t c = 0; c < levels->channels; c++) {
		if (levels->of[c].peak[place] >= 0.0f) {
			return false;
		}
	}
	return atomic_load_explicit(&stream->strip.status.state, memory_order_relaxed) ==
	       STREAM_RUNNING;
}

static void put_stream(struct packet_batch *batch, struct stream *stream,
		       struct server_levels *levels, unsigned place)
{
	const size_t stride = sizeof(levels->of[0]) / sizeof(float);
	float peaks[PCM_CHANNELS_MAX], rms[PCM_CHANNELS_MAX];

	for (uint32_t c = 0; c < levels->channels; c++) {
		peaks[c] = fader_db_of_amplitude(fmaxf(levels->of[c].peak[place], 0.0f));
		rms[c] = tree_rms_db(stream, c);
		levels->of[c].peak[place] = METER_UNMEASURED;
	}
	put(batch, stream, "meter", levels->channels, peaks, &levels->of[0].told_peak[place],
	    stride);
	put(batch, stream, "rms", levels->channels, rms, &levels->of[0].told_rms[place], stride);
}

static void tell_watcher(struct server *server, const struct lease *lease)
{
	unsigned place = (unsigned)(lease - server->leases.leases);
	struct stream *const *streams = server->mixer->streams;
	unsigned count = server->mixer->count;
	struct server_sink sink = { server, &lease->peer, .payer = NULL };
	char id[CARD_ID_MAX + 2];
	struct packet_batch batch;

	server_begin(&batch, &sink);
	for (unsigned i = 0; i < count; i++) {
		struct server_levels *levels = levels_of(server, streams[i]);

		snprintf(id, sizeof(id), "/%s", streams[i]->id);
		if (levels && pattern_match(&server->watches[place].pattern, id) &&
		    !is_between_cycles(streams[i], levels, place)) {
			put_stream(&batch, streams[i], levels, place);
		}
	}
	packet_flush(&batch);
}

static void take_all(struct server *server)
{
	struct stream *const *streams = server->mixer->streams;
	unsigned count = server->mixer->count;

	for (unsigned i = 0; i < count; i++) {
		struct server_levels *levels = levels_of(server, streams[i]);

		for (uint32_t c = 0; levels && c < levels->channels; c++) {
			take_peak(levels, &streams[i]->strip.meter, c);
		}
	}
}

void server_tell_meters(struct server *server)
{
	int64_t now_ns = clock_now_ns(), next_ns = INT64_MAX;

	take_all(server);
	for (struct lease *lease = lease_next(&server->leases, NULL, LEASE_METERS, now_ns); lease;
	     lease = lease_next(&server->leases, lease, LEASE_METERS, now_ns)) {
		struct server_watch *watch = &server->watches[lease - server->leases.leases];

		if (watch->due_ns <= now_ns) {
			tell_watcher(server, lease);
			/* Each subscriber has its own time grid, unless we are late. */
			watch->due_ns += watch->interval_ns;
			watch->due_ns = watch->due_ns > now_ns ? watch->due_ns
							       : now_ns + watch->interval_ns;
		}
		next_ns = watch->due_ns < next_ns ? watch->due_ns : next_ns;
	}
	ev_timer_stop(server->loop, &server->meter);
	if (next_ns != INT64_MAX) {
		ev_timer_set(&server->meter, (double)(next_ns - now_ns) / NS_PER_S, 0.0);
		ev_timer_start(server->loop, &server->meter);
	}
}

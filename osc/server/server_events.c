/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "osc/server/server_parts.h"
#include "src/base/clock.h"
#include "src/sound/fader.h"

/* --- events: sent at once, with a number */

/* An event's topic, its address, and its arguments after the number. */
static const struct {
	enum lease_topic topic;
	const char *path;
	enum {
		STREAM,
		STREAM_TOTAL,
		NAME,
		NAMES,
		SERVER,
		SERVER_CLOCK,
		SERVER_XRUN,
		NOTHING,
		TOTAL
	} says;
} events[] = {
	[EVENT_STREAM_ADDED] = { LEASE_STREAMS, "/event/stream/added", STREAM },
	[EVENT_STREAM_REMOVED] = { LEASE_STREAMS, "/event/stream/removed", STREAM },
	[EVENT_STREAM_OPENED] = { LEASE_STREAMS, "/event/stream/opened", STREAM },
	[EVENT_STREAM_STARTED] = { LEASE_STREAMS, "/event/stream/started", STREAM },
	[EVENT_STREAM_STOPPED] = { LEASE_STREAMS, "/event/stream/stopped", STREAM },
	[EVENT_STREAM_CLOSED] = { LEASE_STREAMS, "/event/stream/closed", STREAM },
	[EVENT_STREAM_XRUN] = { LEASE_STATS, "/event/stream/xrun", STREAM_TOTAL },
	[EVENT_PORT_ADDED] = { LEASE_PORTS, "/event/port/added", NAME },
	[EVENT_PORT_REMOVED] = { LEASE_PORTS, "/event/port/removed", NAME },
	[EVENT_PORT_CONNECTED] = { LEASE_PORTS, "/event/port/connected", NAMES },
	[EVENT_PORT_DISCONNECTED] = { LEASE_PORTS, "/event/port/disconnected", NAMES },
	[EVENT_PORT_RENAMED] = { LEASE_PORTS, "/event/port/renamed", NAMES },
	[EVENT_PORT_REFUSED] = { LEASE_PORTS, "/event/port/refused", NAMES },
	[EVENT_SERVER_CAME] = { LEASE_JACK, "/event/jack/up", SERVER },
	[EVENT_SERVER_WENT] = { LEASE_JACK, "/event/jack/down", NOTHING },
	[EVENT_SERVER_CLOCK] = { LEASE_JACK, "/event/jack/period", SERVER_CLOCK },
	[EVENT_SERVER_FREEWHEEL] = { LEASE_JACK, "/event/jack/freewheel", TOTAL },
	[EVENT_SERVER_XRUN] = { LEASE_JACK, "/event/jack/xrun", SERVER_XRUN },
	[EVENT_PATCH_RECALLED] = { LEASE_PORTS, "/event/patch/recalled", NAME },
};

static void put(struct packet_batch *batch, const struct server *server, const struct event *event,
		int32_t number)
{
	struct stream *stream = event->stream;
	const char *path = events[event->kind].path;
	int32_t total = (int32_t)(event->number & INT32_MAX);
	const struct mixer_jack *jack = &server->mixer->jack;

	switch (events[event->kind].says) {
	case STREAM:
		packet_put(batch, path, "isss", number, stream->id,
			   stream->dir == PCM_PLAYBACK ? "p" : "c", stream->label);
		break;
	case STREAM_TOTAL:
		packet_put(batch, path, "isi", number, stream->id, total);
		break;
	case NAME:
		packet_put(batch, path, "is", number, event->name);
		break;
	case NAMES:
		packet_put(batch, path, "iss", number, event->name, event->other);
		break;
	case SERVER:
		packet_put(batch, path, "isii", number, jack->server, (int32_t)jack->rate_hz,
			   (int32_t)jack->period_frames);
		break;
	case SERVER_CLOCK:
		packet_put(batch, path, "iii", number, (int32_t)jack->period_frames,
			   (int32_t)jack->rate_hz);
		break;
	case SERVER_XRUN:
		packet_put(batch, path, "iif", number, total, (double)event->late_us);
		break;
	case NOTHING:
		packet_put(batch, path, "i", number);
		break;
	case TOTAL:
		packet_put(batch, path, "ii", number, total);
		break;
	}
}

static void tell(struct server *server, const struct event *event)
{
	enum lease_topic topic = events[event->kind].topic;
	int64_t now_ns = clock_now_ns();
	struct packet_batch batch;

	for (struct lease *lease = lease_next(&server->leases, NULL, topic, now_ns); lease;
	     lease = lease_next(&server->leases, lease, topic, now_ns)) {
		struct server_sink sink = { server, &lease->peer, .payer = NULL };

		server_begin(&batch, &sink);
		put(&batch, server, event, lease_number(lease));
		packet_flush(&batch);
	}
}

void server_tell_beat(struct server *server)
{
	int64_t now_ns = clock_now_ns();
	struct packet_batch batch;

	for (struct lease *lease = lease_next(&server->leases, NULL, LEASE_HEARTBEAT, now_ns);
	     lease; lease = lease_next(&server->leases, lease, LEASE_HEARTBEAT, now_ns)) {
		struct server_sink sink = { server, &lease->peer, .payer = NULL };

		server_begin(&batch, &sink);
		packet_put(&batch, "/heartbeat", "ii", lease_number(lease),
			   tree_uptime_s(&server->tree));
		packet_flush(&batch);
	}
}

/* --- levels: sent a little later, once for all changes, without a number, as surfaces expect */

#define ALL_TRIMS UINT64_MAX

static struct server_dirty *find_dirty(struct server *server, const struct event *event)
{
	for (unsigned i = 0; i < server->dirty_count; i++) {
		if (server->dirty[i].stream == event->stream &&
		    server->dirty[i].guest == event->guest) {
			return &server->dirty[i];
		}
	}
	return NULL;
}

/* Sent with the next ones, to all but who set it. */
static struct server_dirty *soil(struct server *server, const struct event *event)
{
	static const struct socket_peer nobody;
	const struct socket_peer *by = server->setter ? server->setter : &nobody;
	struct server_dirty *dirty = find_dirty(server, event);

	if (!dirty) {
		if (server->dirty_count == SERVER_DIRTY_MAX) {
			server_tell_dirty(server);
		}
		dirty = &server->dirty[server->dirty_count++];
		*dirty = (struct server_dirty){ .stream = event->stream,
						.guest = event->guest,
						.by = *by };
	}
	dirty->several |= !server->setter || !socket_same(&dirty->by, by);
	if (!ev_is_active(&server->coalesce)) {
		ev_timer_again(server->loop, &server->coalesce);
	}
	return dirty;
}

static void note(struct server *server, const struct event *event)
{
	struct server_dirty *dirty = soil(server, event);

	dirty->levels |= (unsigned)event->number & EVENT_LEVELS;
	if (event->number & EVENT_TRIM) {
		dirty->trims |= UINT64_C(1) << (event->number / EVENT_TRIM_CHANNEL);
	}
}

/* A stream that comes has levels that nobody has heard of; so may its guest. */
static void note_all(struct server *server, const struct event *event)
{
	struct guest *guest = mixer_guest_of(server->mixer, event->stream->card);
	struct server_dirty *dirty = soil(server, event);

	dirty->levels = EVENT_LEVELS;
	dirty->trims = ALL_TRIMS;
	if (guest) {
		dirty = soil(server, &(struct event){ .guest = guest });
		dirty->levels = EVENT_LEVELS;
	}
}

static void forget(struct server *server, const struct event *event)
{
	struct server_dirty *dirty = find_dirty(server, event);

	if (dirty) {
		*dirty = server->dirty[--server->dirty_count];
	}
}

static void put_gain(struct packet_batch *batch, char *path, size_t length, size_t room, float db)
{
	snprintf(path + length, room, "/gain");
	packet_put(batch, path, "f", (double)db);
	snprintf(path + length, room, "/fader");
	packet_put(batch, path, "f", (double)fader_position_of_db(db));
}

/* Returns how many. */
static unsigned put_stream_levels(struct packet_batch *batch, const struct server_dirty *dirty)
{
	const struct stream *stream = dirty->stream;
	const struct fader *fader = &stream->strip.fader;
	char path[CARD_ID_MAX + 32];
	size_t length = (size_t)snprintf(path, sizeof(path), "/stream/%s", stream->id);
	size_t room = sizeof(path) - length;
	unsigned count = 0;

	if (dirty->levels & EVENT_GAIN) {
		put_gain(batch, path, length, room, fader->gain_db);
		count += 2;
	}
	for (uint32_t c = 0; c < fader->channels; c++) {
		if (dirty->trims & UINT64_C(1) << c) {
			snprintf(path + length, room, "/gain/%u", c + 1);
			packet_put(batch, path, "f", (double)fader->trim_db[c]);
			count++;
		}
	}
	if (dirty->levels & EVENT_MUTE) {
		snprintf(path + length, room, "/mute");
		packet_put(batch, path, "i", (int32_t)fader->muted);
		count++;
	}
	if (dirty->levels & EVENT_SOLO) {
		snprintf(path + length, room, "/solo");
		packet_put(batch, path, "i", (int32_t)fader->solo);
		count++;
	}
	return count;
}

static unsigned put_guest_levels(struct packet_batch *batch, const struct server_dirty *dirty)
{
	const struct guest *guest = dirty->guest;
	char part[PATTERN_LENGTH_MAX], path[PATTERN_LENGTH_MAX + 32];
	unsigned count = 0;
	size_t length;

	/* A longer one has no address. */
	if (!tree_guest_part(guest, part, sizeof(part))) {
		return 0;
	}
	length = (size_t)snprintf(path, sizeof(path), "/guest/%s", part);
	if (dirty->levels & EVENT_GAIN) {
		put_gain(batch, path, length, sizeof(path) - length, guest->gain_db);
		count += 2;
	}
	if (dirty->levels & EVENT_MUTE) {
		snprintf(path + length, sizeof(path) - length, "/mute");
		packet_put(batch, path, "i", (int32_t)guest->muted);
		count++;
	}
	return count;
}

unsigned server_put_all(struct server *server, struct packet_batch *batch)
{
	const struct mixer *mixer = server->mixer;
	unsigned count = 0;

	for (unsigned i = 0; i < mixer->count; i++) {
		struct server_dirty all = { .stream = mixer->streams[i],
					    .levels = EVENT_LEVELS,
					    .trims = ALL_TRIMS };

		count += put_stream_levels(batch, &all);
	}
	for (unsigned i = 0; i < mixer->guests.count; i++) {
		struct server_dirty all = { .guest = mixer->guests.all[i], .levels = EVENT_LEVELS };

		count += put_guest_levels(batch, &all);
	}
	return count;
}

static void tell_levels(struct server *server, struct lease *lease, bool echo)
{
	struct server_sink sink = { server, &lease->peer, .payer = NULL };
	struct packet_batch batch;

	server_begin_values(&batch, &sink);
	for (unsigned i = 0; i < server->dirty_count; i++) {
		const struct server_dirty *dirty = &server->dirty[i];

		if (echo || dirty->several || !lease_is_of(lease, &dirty->by)) {
			if (dirty->guest) {
				put_guest_levels(&batch, dirty);
			} else {
				put_stream_levels(&batch, dirty);
			}
		}
	}
	packet_flush(&batch);
}

void server_tell_dirty(struct server *server)
{
	int64_t now_ns = clock_now_ns();

	for (struct lease *lease = lease_next(&server->leases, NULL, LEASE_PARAMS, now_ns); lease;
	     lease = lease_next(&server->leases, lease, LEASE_PARAMS, now_ns)) {
		tell_levels(server, lease, lease->ends_ns[LEASE_ECHO] > now_ns);
	}
	server->dirty_count = 0;
	ev_timer_stop(server->loop, &server->coalesce);
}

void server_heard(void *arg, const struct event *event)
{
	struct server *server = arg;

	switch (event->kind) {
	case EVENT_STREAM_LEVEL:
	case EVENT_GUEST_LEVEL:
		note(server, event);
		return;
	case EVENT_GUEST_REMOVED:
		/* Its last levels are the reason why it goes. */
		if (find_dirty(server, event)) {
			server_tell_dirty(server);
		}
		return;
	case EVENT_STREAM_ADDED:
		server_levels_add(server, event->stream);
		note_all(server, event);
		break;
	default:
		break;
	}
	tell(server, event);
	if (event->kind == EVENT_STREAM_REMOVED) {
		forget(server, event);
		server_levels_remove(server, event->stream);
	}
}

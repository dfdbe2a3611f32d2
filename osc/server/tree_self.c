/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "osc/server/describe.h"
#include "osc/server/tree.h"
#include "src/base/clock.h"

/* Changes when an address changes its meaning. */
#define API 1
#define PROGRAM "xenjackd"
#define HOST_MAX 64
/* What describing a stream or a guest costs, in calls (osc/server/tree.h). */
#define DESCRIBE_CALLS 32u
#define DESCRIBE_PATH_MAX 256

int32_t tree_uptime_s(const struct tree *tree)
{
	return (int32_t)((clock_now_ns() - tree->started_ns) / CLOCK_NS_PER_S);
}

static int ping(const struct tree_call *call)
{
	return packet_add(call->out, "/pong", call->message->lo);
}

static int version(const struct tree_call *call)
{
	tree_reply(call, "sssi", PROGRAM, XENJACK_VERSION, call->tree->jack_version, (int32_t)API);
	return 0;
}

static int info(const struct tree_call *call)
{
	char host[HOST_MAX + 1] = "";

	(void)gethostname(host, HOST_MAX);
	return packet_put(call->out, call->path, "ssss", "1", host, PROGRAM, XENJACK_VERSION);
}

static int32_t streams_open(const struct mixer *mixer)
{
	struct stream *const *streams = mixer->streams;
	unsigned count = mixer->count;
	int32_t open = 0;

	for (unsigned i = 0; i < count; i++) {
		open += streams[i]->strip.status.state != STREAM_CLOSED;
	}
	return open;
}

const char *tree_jack_state(const struct mixer_jack *jack)
{
	static const char *const names[] = {
		[MIXER_JACK_DOWN] = "down",
		[MIXER_JACK_UP] = "up",
		[MIXER_JACK_FREEWHEEL] = "freewheel",
	};

	return names[jack->state];
}

static int status(const struct tree_call *call)
{
	const struct mixer *mixer = call->tree->mixer;
	const struct mixer_jack *now = &mixer->jack;

	return packet_put(call->out, call->path, "ssiifiiii", tree_jack_state(now), now->server,
			  (int32_t)now->rate_hz, (int32_t)now->period_frames,
			  100.0 * (double)now->load, (int32_t)now->realtime, streams_open(mixer),
			  (int32_t)(now->xruns & INT32_MAX), tree_uptime_s(call->tree));
}

static int jack_xruns(const struct tree_call *call)
{
	const struct mixer_jack *now = &call->tree->mixer->jack;

	return packet_put(call->out, call->path, "i", (int32_t)(now->xruns & INT32_MAX));
}

/* The JSON is longer than a datagram: sent in pieces, one per item. */
static int describe(const struct tree_call *call)
{
	const char *path = call->count ? packet_text(call->message, 0) : "/";
	char *text, piece[DESCRIBE_PIECE + 1];
	int32_t pieces = 0;

	if (*path != '/' || strlen(path) > DESCRIBE_PATH_MAX) {
		return -EINVAL;
	}
	/* The whole tree is built, whatever is asked for. */
	call->tree->calls += DESCRIBE_CALLS *
			     (call->tree->mixer->count + call->tree->mixer->guests.count + 1);
	text = describe_path(call->tree->mixer, path);

	if (!text) {
		return -errno;
	}
	for (size_t at = 0; text[at]; at += strlen(piece)) {
		strncpy(piece, text + at, DESCRIBE_PIECE);
		piece[DESCRIBE_PIECE] = '\0';
		tree_reply(call, "sss", "item", path, piece);
		pieces++;
	}
	tree_reply(call, "si", "end", pieces);
	free(text);
	return 0;
}

static int subscribe(const struct tree_call *call)
{
	return call->tree->subscribe(call);
}

tree_handler *const tree_self_handlers[TABLE_COUNT] = {
	[TABLE_PING] = ping,
	[TABLE_VERSION] = version,
	[TABLE_INFO] = info,
	[TABLE_STATUS] = status,
	[TABLE_DESCRIBE] = describe,
	[TABLE_JACK_XRUNS] = jack_xruns,
	[TABLE_SUBSCRIBE] = subscribe,
	[TABLE_SUBSCRIBE_METERS] = subscribe,
	[TABLE_UNSUBSCRIBE] = subscribe,
	[TABLE_XREMOTE] = subscribe,
	[TABLE_REFRESH] = subscribe,
	[TABLE_CLIENTS] = subscribe,
};

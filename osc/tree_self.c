/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "osc/describe.h"
#include "osc/tree.h"

/* Another one when an address changes its meaning. */
#define API 1
#define PROGRAM "xenjackd"
#define HOST_MAX 64
/* What describing a stream costs, in calls (osc/tree.h). */
#define DESCRIBE_CALLS 32u
#define DESCRIBE_PATH_MAX 256

int32_t tree_uptime_s(const struct tree *tree)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int32_t)(now.tv_sec - tree->started_ns / 1000000000);
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

static int32_t streams_open(const struct control *control)
{
	unsigned count;
	const struct control_stream *streams = control->ops->streams(control->self, &count);
	int32_t open = 0;

	for (unsigned i = 0; i < count; i++) {
		open += streams[i].slot->strip.sight.state != SIGHT_CLOSED;
	}
	return open;
}

const char *tree_jack_state(const struct control_status *status)
{
	static const char *const names[] = {
		[CONTROL_JACK_DOWN] = "down",
		[CONTROL_JACK_UP] = "up",
		[CONTROL_JACK_FREEWHEEL] = "freewheel",
	};

	return names[status->jack];
}

static int status(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;
	struct control_status now;

	control->ops->get_status(control->self, &now);
	return packet_put(call->out, call->path, "ssiifiiii", tree_jack_state(&now), now.server,
			  (int32_t)now.rate_hz, (int32_t)now.period_frames,
			  100.0 * (double)now.load, (int32_t)now.realtime, streams_open(control),
			  (int32_t)(now.xruns & INT32_MAX), tree_uptime_s(call->tree));
}

static int jack_xruns(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;
	struct control_status now;

	control->ops->get_status(control->self, &now);
	return packet_put(call->out, call->path, "i", (int32_t)(now.xruns & INT32_MAX));
}

/* JSON is longer than a datagram of ours: in pieces, an item each. */
static int describe(const struct tree_call *call)
{
	const char *path = call->count ? packet_text(call->message, 0) : "/";
	char *text, piece[DESCRIBE_PIECE + 1];
	int32_t pieces = 0;
	unsigned streams;

	if (*path != '/' || strlen(path) > DESCRIBE_PATH_MAX) {
		return -EINVAL;
	}
	/* All of the tree is made, whatever is asked for. */
	(void)call->tree->control.ops->streams(call->tree->control.self, &streams);
	call->tree->calls += DESCRIBE_CALLS * (streams + 1);
	text = describe_path(&call->tree->control, path);

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
};

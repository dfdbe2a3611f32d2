/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/proto/limits.h"
#include "osc/server/tree.h"

/* More than the requests that can be under way, with the syncs that wait for them. */
#define PENDING_MAX 256u
/* For one peer: three quarters of MIXER_REQUESTS_MAX. */
#define PENDING_PEER_MAX 48u

/* A request to JACK, answered later: all that the answer needs. */
struct tree_pending {
	struct tree_pending *next; /* the next later one */
	struct tree *tree;
	struct socket_peer peer;
	enum table_name name;
	int32_t request;
	bool set; /* it is a set: no answer but an error */
	char path[CARD_ID_MAX + 32];
	char texts[2][LIMITS_PORT_MAX + 1]; /* the arguments, for the answer */
};

static void send_out(void *arg, const void *data, size_t size)
{
	const struct tree_pending *pending = arg;

	pending->tree->send(pending->tree->arg, &pending->peer, data, size);
}

/* Restores the call, to answer it. */
static struct tree_call call_of(struct tree_pending *pending, struct packet_batch *out)
{
	packet_begin(out, send_out, pending);
	out->prefix = tree_prefix(pending->tree, &pending->peer);
	return (struct tree_call){
		.tree = pending->tree,
		.peer = &pending->peer,
		.out = out,
		.name = pending->name,
		.path = pending->path,
		.request = pending->request,
	};
}

/* --- answers: rows, or a count */

static void answer_port(const struct tree_call *call, const struct jack_request_row *row)
{
	tree_reply(call, "sssiiis", "item", row->name,
		   row->numbers[0] & JACK_REQUEST_PORT_INPUT ? "in" : "out",
		   (int32_t) !!(row->numbers[0] & JACK_REQUEST_PORT_OURS),
		   (int32_t) !!(row->numbers[0] & JACK_REQUEST_PORT_PHYSICAL),
		   (int32_t)row->numbers[1], row->other ? row->other : "");
}

static void answer_stream_port(const struct tree_call *call, const struct jack_request_row *row)
{
	tree_reply(call, "sss", "item", row->name, row->other ? row->other : "");
}

static void answer_connection(const struct tree_call *call, const struct jack_request_row *row)
{
	tree_reply(call, "sss", "item", row->name, row->other);
}

static void answer_patch(const struct tree_call *call, const struct jack_request_row *row)
{
	tree_reply(call, "ssi", "item", row->name, (int32_t)row->numbers[0]);
}

static void answer_latency(const struct tree_call *call, const struct jack_request_row *row)
{
	tree_reply(call, "siiii", row->name, (int32_t)row->numbers[0], (int32_t)row->numbers[1],
		   (int32_t)row->numbers[2], (int32_t)row->numbers[3]);
}

typedef void row_answer(const struct tree_call *call, const struct jack_request_row *row);

static row_answer *const row_answers[TABLE_COUNT] = {
	[TABLE_PORT_LIST] = answer_port,
	[TABLE_STREAM_PORTS] = answer_stream_port,
	[TABLE_PORT_CONNECTIONS] = answer_connection,
	[TABLE_PATCH_LIST] = answer_patch,
	[TABLE_JACK_LATENCY] = answer_latency,
};

static void answer_rows(const struct tree_call *call, const struct jack_request_answer *answer)
{
	for (unsigned i = 0; i < answer->count; i++) {
		row_answers[call->name](call, &answer->rows[i]);
	}
	if (table_row(call->name)->list) {
		tree_reply(call, "si", "end", (int32_t)answer->count);
	}
}

static void answer_done(const struct tree_call *call, const struct tree_pending *pending,
			const struct jack_request_answer *answer)
{
	switch (call->name) {
	case TABLE_CONNECT:
	case TABLE_DISCONNECT:
		tree_reply(call, "ss", pending->texts[0], pending->texts[1]);
		break;
	case TABLE_PATCH_DELETE:
		tree_reply(call, "s", pending->texts[0]);
		break;
	case TABLE_PATCH_AUTO:
		packet_put(call->out, call->path, "i", (int32_t)answer->count);
		break;
	case TABLE_STATE_SAVE:
	case TABLE_STATE_LOAD:
		tree_reply(call, "i", 1);
		break;
	default:
		tree_reply(call, "si", pending->texts[0], (int32_t)answer->count);
		break;
	}
}

/* --- /sync, which waits for its sender's earlier requests to JACK */

/* How many answers a peer waits for. */
static unsigned count_of(const struct tree *tree, const struct socket_peer *peer)
{
	unsigned count = 0;

	for (const struct tree_pending *it = tree->pendings; it; it = it->next) {
		count += socket_same(&it->peer, peer);
	}
	return count;
}

static struct tree_pending *take(struct tree_pending **link)
{
	struct tree_pending *pending = *link;

	*link = pending->next;
	pending->tree->pending_count--;
	return pending;
}

/* Answers a peer's syncs up to the next request that it waits for. */
static void answer_syncs(struct tree *tree, const struct socket_peer *peer)
{
	struct tree_pending **link = &tree->pendings, *pending;
	struct packet_batch out;

	while (*link) {
		if (!socket_same(&(*link)->peer, peer)) {
			link = &(*link)->next;
			continue;
		}
		if ((*link)->name != TABLE_SYNC) {
			return;
		}
		pending = take(link);
		(void)call_of(pending, &out);
		packet_put(&out, "/synced", "i", pending->request);
		packet_flush(&out);
		free(pending);
	}
}

/* A request is done. */
static void settle(struct tree_pending *pending)
{
	struct tree *tree = pending->tree;
	struct tree_pending **link = &tree->pendings;

	while (*link != pending) {
		link = &(*link)->next;
	}
	take(link);
	answer_syncs(tree, &pending->peer);
	free(pending);
}

/* Remembers who asked. NULL: too many requests, or no memory. */
static struct tree_pending *keep(const struct tree_call *call)
{
	struct tree *tree = call->tree;
	struct tree_pending **link = &tree->pendings, *pending = NULL;

	if (tree->pending_count < PENDING_MAX && count_of(tree, call->peer) < PENDING_PEER_MAX) {
		pending = calloc(1, sizeof(*pending));
	}
	if (!pending) {
		return NULL;
	}
	pending->tree = tree;
	pending->peer = *call->peer;
	pending->name = call->name;
	pending->request = call->request;
	snprintf(pending->path, sizeof(pending->path), "%s", call->path);
	while (*link) {
		link = &(*link)->next;
	}
	*link = pending;
	tree->pending_count++;
	return pending;
}

static int synchronise(const struct tree_call *call)
{
	struct tree_pending *pending;
	int32_t number = 0;

	(void)packet_integer(call->message, 0, &number);
	if (!count_of(call->tree, call->peer)) {
		return packet_put(call->out, "/synced", "i", number);
	}
	pending = keep(call);
	if (!pending) {
		return -EBUSY;
	}
	pending->request = number;
	return 0;
}

static void on_done(void *arg, const struct jack_request_answer *answer)
{
	struct tree_pending *pending = arg;
	struct packet_batch out;
	const struct tree_call call = call_of(pending, &out);

	if (answer->err) {
		tree_error(&out, pending->path, answer->err, pending->request);
	} else if (row_answers[pending->name]) {
		answer_rows(&call, answer);
	} else if (!pending->set) {
		answer_done(&call, pending, answer);
	}
	packet_flush(&out);
	settle(pending);
}

/* --- requests */

static const char *text(const struct tree_call *call, unsigned index)
{
	return index < call->count ? packet_text(call->message, index) : NULL;
}

static int ask(const struct tree_call *call, enum jack_request_verb verb, const char *a,
	       const char *b)
{
	struct mixer *mixer = call->tree->mixer;
	struct tree_pending *pending = keep(call);

	if (!pending) {
		return -EBUSY;
	}
	pending->set = call->count && table_row(call->name)->access & TABLE_SET;
	snprintf(pending->texts[0], sizeof(pending->texts[0]), "%s", a ? a : "");
	snprintf(pending->texts[1], sizeof(pending->texts[1]), "%s", b ? b : "");
	mixer_request(mixer, verb, a, b, on_done, pending);
	return 0;
}

static int ask_texts(const struct tree_call *call)
{
	static const enum jack_request_verb verbs[TABLE_COUNT] = {
		[TABLE_PORT_LIST] = JACK_REQUEST_PORTS,
		[TABLE_PORT_CONNECTIONS] = JACK_REQUEST_CONNECTIONS,
		[TABLE_CONNECT] = JACK_REQUEST_CONNECT,
		[TABLE_DISCONNECT] = JACK_REQUEST_DISCONNECT,
		[TABLE_DISCONNECT_ALL] = JACK_REQUEST_DISCONNECT_ALL,
		[TABLE_PATCH_LIST] = JACK_REQUEST_PATCHES,
		[TABLE_PATCH_STORE] = JACK_REQUEST_STORE,
		[TABLE_PATCH_RECALL] = JACK_REQUEST_RECALL,
		[TABLE_PATCH_DELETE] = JACK_REQUEST_DELETE,
		[TABLE_STATE_SAVE] = JACK_REQUEST_SAVE,
		[TABLE_STATE_LOAD] = JACK_REQUEST_LOAD,
		[TABLE_JACK_LATENCY] = JACK_REQUEST_LATENCY,
	};

	return ask(call, verbs[call->name], text(call, 0), text(call, 1));
}

static int ask_auto(const struct tree_call *call)
{
	double on = 0.0;

	if (!call->count) {
		return ask(call, JACK_REQUEST_AUTO, NULL, NULL);
	}
	(void)packet_number(call->message, 0, &on);
	return ask(call, JACK_REQUEST_AUTO, on != 0.0 ? "1" : "0", NULL);
}

static int ask_stream_ports(const struct tree_call *call)
{
	char pattern[CARD_ID_MAX + 3];

	snprintf(pattern, sizeof(pattern), "%s_*", call->stream->id);
	return ask(call, JACK_REQUEST_PORTS, pattern, NULL);
}

tree_handler *const tree_jack_handlers[TABLE_COUNT] = {
	[TABLE_SYNC] = synchronise,	    [TABLE_STREAM_PORTS] = ask_stream_ports,
	[TABLE_PORT_LIST] = ask_texts,	    [TABLE_PORT_CONNECTIONS] = ask_texts,
	[TABLE_CONNECT] = ask_texts,	    [TABLE_DISCONNECT] = ask_texts,
	[TABLE_DISCONNECT_ALL] = ask_texts, [TABLE_PATCH_LIST] = ask_texts,
	[TABLE_PATCH_STORE] = ask_texts,    [TABLE_PATCH_RECALL] = ask_texts,
	[TABLE_PATCH_DELETE] = ask_texts,   [TABLE_PATCH_AUTO] = ask_auto,
	[TABLE_STATE_SAVE] = ask_texts,	    [TABLE_STATE_LOAD] = ask_texts,
	[TABLE_JACK_LATENCY] = ask_texts,
};

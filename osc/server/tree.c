/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/proto/limits.h"
#include "osc/proto/pattern.h"

_Static_assert(LIMITS_ID_MAX == CARD_ID_MAX, "xenjackctl would cut ids");
_Static_assert(LIMITS_GUEST_MAX == GUEST_NAME_MAX, "xenjackctl would cut guests' names");

/* "/stream/<id>/gain/<channel>" */
#define PARTS_MAX 4u
/* Limit of calls per packet, patterns included: every parameter of a full rig several times. */
#define CALLS_MAX 16384u
/* Steps of a pattern (osc/proto/pattern.h) that are as much work as a call. */
#define STEPS_A_CALL 64u

/* The parts of a message's address, each a pattern of its own. */
struct target {
	unsigned count;
	struct pattern parts[PARTS_MAX];
};

static void send_out(void *arg, const void *data, size_t size)
{
	const struct tree_call *call = arg;

	call->tree->send(call->tree->arg, call->peer, data, size);
}

/* --- arguments, checked against the row */

static int check_number(const struct table_arg *arg, const struct packet_message *message,
			unsigned index)
{
	double value;
	int err = packet_number(message, index, &value);
	bool bounded = arg->min != 0.0f || arg->max != 0.0f;

	if (!err && arg->type == 'T') {
		err = value == 0.0 || value == 1.0 ? 0 : -ERANGE;
	}
	if (!err && bounded && (value < (double)arg->min || value > (double)arg->max)) {
		err = -ERANGE;
	}
	return err;
}

static int check_argument(const struct table_arg *arg, const struct packet_message *message,
			  unsigned index)
{
	int32_t whole;
	int err;

	if (arg->type == 's') {
		return packet_text(message, index) ? 0 : -EINVAL;
	}
	err = check_number(arg, message, index);
	return err || arg->type == 'f' ? err : packet_integer(message, index, &whole);
}

/*
 * The request number, which the answer repeats, is an argument after all those of the row, or an
 * integer in place of an optional string.
 */
static bool has_request(const struct tree_call *call, const struct table_row *row)
{
	unsigned takes = table_takes(row), last = call->count - 1;

	if (!(row->access & TABLE_CALL) || !call->count) {
		return false;
	}
	return last == takes || (last < takes && row->args[last].optional &&
				 row->args[last].type == 's' && call->message->types[last] == 'i');
}

static int take_request(struct tree_call *call, const struct table_row *row)
{
	if (!has_request(call, row)) {
		return 0;
	}
	call->count--;
	return packet_integer(call->message, call->count, &call->request) || call->request < 0
		       ? -EINVAL
		       : 0;
}

/* Whoever may write to the Unix socket is in its group; a port of this host is open to anyone here.
 */
static bool may_all(const struct tree_call *call)
{
	return call->peer->kind == SOCKET_UNIX ||
	       (call->peer->local ? call->tree->local_all : call->tree->remote_all);
}

/* Whether the row takes the message: 0 or -errno. */
static int check(struct tree_call *call, const struct table_row *row)
{
	int err;

	/* A get, or a ping, which takes any arguments. */
	if ((row->access & TABLE_GET && !call->count) || call->name == TABLE_PING) {
		return 0;
	}
	/* First: every answer repeats it, errors too. */
	err = take_request(call, row);
	if (!(row->access & (TABLE_SET | TABLE_CALL))) {
		return -EPERM;
	}
	if (row->local && !may_all(call)) {
		return -EACCES;
	}
	if (err || call->count < table_needs(row) || call->count > table_takes(row)) {
		return -EINVAL;
	}
	for (unsigned i = 0; i < call->count && !err; i++) {
		err = check_argument(&row->args[i], call->message, i);
	}
	return err;
}

static void carry_out(struct tree_call *call)
{
	tree_handler *handler = tree_stream_handlers[call->name];
	int err = check(call, table_row(call->name));

	handler = handler ? handler : tree_guest_handlers[call->name];
	handler = handler ? handler : tree_jack_handlers[call->name];
	handler = handler ? handler : tree_self_handlers[call->name];
	if (!err) {
		err = handler ? handler(call) : -EOPNOTSUPP;
	}
	if (err) {
		tree_error(call->out, call->path, err, call->request);
	}
}

/* --- addresses */

static int parse_target(struct target *target, const char *address)
{
	char part[PATTERN_LENGTH_MAX + 2];
	int err = 0;

	target->count = 0;
	while (*address && !err) {
		size_t length = 1 + strcspn(address + 1, "/");

		if (target->count == PARTS_MAX || length > PATTERN_LENGTH_MAX) {
			return -ENOENT;
		}
		snprintf(part, sizeof(part), "%.*s", (int)length, address);
		err = pattern_parse(&target->parts[target->count++], part);
		address += length;
	}
	return err;
}

struct search {
	struct tree_call call;
	struct target target;
	unsigned calls; /* made so far */
	char path[PATTERN_LENGTH_MAX + 64];
	char guest[PATTERN_LENGTH_MAX +
		   1]; /* the name of the call's guest as a part, with its '/' */
};

/* Writes the address of a call, with <id> and <channel>, or <name>, filled in. */
static void write_path(struct search *search, const char *row_path)
{
	const char *id = strstr(row_path, "<id>"), *channel = strstr(row_path, "<channel>");
	const char *name = strstr(row_path, "/<name>");

	if (name) {
		snprintf(search->path, sizeof(search->path), "%.*s%s%s", (int)(name - row_path),
			 row_path, search->guest, name + strlen("/<name>"));
	} else if (!id) {
		snprintf(search->path, sizeof(search->path), "%s", row_path);
	} else if (!channel) {
		snprintf(search->path, sizeof(search->path), "%.*s%s%s", (int)(id - row_path),
			 row_path, search->call.stream->id, id + strlen("<id>"));
	} else {
		snprintf(search->path, sizeof(search->path), "%.*s%s%.*s%u", (int)(id - row_path),
			 row_path, search->call.stream->id, (int)(channel - id - strlen("<id>")),
			 id + strlen("<id>"), search->call.channel + 1);
	}
}

static void call_at(struct search *search, const struct table_row *row)
{
	struct tree_call call = search->call;

	write_path(search, row->path);
	call.path = search->path;
	search->calls++;
	if (call.tree->calls++ < CALLS_MAX) {
		carry_out(&call);
	}
}

/* <channel> is the last part of an address that has one. */
static void at_channels(struct search *search, const struct table_row *row)
{
	struct pattern *pattern = &search->target.parts[search->target.count - 1];
	uint32_t channels = search->call.stream->channels;
	char number[12];

	if (!strstr(row->path, "<channel>")) {
		call_at(search, row);
		return;
	}
	for (uint32_t c = 0; c < channels; c++) {
		snprintf(number, sizeof(number), "/%u", c + 1);
		if (pattern_match(pattern, number)) {
			search->call.channel = c;
			call_at(search, row);
		}
	}
}

/* <id> is the second part of an address that has one. Each id is matched once, for all rows. */
static void at_streams(struct search *search, const unsigned *names, unsigned name_count)
{
	struct tree *tree = search->call.tree;
	struct pattern *pattern = &search->target.parts[1];
	struct stream *const *streams = tree->mixer->streams;
	unsigned count = tree->mixer->count;
	char id[CARD_ID_MAX + 2];

	for (unsigned i = 0; i < count; i++) {
		uint64_t steps = pattern->steps;
		bool fit;

		if (tree->calls >= CALLS_MAX) {
			tree->calls = CALLS_MAX + 1;
			return;
		}
		snprintf(id, sizeof(id), "/%s", streams[i]->id);
		fit = pattern_match(pattern, id);
		tree->calls += (unsigned)((pattern->steps - steps) / STEPS_A_CALL);
		for (unsigned k = 0; fit && k < name_count; k++) {
			search->call.stream = streams[i];
			search->call.name = (enum table_name)names[k];
			at_channels(search, table_row(search->call.name));
		}
	}
}

/* <name> is the second part of an address that has one. A call may remove its guest. */
static void at_guests(struct search *search, const unsigned *names, unsigned name_count)
{
	struct tree *tree = search->call.tree;
	const struct guest_list *guests = &tree->mixer->guests;
	struct pattern *pattern = &search->target.parts[1];
	unsigned i = 0;

	while (i < guests->count) {
		struct guest *guest = guests->all[i];
		unsigned count = guests->count;
		uint64_t steps = pattern->steps;
		bool fit;

		if (tree->calls >= CALLS_MAX) {
			tree->calls = CALLS_MAX + 1;
			return;
		}
		search->guest[0] = '/';
		fit = tree_guest_part(guest, search->guest + 1, sizeof(search->guest) - 1) &&
		      pattern_match(pattern, search->guest);
		tree->calls += (unsigned)((pattern->steps - steps) / STEPS_A_CALL);
		for (unsigned k = 0; fit && k < name_count && guests->count == count; k++) {
			search->call.guest = guest;
			search->call.name = (enum table_name)names[k];
			call_at(search, table_row(search->call.name));
		}
		i += guests->count == count;
	}
}

/* Whether the target matches the parts of a row that are not in <>. */
static bool fits(struct target *target, const char *row_path)
{
	char part[PATTERN_LENGTH_MAX];

	for (unsigned i = 0; i < target->count; i++) {
		size_t length = 1 + strcspn(row_path + 1, "/");

		snprintf(part, sizeof(part), "%.*s", (int)length, row_path);
		if (part[1] != '<' && !pattern_match(&target->parts[i], part)) {
			return false;
		}
		row_path += length;
	}
	return true;
}

static unsigned parts_of(const char *path)
{
	unsigned count = 0;

	for (; *path; path++) {
		count += *path == '/';
	}
	return count;
}

static bool is_literal(const struct target *target)
{
	unsigned wildcards = 0;

	for (unsigned i = 0; i < target->count; i++) {
		wildcards += target->parts[i].wildcards;
	}
	return !wildcards;
}

/* Wildcards match values and lists, never actions. */
static bool may_mean(struct target *target, const struct table_row *row)
{
	bool does = (row->access & TABLE_CALL) && !row->list;

	return !(row->access & TABLE_SEND) && parts_of(row->path) == target->count &&
	       fits(target, row->path) && (!does || is_literal(target));
}

void tree_handle(struct tree *tree, const struct socket_peer *peer,
		 const struct packet_message *message)
{
	struct packet_batch out;
	struct search search = {
		.call = { .tree = tree,
			  .peer = peer,
			  .message = message,
			  .out = &out,
			  .count = message->count,
			  .request = -1 },
	};
	unsigned names[TABLE_COUNT], name_count = 0, guests[TABLE_COUNT], guest_count = 0;
	int err;

	/* Answers are not answered: that could loop for ever. */
	if (strcmp(message->address, "/reply") == 0 || strcmp(message->address, "/error") == 0) {
		return;
	}
	err = parse_target(&search.target, message->address);
	err = err || tree->calls < CALLS_MAX ? err : -E2BIG;
	packet_begin(&out, send_out, &search.call);
	out.prefix = tree_prefix(tree, peer);
	for (unsigned name = 0; name < TABLE_COUNT && !err; name++) {
		const struct table_row *row = table_row((enum table_name)name);

		if (!may_mean(&search.target, row)) {
			continue;
		}
		if (strstr(row->path, "<id>")) {
			names[name_count++] = name;
		} else if (strstr(row->path, "<name>")) {
			guests[guest_count++] = name;
		} else {
			search.call.name = (enum table_name)name;
			call_at(&search, row);
		}
	}
	if (name_count) {
		at_streams(&search, names, name_count);
	}
	if (guest_count) {
		at_guests(&search, guests, guest_count);
	}
	err = tree->calls > CALLS_MAX ? -E2BIG : err;
	if (err || !search.calls) {
		tree_error(&out, message->address, err ? err : -ENOENT, -1);
	}
	packet_flush(&out);
}

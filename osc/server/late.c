/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/late.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "osc/proto/packet.h"
#include "osc/proto/table.h"

enum kind {
	VALUE,	/* replaces the one before */
	CHANGE, /* of a gain; adds to the one before */
	OTHER,
};

/* Before each message in a sender's data. */
struct record {
	uint32_t key; /* the same for messages that may be alike */
	uint16_t kind;
	uint16_t size;
};

struct message {
	const uint8_t *data; /* begins with the address */
	size_t size;
	enum kind kind;
	uint32_t key;
};

/* --- messages */

static size_t padded(const char *text)
{
	return strlen(text) / 4 * 4 + 4;
}

static const char *address_of(const uint8_t *data)
{
	return (const char *)data;
}

/* The last part, with its '/'. */
static const char *leaf_of(const char *address)
{
	return strrchr(address, '/');
}

/* By the last part alone: whatever the prefix, no other row has it. */
static bool is_leaf_of(const char *leaf, const struct table_row *row)
{
	const char *wanted = leaf_of(row->path);

	return strcmp(wanted, "/<channel>") == 0
		       ? leaf[1] && leaf[1 + strspn(leaf + 1, "0123456789")] == '\0'
		       : strcmp(wanted, leaf) == 0;
}

/* Wildcards match values and lists, never actions; a list may as well be asked for once. */
static enum kind kind_of(const uint8_t *data, size_t size)
{
	const char *address = address_of(data), *leaf = leaf_of(address);
	const char *types = padded(address) < size ? address + padded(address) : ",";

	if (!types[1]) {
		return OTHER;
	}
	for (unsigned name = 0; name < TABLE_COUNT; name++) {
		const struct table_row *row = table_row((enum table_name)name);

		if ((row->access & TABLE_SET) && is_leaf_of(leaf, row)) {
			return row->access & TABLE_GET ? VALUE : CHANGE;
		}
	}
	return strpbrk(address, "*?[{") ? VALUE : OTHER;
}

/* FNV-1a. */
static uint32_t hash(const uint8_t *data, size_t size)
{
	uint32_t sum = 0x811c9dc5;

	for (size_t i = 0; i < size; i++) {
		sum = (sum ^ data[i]) * 0x01000193;
	}
	return sum;
}

static struct message describe(const void *data, size_t size)
{
	struct message message = { data, size, kind_of(data, size), 0 };

	message.key = hash(data, message.kind == OTHER ? size : strlen(data));
	return message;
}

static void read_number(void *arg, const struct packet_message *message)
{
	(void)packet_number(message, 0, arg);
}

/* The amount of a change; NAN: none, and an error when it is carried out. */
static double amount_of(const uint8_t *data, size_t size)
{
	double amount = NAN;

	(void)packet_each(data, size, read_number, &amount);
	return amount;
}

/* --- a sender's records */

static struct record record_at(const struct late_source *source, size_t at)
{
	struct record record;

	memcpy(&record, source->data + at, sizeof(record));
	return record;
}

static const uint8_t *message_at(const struct late_source *source, size_t at)
{
	return source->data + at + sizeof(struct record);
}

static void remove_at(struct late_source *source, size_t at)
{
	size_t whole = sizeof(struct record) + record_at(source, at).size;

	memmove(source->data + at, source->data + at + whole, source->size - at - whole);
	source->size -= whole;
}

static bool append(struct late_source *source, const struct message *message)
{
	struct record record = { message->key, message->kind, (uint16_t)message->size };

	if (source->size + sizeof(record) + message->size > LATE_BYTES_MAX) {
		return false;
	}
	memcpy(source->data + source->size, &record, sizeof(record));
	memcpy(source->data + source->size + sizeof(record), message->data, message->size);
	source->size += sizeof(record) + message->size;
	return true;
}

static bool are_alike(const struct late_source *source, size_t at, const struct message *message)
{
	struct record record = record_at(source, at);
	const uint8_t *data = message_at(source, at);

	/* Whoever has a connection counts on an answer to each. */
	if (message->kind == OTHER && source->peer.kind != SOCKET_UDP) {
		return false;
	}
	if (record.key != message->key || record.kind != (uint16_t)message->kind) {
		return false;
	}
	return message->kind == OTHER ? record.size == message->size &&
						memcmp(data, message->data, record.size) == 0
				      : strcmp(address_of(data), address_of(message->data)) == 0;
}

/* Whether a record changes the very gain that a message sets. */
static bool is_overridden(const struct late_source *source, size_t at,
			  const struct message *message)
{
	const char *set = address_of(message->data), *changed = address_of(message_at(source, at));
	const char *leaf = leaf_of(set);
	size_t parent = (size_t)(leaf - set);

	return message->kind == VALUE && record_at(source, at).kind == CHANGE &&
	       (strcmp(leaf, "/gain") == 0 || strcmp(leaf, "/fader") == 0) &&
	       strncmp(set, changed, parent) == 0 && leaf_of(changed) == changed + parent;
}

/* A change by this much in place of two. Returns false if they have no sum. */
static bool add_up(struct message *message, double other, uint8_t *room)
{
	const struct table_arg *limits = &table_row(TABLE_STREAM_DB_DELTA)->args[0];
	double sum = other + amount_of(message->data, message->size);
	size_t length = padded(address_of(message->data));
	float amount = (float)fmin(fmax(sum, (double)limits->min), (double)limits->max);
	uint32_t bits;

	if (isnan(sum)) {
		return false;
	}
	memcpy(&bits, &amount, sizeof(bits));
	bits = htobe32(bits);
	memmove(room, message->data, length);
	memcpy(room + length, ",f\0", 4);
	memcpy(room + length + 4, &bits, sizeof(bits));
	message->data = room;
	message->size = length + 8;
	return true;
}

/* Whether a message has a place now. */
static bool put(struct late_source *source, struct message message)
{
	uint8_t room[PACKET_IN_MAX + 8];
	size_t at = 0;

	while (at < source->size) {
		struct record record = record_at(source, at);
		bool alike = are_alike(source, at, &message);

		if (alike && message.kind == CHANGE) {
			alike = add_up(&message, amount_of(message_at(source, at), record.size),
				       room);
		}
		if (alike || is_overridden(source, at, &message)) {
			remove_at(source, at);
		} else {
			at += sizeof(record) + record.size;
		}
	}
	return append(source, &message);
}

/* --- the table */

static struct late_source *find(const struct late_table *table, const struct socket_peer *peer)
{
	for (unsigned i = 0; i < table->count; i++) {
		if (socket_same(&table->sources[i]->peer, peer)) {
			return table->sources[i];
		}
	}
	return NULL;
}

bool late_has(const struct late_table *table, const struct socket_peer *peer)
{
	return find(table, peer);
}

static struct late_source *add(struct late_table *table, const struct socket_peer *peer)
{
	struct late_source *source;

	source = table->count < LATE_SOURCES_MAX ? malloc(sizeof(*source)) : NULL;
	if (source) {
		source->peer = *peer;
		source->size = 0;
		table->sources[table->count++] = source;
	}
	return source;
}

struct taking {
	struct late_source *source; /* or NULL */
	int lost;
};

static void take_in(void *arg, const void *data, size_t size)
{
	struct taking *taking = arg;

	taking->lost += !taking->source || !put(taking->source, describe(data, size));
}

int late_put(struct late_table *table, const struct socket_peer *peer, const void *data,
	     size_t size)
{
	struct taking taking = { find(table, peer), 0 };
	int error = packet_check(data, size);

	if (error) {
		return error;
	}
	if (!taking.source) {
		taking.source = add(table, peer);
	}
	(void)packet_split(data, size, take_in, &taking);
	if (taking.source && !taking.source->size) {
		late_drop(table, table->count - 1);
	}
	return taking.lost;
}

size_t late_take(struct late_table *table, unsigned n, struct socket_peer *peer, void *message)
{
	struct late_source *source = table->sources[n];
	size_t size = record_at(source, 0).size;

	*peer = source->peer;
	memcpy(message, message_at(source, 0), size);
	remove_at(source, 0);
	if (!source->size) {
		late_drop(table, n);
	}
	return size;
}

void late_drop(struct late_table *table, unsigned n)
{
	free(table->sources[n]);
	table->sources[n] = table->sources[--table->count];
	table->sources[table->count] = NULL;
}

bool late_is_full(const struct late_table *table, const struct socket_peer *peer)
{
	const struct late_source *source = find(table, peer);
	size_t most = PACKET_IN_MAX + PACKET_MESSAGES_MAX * sizeof(struct record);

	return source && source->size + most > LATE_BYTES_MAX;
}

void late_forget(struct late_table *table, const struct socket_peer *peer)
{
	for (unsigned n = table->count; n--;) {
		if (socket_same(&table->sources[n]->peer, peer)) {
			late_drop(table, n);
		}
	}
}

void late_finish(struct late_table *table)
{
	while (table->count) {
		late_drop(table, table->count - 1);
	}
}

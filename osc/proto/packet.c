/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/proto/packet.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#define BUNDLE "#bundle"
#define BUNDLE_HEAD (sizeof(BUNDLE) + 8) /* and the time tag */
#define LENGTH sizeof(uint32_t)

/* An iterator over the messages of a packet, which may contain nested bundles. */
struct walk {
	const uint8_t *at;
	const uint8_t *ends[PACKET_DEPTH_MAX];
	unsigned depth;
};

static uint32_t read_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return be32toh(value);
}

/* Whether padding is all zero, as OSC demands and liblo insists. */
static bool padded(const uint8_t *at, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (at[i]) {
			return false;
		}
	}
	return true;
}

/* Size of a string with its padding; 0: unterminated or badly padded. */
static size_t string_size(const uint8_t *at, size_t left)
{
	const uint8_t *nul = memchr(at, '\0', left);
	size_t length = nul ? (size_t)(nul - at) : 0;
	size_t size = length / 4 * 4 + 4;

	return nul && size <= left && padded(nul, size - length) ? size : 0;
}

static bool check_blob(const uint8_t *at, size_t left, size_t *size)
{
	size_t length, whole;

	if (left < LENGTH) {
		return false;
	}
	length = read_u32(at);
	left -= LENGTH;
	if (length > left) {
		return false;
	}
	whole = (length + 3) / 4 * 4;
	*size = LENGTH + whole;
	return whole <= left && padded(at + LENGTH + length, whole - length);
}

static bool check_argument(char type, const uint8_t *at, size_t left, size_t *size)
{
	switch (type) {
	case 'i':
	case 'f':
	case 'c':
	case 'm':
		*size = 4;
		return left >= 4;
	case 'h':
	case 'd':
	case 't':
		*size = 8;
		return left >= 8;
	case 's':
	case 'S':
		*size = string_size(at, left);
		return *size > 0;
	case 'b':
		return check_blob(at, left, size);
	case 'T':
	case 'F':
	case 'N':
	case 'I':
		*size = 0;
		return true;
	default:
		return false;
	}
}

static bool check_address(const char *address)
{
	for (const char *at = address; *at; at++) {
		if (*at <= ' ' || *at > '~' || *at == '#') {
			return false;
		}
	}
	return *address == '/';
}

static bool check_message(const uint8_t *at, size_t left)
{
	size_t size = string_size(at, left);
	const char *types;

	if (!size || !check_address((const char *)at)) {
		return false;
	}
	at += size, left -= size;
	if (!left) {
		return true;
	}
	types = (const char *)at;
	size = string_size(at, left);
	if (!size || *types != ',') {
		return false;
	}
	at += size, left -= size;
	while (*++types) {
		if (!check_argument(*types, at, left, &size)) {
			return false;
		}
		at += size, left -= size;
	}
	return !left;
}

/* Enters a bundle; leaves a message to the caller. */
static int enter(struct walk *walk, size_t size, bool *bundle)
{
	*bundle = size >= sizeof(BUNDLE) && memcmp(walk->at, BUNDLE, sizeof(BUNDLE)) == 0;
	if (!*bundle) {
		return 0;
	}
	if (size < BUNDLE_HEAD) {
		return -EBADMSG;
	}
	if (walk->depth == PACKET_DEPTH_MAX) {
		return -E2BIG;
	}
	walk->ends[walk->depth++] = walk->at + size;
	walk->at += BUNDLE_HEAD;
	return 0;
}

/* The size of the next message, which is at walk->at; 0 at the end; or -errno. */
static int walk_next(struct walk *walk)
{
	while (walk->depth) {
		size_t left = (size_t)(walk->ends[walk->depth - 1] - walk->at), size;
		bool bundle;
		int error;

		if (!left) {
			walk->depth--;
			continue;
		}
		if (left < LENGTH) {
			return -EBADMSG;
		}
		size = read_u32(walk->at);
		if (!size || size % 4 || size > left - LENGTH) {
			return -EBADMSG;
		}
		walk->at += LENGTH;
		error = enter(walk, size, &bundle);
		if (error || !bundle) {
			return error ? error : (int)size;
		}
	}
	return 0;
}

/* Begins a walk; returns the same as walk_next. */
static int walk_first(struct walk *walk, const void *data, size_t size)
{
	bool bundle;
	int error;

	*walk = (struct walk){ .at = data };
	if (size > PACKET_IN_MAX) {
		return -EMSGSIZE;
	}
	if (!size || size % 4) {
		return -EBADMSG;
	}
	error = enter(walk, size, &bundle);
	if (error || !bundle) {
		return error ? error : (int)size;
	}
	return walk_next(walk);
}

/* Goes past the current message. */
static int walk_on(struct walk *walk, int size)
{
	walk->at += size;
	return walk_next(walk);
}

int packet_check(const void *data, size_t size)
{
	struct walk walk;
	unsigned count = 0;
	int next;

	for (next = walk_first(&walk, data, size); next > 0; next = walk_on(&walk, next)) {
		if (!check_message(walk.at, (size_t)next)) {
			return -EBADMSG;
		}
		if (++count > PACKET_MESSAGES_MAX) {
			return -E2BIG;
		}
	}
	return next;
}

static int decode(const uint8_t *at, size_t size, packet_handler *handler, void *arg)
{
	struct packet_message message = { .address = (const char *)at };

	/* liblo refuses messages without type tags, which old programs send. */
	if (string_size(at, size) == size) {
		message.lo = lo_message_new();
	} else {
		uint8_t copy[PACKET_IN_MAX];

		/* liblo takes a non-const pointer. */
		memcpy(copy, at, size);
		message.lo = lo_message_deserialise(copy, size, NULL);
	}
	if (!message.lo) {
		return -ENOMEM;
	}
	message.types = lo_message_get_types(message.lo);
	message.count = (unsigned)lo_message_get_argc(message.lo);
	handler(arg, &message);
	lo_message_free(message.lo);
	return 0;
}

int packet_each(const void *data, size_t size, packet_handler *handler, void *arg)
{
	struct walk walk;
	int count = 0, error = packet_check(data, size);

	if (error) {
		return error;
	}
	for (int next = walk_first(&walk, data, size); next > 0; next = walk_on(&walk, next)) {
		error = decode(walk.at, (size_t)next, handler, arg);
		if (error) {
			return error;
		}
		count++;
	}
	return count;
}

int packet_split(const void *data, size_t size, packet_piece *piece, void *arg)
{
	struct walk walk;
	int count = 0, error = packet_check(data, size);

	if (error) {
		return error;
	}
	for (int next = walk_first(&walk, data, size); next > 0; next = walk_on(&walk, next)) {
		piece(arg, walk.at, (size_t)next);
		count++;
	}
	return count;
}

/* Copies an argument's value, which may be unaligned. Returns its type, NUL if it is missing. */
static char fetch(const struct packet_message *message, unsigned index, void *value, size_t size)
{
	if (index >= message->count) {
		return '\0';
	}
	if (size) {
		memcpy(value, (const void *)lo_message_get_argv(message->lo)[index], size);
	}
	return message->types[index];
}

int packet_number(const struct packet_message *message, unsigned index, double *value)
{
	int32_t i;
	int64_t h;
	float f;
	double number = NAN;

	switch (fetch(message, index, NULL, 0)) {
	case 'i':
		fetch(message, index, &i, sizeof(i));
		number = i;
		break;
	case 'h':
		fetch(message, index, &h, sizeof(h));
		number = (double)h;
		break;
	case 'f':
		fetch(message, index, &f, sizeof(f));
		number = f;
		break;
	case 'd':
		fetch(message, index, &number, sizeof(number));
		break;
	case 'T':
		number = 1.0;
		break;
	case 'F':
		number = 0.0;
		break;
	default:
		break;
	}
	if (!isfinite(number)) {
		return -EINVAL;
	}
	*value = number;
	return 0;
}

int packet_integer(const struct packet_message *message, unsigned index, int32_t *value)
{
	double number;
	int error = packet_number(message, index, &number);

	if (error) {
		return error;
	}
	if (number < INT32_MIN || number > INT32_MAX) {
		return -ERANGE;
	}
	if (number != trunc(number)) {
		return -EINVAL;
	}
	*value = (int32_t)number;
	return 0;
}

const char *packet_text(const struct packet_message *message, unsigned index)
{
	char type = fetch(message, index, NULL, 0);

	return type == 's' || type == 'S' ? (const char *)lo_message_get_argv(message->lo)[index]
					  : NULL;
}

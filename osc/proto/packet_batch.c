/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/proto/packet.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* "#bundle" and the time tag for "immediately". */
static const uint8_t bundle_head[16] = { '#', 'b', 'u', 'n', 'd', 'l', 'e', 0,
					 0,   0,   0,	0,   0,	  0,   0,   1 };

#define LENGTH sizeof(uint32_t)
/* Offset of the first message, even if it is then sent without a bundle. */
#define FIRST (sizeof(bundle_head) + LENGTH)

void packet_begin(struct packet_batch *batch, packet_sink *sink, void *arg)
{
	batch->sink = sink;
	batch->arg = arg;
	batch->prefix = "";
	batch->opens = NULL;
	batch->size = 0;
	batch->count = 0;
}

void packet_flush(struct packet_batch *batch)
{
	size_t size = batch->size;
	unsigned count = batch->count;

	/* Emptied before sending: the sink may find that the peer is gone and end the batch. */
	batch->size = 0;
	batch->count = 0;
	if (count == 1) {
		batch->sink(batch->arg, batch->data + FIRST, size - FIRST);
	} else if (count) {
		batch->sink(batch->arg, batch->data, size);
	}
}

/* Once for each packet; its message is added as any other. */
static void open_packet(struct packet_batch *batch)
{
	packet_opens *opens = batch->opens;

	if (opens && !batch->count) {
		batch->opens = NULL;
		opens(batch);
		batch->opens = opens;
	}
}

int packet_add(struct packet_batch *batch, const char *address, lo_message message)
{
	char full[PACKET_OUT_MAX];
	uint32_t head;
	size_t length;

	/* If this truncates, the message is too long anyway. */
	snprintf(full, sizeof(full), "%s%s", batch->prefix, address);
	length = lo_message_length(message, full);
	head = htobe32((uint32_t)length);
	if (length > PACKET_OUT_MAX - FIRST) {
		return -EMSGSIZE;
	}
	if (batch->size + LENGTH + length > PACKET_OUT_MAX) {
		packet_flush(batch);
	}
	open_packet(batch);
	if (batch->size + LENGTH + length > PACKET_OUT_MAX) {
		return -EMSGSIZE;
	}
	if (!batch->count) {
		memcpy(batch->data, bundle_head, sizeof(bundle_head));
		batch->size = sizeof(bundle_head);
	}
	memcpy(batch->data + batch->size, &head, LENGTH);
	lo_message_serialise(message, full, batch->data + batch->size + LENGTH, NULL);
	batch->size += LENGTH + length;
	batch->count++;
	return 0;
}

static int add_arguments(lo_message message, const char *types, va_list arguments)
{
	int failed = 0;

	for (; *types && !failed; types++) {
		switch (*types) {
		case 'i':
			failed = lo_message_add_int32(message, va_arg(arguments, int32_t));
			break;
		case 'f':
			failed = lo_message_add_float(message, (float)va_arg(arguments, double));
			break;
		case 's':
			failed = lo_message_add_string(message, va_arg(arguments, const char *));
			break;
		default:
			return -EINVAL;
		}
	}
	return failed ? -ENOMEM : 0;
}

int packet_put(struct packet_batch *batch, const char *address, const char *types, ...)
{
	lo_message message = lo_message_new();
	va_list arguments;
	int error;

	if (!message) {
		return -ENOMEM;
	}
	va_start(arguments, types);
	error = add_arguments(message, types, arguments);
	va_end(arguments);
	if (!error) {
		error = packet_add(batch, address, message);
	}
	lo_message_free(message);
	return error;
}

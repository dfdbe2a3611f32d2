/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OSC packets. Incoming ones are checked to the last byte before liblo decodes them. Outgoing
 * messages are encoded by liblo and gathered into bundles that fit a datagram on any network. Main
 * thread. A message belongs to packet_each, which frees it when the handler returns; a batch is the
 * caller's. Sizes in bytes. 0 or -errno: -EMSGSIZE, -EBADMSG (malformed), -E2BIG (too many or too
 * deep), -ENOMEM.
 */
#ifndef XENJACK_PACKET_H
#define XENJACK_PACKET_H

#include <lo/lo_lowlevel.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a long patch list, and far more than any datagram sent by hand. */
#define PACKET_IN_MAX 8192u
/* An Ethernet frame less the longest headers, rounded down: never fragmented. */
#define PACKET_OUT_MAX 1400u
/* Nested bundles: libraries nest one or two deep. */
#define PACKET_DEPTH_MAX 4u
/* Messages in one packet: enough to set every stream's fader four times. */
#define PACKET_MESSAGES_MAX 128u
/* Length of the prefix of all addresses; an answer contains it twice. */
#define PACKET_PREFIX_MAX 63u

struct packet_message {
	const char *address; /* '/' and printable ASCII without space and '#' */
	const char *types;   /* one character per argument, without the comma */
	unsigned count;	     /* of arguments */
	lo_message lo;	     /* the same, decoded, for sending the arguments back */
};

typedef void packet_handler(void *arg, const struct packet_message *message);

/* Checks, without liblo, that a whole packet is well-formed. */
int packet_check(const void *data, size_t size);

/*
 * Passes each message to the handler, in order, or none if anything is wrong with the packet.
 * Returns their number or -errno. Ignores time tags. A message without type tags has no arguments.
 */
int packet_each(const void *data, size_t size, packet_handler *handler, void *arg);

/* Passes each message's bytes, undecoded, or none. Returns their number or -errno. */
typedef void packet_piece(void *arg, const void *message, size_t size);
int packet_split(const void *data, size_t size, packet_piece *piece, void *arg);

/* An argument as a number: i h f d T F. -EINVAL: missing, of another type, NaN or infinite. */
int packet_number(const struct packet_message *message, unsigned index, double *value);

/* An argument as an integer, of the same types. -EINVAL: not whole; -ERANGE: not 32 bits. */
int packet_integer(const struct packet_message *message, unsigned index, int32_t *value);

/* An argument as text (s S), any bytes but NUL; or NULL. */
const char *packet_text(const struct packet_message *message, unsigned index);

typedef void packet_sink(void *arg, const void *data, size_t size);

struct packet_batch;
/* Adds what each packet begins with, at most one short message. */
typedef void packet_opens(struct packet_batch *batch);

/* Messages to one destination, gathered; a single one is sent without a bundle around it. */
struct packet_batch {
	packet_sink *sink;
	void *arg;
	/* The caller sets these after packet_begin. */
	const char *prefix;  /* before each address */
	packet_opens *opens; /* or NULL */
	size_t size;	     /* bytes used in data; 0: empty */
	unsigned count;
	uint8_t data[PACKET_OUT_MAX];
};

/* An empty batch without a prefix, whose packets go to the sink. */
void packet_begin(struct packet_batch *batch, packet_sink *sink, void *arg);

/* Adds a message; first sends what is there if both do not fit. -EMSGSIZE: it never fits. */
int packet_add(struct packet_batch *batch, const char *address, lo_message message);

/* The same for arguments of the types i (int32_t), f (double) and s (const char *). */
int packet_put(struct packet_batch *batch, const char *address, const char *types, ...);

/* Sends what is there. */
void packet_flush(struct packet_batch *batch);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OSC packets: what may come in is checked to the last byte before liblo decodes it, and what goes
 * out is encoded by liblo and gathered into bundles that fit a datagram everywhere. ctl. A message
 * belongs to packet_each and is gone when the handler returns; a batch is the caller's. Sizes in
 * bytes. 0 or -errno: -EMSGSIZE, -EBADMSG (malformed), -E2BIG (too many or too deep), -ENOMEM.
 */
#ifndef XENJACK_PACKET_H
#define XENJACK_PACKET_H

#include <lo/lo_lowlevel.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a long patch list; the largest datagram that anyone sends by hand is far below. */
#define PACKET_IN_MAX 8192u
/* An Ethernet frame less the longest headers, rounded down: never fragmented. */
#define PACKET_OUT_MAX 1400u
/* Bundles in bundles: nobody nests by hand, libraries by one or two. */
#define PACKET_DEPTH_MAX 4u
/* What one packet may make the daemon do: every stream's fader, and that four times. */
#define PACKET_MESSAGES_MAX 128u
/* Of what all addresses begin with; an answer has it twice. */
#define PACKET_PREFIX_MAX 63u

struct packet_message {
	const char *address; /* '/' and printable ASCII without space and '#' */
	const char *types;   /* a character an argument, without the comma */
	unsigned count;	     /* of arguments */
	lo_message lo;	     /* the same, decoded; for who sends the arguments back */
};

typedef void packet_handler(void *arg, const struct packet_message *message);

/* Whether all of a packet is well-formed; liblo is not asked. */
int packet_check(const void *data, size_t size);

/*
 * Hands on each message, in order; none, if anything is wrong with the packet. Returns their number
 * or -errno. Bundles' time tags are ignored. A message without type tags has no arguments.
 */
int packet_each(const void *data, size_t size, packet_handler *handler, void *arg);

/* An argument as a number: i h f d T F. -EINVAL: there is none, or NaN or infinite. */
int packet_number(const struct packet_message *message, unsigned index, double *value);

/* An argument as a whole number: the same types; -EINVAL or -ERANGE if it is none of 32 bits. */
int packet_integer(const struct packet_message *message, unsigned index, int32_t *value);

/* An argument as text (s S), any bytes but NUL; or NULL. */
const char *packet_text(const struct packet_message *message, unsigned index);

typedef void packet_sink(void *arg, const void *data, size_t size);

/* Messages that go one way, gathered; a single one leaves without a bundle around it. */
struct packet_batch {
	packet_sink *sink;
	void *arg;
	const char
		*prefix; /* before each address: the caller's, who may set it behind packet_begin */
	size_t size;	 /* used of data; 0: empty */
	unsigned count;
	uint8_t data[PACKET_OUT_MAX];
};

/* An empty batch without a prefix, whose packets go to the sink. */
void packet_begin(struct packet_batch *batch, packet_sink *sink, void *arg);

/* Adds a message; sends what was there before if both do not fit. -EMSGSIZE: it never fits. */
int packet_add(struct packet_batch *batch, const char *address, lo_message message);

/* The same for arguments of the types i (int32_t), f (double) and s (const char *). */
int packet_put(struct packet_batch *batch, const char *address, const char *types, ...);

/* Sends what is there. */
void packet_flush(struct packet_batch *batch);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What snd_xen_front does for ALSA with one stream's channel: the shared buffer, the requests and
 * the pointer. The stream's thread. The pointer is what CUR_POS last said, and a period counts
 * only when more than a period has passed; both go on over STOP and START.
 *
 * Frames where nothing else is said. Errors: -errno, or the negative status of the answer.
 */
#ifndef XENJACK_GUEST_FRONT_H
#define XENJACK_GUEST_FRONT_H

#include "xen/guest/channel.h"
#include "xen/guest/params.h"

struct front {
	struct channel *channel;
	struct params params;
	uint32_t frame_bytes; /* 0: no parameters */

	/* the buffer, shared with the back end */
	uint32_t buffer_page, buffer_pages;
	uint32_t directory_page, directory_pages;
	unsigned char *sh_buffer;
	unsigned still_mapped; /* pages that the back end held when they were to be freed */

	bool opened;	     /* OPEN was answered; its user keeps it */
	uint64_t last_frame; /* the position of the last event */
	uint32_t hw;	     /* the pointer in the buffer */
	uint64_t gone;	     /* frames that it has gone in all */
	uint32_t out;	     /* frames since the last period */
	unsigned due;	     /* periods that the user has not seen yet */

	/* for tests */
	uint64_t last_bytes; /* the last position as it came */
	uint64_t went_back;  /* events with a position below the one before */
};

/* Begins to take events from the channel. */
void front_init(struct front *front, struct channel *channel);

void front_finish(struct front *front);

/* Allocates and grants a buffer for the parameters. */
int front_alloc(struct front *front);

/* Accepts a front without a buffer. */
void front_free(struct front *front);

/* Forgets the pointer, and that OPEN was answered; request ids start at 0. */
void front_clear(struct front *front);

int front_open(struct front *front);
int front_close(struct front *front);

/* XENSND_OP_TRIGGER_... */
int front_trigger(struct front *front, uint8_t type);

/* Frames from `frame` on, which do not reach over the buffer's end. */
int front_write(struct front *front, uint32_t frame, const unsigned char *frames, uint32_t count);
int front_read(struct front *front, uint32_t frame, unsigned char *frames, uint32_t count);

#endif

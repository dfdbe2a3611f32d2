/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What snd_xen_front does for ALSA with one stream's channel: the shared buffer, the requests and
 * the pointer. The stream's thread. The pointer comes from the last CUR_POS; a period counts only
 * once more than a period has passed. STOP and START reset neither.
 *
 * Units are frames unless stated otherwise. Errors: -errno, or the answer's negative status.
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
	unsigned still_mapped; /* pages the back end had not unmapped when they were freed */

	bool opened;	     /* OPEN succeeded; set by the caller */
	uint64_t last_frame; /* the position of the last event */
	uint32_t hw;	     /* the pointer: a frame of the buffer */
	uint64_t gone;	     /* frames the pointer has advanced in total */
	uint32_t out;	     /* frames since the last period */
	unsigned due;	     /* elapsed periods not yet handled by the caller */

	/* for tests */
	uint64_t last_bytes; /* the last position as received */
	uint64_t went_back;  /* events whose position is below the one before */
};

/* Starts to take events from the channel. */
void front_init(struct front *front, struct channel *channel);

void front_finish(struct front *front);

/* Allocates and grants a buffer for the parameters. */
int front_alloc(struct front *front);

/* Accepts a front without a buffer. */
void front_free(struct front *front);

/* Resets the pointer, `opened` and the request ids. */
void front_clear(struct front *front);

int front_open(struct front *front);
int front_close(struct front *front);

/* XENSND_OP_TRIGGER_... */
int front_trigger(struct front *front, uint8_t type);

/* Move frames from `frame` on, which must not reach beyond the end of the buffer. */
int front_write(struct front *front, uint32_t frame, const unsigned char *frames, uint32_t count);
int front_read(struct front *front, uint32_t frame, unsigned char *frames, uint32_t count);

#endif

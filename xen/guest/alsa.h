/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCM device as a guest's program has it: what ALSA's core does with snd_xen_front. One thread
 * a stream.
 *
 * Buffers, periods, pointers and counts are frames. Errors as ALSA's: -EPIPE is an xrun, -EIO a
 * wait without an end, -ENODEV a card that is gone, -EBADFD the wrong state.
 */
#ifndef XENJACK_GUEST_ALSA_H
#define XENJACK_GUEST_ALSA_H

#include "src/pcm.h"
#include "xen/guest/device.h"
#include "xen/guest/front.h"
#include "xen/guest/params.h"

enum alsa_state {
	ALSA_CLOSED,	   /* not open */
	ALSA_OPEN,	   /* open, no parameters */
	ALSA_SETUP,	   /* parameters, or stopped */
	ALSA_PREPARED,	   /* ready to start */
	ALSA_RUNNING,	   /* started */
	ALSA_XRUN,	   /* stopped, since the program was late */
	ALSA_DRAINING,	   /* playing what is left */
	ALSA_DISCONNECTED, /* the card is gone */
};

struct alsa {
	struct front front;
	const struct params_limits *limits;
	enum pcm_dir dir;
	int stop; /* readable: the card is gone; -1: never */

	uint32_t start_threshold; /* 1 after alsa_hw_params, as ALSA's default */
	uint64_t stop_threshold;  /* the buffer; UINT64_MAX: no xruns */
	uint32_t avail_min;	  /* the period */

	enum alsa_state state;
	uint64_t hw_base, hw_ptr, appl_ptr;
	uint64_t gone; /* how far the driver's pointer had gone at hw_ptr */

	/* for statistics */
	uint64_t periods; /* period_elapsed calls */
	uint64_t wakeups; /* times the program slept and was woken by one or more */
	uint64_t passed;  /* frames of the hardware's, while the stream ran */
	uint64_t xruns;
	uint64_t frames; /* written or read */
};

/* Opens the device; sends nothing. */
void alsa_open(struct alsa *alsa, struct device_stream *stream, int stop);

/* Stops if it runs, frees the parameters (CLOSE) and closes. Returns what CLOSE was answered. */
int alsa_close(struct alsa *alsa);

/* Negotiates and allocates the buffer; zeroes in `params` are filled in. Logs why it fails. */
int alsa_hw_params(struct alsa *alsa, struct params *params);

/* Frees the buffer; sends CLOSE, also if nothing was opened. */
int alsa_hw_free(struct alsa *alsa);

/* OPEN if there was none since the parameters were set, else nothing on the wire. */
int alsa_prepare(struct alsa *alsa);

int alsa_start(struct alsa *alsa);

/* Stops at once. */
int alsa_drop(struct alsa *alsa);

/* Playback: waits until everything written is played, then stops. */
int alsa_drain(struct alsa *alsa);

/* The system suspends, and has resumed: PAUSE, after which only alsa_prepare helps. */
int alsa_suspend(struct alsa *alsa);

/* The program does something else for a while; the kernel goes on. */
void alsa_idle(struct alsa *alsa, int64_t ns);

/* Frames that can be written or read now; asks the driver's pointer. */
int64_t alsa_avail(struct alsa *alsa);

/* Sleeps until avail_min frames can be written or read; poll's rule: only a period wakes. */
int alsa_wait(struct alsa *alsa, int timeout_ms);

/* Writes or reads, blocking; frames done, or the error if there were none. */
int64_t alsa_write(struct alsa *alsa, const void *frames, uint32_t count);
int64_t alsa_read(struct alsa *alsa, void *frames, uint32_t count);

#endif

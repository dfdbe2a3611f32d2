/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCM device as a program in the guest sees it: what the ALSA core does with snd_xen_front. One
 * thread per stream.
 *
 * Buffers, periods, pointers and counts are in frames. Errors are ALSA's: -EPIPE for an xrun, -EIO
 * for a wait that timed out, -ENODEV for a removed card, -EBADFD for the wrong state.
 */
#ifndef XENJACK_GUEST_ALSA_H
#define XENJACK_GUEST_ALSA_H

#include "src/sound/pcm.h"
#include "xen/guest/device.h"
#include "xen/guest/front.h"
#include "xen/guest/params.h"

enum alsa_state {
	ALSA_CLOSED,	   /* not open */
	ALSA_OPEN,	   /* open, no parameters */
	ALSA_SETUP,	   /* parameters, or stopped */
	ALSA_PREPARED,	   /* ready to start */
	ALSA_RUNNING,	   /* started */
	ALSA_XRUN,	   /* stopped because the program was late */
	ALSA_DRAINING,	   /* playing what is left */
	ALSA_DISCONNECTED, /* the card was removed */
};

struct alsa {
	struct front front;
	const struct params_limits *limits;
	enum pcm_dir dir;
	int stop; /* readable when the card is removed; -1: never */

	uint32_t start_threshold; /* 1 after alsa_hw_params, as ALSA's default */
	uint64_t stop_threshold;  /* the buffer; UINT64_MAX: no xruns */
	uint32_t avail_min;	  /* the period */

	enum alsa_state state;
	uint64_t hw_base, hw_ptr, appl_ptr;
	uint64_t gone; /* front.gone as of hw_ptr */

	/* for statistics */
	uint64_t periods; /* period_elapsed calls */
	uint64_t wakeups; /* times the program slept until periods woke it */
	uint64_t passed;  /* hardware frames while the stream ran */
	uint64_t xruns;
	uint64_t frames; /* written or read */
};

/* Opens the device; sends no request. */
void alsa_open(struct alsa *alsa, struct device_stream *stream, int stop);

/* Stops a running stream, frees the parameters (CLOSE) and closes. Returns CLOSE's status. */
int alsa_close(struct alsa *alsa);

/* Negotiates, fills in zeroes in `params`, and allocates the buffer. Logs why it fails. */
int alsa_hw_params(struct alsa *alsa, struct params *params);

/* Frees the buffer; sends CLOSE even if no OPEN was sent. */
int alsa_hw_free(struct alsa *alsa);

/* Sends OPEN if there was none since the parameters were set, otherwise nothing. */
int alsa_prepare(struct alsa *alsa);

int alsa_start(struct alsa *alsa);

/* Stops immediately. */
int alsa_drop(struct alsa *alsa);

/* Playback: waits until everything written is played, then stops. */
int alsa_drain(struct alsa *alsa);

/* A system suspend and resume: sends PAUSE. The stream then needs alsa_prepare. */
int alsa_suspend(struct alsa *alsa);

/* The program does something else for `ns`; the kernel's part goes on. */
void alsa_idle(struct alsa *alsa, int64_t ns);

/* Frames that can be written or read now; updates the pointer first. */
int64_t alsa_avail(struct alsa *alsa);

/* Sleeps until avail_min frames can be written or read. As in poll, only a period wakes it. */
int alsa_wait(struct alsa *alsa, int timeout_ms);

/* Blocking write and read. Return the frames moved, or the error if there were none. */
int64_t alsa_write(struct alsa *alsa, const void *frames, uint32_t count);
int64_t alsa_read(struct alsa *alsa, void *frames, uint32_t count);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One open stream and what a JACK cycle does with it. The guest's ring is treated as a sound
 * card treats its DMA memory: the place is the position modulo the ring. stream_setup makes a
 * stream, transport starts and stops it; while it is published it is the process callback's.
 * Frames, unless a name says bytes. Nothing here fails.
 *
 * The lead. Linux counts a period only when more than a period has passed (xen_snd_front_alsa.c,
 * handle_cur_pos), so a position that stands on a multiple of the period wakes nobody. After
 * START the stream takes one frame more than the cycle needs (two where one would land on a
 * multiple) and keeps it for the next cycle: what it announces, it has really taken.
 *
 * With a resampler a cycle has as many of the guest's frames as belong to it, and all that is
 * counted here is counted in these.
 */
#ifndef XENJACK_STREAM_H
#define XENJACK_STREAM_H

#include <stdbool.h>

#include "src/card.h"
#include "src/conv.h"
#include "src/gain.h"
#include "src/resamp.h"
#include "xen/evt.h"

#define STREAM_LEAD_MAX 2u

/* The shortest ring: the lead must fit between two announcements, and Linux asks for no fewer
   bytes, of a ring or of a period (xen_snd_front_cfg.c). */
#define STREAM_FRAMES_MIN (2 * STREAM_LEAD_MAX + 1)
#define STREAM_BYTES_MIN 64u

/* What capture scales at a time. */
#define STREAM_SCRATCH_SAMPLES 1024u

struct stream {
	/* fixed before the stream is first published */
	enum pcm_dir dir;
	enum pcm_format format;
	uint32_t channels;
	uint32_t frame_bytes;
	uint32_t ring_frames;
	uint32_t period_frames; /* 0: the guest wants no positions */
	const struct conv *conv;
	unsigned char *sh_ring;
	struct evt *evt;
	struct strip *strip;
	struct resamp *resamp; /* NULL: the guest's rate is JACK's; the owner's of the stream */

	struct gain gain; /* says itself who owns what */

	/* the callback's while published, io's otherwise */
	struct {
		uint64_t position; /* frames taken or given since OPEN, realignments included */
		uint32_t lead;	   /* frames to keep in the carry */
		uint32_t lead_due; /* lead that START ordered and that was not taken yet */
		uint32_t carried;  /* frames in the carry */
		bool dry;	   /* past the frontier: this underrun or overrun is counted */
		float carry[PCM_CHANNELS_MAX][STREAM_LEAD_MAX];
	} rt;

	/* io's */
	struct {
		/* what TRIGGER said last */
		enum {
			STREAM_HALTED,	/* opened or stopped: position is a multiple of the ring */
			STREAM_RUNNING, /* started: published whenever JACK runs the card */
			STREAM_PAUSED,	/* RESUME goes on, START starts anew */
		} state;
		uint32_t queued;   /* frames written since the last STOP, PAUSE or OPEN */
		bool announce_due; /* the guest had no room for the position at STOP */
	} io;

	/* shared: crossing 3 */
	struct {
		RT_ALIGNED struct rt_counter frontier; /* frames written or read; io writes */
		RT_ALIGNED struct rt_counter position; /* a copy of rt.position; RT writes */
	} shared;

	/* the callback's: capture's scaled samples, since JACK's buffers are not ours to write, and
	   samples at the guest's rate where that is not JACK's */
	float scratch[STREAM_SCRATCH_SAMPLES];
};

/*
 * Playback: fills out[0..channels-1] with the next `frames`, overwrites what it took of the ring
 * with silence and announces the position.
 */
RT_SAFE void stream_playback(struct stream *stream, float *const *out, uint32_t frames);

/* Capture: moves `frames` of in[0..channels-1] into the ring and announces the position. */
RT_SAFE void stream_capture(struct stream *stream, const float *const *in, uint32_t frames);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One open stream and what a JACK cycle does with it. The guest's ring is treated as a sound card
 * treats its DMA buffer: a position's place in it is the position modulo the ring's size.
 * stream_setup makes a stream, stream_trigger starts and stops it; while it is published, the
 * process callback owns it. Counts are frames unless a name says bytes. Nothing fails.
 *
 * The lead. Linux counts a period only when more than a period has passed (xen_snd_front_alsa.c,
 * handle_cur_pos), so a position on a multiple of the period wakes nobody. After START, the stream
 * takes one frame more than the cycle needs (two if one would end on a multiple) and keeps it in
 * the carry for the next cycle, so every frame that it announces has really been taken.
 *
 * With a resampler, a cycle handles as many of the guest's frames as last as long as the cycle (see
 * resamp_advance), and everything here is counted in the guest's frames.
 */
#ifndef XENJACK_STREAM_RT_H
#define XENJACK_STREAM_RT_H

#include <stdbool.h>

#include "src/sound/card.h"
#include "src/sound/conv.h"
#include "src/sound/evt.h"
#include "src/sound/gain.h"
#include "src/sound/resamp.h"

#define STREAM_RT_LEAD_MAX 2u

/*
 * The shortest ring, in frames, because the lead must fit between two announcements, and in bytes,
 * because Linux never asks for fewer, for a ring or for a period (xen_snd_front_cfg.c).
 */
#define STREAM_RT_FRAMES_MIN (2 * STREAM_RT_LEAD_MAX + 1)
#define STREAM_RT_BYTES_MIN 64u

/* Samples that are scaled or resampled at a time, in all channels together. */
#define STREAM_RT_SCRATCH_SAMPLES 1024u

struct stream_rt {
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
	struct resamp *resamp; /* NULL: the guest's rate is JACK's; the stream's owner frees it */

	struct gain gain; /* see its header for ownership */

	/* the callback's while published, the io thread's otherwise */
	struct {
		uint64_t hw_frames; /* frames taken or given since OPEN, realignments included */
		uint32_t lead;	    /* frames to keep in the carry */
		uint32_t lead_due;  /* lead requested by START and not yet taken */
		uint32_t carried;   /* frames in the carry */
		bool dry;	    /* in an underrun or overrun that has been counted */
		float carry[PCM_CHANNELS_MAX][STREAM_RT_LEAD_MAX];
	} rt;

	/* the io thread's */
	struct {
		/* as of the last trigger */
		enum {
			STREAM_RT_HALTED,  /* opened or stopped, on a multiple of the ring */
			STREAM_RT_RUNNING, /* started: published whenever JACK runs the card */
			STREAM_RT_PAUSED,  /* RESUME continues, START starts anew */
		} state;
		uint32_t queued;   /* frames written since the last STOP, PAUSE or OPEN */
		uint32_t erased;   /* frames of what the trigger under way has to erase */
		bool announce_due; /* the guest had no room for the position at STOP */
	} io;

	/* shared: crossing 3; the io thread writes appl_frames, the callback hw_frames */
	struct {
		RT_ALIGNED struct rt_counter appl_frames; /* frames written or read */
		RT_ALIGNED struct rt_counter hw_frames;	  /* last announced; see rt.hw_frames */
	} shared;

	/*
	 * the callback's: capture samples after the gain, because JACK's input buffers must not be
	 * written, and samples at the guest's rate if that is not JACK's
	 */
	float scratch[STREAM_RT_SCRATCH_SAMPLES];
};

/*
 * Playback: fills out[0..channels-1] with the next `frames`, all finite, overwrites with silence
 * what it took from the ring, and announces the position.
 */
RT_SAFE void stream_rt_playback(struct stream_rt *runtime, float *const *out, uint32_t frames);

/* Capture: moves `frames` of in[0..channels-1] into the ring and announces the position. */
RT_SAFE void stream_rt_capture(struct stream_rt *runtime, const float *const *in, uint32_t frames);

#endif

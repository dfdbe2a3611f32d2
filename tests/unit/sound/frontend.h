/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of how Linux's snd_xen_front and the ALSA core handle an event page, and a hypervisor
 * that only counts notifications: enough to run a stream without JACK, Xen or a guest. It follows
 * the rules of xen_snd_front_evtchnl.c and xen_snd_front_alsa.c, but is written from scratch.
 */
#ifndef XENJACK_TEST_FRONTEND_H
#define XENJACK_TEST_FRONTEND_H

#include <stdlib.h>
#include <string.h>

#include "src/sound/stream_setup.h"
#include "src/sound/stream_trigger.h"
#include "xen/abi.h"

struct frontend {
	struct xensnd_event_page *page;
	uint16_t next_id;
	uint32_t ring_frames, period_frames, frame_bytes;
	uint64_t last_frames; /* be_cur_frame */
	uint64_t hw;	      /* hw_ptr: what ALSA's pointer callback returns */
	uint64_t out;	      /* out_frames */
	unsigned elapsed;     /* calls of snd_pcm_period_elapsed */
	unsigned events, dropped;
};

static unsigned notified;

static void count_notify(struct hv_evtchn *handle, int port)
{
	(void)handle;
	(void)port;
	notified++;
}

/* The event interrupt: takes all events. */
static inline void frontend_interrupt(struct frontend *fe)
{
	while (fe->page->in_cons != fe->page->in_prod) {
		struct xensnd_evt event = XENSND_IN_RING_REF(fe->page, fe->page->in_cons);
		uint64_t now;

		fe->page->in_cons++;
		if (event.id != fe->next_id++) {
			fe->dropped++;
			continue;
		}
		fe->events++;
		now = event.op.cur_pos.position / fe->frame_bytes;
		fe->hw = (fe->hw + (now - fe->last_frames)) % fe->ring_frames;
		fe->out += now - fe->last_frames;
		fe->last_frames = now;
		if (fe->out > fe->period_frames) {
			fe->out %= fe->period_frames;
			fe->elapsed++;
		}
	}
}

/* An s16 stream with its ring, event page and front end. */
struct rig {
	struct stream_rt *runtime; /* here */
	struct stream_rt here;
	struct strip strip;
	struct evt evt;
	struct frontend fe;
	int16_t *ring;
};

static inline void rig_open(struct rig *rig, enum pcm_dir dir, uint32_t channels, uint32_t ring,
			    uint32_t period)
{
	const struct stream_params params = {
		.format = PCM_S16_LE,
		.channels = channels,
		.ring_bytes = ring * channels * 2,
		.period_bytes = period * channels * 2,
	};

	memset(rig, 0, sizeof(*rig));
	rig->ring = calloc(ring, channels * 2);
	rig->fe.page = aligned_alloc(4096, 4096);
	memset(rig->fe.page, 0, 4096);
	rig->fe.ring_frames = ring;
	rig->fe.period_frames = period;
	rig->fe.frame_bytes = channels * 2;
	evt_init(&rig->evt, count_notify, NULL, 1, rig->fe.page);
	fader_init(&rig->strip.fader, channels);
	rig->runtime = &rig->here;
	stream_setup_init(rig->runtime, dir, &params, rig->ring, &rig->evt, &rig->strip);
	while (!stream_trigger_open(rig->runtime, 0)) {
	}
}

static inline void rig_close(struct rig *rig)
{
	free(rig->fe.page);
	free(rig->ring);
}

/* WRITE as snd_xen_front sends it: the samples first, at most to the ring's end. */
static inline void rig_write(struct rig *rig, uint64_t appl, uint32_t frames, int16_t first)
{
	uint32_t channels = rig->runtime->channels;

	while (frames) {
		uint32_t place = (uint32_t)(appl % rig->fe.ring_frames);
		uint32_t n = rig->fe.ring_frames - place;

		n = n < frames ? n : frames;
		for (uint32_t i = 0; i < n; i++, first++) {
			for (uint32_t c = 0; c < channels; c++) {
				rig->ring[(place + i) * channels + c] = first ? first : 1;
			}
		}
		while (!stream_trigger_ack(rig->runtime, place * rig->fe.frame_bytes,
					   n * rig->fe.frame_bytes)) {
		}
		appl += n;
		frames -= n;
	}
}

#endif

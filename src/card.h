/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model: a guest's card, its slots (one a configured stream) and its two sides (each on a JACK
 * client, alone or with others). ctl creates and destroys a card; it stays as it is while io and
 * jack know it. Here is also crossing 2, by which io hands an open stream to the JACK process
 * thread and takes it back: publish, retire, quiet.
 */
#ifndef XENJACK_CARD_H
#define XENJACK_CARD_H

#include <stdbool.h>

#include "src/fader.h"
#include "src/latency.h"
#include "src/meter.h"
#include "src/pcm.h"
#include "src/resamp.h"
#include "src/rt.h"
#include "src/sight.h"

struct stream;

/* Eight PCM devices of eight streams, all that Linux makes of one card by default. */
#define CARD_SLOTS_MAX 64u
/* A JACK client name holds 63 bytes, "-in" and a collision's "-99" included. */
#define CARD_NAME_MAX 56u
#define CARD_LABEL_MAX 47u

/* What the front end published for one stream in XenStore. */
struct card_refs {
	uint32_t ring_gref, ring_port; /* requests and responses */
	uint32_t evt_gref, evt_port;   /* positions */
};

/* Crossing 4 and what users see and set of a stream; lives as long as the card. */
struct strip {
	struct fader fader;
	struct meter meter;
	struct sight sight;
	struct rt_counter cycles;    /* JACK cycles in which the stream ran */
	struct rt_counter underruns; /* times playback ran past what the guest had written */
	struct rt_counter overruns;  /* times capture overwrote what the guest had not read */
	struct rt_counter lost;	     /* positions for which the guest had left no room */
};

struct slot {
	/* ctl writes these before the card is attached */
	enum pcm_dir dir;
	uint32_t pcm, stream; /* its place in XenStore */
	uint32_t channels;    /* ports; a guest may open fewer */
	uint32_t buffer_bytes_max;
	struct card_refs refs;
	char label[CARD_LABEL_MAX + 1];

	/* jack writes this while no callback knows the side: jack_port_t pointers */
	void *ports[PCM_CHANNELS_MAX];

	/* shared */
	struct strip strip;
	struct latency latency;			     /* its header says who does what */
	RT_ALIGNED _Atomic(struct stream *) running; /* crossing 2: io writes, RT reads */
};

struct side {
	struct slot *slots[CARD_SLOTS_MAX];
	unsigned slot_count;
	RT_ALIGNED _Atomic uint32_t cycles; /* odd while the process callback is inside */
	_Atomic(struct side *) next;	    /* on the same JACK client: jack's, see jack/cycle.h */
};

struct card {
	uint32_t domid, devid;
	char guest[CARD_NAME_MAX + 1]; /* the domain's name, fit for JACK */
	char name[CARD_NAME_MAX + 1];  /* the card's: "daw", "daw-1", unique in the daemon */
	enum resamp_quality resample;  /* whether it may use other rates than JACK's, and how */
	struct side sides[PCM_DIRS];
	unsigned slot_count;
	struct slot *slots;
	/* What the desk wants of io; a letter about it is under way while `moved` is set, and io
	 * takes both back before it looks. */
	_Atomic bool moved;
	_Atomic uint64_t kicked;     /* slots whose streams are to be closed, a bit each */
	struct rt_counter throttled; /* times its requests waited for the limit; io counts */
	void *ctl;		     /* daemon's half */
	void *io;		     /* sndif's half */
	void *jack;		     /* client's half */
};

/* Makes a card with room for slot_count slots, not yet on any side. NULL without memory. ctl. */
struct card *card_create(unsigned slot_count);

/* Puts every slot on the side of its direction, its fader at 0 dB; once, when they are filled in.
 * ctl. */
void card_arrange(struct card *card);

/* Frees a card that neither io nor jack knows; accepts NULL. ctl. */
void card_destroy(struct card *card);

/* --- crossing 2, io's half */

/* Gives a stream to the callback; from here on it is the callback's. */
void card_publish(struct slot *slot, struct stream *stream);

/*
 * Takes a stream back. The callback may still be inside with it: it is io's again when
 * card_quiet says so for the token returned. Retiring an empty slot is harmless.
 */
uint32_t card_retire(const struct side *side, struct slot *slot);

/* Whether the callback has been outside since card_retire returned this token. */
bool card_quiet(const struct side *side, uint32_t token);

/* --- crossing 2, the callback's half; once a side and cycle */

RT_SAFE static inline void card_enter(struct side *side)
{
	rt_enter(&side->cycles);
}

RT_SAFE static inline struct stream *card_running(struct slot *slot)
{
	return atomic_load_explicit(&slot->running, memory_order_acquire);
}

RT_SAFE static inline void card_leave(struct side *side)
{
	rt_leave(&side->cycles);
}

/*
 * Says that no callback of this side is or will be inside: jack_deactivate may have cut one off
 * in the middle. jack, after it has returned.
 */
void card_cut(struct side *side);

#endif

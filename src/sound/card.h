/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of a guest's card: its streams and its two sides. A JACK client runs each side, alone
 * or together with other cards' sides. The main thread creates and destroys a card, whose structure
 * does not change while the io and jack threads know it. Also crossing 2 of docs/architecture.md,
 * by which the io thread gives an open stream to the process callback and takes it back: publish,
 * retire, quiet.
 */
#ifndef XENJACK_CARD_H
#define XENJACK_CARD_H

#include <stdbool.h>

#include "src/base/guest_name.h"
#include "src/base/msg.h"
#include "src/base/rt.h"
#include "src/sound/fader.h"
#include "src/sound/latency.h"
#include "src/sound/meter.h"
#include "src/sound/pcm.h"
#include "src/sound/resamp.h"
#include "src/sound/stream_status.h"

struct guest_log;
struct stream_rt;

/* Eight PCM devices with eight streams each: all that Linux allows for one card by default. */
#define CARD_STREAMS_MAX 64u
#define CARD_NAME_MAX GUEST_NAME_CARD_MAX
#define CARD_LABEL_MAX 47u
/* "daw.main" */
#define CARD_ID_MAX (CARD_NAME_MAX + 1 + CARD_LABEL_MAX)

/* What the front end has published in xenstore for one stream. */
struct card_refs {
	uint32_t ring_gref, ring_port; /* requests and responses */
	uint32_t evt_gref, evt_port;   /* positions */
};

/* A stream's counters. */
struct strip_stats {
	uint64_t cycles;	 /* JACK cycles in which the stream ran */
	uint64_t underruns;	 /* playback ran past what the guest had written */
	uint64_t overruns;	 /* capture overwrote what the guest had not read */
	uint64_t positions_lost; /* positions for which the guest had left no room */
	uint64_t throttled;	 /* times its card's requests had to wait for their limit */
};

/* Crossing 4: what users see of a stream, and what they set. Lives as long as the card. */
struct strip {
	struct fader fader;
	struct meter meter;
	struct stream_status status;
	struct rt_counter cycles;    /* JACK cycles in which the stream ran */
	struct rt_counter underruns; /* times playback ran past what the guest had written */
	struct rt_counter overruns;  /* times capture overwrote what the guest had not read */
	struct rt_counter lost;	     /* positions for which the guest had left no room */

	/* the main thread's: as last reported to listeners */
	struct {
		enum stream_state state;
		uint64_t xruns;		  /* underruns and overruns, from the start */
		struct strip_stats since; /* the counters at the last reset */
	} told;
};

struct stream {
	struct card *card; /* fixed */

	/* the main thread writes these before the card is attached */
	enum pcm_dir dir;
	uint32_t pcm, index; /* its place in xenstore */
	uint32_t channels;   /* ports; a guest may open fewer */
	uint32_t buffer_bytes_max;
	struct card_refs refs;
	char label[CARD_LABEL_MAX + 1];
	char id[CARD_ID_MAX + 1]; /* card.label; the mixer sets it */

	/* the jack thread writes this while no callback knows the side: jack_port_t pointers */
	void *ports[PCM_CHANNELS_MAX];

	/* shared */
	struct strip strip;
	struct latency latency;				/* see its header for ownership */
	RT_ALIGNED _Atomic(struct stream_rt *) running; /* crossing 2: see card_publish */
};

struct side {
	struct stream *streams[CARD_STREAMS_MAX];
	unsigned stream_count;
	RT_ALIGNED _Atomic uint32_t cycles; /* odd while the process callback is inside */
	_Atomic(struct side *) next;	    /* on the same JACK client; see jack/cycle.h */
	_Atomic unsigned client; /* its JACK client's `attempt` in guest_name_of_client; 0: none */
};

/* How a guest's new streams start: those that nobody has set or connected yet. */
enum card_new {
	CARD_NEW_CONNECTED,   /* at 0 dB, their ports as the default says */
	CARD_NEW_SILENT,      /* connected, but muted */
	CARD_NEW_UNCONNECTED, /* at 0 dB, and the default does not apply */
};

struct card {
	uint32_t domid, devid;
	char guest[GUEST_NAME_MAX + 1]; /* see card_guest */
	char name[CARD_NAME_MAX + 1];	/* "daw", "daw@1": unique in the daemon; for JACK and ids */
	enum resamp_quality resample;	/* whether other rates than JACK's are allowed, and how */
	enum card_new new_streams;
	struct side sides[PCM_DIRS];
	unsigned stream_count;
	struct stream *streams;
	/*
	 * Faders moved and streams kicked, for the io thread. While `moved` is set, a MSG_LEVELS is
	 * under way; the io thread clears `moved`, then takes `kicked`, before it acts.
	 */
	_Atomic bool moved;
	_Atomic uint64_t kicked;     /* streams to be closed, one bit each */
	struct rt_counter throttled; /* times its requests had to wait for their limit */
	struct guest_log *log;	     /* limits lines about the guest; the card holds it */
	struct msg_place places[MSG_CARD_TYPES];
	void *main; /* src/daemon's part */
	void *io;   /* xen/sndif's part */
	void *jack; /* jack/client's part */
};

/*
 * Makes a card with room for stream_count streams, not yet on any side. NULL if out of memory. Main
 * thread.
 */
struct card *card_create(unsigned stream_count);

/*
 * Puts every stream on the side of its direction and its fader at 0 dB. Once, after the streams are
 * filled in. Main thread.
 */
void card_arrange(struct card *card);

/* Frees a card that the io and jack threads no longer know; accepts NULL. Main thread. */
void card_destroy(struct card *card);

/*
 * The guest's real name, its domain's, byte for byte: what configuration and memory of a guest go
 * by. "" if it has none. Fixed; any thread.
 */
RT_SAFE static inline const char *card_guest(const struct card *card)
{
	return card->guest;
}

/* A message about a card; about none if it is NULL. Any thread. */
struct msg card_msg(struct card *card, enum msg_type type, int a, int b);

/* --- crossing 2, the io thread's half */

/* Gives a stream to the process callback, which owns it from then on. */
void card_publish(struct stream *stream, struct stream_rt *runtime);

/*
 * Takes a stream back. The callback may still be inside with it: the io thread owns it again when
 * card_quiet returns true for the returned token. Retiring an unpublished stream is harmless.
 */
uint32_t card_retire(const struct side *side, struct stream *stream);

/* Whether the callback has been outside since card_retire returned this token. */
bool card_quiet(const struct side *side, uint32_t token);

/* --- crossing 2, the callback's half; once for each side and cycle */

RT_SAFE static inline void card_enter(struct side *side)
{
	rt_enter(&side->cycles);
}

RT_SAFE static inline struct stream_rt *card_running(struct stream *stream)
{
	return atomic_load_explicit(&stream->running, memory_order_acquire);
}

RT_SAFE static inline void card_leave(struct side *side)
{
	rt_leave(&side->cycles);
}

/*
 * Declares that no callback is inside this side or will be: jack_deactivate may have cut one off in
 * the middle. Jack thread, after jack_deactivate has returned.
 */
void card_cut(struct side *side);

#endif

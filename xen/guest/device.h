/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vsnd card as the guest's xenbus driver has it: its nodes, its state, its streams' channels.
 * One thread calls it, that which Linux calls xenwatch. States are XenbusState's numbers.
 *
 * Errors: -errno, or NULL and the reason is logged; -EPIPE: the daemon is gone.
 */
#ifndef XENJACK_GUEST_DEVICE_H
#define XENJACK_GUEST_DEVICE_H

#include "src/pcm.h"
#include "xen/guest/channel.h"
#include "xen/guest/params.h"

/* Eight PCM devices of eight streams: what Linux makes of one card by default. */
#define DEVICE_STREAMS_MAX 64u
#define DEVICE_PATH_MAX 128u
#define DEVICE_STREAM_PATH_MAX (DEVICE_PATH_MAX + 32u)

struct device_stream {
	enum pcm_dir dir;
	unsigned pcm, index; /* its place in XenStore */
	char path[DEVICE_STREAM_PATH_MAX];
	struct params_limits limits;
	struct channel channel; /* from state 3 to the next disconnection */
};

struct device {
	struct domain *domain;
	struct device *next; /* those of the domain whose events are handled together, in a ring */
	uint32_t devid;
	char front[DEVICE_PATH_MAX], back[DEVICE_PATH_MAX]; /* directories */
	int state;					    /* the front end's */
	int back_state;					    /* as last read */
	bool shutting_down;    /* the guest's kernel is: only then Closing is answered */
	unsigned connections;  /* how often Connected was reached */
	unsigned still_mapped; /* pages that the back end held when they were to be freed */
	/*
	 * The card goes: returns when every stream of it is closed, as snd_card_free does. May
	 * be NULL.
	 */
	void (*gone)(void *arg);
	void *arg;
	unsigned stream_count;
	struct device_stream streams[DEVICE_STREAMS_MAX];
};

/* Makes a card without streams; nothing is written yet. */
struct device *device_create(struct domain *domain, uint32_t devid);

/*
 * Two cards of a domain: whichever of them waits, events of both are handled. Until device_detach
 * or device_destroy.
 */
void device_join(struct device *device, struct device *other);

/* Frees the channels and the card, and writes nothing; accepts NULL. */
void device_destroy(struct device *device);

/* Adds a stream and writes its `type` and, unless label is NULL, its `unique-id`. */
struct device_stream *device_add(struct device *device, unsigned pcm, enum pcm_dir dir,
				 const char *label);

/* Writes a configuration node; `node` is relative to the front end's directory. */
int device_set(struct device *device, const char *node, const char *value);

/*
 * Has the toolstack attach the card, waits until the back end offers it, as libxl does, and loads
 * the driver. -ETIMEDOUT: the back end does not.
 */
int device_attach(struct device *device);

/*
 * Has the toolstack detach the card, and waits until it has taken the nodes away; what is left to
 * do is device_destroy. -ETIMEDOUT: they are still there.
 */
int device_detach(struct device *device);

/* Handles watch events for timeout_ms, or until the card reaches `state`; 0 then, else -EAGAIN. */
int device_run(struct device *device, int state, int timeout_ms);

/* Reads the back end's state and does what Linux does then. */
int device_changed(struct device *device);

/* rmmod: closes, waits for InitWait at most 2 s, frees everything. -ETIMEDOUT: it did not come. */
int device_unload(struct device *device);

/* modprobe after device_unload. */
int device_load(struct device *device);

/* The guest powers off: waits at most 5 s until the back end closes. */
int device_shutdown(struct device *device);

#endif

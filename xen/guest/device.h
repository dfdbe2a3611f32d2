/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vsnd card as the guest's xenbus driver sees it: its nodes, its state, its streams' channels.
 * One thread, which stands for Linux's xenwatch thread. States are XenbusState's numbers.
 *
 * Errors: -errno, or NULL, and the reason is logged; -EPIPE: the daemon is gone.
 */
#ifndef XENJACK_GUEST_DEVICE_H
#define XENJACK_GUEST_DEVICE_H

#include "src/sound/pcm.h"
#include "xen/guest/channel.h"
#include "xen/guest/params.h"

/* Eight PCM devices with eight streams each: Linux's defaults for one card. */
#define DEVICE_STREAMS_MAX 64u
#define DEVICE_PATH_MAX 128u
#define DEVICE_STREAM_PATH_MAX (DEVICE_PATH_MAX + 32u)

struct device_stream {
	enum pcm_dir dir;
	unsigned pcm, index; /* its place in xenstore */
	char path[DEVICE_STREAM_PATH_MAX];
	struct params_limits limits;
	struct channel channel; /* valid from state 3 to the next disconnect */
};

struct device {
	struct domain *domain;
	struct device *next; /* circular list of cards whose events are handled together */
	uint32_t devid;
	char front[DEVICE_PATH_MAX], back[DEVICE_PATH_MAX]; /* directories */
	int state;					    /* the front end's */
	int back_state;					    /* as last read */
	bool shutting_down;    /* the kernel is; only then it answers Closing */
	unsigned connections;  /* times the card reached Connected */
	unsigned still_mapped; /* pages the back end had not unmapped when they were freed */
	/*
	 * Called when the card is removed. Like snd_card_free, it returns only when all streams
	 * are closed. May be NULL.
	 */
	void (*gone)(void *arg);
	void *arg;
	unsigned stream_count;
	struct device_stream streams[DEVICE_STREAMS_MAX];
};

/* Creates a card without streams; writes nothing yet. */
struct device *device_create(struct domain *domain, uint32_t devid);

/*
 * Joins two cards of a domain: whichever of them waits, it handles events of both. Lasts until
 * device_detach or device_destroy.
 */
void device_join(struct device *device, struct device *other);

/* Frees the channels and the card without writing anything; accepts NULL. */
void device_destroy(struct device *device);

/* Adds a stream and writes its `type` and, unless label is NULL, its `unique-id`. */
struct device_stream *device_add(struct device *device, unsigned pcm, enum pcm_dir dir,
				 const char *label);

/* Writes a configuration node; `node` is relative to the front end's directory. */
int device_set(struct device *device, const char *node, const char *value);

/*
 * Has the toolstack attach the card, waits as libxl does until the back end offers it, and loads
 * the driver. -ETIMEDOUT: the back end did not offer it.
 */
int device_attach(struct device *device);

/*
 * Has the toolstack detach the card, and waits until the nodes are removed; the caller then has to
 * call device_destroy. -ETIMEDOUT: the nodes are still there.
 */
int device_detach(struct device *device);

/* Handles watch events until the card reaches `state`; -EAGAIN if not within timeout_ms. */
int device_run(struct device *device, int state, int timeout_ms);

/* Reads the back end's state and reacts as Linux does. */
int device_changed(struct device *device);

/* rmmod: closes, waits about 1 s for InitWait, frees everything. -ETIMEDOUT: no InitWait. */
int device_unload(struct device *device);

/* modprobe after device_unload. */
int device_load(struct device *device);

/* The guest powers off: waits up to 5 s for the back end to close. */
int device_shutdown(struct device *device);

#endif

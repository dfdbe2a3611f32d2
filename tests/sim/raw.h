/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated guest that need not keep to the rules: one card with two streams of stereo s16, and
 * requests that say what they like. Single-threaded but for raw_check; raw_finish frees. Bytes,
 * unless a name says frames. What is wrong is printed and counted in raw_failures; only that a
 * guest can not come to life ends the program.
 */
#ifndef TESTS_RAW_H
#define TESTS_RAW_H

#include <stdatomic.h>

#include "xen/guest/device.h"
#include "xen/guest/front.h"
#include "xen/hv.h"

#define RAW_FRAME_BYTES 4u     /* with two channels */
#define RAW_PATIENCE_MS 60000u /* waits of a minute end in failure, however slow the machine is */
#define RAW_EINVAL (-22)       /* XEN_EINVAL */
#define RAW_EOPNOTSUPP (-95)   /* XEN_EOPNOTSUPP */

struct raw {
	struct domain *domain;
	struct device *device;
	struct front out, in;
};

extern const char *raw_socket;
extern unsigned raw_channels; /* 2 */
extern unsigned raw_rate_hz;  /* 48000 */
extern _Atomic unsigned raw_failures;

/* Counts and prints what is not true. Any thread. */
__attribute__((format(printf, 2, 3))) void raw_check(bool truth, const char *format, ...);

void raw_sleep_ms(unsigned ms);

/* A domain, and its card 0 with a playback and a capture stream, connected. */
void raw_connect(struct raw *raw, const char *name);

/* The domain dies, without a word. */
void raw_finish(struct raw *raw);

/* The driver is unloaded and loaded again: new rings, new fronts. */
void raw_reload(struct raw *raw);

/* Waits until the card has been connected so many times, doing what Linux does meanwhile. */
bool raw_await_connection(struct device *device, unsigned connections);

/* A buffer with its directory, granted. */
void raw_alloc(struct front *front, uint32_t size);

/*
 * Sends a request and waits; the status. Checks that there was exactly one answer, with the
 * request's id and operation, and that it was not above 0. 1: no answer came.
 */
int raw_ask(struct front *front, struct xensnd_req *request);

int raw_simple(struct front *front, uint8_t operation);
int raw_trigger(struct front *front, uint8_t type);
int raw_move(struct front *front, uint8_t operation, uint32_t offset, uint32_t length);

/* An OPEN that fits the buffer, to be spoiled. */
struct xensnd_req raw_open_request(const struct front *front, uint32_t period_bytes);
int raw_open(struct front *front, uint32_t period_bytes);

/* The indices of the page of positions, as they are now. */
uint32_t raw_events_made(const struct front *front);
uint32_t raw_events_taken(const struct front *front);

/* START, and waits for the first position: JACK may not have known the card until now. */
void raw_start(struct front *front);

/* Takes positions until so many more have come, or until one stands there; or it is wrong. */
void raw_await_events(struct front *front, unsigned more);
void raw_await_frames(struct front *front, uint64_t position);

/* Takes what comes for a while. */
void raw_listen_ms(struct front *front, unsigned ms);

/* How many mappings of guests the daemon has. */
long raw_mappings(struct raw *raw);

#endif

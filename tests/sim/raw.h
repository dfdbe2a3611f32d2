/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated guest that need not obey the rules: one card with two streams of stereo s16, and
 * arbitrary requests. Single-threaded except raw_check; raw_finish frees. Sizes are in bytes,
 * unless a name says frames. Failures are printed and counted in raw_failures; the program ends
 * only if a guest cannot be set up.
 */
#ifndef TESTS_RAW_H
#define TESTS_RAW_H

#include <stdatomic.h>

#include "xen/guest/device.h"
#include "xen/guest/front.h"
#include "xen/hv.h"

#define RAW_FRAME_BYTES 4u     /* with two channels */
#define RAW_PATIENCE_MS 60000u /* a wait this long means failure, however slow the machine is */
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
/*
 * Which of its cards the next guest uses: the next one each time. A real guest's connect again and
 * again, and the daemon slows each of them down. In the simulation, every guest is new: always 0.
 */
extern unsigned raw_card, raw_cards;
extern _Atomic unsigned raw_failures;

/* Prints and counts a failure unless `truth` holds. Any thread. */
__attribute__((format(printf, 2, 3))) void raw_check(bool truth, const char *format, ...);

void raw_sleep_ms(unsigned ms);

/* Creates a domain and a card, with a playback and a capture stream; returns when connected. */
void raw_connect(struct raw *raw, const char *name);

/* The domain dies without notice. */
void raw_finish(struct raw *raw);

/* Unloads the driver and loads it again: new rings, new fronts. */
void raw_reload(struct raw *raw);

/* Waits until the card has connected this many times, acting as Linux would; false: it did not. */
bool raw_await_connection(struct device *device, unsigned connections);

/* Allocates a buffer with its page directory, and grants them. */
void raw_alloc(struct front *front, uint32_t size);

/*
 * Sends a request and waits; returns the answer's status, or 1 if there was none. Checks that there
 * was exactly one answer, with the request's id and operation, and a status not above 0.
 */
int raw_ask(struct front *front, struct xensnd_req *request);

int raw_simple(struct front *front, uint8_t operation);
int raw_trigger(struct front *front, uint8_t type);
int raw_move(struct front *front, uint8_t operation, uint32_t offset, uint32_t length);

/* An OPEN that fits the buffer, for the caller to spoil. */
struct xensnd_req raw_open_request(const struct front *front, uint32_t period_bytes);
int raw_open(struct front *front, uint32_t period_bytes);

/* The current indices of the event page. */
uint32_t raw_events_made(const struct front *front);
uint32_t raw_events_taken(const struct front *front);

/* Sends START and waits for the first position: the card may not have been in JACK before. */
void raw_start(struct front *front);

/* Takes positions until this many more have arrived, or until one reaches a frame; else fails. */
void raw_await_events(struct front *front, unsigned more);
void raw_await_frames(struct front *front, uint64_t position);

/* Takes positions for this long. */
void raw_listen_ms(struct front *front, unsigned ms);

/* How many mappings of guests' grants the daemon has; -1 on a real Xen, which tells no guest. */
long raw_mappings(struct raw *raw);

/*
 * Checks how many pages of a buffer and its directory the daemon has mapped, and how many mappings
 * it has in all. A real guest cannot see that: its case in the lab asks Xen instead.
 */
void raw_check_mapped(struct raw *raw, const struct front *front, long mapped, long mappings,
		      const char *when);

#endif

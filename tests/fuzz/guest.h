/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest with one stream and the back end's half of it, driven by lines. Those of the guest:
 *
 *   open FORMAT RATE CHANNELS BYTES PERIOD GREF   and the requests close, write OFFSET LENGTH,
 *   read OFFSET LENGTH, trigger TYPE, volume OPERATION OFFSET LENGTH, query FORMATS and eight ends,
 *   yell OPERATION WORD...; with a capital letter, the request waits in the ring
 *   directory PAGE FIRST STEP COUNT   fills in a page directory
 *   poke PAGE WORD VALUE    changes a shared word now; page 1 is the request ring, 2 the event page
 *   hook PAGE WORD VALUE    changes it at the back end's next call of the hypervisor, in turn
 *   index N                 adds N to the ring's req_prod, without requests
 *   get N                   takes events: sets in_cons to in_prod - N
 *
 * and those of the back end, its process callback, and JACK:
 *
 *   back                    serves the ring until nothing waits
 *   activate 0|1            JACK runs the card, or not
 *   enter, finish           the callback begins a cycle and ends it
 *   cycle FRAMES            it runs the stream; outside of a cycle, also enters and finishes
 *   null FRAMES             a cycle of the null clock
 *   kick, level MILLIDECIBEL, z RATE PERIOD   the operator closes the stream, moves the fader;
 * JACK's rate and period change join LEAVE              the daemon ends (LEAVE 1) or is killed, and
 * the next one adopts
 *
 * The first line may be "setup DIRECTION CHANNELS BYTES QUALITY". After each line, what holds of
 * any stream is checked. One guest a program.
 */
#ifndef TESTS_FUZZ_GUEST_H
#define TESTS_FUZZ_GUEST_H

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory.h"
#include "xen/stream_ring.h"

struct guest {
	struct memory *memory;
	struct card *card;
	struct stream_ring ring;
	struct stream_ring_handover *handover; /* the owner's */
	struct stream_ring_clock clock;
	bool adopted; /* at the last guest_connect */
	bool spoilt;  /* the handover holds what no daemon would have written */
};

/* Makes the guest and its card; the handover is the caller's, and stays until guest_end. */
void guest_begin(struct guest *guest, const struct fuzz_line *setup,
		 struct stream_ring_handover *handover);

/* The daemon begins; it may adopt what is in the handover. */
void guest_connect(struct guest *guest, bool adopt);

/* It ends: leaves the stream to the next one, or is killed. */
void guest_leave(struct guest *guest, bool killed);

/* Does what a line says. */
void guest_do(struct guest *guest, const struct fuzz_line *line);

/* Ends everything and checks that nothing is left. */
void guest_end(struct guest *guest);

#endif

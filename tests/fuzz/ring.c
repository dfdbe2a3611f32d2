/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream's whole life, driven by a guest that may do anything: requests in and out of order, in
 * any state, forged indices, pages that change while they are read, with cycles, operators and
 * other daemons in between. tests/fuzz/guest.h has the lines.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/guest.h"

#define LINES_MAX 256u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as large as it may be, which the address sanitizer sees to. */
	static struct stream_ring_handover *handover;
	struct fuzz_text text = fuzz_text(data, size);
	struct fuzz_line line = { .count = 0 };
	struct guest guest;
	bool begun;

	fuzz_begin();
	if (!handover) {
		handover = aligned_alloc(RT_CACHE_LINE, sizeof(*handover));
		FUZZ_CHECK(handover);
	}
	memset(handover, 0xee, sizeof(*handover));
	begun = fuzz_next_line(&text, &line);
	guest_begin(&guest, &line, handover);
	for (unsigned i = 0; begun && i < LINES_MAX; i++) {
		guest_do(&guest, &line);
		begun = fuzz_next_line(&text, &line);
	}
	fuzz_accepted = !guest.ring.broken;
	guest_end(&guest);
	return 0;
}

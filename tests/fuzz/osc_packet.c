/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OSC packets. Each is either refused as a whole, or liblo decodes each of its messages and encodes
 * it to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "osc/proto/packet.h"
#include "osc/proto/pattern.h"
#include "tests/fuzz/fuzz.h"

/* The check of one packet; the search for the next message's bytes starts at `at`. */
struct check {
	const uint8_t *data;
	size_t size, at;
	unsigned count;
	double sum;
};

/* The message must encode to the same bytes; without arguments, its type tags may be missing. */
static void check_encoding(struct check *check, const struct packet_message *message)
{
	size_t size = lo_message_length(message->lo, message->address);
	uint8_t *again = malloc(size);
	const uint8_t *found;

	FUZZ_CHECK(again);
	lo_message_serialise(message->lo, message->address, again, NULL);
	if (!message->count) {
		size = strlen(message->address) / 4 * 4 + 4;
	}
	found = memmem(check->data + check->at, check->size - check->at, again, size);
	FUZZ_CHECK(found);
	check->at = (size_t)(found - check->data) + size;
	free(again);
}

static void look(void *arg, const struct packet_message *message)
{
	struct check *check = arg;
	struct pattern pattern;
	double number;
	int32_t integer;

	check->count++;
	check_encoding(check, message);
	for (unsigned i = 0; i <= message->count; i++) {
		const char *text = packet_text(message, i);

		check->sum += text ? (double)strlen(text) : 0.0;
		check->sum += packet_number(message, i, &number) ? 0.0 : number;
		check->sum += packet_integer(message, i, &integer) ? 0.0 : integer;
	}
	if (!pattern_parse(&pattern, message->address)) {
		/* An address without wildcards matches itself. */
		FUZZ_CHECK(pattern_match(&pattern, message->address) || pattern.wildcards);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct check check = { .data = data, .size = size };
	int result;

	fuzz_begin();
	result = packet_each(data, size, look, &check);
	fuzz_accepted = result >= 0;
	FUZZ_CHECK(result < 0 ? check.count == 0 : check.count == (unsigned)result);
	return 0;
}

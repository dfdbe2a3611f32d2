/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of other hosts. The first line is the list, each other line an address. Loopback is
 * always in, a list that is refused changes nothing, and a network of all bits has one address.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "osc/server/allow.h"
#include "tests/fuzz/fuzz.h"

#define ADDRESSES_MAX 16u

/* Either family; false if the text is no address. */
static bool parse(const char *text, struct sockaddr_storage *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		address->ss_family = AF_INET;
		return true;
	}
	address->ss_family = AF_INET6;
	return inet_pton(AF_INET6, text, &in6->sin6_addr) == 1;
}

static void try(const struct allow *allow, const char *text)
{
	struct sockaddr_storage address;
	const struct sockaddr *any = (struct sockaddr *)&address;
	struct allow only = { .count = 0 }, all = { .count = 0 };

	if (!parse(text, &address)) {
		FUZZ_CHECK(allow_parse(&only, text) || !*text || strpbrk(text, " \t,/"));
		return;
	}
	FUZZ_CHECK(!allow_is_local(any) || allow_has(allow, any));
	FUZZ_CHECK(allow->count || allow_has(allow, any) == allow_is_local(any));
	FUZZ_CHECK(!allow_parse(&only, text) && only.count == 1 && allow_has(&only, any));
	FUZZ_CHECK(!allow_parse(&all, "0.0.0.0/0,::/0") && allow_has(&all, any));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_text text = fuzz_text(data, size);
	struct allow allow = { .count = 0 };
	char line[256];
	const char *wrong;

	fuzz_begin();
	if (!fuzz_next(&text, line, sizeof(line))) {
		return 0;
	}
	wrong = allow_parse(&allow, line);
	fuzz_accepted = !wrong;
	FUZZ_CHECK(allow.count <= ALLOW_COUNT_MAX && (!wrong || !allow.count));
	for (unsigned i = 0; i < allow.count; i++) {
		FUZZ_CHECK(allow.networks[i].bits <= 128);
	}
	for (unsigned i = 0; i < ADDRESSES_MAX && fuzz_next(&text, line, sizeof(line)); i++) {
		try(&allow, line);
	}
	return 0;
}

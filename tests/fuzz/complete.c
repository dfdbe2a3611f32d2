/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completing a card's configuration, over nodes as tests/fuzz/nodes.h reads them. A second pass
 * finds nothing to do; spelling for xl and for Linux again gives the same nodes; a write that fails
 * leaves everything as it was.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/fuzz/nodes.h"
#include "xen/complete.h"

static const struct bus_device device = {
	.domid = NODES_DOMID,
	.devid = NODES_DEVID,
	.backend = (char *)(uintptr_t)NODES_BACKEND,
	.frontend = (char *)(uintptr_t)NODES_FRONTEND,
};
static const struct probe_limits limits = { CARD_STREAMS_MAX, PCM_CHANNELS_MAX, 4u << 20 };

/* The nodes of a card whose lists are spelt, joined; for free(). */
static char *spelling_of(struct fake_store *store)
{
	static const char *const places[] = { "", "/0", "/0/0", "/0/1", "/1", "/1/0" };
	char *all = calloc(1, 16384), path[128];
	size_t length = 0;

	FUZZ_CHECK(all);
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *value;

		snprintf(path, sizeof(path), NODES_FRONTEND "%s/sample-formats", places[i]);
		value = fake_store_get(store, path);
		length += (size_t)snprintf(all + length, 16384 - length, "%s\n",
					   value ? value : "none");
	}
	return all;
}

static void expect_spelling(struct fake_store *store, char *before)
{
	char *now = spelling_of(store);

	/* Names differ from one another by more than their case. */
	FUZZ_CHECK(strcasecmp(now, before) == 0);
	free(now);
	free(before);
}

static int complete(struct fake_store *store, uint32_t jack_hz, bool resample)
{
	const struct complete_rates rates = { jack_hz, resample };

	return complete_card(&store->hv, &device, &rates, &limits);
}

static void respell(struct fake_store *store)
{
	char *for_linux = spelling_of(store), *for_xl;

	FUZZ_CHECK(complete_restore(&store->hv, &device) == 0);
	for_xl = spelling_of(store);
	FUZZ_CHECK(complete_restore(&store->hv, &device) == 0);
	expect_spelling(store, for_xl);
	FUZZ_CHECK(complete(store, 48000, false) == 0);
	expect_spelling(store, for_linux);
}

static void fail_writes(struct fake_store *store)
{
	char *before = spelling_of(store);

	store->write_error = -EACCES;
	(void)complete_restore(&store->hv, &device);
	(void)complete(store, 44100, true);
	store->write_error = 0;
	expect_spelling(store, before);
	store->conflicts = 3;
	FUZZ_CHECK(complete(store, 44100, true) == 0);
	store->conflicts = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake_store *store;
	unsigned begun;

	fuzz_begin();
	store = nodes_create(data, size);
	FUZZ_CHECK(complete(store, 48000, false) == 0);
	begun = store->begun;
	/* Nothing is left to write, so a conflict cannot matter. */
	store->conflicts = 100;
	FUZZ_CHECK(complete(store, 48000, false) == 0);
	FUZZ_CHECK(store->begun == begun + 1);
	store->conflicts = 0;
	complete_compare(&store->hv, &device, &(struct complete_rates){ 96000, false });
	complete_compare(&store->hv, &device, &(struct complete_rates){ 48000, true });
	respell(store);
	fail_writes(store);
	fake_store_destroy(store);
	fuzz_accepted = true;
	return 0;
}

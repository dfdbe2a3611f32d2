/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of cards: each has a name of its own, which follows from its guest alone if it can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/daemon/cards.h"
#include "xen/bus.h"

static struct cards cards;
static struct bus_device device;

static int tear_down(void **state)
{
	(void)state;
	cards_clear(&cards);
	return 0;
}

static struct cards_entry *join(const char *guest, uint32_t domid, uint32_t devid)
{
	struct card *card = card_create(1);
	struct cards_entry *entry;

	assert_non_null(card);
	card->domid = domid;
	card->devid = devid;
	snprintf(card->guest, sizeof(card->guest), "%s", guest);
	card_arrange(card);
	entry = cards_add(&cards, &device, card);
	assert_non_null(entry);
	assert_string_equal(card_guest(card), guest);
	return entry;
}

static void expect_name(const struct cards_entry *entry, const char *name)
{
	assert_string_equal(entry->card->name, name);
}

static void test_guests(void **state)
{
	(void)state;
	expect_name(join("mic/vm", 1, 0), "mic_vm~6c8e57a1e41d4fa9");
	expect_name(join("mic_vm", 2, 0), "mic_vm");
	expect_name(join("daw", 3, 1), "daw@1");
	expect_name(join("daw-1", 4, 0), "daw-1");
	expect_name(join("daw-in", 5, 0), "daw-in~dc586a3acac67253");
	expect_name(join("", 6, 0), "dom6");
	expect_name(join("", 7, 2), "dom7@2");
	expect_name(join("dom7", 8, 0), "dom7~52f6c0ccde1845c2");
}

/* Two domains of one name, as while one migrates: the later one is marked, card by card. */
static void test_twins(void **state)
{
	struct cards_entry *first = join("daw", 1, 0);

	(void)state;
	expect_name(first, "daw");
	expect_name(join("daw", 2, 0), "daw~2");
	expect_name(join("daw", 2, 1), "daw@1");
	expect_name(join("daw", 1, 1), "daw@1~2");
	expect_name(join("daw", 3, 0), "daw~3");
	/* One that is leaving keeps its name from nobody. */
	first->leaving = true;
	expect_name(join("daw", 4, 0), "daw");
	expect_name(join("daw~2", 5, 0), "daw_2~ea1997eaa3784b2f");
}

/* As many as there can be at once. */
static void test_many(void **state)
{
	const struct cards_entry *entry = NULL;

	(void)state;
	for (unsigned n = 1; n <= BUS_DEVICES_MAX; n++) {
		entry = join("mic/vm", n, UINT32_MAX);
	}
	expect_name(entry, "mic_vm~6c8e57a1e41d4fa9@4294967295~256");
}

static unsigned count_cards(void)
{
	unsigned count = 0;

	for (const struct cards_entry *entry = cards.entries; entry; entry = entry->next) {
		count++;
	}
	return count;
}

/* A card stays for as long as one of bus, io and jack uses it, and no longer. */
static void test_release(void **state)
{
	(void)state;
	for (unsigned users = 0; users < 8; users++) {
		struct cards_entry *entry = join("daw", 1, 0);

		entry->device = users & 1 ? &device : NULL;
		entry->in_io = users & 2;
		entry->in_jack = users & 4;
		cards_release(&cards, entry);
		assert_int_equal(count_cards(), users != 0);
		cards_clear(&cards);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_guests, tear_down),
		cmocka_unit_test_teardown(test_twins, tear_down),
		cmocka_unit_test_teardown(test_many, tear_down),
		cmocka_unit_test_teardown(test_release, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

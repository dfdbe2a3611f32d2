/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cards may join those that are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "src/daemon/card_limits.h"
#include "xen/bus.h"

#define CARDS_MAX 80u
/* Each stream maps its request ring and its event page; each page twice. */
#define PAGES_MAPPED(buffer) (2 * ((buffer) + 2))

static struct cards cards;
static struct bus_device devices[CARDS_MAX];
static unsigned count;
static struct card_limits limits;
static char line[LOG_LINE_MAX];
static unsigned lines;

static void keep_line(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	assert_int_equal(level, LOG_WARNING);
	snprintf(line, sizeof(line), "%s", text);
	lines++;
}

static int set_up(void **state)
{
	(void)state;
	memset(devices, 0, sizeof(devices));
	count = lines = 0;
	line[0] = '\0';
	limits = (struct card_limits){ 1000, 1000000, 1000000, 1000000 };
	log_set_level(LOG_DEBUG);
	log_set_sink(keep_line, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cards_clear(&cards);
	log_set_sink(NULL, NULL);
	return 0;
}

/* A card with two streams, whose first has one channel. */
static struct card *make(uint32_t domid, const char *guest, unsigned ports, uint32_t pages)
{
	struct card *card = card_create(2);

	assert_non_null(card);
	card->domid = devices[count].domid = domid;
	snprintf(card->guest, sizeof(card->guest), "%s", guest);
	card->streams[0].channels = 1;
	card->streams[1].channels = ports - 1;
	card->streams[0].buffer_bytes_max = HV_PAGE_SIZE;
	card->streams[1].buffer_bytes_max = (pages - 1) * HV_PAGE_SIZE;
	card_arrange(card);
	return card;
}

/* Whether the card of a guest is admitted; if so, it is there, in io and in jack. */
static struct cards_entry *join(uint32_t domid, const char *guest, unsigned ports, uint32_t pages)
{
	struct card *card = make(domid, guest, ports, pages);
	struct cards_entry *entry = NULL;

	assert_true(count < CARDS_MAX);
	if (card_limits_admit(&limits, &cards, &devices[count], card)) {
		entry = cards_add(&cards, &devices[count++], card);
		assert_non_null(entry);
		entry->in_io = entry->in_jack = true;
	} else {
		card_destroy(card);
	}
	return entry;
}

static void assert_logged(const char *text)
{
	assert_int_equal(lines, 1);
	assert_string_equal(line, text);
	lines = 0;
}

static void test_ports_of_a_guest(void **state)
{
	(void)state;
	limits.ports = 10;
	assert_non_null(join(3, "daw", 6, 2));
	assert_null(join(3, "daw", 5, 2));
	assert_logged("vsnd 3/0: refused: daw would have 11 JACK ports, more than the limit of 10: "
		      "see [limits] ports");
	assert_non_null(join(3, "daw", 4, 2));
	/* Another guest does not pay. */
	assert_non_null(join(4, "synth", 10, 2));
	assert_int_equal(lines, 0);
}

static void test_half_of_jacks_ports(void **state)
{
	(void)state;
	limits.ports = 64;
	limits.jack_ports = 100;
	assert_null(join(3, "daw", 51, 2));
	assert_logged("vsnd 3/0: refused: daw would have 51 JACK ports, more than the limit of 50: "
		      "see [jack] port-max");
	assert_non_null(join(3, "daw", 50, 2));
}

static void test_ports_of_all_guests(void **state)
{
	(void)state;
	limits.jack_ports = 80;
	assert_non_null(join(3, "daw", 40, 2));
	assert_null(join(4, "synth", 31, 2));
	assert_logged("vsnd 4/0: refused: all guests would have 71 JACK ports, more than the limit "
		      "of 70: see [jack] port-max");
	assert_non_null(join(4, "synth", 30, 2));
}

static void test_memory_of_a_guest(void **state)
{
	(void)state;
	limits.memory_kib = 40;
	assert_non_null(join(3, "daw", 2, 6));
	assert_null(join(3, "daw", 2, 5));
	assert_logged("vsnd 3/0: refused: daw would have 44 KiB of buffer, more than the limit of "
		      "40: see [limits] memory");
	assert_non_null(join(3, "daw", 2, 4));
	assert_non_null(join(4, "synth", 2, 10));
}

/* Two domains whose names JACK cannot tell apart are two guests. */
static void test_guests_of_one_name(void **state)
{
	(void)state;
	limits.ports = 10;
	assert_non_null(join(3, "a_b", 10, 2));
	assert_non_null(join(4, "a_b", 10, 2));
}

/* A part of a page is a page. */
static void test_parts_of_pages(void **state)
{
	struct card *card = make(3, "daw", 2, 5);

	(void)state;
	limits.memory_kib = 20;
	card->streams[0].buffer_bytes_max = 1;
	card->streams[1].buffer_bytes_max = 3 * HV_PAGE_SIZE + 1;
	assert_true(card_limits_admit(&limits, &cards, &devices[0], card));
	limits.memory_kib = 19;
	assert_false(card_limits_admit(&limits, &cards, &devices[0], card));
	/* The largest that a node can say. */
	card->streams[0].buffer_bytes_max = UINT32_MAX;
	limits.memory_kib = 4194304 + 15;
	assert_false(card_limits_admit(&limits, &cards, &devices[1], card));
	limits.memory_kib++;
	limits.mappings = UINT32_MAX;
	assert_true(card_limits_admit(&limits, &cards, &devices[1], card));
	card_destroy(card);
}

static void test_mappings_of_all_guests(void **state)
{
	unsigned two = PAGES_MAPPED(1) + PAGES_MAPPED(5);

	(void)state;
	limits.mappings = two * 2 * 4 / 3;
	assert_non_null(join(3, "daw", 2, 6));
	assert_null(join(4, "synth", 2, 7));
	assert_int_equal(lines, 1);
	assert_non_null(strstr(line, "refused: all guests would have "));
	assert_non_null(strstr(line, " mapped pages, more than the limit of "));
	assert_non_null(strstr(line, ": see [limits] mappings"));
	assert_non_null(join(4, "synth", 2, 6));
}

/* What is on its way out counts until it is out, but jack removes ports before it adds others. */
static void test_cards_that_leave(void **state)
{
	struct cards_entry *entry;

	(void)state;
	limits.ports = 10;
	limits.memory_kib = 40;
	entry = join(3, "daw", 10, 10);
	assert_non_null(entry);
	entry->leaving = true;
	assert_null(join(3, "daw", 10, 2));
	entry->in_io = false;
	assert_non_null(join(3, "daw", 10, 10));
}

static void test_logged_once(void **state)
{
	(void)state;
	limits.ports = limits.memory_kib = 10;
	for (unsigned i = 0; i < 100; i++) {
		assert_null(join(3, "daw", 11, 2));
	}
	assert_int_equal(lines, 1);
	for (unsigned i = 0; i < 100; i++) {
		assert_null(join(3, "daw", 2, 3));
	}
	assert_int_equal(lines, 2);
}

/* io has let it go, jack has not. */
static void linger(struct cards_entry *entry)
{
	assert_non_null(entry);
	entry->leaving = true;
	entry->in_io = false;
}

/* While jack hangs, a guest that reconnects piles up cards there. */
static void test_cards_that_linger(void **state)
{
	struct card *card;

	(void)state;
	for (unsigned i = 0; i < 4; i++) { /* CARD_LIMITS_LINGERING */
		linger(join(3, "daw", 2, 2));
	}
	assert_null(join(3, "daw", 2, 2));
	assert_logged("vsnd 3/0: refused: reconnects too often while JACK hangs");
	assert_null(join(3, "daw", 2, 2));
	assert_int_equal(lines, 0);
	assert_non_null(join(4, "synth", 2, 2));
	/* Its other card has not reconnected. */
	card = make(3, "daw", 2, 2);
	card->devid = 1;
	assert_true(card_limits_admit(&limits, &cards, &devices[count], card));
	card_destroy(card);
	cards.entries->next->in_jack = false;
	assert_non_null(join(3, "daw", 2, 2));
}

/* A guest that restarts has new domains, but not without end. */
static void test_guest_that_restarts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 64; i++) { /* CARD_LIMITS_LINGERING_GUEST */
		linger(join(3 + i, "daw", 2, 2));
	}
	assert_null(join(1000, "daw", 2, 2));
	assert_logged("vsnd 1000/0: refused: reconnects too often while JACK hangs");
	assert_non_null(join(1001, "synth", 2, 2));
	cards.entries->next->in_jack = false;
	assert_non_null(join(1000, "daw", 2, 2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ports_of_a_guest),	      TEST(half_of_jacks_ports), TEST(ports_of_all_guests),
		TEST(guests_of_one_name),     TEST(memory_of_a_guest),	 TEST(parts_of_pages),
		TEST(mappings_of_all_guests), TEST(cards_that_leave),	 TEST(logged_once),
		TEST(cards_that_linger),      TEST(guest_that_restarts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

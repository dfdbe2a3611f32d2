/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guests' cards and JACK clients are called: each form, that no two guests share one, and what
 * the ids of xenjack 0.1.0 mean. The hashes are OpenSSL's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/guest_name.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define X10 "xxxxxxxxxx"
#define X40 X10 X10 X10 X10
#define BIGGEST UINT32_MAX

static void test_forms(void **state)
{
	static const struct {
		struct guest_name_card card;
		const char *name;
	} rows[] = {
		{ { "daw", 3, 0, 1 }, "daw" },
		{ { "daw", 3, 1, 1 }, "daw@1" },
		{ { "daw", 3, 0, 2 }, "daw~2" },
		{ { "daw", 3, 1, 2 }, "daw@1~2" },
		{ { "daw-1", 3, 0, 1 }, "daw-1" },
		{ { "A.b_c-9", 3, 0, 1 }, "A.b_c-9" },
		{ { X40, 3, 0, 1 }, X40 },
		{ { X40, 3, BIGGEST, 256 }, X40 "@4294967295~256" },
		/* not fit for JACK */
		{ { "mic/vm", 3, 0, 1 }, "mic_vm~6c8e57a1e41d4fa9" },
		{ { "mic vm", 3, 0, 1 }, "mic_vm~a91cc9e0436cda78" },
		{ { "mic/vm", 3, 2, 3 }, "mic_vm~6c8e57a1e41d4fa9@2~3" },
		{ { "\xc3\xbc", 3, 0, 1 }, "__~6567d1e5fb3097c6" },
		{ { "vm 7", 3, 0, 1 }, "vm_7~02639bfc74d21044" },
		/* too long */
		{ { X40 "x", 3, 0, 1 }, X10 X10 "xxx~6406fc370a070f3a" },
		{ { X40 "y", 3, BIGGEST, 256 }, X10 X10 "xxx~4955439095a48d5e@4294967295~256" },
		/* could be taken for what we make */
		{ { "daw@1", 3, 0, 1 }, "daw_1~b09fc17eba855a37" },
		{ { "daw~2", 3, 0, 1 }, "daw_2~ea1997eaa3784b2f" },
		{ { "mic_vm~1", 3, 0, 1 }, "mic_vm_1~1ad8cc0f34c2e2ed" },
		{ { "daw-in", 3, 0, 1 }, "daw-in~dc586a3acac67253" },
		{ { "-in", 3, 0, 1 }, "-in~98bdb49781ea046c" },
		{ { "dom7", 3, 0, 1 }, "dom7~52f6c0ccde1845c2" },
		{ { "dom42949672960", 3, 0, 1 }, "dom42949672960~15b5119721a130d2" },
		/* but these could not */
		{ { "dom", 3, 0, 1 }, "dom" },
		{ { "dom7x", 3, 0, 1 }, "dom7x" },
		{ { "in", 3, 0, 1 }, "in" },
		{ { "daw-in-2", 3, 0, 1 }, "daw-in-2" },
		/* no name */
		{ { "", 7, 0, 1 }, "dom7" },
		{ { "", BIGGEST, 1, 2 }, "dom4294967295@1~2" },
	};
	char name[GUEST_NAME_CARD_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		guest_name_of_card(name, &rows[i].card);
		assert_string_equal(name, rows[i].name);
	}
	assert_true(guest_name_is_fit("daw"));
	assert_false(guest_name_is_fit(""));
	assert_false(guest_name_is_fit(X40 "x"));
}

/* What is served at most: the longest of all names still fits into JACK. */
static void test_longest(void **state)
{
	char guest[GUEST_NAME_MAX + 1], name[GUEST_NAME_CARD_MAX + 1];
	char client[GUEST_NAME_CLIENT_MAX + 1];

	(void)state;
	memset(guest, '/', GUEST_NAME_MAX);
	guest[GUEST_NAME_MAX] = '\0';
	guest_name_of_card(name, &(struct guest_name_card){ guest, 3, BIGGEST, 256 });
	assert_int_equal(strlen(name), GUEST_NAME_CARD_MAX);
	guest_name_of_client(client, name, true, 99);
	assert_int_equal(strlen(client), GUEST_NAME_CLIENT_MAX);
	assert_string_equal(client + GUEST_NAME_CARD_MAX, "-in~99");
	assert_true(strlen(client) <= 63);
	guest_name_of_client(client, "daw@1", false, 1);
	assert_string_equal(client, "daw@1");
	guest_name_of_client(client, "daw@1", true, 2);
	assert_string_equal(client, "daw@1-in~2");
}

/* Guests that xenjack 0.1.0 took for one another, or whose names look like made ones. */
static const char *const guests[] = {
	"mic_vm",
	"mic/vm",
	"mic vm",
	"mic:vm",
	"mic-vm",
	"mic_vm~6c8e57a1e41d4fa9",
	"mic_vm_6c8e57a1e41d4fa9",
	"daw",
	"Daw",
	"daw ",
	"daw.",
	"daw.main",
	"daw-1",
	"daw-2",
	"daw@1",
	"daw@1-in",
	"daw@1~2",
	"daw_1",
	"daw~2",
	"daw~2-in",
	"daw-in",
	"daw-in-in",
	"daw-in~dc586a3acac67253",
	"daw-1-in",
	"dom3",
	"dom4",
	"dom03",
	"dom3@1",
	X40,
	X40 "x",
	X40 "y",
	X40 X40,
	X10 X10 "xxx",
	"-in",
	"~",
	"@",
	"\xff",
	"\xfe",
	"\n",
};

/* Every card that these guests could have, in every state. */
static struct guest_name_card card_of(unsigned n)
{
	static const uint32_t devids[] = { 0, 1, 2, 10, 63, BIGGEST };
	static const unsigned twins[] = { 1, 2, 3, 256 };
	struct guest_name_card card = {
		.domid = 3 + n % 2,
		.devid = devids[n / 2 % COUNT(devids)],
		.twin = twins[n / 2 / COUNT(devids) % COUNT(twins)],
	};
	unsigned guest = n / 2 / COUNT(devids) / COUNT(twins);

	/* Past the end: two domains without a name. */
	card.guest = guest < COUNT(guests) ? guests[guest] : "";
	return card;
}

#define CARDS ((unsigned)(COUNT(guests) + 1) * 4 * 6 * 2)

static bool is_same(const struct guest_name_card *a, const struct guest_name_card *b)
{
	return strcmp(a->guest, b->guest) == 0 && a->devid == b->devid && a->twin == b->twin &&
	       (*a->guest || a->domid == b->domid);
}

static void test_collisions(void **state)
{
	static char names[CARDS][2][GUEST_NAME_CLIENT_MAX + 1];
	unsigned pairs = 0;

	(void)state;
	for (unsigned i = 0; i < CARDS; i++) {
		struct guest_name_card card = card_of(i);
		char name[GUEST_NAME_CARD_MAX + 1];

		guest_name_of_card(name, &card);
		guest_name_of_client(names[i][0], name, false, 1);
		guest_name_of_client(names[i][1], name, true, 1);
		assert_string_equal(names[i][0], name);
	}
	for (unsigned i = 0; i < CARDS; i++) {
		struct guest_name_card card = card_of(i);

		for (unsigned k = 0; k < CARDS; k++) {
			struct guest_name_card other = card_of(k);
			bool same = is_same(&card, &other);

			/* Playback with playback, and nobody's playback with anybody's capture. */
			assert_int_equal(strcmp(names[i][0], names[k][0]) == 0, same);
			assert_int_equal(strcmp(names[i][1], names[k][1]) == 0, same);
			assert_string_not_equal(names[i][0], names[k][1]);
			pairs += !same;
		}
	}
	assert_true(pairs > CARDS);
}

static void test_of_nameless(void **state)
{
	static const char *const yes[] = {
		"dom7.main",	 "dom0.main_1",	    "dom4294967295@63.a",
		"dom7@1~2.main", "dom7~256.main_1", "dom7@4294967295.x"
	};
	static const char *const no[] = {
		"daw.main",
		"dom.main",
		"dom7x.main",
		"dom7.x.main",
		"dom7~52f6c0ccde1845c2.in",
		"dom7",
		"dom7~1234.main",
		"dom7@.main",
		"dom7@1",
		"system:dom7.a",
		"dom7@12345678901.a",
		"",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++) {
		assert_true(guest_name_is_of_nameless(yes[i]));
	}
	for (size_t i = 0; i < COUNT(no); i++) {
		assert_false(guest_name_is_of_nameless(no[i]));
	}
}

/* All meanings of an old id, each followed by a blank. */
static const char *meanings(const char *id)
{
	static char all[4 * (GUEST_NAME_ID_MAX + 2)];
	char now[GUEST_NAME_ID_MAX + 1];

	all[0] = '\0';
	for (unsigned n = 0; guest_name_of_old(now, id, n); n++) {
		assert_true(n < 4);
		strcat(strcat(all, now), " ");
	}
	return all;
}

static void test_old(void **state)
{
	static const struct {
		const char *id, *now;
	} rows[] = {
		{ "daw.main", "daw.main " },
		{ "daw.main_1", "daw.main_1 " },
		{ "a.b.main_1", "a.b.main_1 " },
		/* a guest of this name, or a card */
		{ "daw-1.main_1", "daw-1.main_1 daw@1.main_1 " },
		{ "daw-63.pcm0-0_2", "daw-63.pcm0-0_2 daw@63.pcm0-0_2 " },
		{ "a-2-1.main", "a-2-1.main a-2@1.main " },
		{ "a.b-1.main", "a.b-1.main a.b@1.main " },
		{ "daw-64.main", "daw-64.main " },
		{ "daw-4294967297.main", "daw-4294967297.main " },
		{ "daw-0.main", "daw-0.main " },
		{ "daw-01.main", "daw-01.main " },
		{ "daw-.main", "daw-.main " },
		{ "daw-100.main", "daw-100.main " },
		{ "daw-1a.main", "daw-1a.main " },
		{ "-1.main", "-1.main " },
		/* names that are marked now */
		{ "plug-in.main_1", "plug-in~4267d3714914522a.main_1 " },
		{ "plug-in-1.main_1", "plug-in-1.main_1 plug-in~4267d3714914522a@1.main_1 " },
		{ "dom1.main", "dom1.main dom1~9dc3152dfe938fe7.main " },
		{ "dom1-2.main", "dom1-2.main dom1@2.main dom1~9dc3152dfe938fe7@2.main " },
		{ X40 "-1.main", X40 "-1.main " X40 "@1.main " },
		/* none of 0.1.0's */
		{ X40 "x-1.main", X40 "x-1.main " },
		{ "system:playback_1", "system:playback_1 " },
		{ "odd:daw-1.main_1", "odd:daw-1.main_1 " },
		{ "daw@1.main_1", "daw@1.main_1 " },
		{ "mic/vm-1.main_1", "mic/vm-1.main_1 " },
		{ "daw-1", "daw-1 " },
		{ ".main", ".main " },
		{ "", " " },
	};
	char longest[GUEST_NAME_ID_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(meanings(rows[i].id), rows[i].now);
	}
	memset(longest, 'x', GUEST_NAME_ID_MAX);
	longest[GUEST_NAME_ID_MAX] = '\0';
	for (unsigned dot = 30; dot < GUEST_NAME_ID_MAX; dot++) {
		memcpy(longest + dot - 4, "-1.", 3);
		assert_int_equal(strncmp(meanings(longest), longest, GUEST_NAME_ID_MAX), 0);
		memcpy(longest + dot - 4, "xxx", 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),	   cmocka_unit_test(test_longest),
		cmocka_unit_test(test_collisions), cmocka_unit_test(test_of_nameless),
		cmocka_unit_test(test_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

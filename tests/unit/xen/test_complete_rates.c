/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates that are filled in, renewed, left alone, and compared with JACK's. */
#include <string.h>

#include "tests/unit/xen/complete_fixture.h"

/* Linux would ignore a list of rates that it does not know, and choose for itself. */
static void test_rate_without_a_name(void **state)
{
	(void)state;
	complete(88200);
	expect("sample-rates", NULL);
	expect("channels-max", "2");
}

/* With the resampler: all its rates, whatever JACK's is. */
static void test_all_rates(void **state)
{
	(void)state;
	resample = true;
	complete(88200);
	expect("sample-rates",
	       "5512,8000,11025,16000,22050,32000,44100,48000,64000,96000,176400,192000");
	compare(88200);
	assert_int_equal(warnings, 0);
	set("0/sample-rates", "24000,88200");
	compare(88200);
	assert_int_equal(warnings, 0);
	set("0/sample-rates", "24000,32000");
	compare(88200);
	assert_int_equal(warnings, 0);
	set("0/sample-rates", "24000,50000");
	compare(88200);
	assert_int_equal(warnings, 1);
	resample = false;
	set("0/sample-rates", "24000,32000");
	compare(48000);
	assert_int_equal(warnings, 1);
}

/* Rates that we filled in are renewed whenever a front end may read them; others are left alone. */
static void test_our_rates_are_renewed(void **state)
{
	static const char *const states[] = { "1", "3", "4", "5", "6", "", "11" };

	(void)state;
	complete(48000);
	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		set("state", states[i]);
		complete(i % 2 ? 48000 : 44100);
		expect("sample-rates", i % 2 ? "48000" : "44100");
	}
	fake_store_remove(store, FE "/buffer-size");
	set("state", "4");
	complete(24000);
	/* Linux does not know this rate: as good as none. */
	expect("sample-rates", "24000");
	complete(48000);
	expect("sample-rates", "48000");
	expect("buffer-size", NULL);
	resample = true;
	complete(48000);
	resample = false;
	assert_non_null(strstr(fake_store_get(store, FE "/sample-rates"), "44100,48000"));
	assert_int_equal(error, 0);
}

static void test_others_rates_stay(void **state)
{
	(void)state;
	set("sample-rates", "44100");
	complete(48000);
	complete(96000);
	expect("sample-rates", "44100");
	assert_null(fake_store_get(store, BE "/sample-rates"));
	/* Somebody replaced our rates. */
	fake_store_remove(store, FE "/sample-rates");
	complete(48000);
	set("sample-rates", "32000");
	complete(96000);
	expect("sample-rates", "32000");
	/* A directory that was created anew. */
	set("sample-rates", "48000");
	fake_store_remove(store, BE);
	complete(96000);
	expect("sample-rates", "48000");
}

/* The driver has read the rates that we filled in: it must read them again. */
static void test_compare_our_rates(void **state)
{
	(void)state;
	complete(48000);
	compare(48000);
	assert_int_equal(warnings, 0);
	compare(44100);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(warning, "reconnects"));
	fake_store_remove(store, BE);
	compare(44100);
	assert_int_equal(warnings, 1);
	assert_null(strstr(warning, "reconnects"));
}

static void test_compare(void **state)
{
	(void)state;
	compare(48000);
	assert_int_equal(warnings, 0);
	set("sample-rates", "44100,48000");
	compare(48000);
	assert_int_equal(warnings, 0);
	compare(4800);
	assert_int_equal(warnings, 1);
	compare(96000);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(warning, "44100,48000"));
	assert_non_null(strstr(warning, "96000"));
	/* One line per card, about the first level that differs. */
	set("0/0/sample-rates", "32000");
	set("0/1/sample-rates", "22050");
	compare(48000);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(warning, "32000"));
	assert_int_equal(store->begun, 0);
}

/* The guest can write the list: the line is still one, in ASCII, and complete. */
static void test_compare_hostile_list(void **state)
{
	char list[100];

	(void)state;
	memset(list, '\x9b', sizeof(list));
	memcpy(list, "1\n2\x1b[2J", 7);
	list[sizeof(list) - 1] = '\0';
	set("sample-rates", list);
	compare(48000);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(warning, "1\\x0a2\\x1b[2J\\x9b\\x9b"));
	assert_non_null(strstr(warning, "JACK runs at 48000 Hz: the guest cannot open it"));
}

static void test_compare_unknown_rates(void **state)
{
	(void)state;
	compare(88200);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(warning, "88200"));
	/* Without configured rates, Linux accepts any rate up to 48000. */
	compare(24000);
	assert_int_equal(warnings, 0);
	compare(192000);
	assert_int_equal(warnings, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		COMPLETE(test_rate_without_a_name),   COMPLETE(test_all_rates),
		COMPLETE(test_our_rates_are_renewed), COMPLETE(test_others_rates_stay),
		COMPLETE(test_compare_our_rates),     COMPLETE(test_compare),
		COMPLETE(test_compare_hostile_list),  COMPLETE(test_compare_unknown_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completing configurations that a toolstack left incomplete: what is written, and when nothing is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/xen/complete_fixture.h"

/* Whether a list has an entry. */
static bool has(const char *list, const char *entry)
{
	char wanted[40], whole[520];

	snprintf(wanted, sizeof(wanted), ",%s,", entry);
	snprintf(whole, sizeof(whole), ",%s,", list);
	return strstr(whole, wanted);
}

/* --- missing nodes */

static void test_lazy(void **state)
{
	(void)state;
	complete(44100);
	expect("sample-rates", "44100");
	expect("channels-max", "2");
	expect("buffer-size", "524288");
	expect("state", "1");
	expect("0/sample-rates", NULL);
	expect("0/0/channels-max", NULL);
	assert_int_equal(warnings, 0);
	assert_int_equal(store->begun, 1);
	/* Done once: the next daemon has nothing to do. */
	store->write_error = -EIO;
	complete(44100);
	expect("sample-rates", "44100");
	assert_int_equal(error, 0);
	assert_int_equal(warnings, 0);
}

static void test_formats(void **state)
{
	const char *list;

	(void)state;
	complete(48000);
	list = fake_store_get(store, FE "/sample-formats");
	assert_non_null(list);
	assert_memory_equal(list, "s32_le,float_le,s24_le,s16_le", 29);
	for (unsigned i = 0; i < PCM_FORMATS; i++) {
		assert_true(has(list, pcm_name((enum pcm_format)i)));
		/* Linux cuts an entry at 24 bytes. */
		assert_true(strlen(pcm_name((enum pcm_format)i)) < 24);
	}
	assert_true(strlen(list) < 512);
	assert_false(has(list, "unknown"));
}

static void test_what_is_there_stays(void **state)
{
	(void)state;
	set("sample-rates", "44100,48000");
	set("sample-formats", "u8");
	set("buffer-size", "8192");
	complete(96000);
	expect("sample-rates", "44100,48000");
	expect("sample-formats", "u8");
	expect("buffer-size", "8192");
	expect("channels-max", "2");
}

/* The buffer is large enough for the widest stream, on whatever level its width is configured. */
static void test_buffer_of_wide_streams(void **state)
{
	(void)state;
	set("0/1/channels-max", "8");
	set("0/0/channels-max", "nonsense");
	complete(48000);
	expect("channels-max", "2");
	expect("buffer-size", "2097152");
}

static void test_limits(void **state)
{
	(void)state;
	limits = (struct probe_limits){ 2, 1, 10000 };
	set("0/channels-max", "255");
	complete(48000);
	expect("channels-max", "1");
	expect("buffer-size", "10000");
}

/* --- xl's spelling */

/* Rewritten and restored each time the front end reads it; each only once. */
static void test_floats(void **state)
{
	(void)state;
	set("sample-formats", "f32_le,s16_le,f32_be");
	set("0/sample-formats", "F64_LE");
	set("0/0/sample-formats", "s8,f64_be");
	set("0/1/sample-formats", "xf32_le,f32_le ,float_le,s16_le");
	for (unsigned i = 0; i < 4; i++) {
		complete(48000);
		assert_int_equal(error, 0);
		expect("sample-formats", "float_le,s16_le,float_be");
		expect("0/sample-formats", "float64_le");
		expect("0/0/sample-formats", "s8,float64_be");
		expect("0/1/sample-formats", "xf32_le,f32_le ,float_le,s16_le");
		restore();
		assert_int_equal(error, 0);
		expect("sample-formats", "f32_le,s16_le,f32_be");
		expect("0/sample-formats", "f64_le");
		expect("0/0/sample-formats", "s8,f64_be");
		expect("0/1/sample-formats", "xf32_le,f32_le ,f32_le,s16_le");
		set("0/1/sample-formats", "xf32_le,f32_le ,float_le,s16_le");
	}
	assert_int_equal(store->begun, 8);
}

static void test_nothing_to_respell(void **state)
{
	(void)state;
	set("0/sample-formats", "f32_le");
	complete(48000);
	store->write_error = -EIO;
	complete(48000);
	assert_int_equal(error, 0);
	store->write_error = 0;
	restore();
	store->write_error = -EIO;
	restore();
	assert_int_equal(error, 0);
	expect("0/sample-formats", "f32_le");
}

/* The list of formats we fill in has only xl's names after the front end has read it. */
static void test_lazy_floats(void **state)
{
	const char *list;

	(void)state;
	complete(48000);
	set("state", "4");
	restore();
	list = fake_store_get(store, FE "/sample-formats");
	assert_memory_equal(list, "s32_le,f32_le,s24_le,s16_le", 27);
	assert_true(has(list, "f32_be") && has(list, "f64_le") && has(list, "f64_be"));
	assert_null(strstr(list, "float"));
	assert_true(has(list, "iec958_subframe_le") && has(list, "mu_law"));
}

/* Enumeration ends at the first gap, as in the front end, and at eight. */
static void test_floats_behind_gaps(void **state)
{
	(void)state;
	set("0/3/sample-formats", "f32_le");
	set("2/0/sample-formats", "f32_le");
	complete(48000);
	expect("0/3/sample-formats", "f32_le");
	expect("2/0/sample-formats", "f32_le");
	set("0/3/sample-formats", "float_le");
	restore();
	expect("0/3/sample-formats", "float_le");
}

/* A list is respelled only if both spellings are shorter than 512 bytes. */
static void test_long_lists(void **state)
{
	char xl[2045] = "", linux[4096] = "";

	(void)state;
	for (unsigned i = 0; strlen(xl) + 7 < sizeof(xl); i++) {
		strcat(xl, i ? ",f64_le" : "f64_le");
		strcat(linux, i ? ",float64_le" : "float64_le");
		set("sample-formats", xl);
		complete(48000);
		expect("sample-formats", strlen(linux) < 512 ? linux : xl);
		restore();
		expect("sample-formats", xl);
		set("sample-formats", linux);
		restore();
		expect("sample-formats", strlen(linux) < 512 ? xl : linux);
	}
	assert_true(strlen(xl) > 2030);
}

/* --- when */

/* A running guest's card is not completed, but its formats are rewritten if it may read them again.
 */
static void test_filled_only_while_initialising(void **state)
{
	static const char *const states[] = { "2", "3", "4", "5", "6", "", "11", "x" };

	(void)state;
	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		set("sample-formats", "f32_le");
		set("state", states[i]);
		complete(48000);
		expect("sample-formats", "float_le");
		expect("sample-rates", NULL);
		restore();
		expect("sample-formats", "f32_le");
		expect("sample-rates", NULL);
	}
	fake_store_remove(store, FE);
	complete(48000);
	assert_int_equal(error, 0);
	restore();
	assert_int_equal(error, 0);
	assert_null(fake_store_get(store, FE));
	assert_int_equal(warnings, 0);
}

/* The guest starts while we read: the first attempt's nodes are not written. */
static void run_guest(struct fake_store *fake)
{
	fake_store_set(fake, FE "/state", "3");
}

static void test_guest_starts_meanwhile(void **state)
{
	(void)state;
	store->at_begin = run_guest;
	complete(48000);
	expect("sample-rates", NULL);
}

static void test_conflicts(void **state)
{
	(void)state;
	set("sample-formats", "f32_le");
	store->conflicts = 3;
	complete(48000);
	expect("sample-rates", "48000");
	expect("sample-formats", "float_le");
	assert_int_equal(store->begun, 4);
	assert_int_equal(error, 0);
	store->conflicts = 3;
	restore();
	expect("sample-formats", "f32_le");
	assert_int_equal(store->begun, 8);
	assert_int_equal(error, 0);
}

static void test_endless_conflicts(void **state)
{
	(void)state;
	store->conflicts = 1000;
	complete(48000);
	expect("sample-rates", NULL);
	assert_int_equal(store->begun, 8);
	assert_int_equal(error, -EAGAIN);
	set("sample-formats", "float_le");
	restore();
	expect("sample-formats", "float_le");
	assert_int_equal(store->begun, 16);
	assert_int_equal(error, -EAGAIN);
}

/* A back end in a driver domain may only read these nodes. */
static void test_read_only(void **state)
{
	(void)state;
	store->write_error = -EACCES;
	complete(48000);
	expect("sample-rates", NULL);
	assert_int_equal(error, -EACCES);
	assert_int_equal(store->begun, 1);
	/* Nothing to write: not an error. */
	restore();
	assert_int_equal(error, 0);
}

static void test_store_fails(void **state)
{
	(void)state;
	store->read_errno = EIO;
	complete(48000);
	assert_int_equal(error, -EIO);
	restore();
	assert_int_equal(error, -EIO);
	assert_int_equal(store->begun, 2);
	assert_false(store->in_transaction);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		COMPLETE(test_lazy),
		COMPLETE(test_formats),
		COMPLETE(test_what_is_there_stays),
		COMPLETE(test_buffer_of_wide_streams),
		COMPLETE(test_limits),
		COMPLETE(test_floats),
		COMPLETE(test_nothing_to_respell),
		COMPLETE(test_lazy_floats),
		COMPLETE(test_floats_behind_gaps),
		COMPLETE(test_long_lists),
		COMPLETE(test_filled_only_while_initialising),
		COMPLETE(test_guest_starts_meanwhile),
		COMPLETE(test_conflicts),
		COMPLETE(test_endless_conflicts),
		COMPLETE(test_read_only),
		COMPLETE(test_store_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator's levels: the amplitude they give, and a stream's gain from it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "src/sound/gain.h"

static float at(const struct fader *fader, uint32_t channel)
{
	return atomic_load(&((struct fader *)(uintptr_t)fader)->amplitudes.channels[channel]);
}

static void assert_near(float a, float b)
{
	assert_true(fabsf(a - b) <= 1e-5f * fmaxf(1.0f, fabsf(b)));
}

static void test_levels(void **state)
{
	struct fader fader;

	(void)state;
	fader_init(&fader, 2);
	assert_true(at(&fader, 0) == 1.0f && at(&fader, 1) == 1.0f);
	fader_set_gain(&fader, -6.0f);
	fader_set_trim(&fader, 1, -20.0f);
	assert_near(at(&fader, 0), 0.501187f);
	assert_near(at(&fader, 1), 0.0501187f);
	fader_set_gain(&fader, 1000.0f);
	assert_true(fader.gain_db == FADER_DB_MAX);
	fader_set_gain(&fader, FADER_DB_MIN);
	assert_true(at(&fader, 0) == 0.0f);
	fader_set_gain(&fader, NAN);
	assert_true(fader.gain_db == FADER_DB_MIN && at(&fader, 0) == 0.0f);
	fader_set_gain(&fader, 0.0f);
	fader_set_trim(&fader, 1, -0.0f);
	assert_true(at(&fader, 0) == 1.0f && at(&fader, 1) == 1.0f);
}

static void test_mute_and_solo(void **state)
{
	struct fader fader;

	(void)state;
	fader_init(&fader, 1);
	fader_set_gain(&fader, -6.0f);
	fader_set_muted(&fader, true);
	assert_true(at(&fader, 0) == 0.0f && fader.gain_db == -6.0f);
	fader_set_gain(&fader, 0.0f);
	assert_true(at(&fader, 0) == 0.0f);
	fader_set_muted(&fader, false);
	assert_true(at(&fader, 0) == 1.0f);
	fader_set_solo(&fader, false, true);
	assert_true(at(&fader, 0) == 0.0f);
	fader_set_solo(&fader, true, true);
	assert_true(at(&fader, 0) == 1.0f);
	/* Solo does not undo a mute. */
	fader_set_muted(&fader, true);
	assert_true(at(&fader, 0) == 0.0f);
}

/* What is set for the guest multiplies with the stream's own levels, and outlives their change. */
static void test_of_the_guest(void **state)
{
	const float trims_db[] = { 0.0f, -20.0f };
	struct fader fader;

	(void)state;
	fader_init(&fader, 2);
	fader_set_guest(&fader, -6.0f, false);
	assert_near(at(&fader, 0), 0.501187f);
	fader_set_gain(&fader, 6.0f);
	fader_set_trim(&fader, 1, -20.0f);
	assert_near(at(&fader, 0), 1.0f);
	assert_near(at(&fader, 1), 0.1f);
	fader_set_levels(&fader, 0.0f, trims_db, false);
	assert_near(at(&fader, 1), 0.0501187f);
	fader_set_guest(&fader, 0.0f, true);
	assert_true(at(&fader, 0) == 0.0f && at(&fader, 1) == 0.0f);
	fader_set_muted(&fader, false);
	fader_set_solo(&fader, true, true);
	assert_true(at(&fader, 0) == 0.0f);
	fader_set_guest(&fader, 0.0f, false);
	fader_set_trim(&fader, 1, 0.0f);
	assert_true(at(&fader, 0) == 1.0f && at(&fader, 1) == 1.0f);
	fader_set_guest(&fader, NAN, false);
	assert_true(at(&fader, 0) == 0.0f && fader.guest_db == FADER_DB_MIN);
	fader_set_guest(&fader, 99.0f, false);
	assert_true(fader.guest_db == FADER_DB_MAX);
}

/* The corners of the X32's own table, and conversion there and back. */
static void test_way(void **state)
{
	static const struct {
		float position, db;
	} corners[] = { { 1.0f, 10.0f },   { 0.75f, 0.0f },	{ 0.5f, -10.0f },
			{ 0.25f, -30.0f }, { 0.0625f, -60.0f }, { 0.03125f, -75.0f } };

	(void)state;
	for (unsigned i = 0; i < sizeof(corners) / sizeof(*corners); i++) {
		assert_near(fader_db_of_position(corners[i].position), corners[i].db);
		assert_near(fader_position_of_db(corners[i].db), corners[i].position);
	}
	assert_true(fader_db_of_position(0.0f) == FADER_DB_MIN);
	assert_true(fader_db_of_position(NAN) == FADER_DB_MIN);
	assert_true(fader_db_of_position(7.0f) == FADER_DB_MAX);
	assert_true(fader_position_of_db(FADER_DB_MIN) == 0.0f);
	assert_true(fader_position_of_db(99.0f) == 1.0f);
	for (unsigned i = 1; i <= 1024; i++) {
		float position = (float)i / 1024.0f;

		assert_near(fader_position_of_db(fader_db_of_position(position)), position);
		assert_true(fader_db_of_position(position) >
			    fader_db_of_position(position - 1.0f / 1024.0f));
	}
}

/* The guest's volume and the operator's level multiply; neither overrides the other. */
static void test_beside_the_guest(void **state)
{
	struct fader fader;
	struct gain gain;
	int32_t volume[2] = { -6000, -6000 };
	float sound[2][2] = { { 1.0f, 1.0f }, { 1.0f, 1.0f } };
	float *const places[2] = { sound[0], sound[1] };

	(void)state;
	fader_init(&fader, 2);
	fader_set_gain(&fader, -6.0f);
	gain_init(&gain, 2);
	gain_set_volume(&gain, volume);
	gain_set_level(&gain, &fader);
	gain_settle(&gain);
	gain_scale(&gain, places, (const float *const *)places, 0, 2);
	assert_near(sound[0][0], 0.251189f);
	gain_get_volume(&gain, volume);
	assert_int_equal(volume[0], -6000);
	fader_set_gain(&fader, 6.0f);
	gain_set_level(&gain, &fader);
	gain_settle(&gain);
	sound[0][0] = sound[1][0] = 1.0f;
	gain_scale(&gain, places, (const float *const *)places, 0, 1);
	assert_near(sound[1][0], 1.0f);
	/* A level of 0 dB costs nothing. */
	fader_set_gain(&fader, 0.0f);
	gain_set_level(&gain, &fader);
	gain_set_volume(&gain, (const int32_t[]){ 0, 0 });
	gain_settle(&gain);
	assert_false(gain_active(&gain));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),		 cmocka_unit_test(test_mute_and_solo),
		cmocka_unit_test(test_of_the_guest),	 cmocka_unit_test(test_way),
		cmocka_unit_test(test_beside_the_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the desk remembers, and states that users name. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/statefile.h"
#include "tests/unit/desk_fixture.h"

static char path[] = "/tmp/xenjack-desk.XXXXXX";

static int remove_one(const char *file, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)status;
	(void)kind;
	(void)ftw;
	return remove(file);
}

static int open_directory(void **state)
{
	(void)state;
	return mkdtemp(path) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* What was set of a stream is there again when its guest is, or the next daemon. */
static void test_memory(void **state)
{
	int dir = statefile_open(path);
	struct card *card = make_card("daw");
	struct desk desk, next;

	(void)state;
	assert_true(dir >= 0);
	open_desk(&desk);
	assert_int_equal(desk_load(&desk, dir), 0);
	assert_int_equal(desk_add(&desk, card), 0);
	assert_false(desk.unsaved);
	desk_set_gain(&desk, desk_find(&desk, &card->slots[0]), -12.5f);
	desk_set_trim(&desk, desk_find(&desk, &card->slots[0]), 1, -193.0f);
	desk_set_muted(&desk, desk_find(&desk, &card->slots[2]), true);
	desk_set_solo(&desk, desk_find(&desk, &card->slots[0]), true);
	assert_true(desk.unsaved);
	desk_remove(&desk, card);
	card_destroy(card);
	card = make_card("daw");
	assert_int_equal(desk_add(&desk, card), 0);
	assert_true(card->slots[0].strip.fader.gain_db == -12.5f);
	assert_int_equal(desk_save(&desk, dir), 0);
	assert_false(desk.unsaved);
	desk_finish(&desk);
	card_destroy(card);

	card = make_card("daw");
	open_desk(&next);
	assert_int_equal(desk_load(&next, dir), 0);
	assert_int_equal(desk_add(&next, card), 0);
	assert_true(card->slots[0].strip.fader.gain_db == -12.5f);
	assert_true(card->slots[0].strip.fader.trim_db[0] == 0.0f);
	assert_true(card->slots[0].strip.fader.trim_db[1] == FADER_DB_MIN);
	assert_false(card->slots[0].strip.fader.muted);
	assert_true(card->slots[2].strip.fader.muted);
	assert_true(amplitude(desk_find(&next, &card->slots[2])) == 0.0f);
	assert_true(amplitude(desk_find(&next, &card->slots[1])) == 1.0f);
	/* Read again: what is not in the file is at its default again, and the rest as it is there.
	 */
	desk_set_gain(&next, desk_find(&next, &card->slots[0]), 3.0f);
	desk_set_muted(&next, desk_find(&next, &card->slots[1]), true);
	seen.text[0] = '\0';
	assert_int_equal(desk_reload(&next, dir, NULL), 0);
	assert_string_equal(seen.text, "~daw.click ~daw.main ");
	assert_true(card->slots[0].strip.fader.gain_db == -12.5f);
	assert_true(amplitude(desk_find(&next, &card->slots[1])) == 1.0f);
	assert_false(next.unsaved);
	/* Solo is of the moment. */
	assert_int_equal(next.solos, 0);
	desk_finish(&next);
	card_destroy(card);
	statefile_close(dir);
}

/* Files that somebody else has written: nothing of them is taken, and they are kept. */
static void test_damaged_memory(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{\"version\": 2, \"streams\": {}}",
		"{\"version\": 1, \"streams\": []}",
		"{\"version\": 1, \"streams\": {\"a.b\": 1}}",
		"{\"version\": 1, \"streams\": {\"a.b\": {\"gain\": 99, \"muted\": false, "
		"\"trims\": []}}}",
		"{\"version\": 1, \"streams\": {\"a.b\": {\"gain\": 0, \"muted\": 3, "
		"\"trims\": []}}}",
		"{\"version\": 1, \"streams\": {\"daw.main\": {\"gain\": -3, \"muted\": false, "
		"\"trims\": []}, \"a.b\": {\"gain\": 0, \"muted\": false, \"trims\": [null]}}}",
	};
	int dir = statefile_open(path);

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct card *card = make_card("daw");
		FILE *file;
		struct desk desk;
		int fd = openat(dir, "levels.json", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		file = fdopen(fd, "w");
		fputs(texts[i], file);
		fclose(file);
		open_desk(&desk);
		assert_int_equal(desk_load(&desk, dir), -EBADMSG);
		assert_int_equal(desk_add(&desk, card), 0);
		assert_true(card->slots[0].strip.fader.gain_db == 0.0f);
		assert_int_equal(faccessat(dir, "levels.json", F_OK, 0), -1);
		assert_int_equal(faccessat(dir, "levels.json.damaged", F_OK, 0), 0);
		desk_finish(&desk);
		card_destroy(card);
	}
	statefile_close(dir);
}

/* A state that is named has its own file; loaded, it is what is remembered from then on. */
static void test_states(void **state)
{
	int dir = statefile_open(path);
	struct card *card = make_card("daw");
	const struct fader *main_fader = &card->slots[0].strip.fader;
	struct desk desk;
	int fd;

	(void)state;
	open_desk(&desk);
	assert_int_equal(desk_add(&desk, card), 0);
	desk_set_gain(&desk, desk_find(&desk, &card->slots[0]), -20.0f);
	assert_int_equal(desk_save(&desk, dir), 0);
	assert_int_equal(desk_save_state(&desk, dir, "evening"), 0);
	desk_set_gain(&desk, desk_find(&desk, &card->slots[0]), 2.0f);
	/* Still to be written to the memory's own file. */
	assert_int_equal(desk_save_state(&desk, dir, "morning"), 0);
	assert_true(desk.unsaved);
	assert_int_equal(desk_reload(&desk, dir, "evening"), 0);
	assert_true(main_fader->gain_db == -20.0f);
	assert_true(desk.unsaved);
	assert_int_equal(desk_reload(&desk, dir, "morning"), 0);
	assert_true(main_fader->gain_db == 2.0f);
	/* One that is not there changes nothing. */
	desk_delete_state(dir, "evening");
	desk_delete_state(dir, "evening");
	assert_int_equal(desk_reload(&desk, dir, "evening"), 0);
	assert_true(main_fader->gain_db == 2.0f);
	assert_int_equal(desk_save_state(&desk, dir, "../levels"), -EINVAL);
	assert_int_equal(desk_save_state(&desk, dir, ".levels"), -EINVAL);
	/* One that is damaged is put aside, and not replaced. */
	fd = openat(dir, "levels-morning.json", O_WRONLY | O_TRUNC);
	assert_int_equal(close(fd), 0);
	assert_int_equal(desk_save_state(&desk, dir, "morning"), 0);
	assert_int_equal(faccessat(dir, "levels-morning.json.damaged", F_OK, 0), 0);
	assert_int_equal(desk_reload(&desk, dir, "morning"), 0);
	/* The memory's file is as it was saved. */
	assert_int_equal(desk_reload(&desk, dir, NULL), 0);
	assert_true(main_fader->gain_db == -20.0f);
	assert_false(desk.unsaved);
	desk_finish(&desk);
	card_destroy(card);
	statefile_close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_damaged_memory),
	};

	return cmocka_run_group_tests(tests, open_directory, remove_directory);
}

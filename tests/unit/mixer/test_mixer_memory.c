/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembered levels, and stored states. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/base/guest_name.h"
#include "src/base/statefile.h"
#include "tests/unit/mixer/mixer_fixture.h"

static bool replaced; /* by the last levels_load */
static char path[] = "/tmp/xenjack-mixer.XXXXXX";

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

/* Reloads: streams that are in the file get its levels, all others the default. */
static void read_again(struct mixer *mixer, struct card *card, int dir)
{
	mixer_set_gain(mixer, &card->streams[0], 3.0f);
	mixer_set_trim(mixer, &card->streams[0], 1, -4.0f);
	mixer_set_muted(mixer, &card->streams[1], true);
	seen.text[0] = '\0';
	seen.count = seen.told = 0;
	/* io has applied the changes. */
	atomic_store(&card->moved, false);
	assert_int_equal(mixer_reload(mixer, dir, NULL), 0);
	assert_int_equal(seen.told, 1);
	/* Only what has changed is announced. */
	assert_string_equal(seen.text, "~daw.click ~daw.main ~daw.main ");
	assert_int_equal(seen.numbers[0], EVENT_MUTE);
	assert_int_equal(seen.numbers[1], EVENT_GAIN);
	assert_int_equal(seen.numbers[2], EVENT_TRIM + EVENT_TRIM_CHANNEL);
	assert_true(card->streams[0].strip.fader.gain_db == -12.5f);
	assert_true(card->streams[0].strip.fader.trim_db[1] == FADER_DB_MIN);
	assert_true(amplitude(&card->streams[1]) == 1.0f);
	assert_false(mixer->levels.unsaved);
}

/* A stream's levels come back with its guest, and with the next daemon. */
static void test_memory(void **state)
{
	int lock, dir = statefile_open(path, &lock);
	struct card *card = make_card("daw");
	struct mixer mixer, next;

	(void)state;
	assert_true(dir >= 0);
	open_mixer(&mixer);
	assert_int_equal(levels_load(&mixer.levels, dir, NULL, &replaced), 0);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_false(mixer.levels.unsaved);
	mixer_set_gain(&mixer, &card->streams[0], -12.5f);
	mixer_set_trim(&mixer, &card->streams[0], 1, -193.0f);
	mixer_set_muted(&mixer, &card->streams[2], true);
	mixer_set_solo(&mixer, &card->streams[0], true);
	assert_true(mixer.levels.unsaved);
	mixer_remove(&mixer, card);
	card_destroy(card);
	card = make_card("daw");
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_true(card->streams[0].strip.fader.gain_db == -12.5f);
	assert_int_equal(levels_save(&mixer.levels, dir, NULL), 0);
	assert_false(mixer.levels.unsaved);
	mixer_finish(&mixer);
	card_destroy(card);

	card = make_card("daw");
	open_mixer(&next);
	assert_int_equal(levels_load(&next.levels, dir, NULL, &replaced), 0);
	assert_int_equal(mixer_add(&next, card), 0);
	assert_true(card->streams[0].strip.fader.gain_db == -12.5f);
	assert_true(card->streams[0].strip.fader.trim_db[0] == 0.0f);
	assert_true(card->streams[0].strip.fader.trim_db[1] == FADER_DB_MIN);
	assert_false(card->streams[0].strip.fader.muted);
	assert_true(card->streams[2].strip.fader.muted);
	assert_true(amplitude(&card->streams[2]) == 0.0f);
	assert_true(amplitude(&card->streams[1]) == 1.0f);
	read_again(&next, card, dir);
	/* Solo is not remembered. */
	assert_int_equal(next.solos, 0);
	mixer_finish(&next);
	card_destroy(card);
	statefile_close(dir, lock);
}

static void write_levels(int dir, const char *text)
{
	FILE *file = fdopen(openat(dir, "levels.json", O_WRONLY | O_CREAT | O_TRUNC, 0644), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static float gain_of(const struct levels *levels, const char *id)
{
	struct fader fader;

	fader_init(&fader, 2);
	levels_recall(levels, id, false, &fader);
	return fader.gain_db;
}

#define LEVEL(id, db) "\"" id "\": {\"gain\": " db ", \"muted\": false, \"trims\": []}"

/* Levels of 0.1.0 hold for all guests whose they may have been, and are saved as ours. */
static void test_versions(void **state)
{
	static const struct {
		const char *id;
		float db; /* 0: not known */
	} rows[] = {
		{ "daw.main", -1.0f },	  { "daw-1.main", -2.0f },
		{ "daw@1.main", -2.0f },  { "plug-in~4267d3714914522a.main", -3.0f },
		{ "plug-in.main", 0.0f }, { "daw-2.main", 0.0f },
		{ "daw@2.main", 0.0f },
	};
	char longest[GUEST_NAME_ID_MAX + 2];
	int lock, dir = statefile_open(path, &lock);
	struct levels levels;
	char text[2048];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	snprintf(text, sizeof(text),
		 "{\"version\": 1, \"streams\": {" LEVEL("daw.main", "-1") ", " LEVEL(
			 "daw-1.main", "-2") ", " LEVEL("plug-in.main", "-3") ", " LEVEL("%s",
											 "-4") "}}",
		 longest);
	write_levels(dir, text);
	assert_int_equal(levels_init(&levels), 0);
	assert_int_equal(levels_load(&levels, dir, NULL, &replaced), 0);
	assert_true(replaced);
	for (unsigned saved = 0; saved < 2; saved++) {
		for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			assert_true(gain_of(&levels, rows[i].id) == rows[i].db);
		}
		assert_true(gain_of(&levels, longest) == -4.0f);
		assert_int_equal(levels_save(&levels, dir, NULL), 0);
		assert_int_equal(levels_load(&levels, dir, NULL, &replaced), 0);
	}
	/* In a file of ours, daw-1 is only the guest of that name. */
	write_levels(dir, "{\"version\": 2, \"guests\": {}, \"streams\": {" LEVEL("daw-1.main",
										  "-2") "}}");
	assert_int_equal(levels_load(&levels, dir, NULL, &replaced), 0);
	assert_true(gain_of(&levels, "daw-1.main") == -2.0f);
	assert_true(gain_of(&levels, "daw@1.main") == 0.0f);
	levels_finish(&levels);
	unlinkat(dir, "levels.json", 0);
	statefile_close(dir, lock);
}

/* A second meaning displaces nothing: neither what has its id, nor the last that there is room for.
 */
static void test_old_full(void **state)
{
	const unsigned streams_max = 4096; /* levels.c */
	int lock, dir = statefile_open(path, &lock);
	char *text = calloc(streams_max, 96), id[32];
	struct levels levels;
	size_t length;

	(void)state;
	assert_non_null(text);
	length = (size_t)sprintf(text, "{\"version\": 1, \"streams\": {" LEVEL(
					       "g-1.s0", "-1") ", " LEVEL("g@1.s0", "-2"));
	for (unsigned i = 2; i < streams_max - 1; i++) {
		length += (size_t)sprintf(text + length, ", " LEVEL("g-1.s%u", "-1"), i);
	}
	strcpy(text + length, "}}");
	write_levels(dir, text);
	free(text);
	assert_int_equal(levels_init(&levels), 0);
	/* The second time, it is a file of ours. */
	for (unsigned saved = 0; saved < 2; saved++) {
		assert_int_equal(levels_load(&levels, dir, NULL, &replaced), 0);
		assert_true(replaced);
		assert_true(gain_of(&levels, "g-1.s0") == -1.0f);
		assert_true(gain_of(&levels, "g@1.s0") == -2.0f);
		for (unsigned i = 2; i < streams_max - 1; i++) {
			snprintf(id, sizeof(id), "g-1.s%u", i);
			assert_true(gain_of(&levels, id) == -1.0f);
		}
		assert_int_equal(levels_save(&levels, dir, NULL), 0);
	}
	levels_finish(&levels);
	unlinkat(dir, "levels.json", 0);
	statefile_close(dir, lock);
}

/*
 * A guest whose new streams are silent: those that nobody has set yet start muted, every time, and
 * the others as remembered.
 */
static void test_new_silent(void **state)
{
	int lock, dir = statefile_open(path, &lock);
	struct card *card = make_card("daw");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	card->new_streams = CARD_NEW_SILENT;
	assert_int_equal(mixer_add(&mixer, card), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(amplitude(&card->streams[i]) == 0.0f);
		assert_true(card->streams[i].strip.fader.muted);
	}
	/* Nobody has decided anything. */
	assert_false(mixer.levels.unsaved);
	mixer_set_muted(&mixer, &card->streams[0], false);
	assert_true(amplitude(&card->streams[0]) == 1.0f);
	/* Its gain is set; that does not unmute it. */
	mixer_set_gain(&mixer, &card->streams[1], 6.0f);
	mixer_remove(&mixer, card);
	card_destroy(card);
	card = make_card("daw");
	card->new_streams = CARD_NEW_SILENT;
	snprintf(card->streams[2].label, sizeof(card->streams[2].label), "other");
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_true(amplitude(&card->streams[0]) == 1.0f);
	assert_true(amplitude(&card->streams[1]) == 0.0f);
	assert_true(card->streams[1].strip.fader.gain_db == 6.0f);
	assert_true(amplitude(&card->streams[2]) == 0.0f);
	assert_string_equal(card->streams[2].id, "daw.other");
	/* Levels read from a file say nothing of new streams. */
	assert_int_equal(levels_save(&mixer.levels, dir, "evening"), 0);
	assert_int_equal(mixer_reload(&mixer, dir, "evening"), 0);
	assert_true(amplitude(&card->streams[0]) == 1.0f);
	assert_true(amplitude(&card->streams[2]) == 0.0f);
	mixer_finish(&mixer);
	card_destroy(card);
	statefile_close(dir, lock);
}

static void expect_file(int dir, const char *name, const char *text)
{
	char got[512] = "";
	int fd = openat(dir, name, O_RDONLY);

	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, text);
	close(fd);
}

/* Of no use as a whole: nothing is taken from them, and they are kept. */
static void test_damaged_memory(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{\"version\": 0, \"streams\": {}}",
		"{\"version\": 2, \"guests\": {}}",
		"{\"version\": 1, \"streams\": []}",
		"{\"version\": 1, \"streams\": {\"a.b\": 1}}",
		"{\"version\": 3, \"streams\": {}, \"guests\": {}}", /* of a later version */
	};
	const unsigned count = sizeof(texts) / sizeof(*texts);
	int lock, dir = statefile_open(path, &lock);

	(void)state;
	for (unsigned i = 0; i < count; i++) {
		const char *aside = i == count - 1 ? "levels.json.later" : "levels.json.damaged";
		struct card *card = make_card("daw");
		struct mixer mixer;

		write_levels(dir, texts[i]);
		open_mixer(&mixer);
		assert_int_equal(levels_load(&mixer.levels, dir, NULL, &replaced),
				 i == count - 1 ? -EPROTO : -EBADMSG);
		assert_false(replaced);
		assert_int_equal(mixer_add(&mixer, card), 0);
		assert_true(card->streams[0].strip.fader.gain_db == 0.0f);
		assert_true(amplitude(&card->streams[0]) == 1.0f);
		expect_file(dir, "levels.json", texts[i]);
		assert_int_equal(faccessat(dir, aside, F_OK, 0), -1);
		assert_int_equal(levels_save(&mixer.levels, dir, NULL), 0);
		expect_file(dir, aside, texts[i]);
		assert_int_equal(unlinkat(dir, aside, 0), 0);
		/* Only once. */
		assert_int_equal(levels_save(&mixer.levels, dir, NULL), 0);
		assert_int_equal(faccessat(dir, aside, F_OK, 0), -1);
		mixer_finish(&mixer);
		card_destroy(card);
	}
	statefile_close(dir, lock);
}

/* One level that makes no sense costs no other. */
static void test_in_part(void **state)
{
	static const struct {
		const char *streams, *guests;
	} rows[] = {
		{ "", "null" },
		{ "", "[]" },
		{ "", "{\"amp\": {\"gain\": 0}}" },
		{ "", "{\"amp\": {\"gain\": 11, \"muted\": true}}" },
		{ "", "{\"\": {\"gain\": 1, \"muted\": true}}" },
		{ "", "{\"a\\\\x5\": {\"gain\": 1, \"muted\": true}}" },
		{ ", \"a.b\": 1", "{}" },
		{ ", \"a.b\": {\"gain\": 99, \"muted\": false, \"trims\": []}", "{}" },
		{ ", \"a.b\": {\"gain\": 0, \"muted\": 3, \"trims\": []}", "{}" },
		{ ", \"a.b\": {\"gain\": 0, \"muted\": true, \"trims\": [null]}", "{}" },
		{ ", " LEVEL("daw.main", "-7") ", " LEVEL("daw.main", "-3"), "{}" },
	};
	int lock, dir = statefile_open(path, &lock);
	char text[512], name[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct levels levels;

		snprintf(
			text, sizeof(text),
			"{\"version\": 2, \"streams\": {" LEVEL("daw.main", "-3") "%s}, "
										  "\"guests\": %s}",
			rows[i].streams, rows[i].guests);
		write_levels(dir, text);
		assert_int_equal(levels_init(&levels), 0);
		assert_int_equal(levels_load(&levels, dir, NULL, &replaced), 0);
		assert_true(replaced);
		assert_true(gain_of(&levels, "daw.main") == -3.0f);
		assert_int_equal(json_object_size(levels.streams), 1);
		assert_int_equal(json_object_size(levels.guests), 0);
		expect_file(dir, "levels.json", text);
		/* Each is kept, whatever has been kept before. */
		assert_int_equal(levels_save(&levels, dir, NULL), 0);
		snprintf(name, sizeof(name), i ? "levels.json.damaged-%u" : "levels.json.damaged",
			 i + 1);
		expect_file(dir, name, text);
		assert_int_equal(levels_load(&levels, dir, NULL, &replaced), 0);
		assert_true(gain_of(&levels, "daw.main") == -3.0f);
		assert_null(levels.aside);
		levels_finish(&levels);
	}
	unlinkat(dir, "levels.json", 0);
	statefile_close(dir, lock);
}

/* Of more streams than are remembered, those set longest ago are left out, and kept. */
static void test_too_many(void **state)
{
	const unsigned streams_max = 4096; /* levels.c */
	int lock, dir = statefile_open(path, &lock);
	char *text = calloc(streams_max + 1, 96), id[32];
	struct levels levels;
	size_t length;

	(void)state;
	length = (size_t)sprintf(text, "{\"version\": 1, \"streams\": {" LEVEL("g.s0", "-1"));
	for (unsigned i = 1; i <= streams_max; i++) {
		length += (size_t)sprintf(text + length, ", " LEVEL("g.s%u", "-1"), i);
	}
	strcpy(text + length, "}}");
	write_levels(dir, text);
	free(text);
	assert_int_equal(levels_init(&levels), 0);
	assert_int_equal(levels_load(&levels, dir, NULL, &replaced), 0);
	assert_string_equal(levels.aside, ".damaged");
	assert_true(gain_of(&levels, "g.s0") == 0.0f);
	for (unsigned i = 1; i <= streams_max; i++) {
		snprintf(id, sizeof(id), "g.s%u", i);
		assert_true(gain_of(&levels, id) == -1.0f);
	}
	levels_finish(&levels);
	unlinkat(dir, "levels.json", 0);
	statefile_close(dir, lock);
}

/* A stored state whose levels cannot be written has none: earlier ones are not of its patch. */
static void test_state_not_saved(void **state)
{
	int lock, dir = statefile_open(path, &lock);
	struct rlimit limit, before;
	struct levels levels;
	char text[128] = "";

	(void)state;
	assert_int_equal(levels_init(&levels), 0);
	assert_int_equal(levels_save(&levels, dir, "late"), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 10;
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(levels_save(&levels, dir, "late"), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(faccessat(dir, "levels-late.json", F_OK, 0), -1);
	assert_true(read(openat(dir, "levels-late.json.old", O_RDONLY), text, sizeof(text) - 1) >
		    0);
	assert_non_null(strstr(text, "\"version\": 2"));
	levels_finish(&levels);
	statefile_close(dir, lock);
}

/* A stored state has its own file. Loading it replaces the remembered levels. */
static void test_states(void **state)
{
	int lock, dir = statefile_open(path, &lock);
	struct card *card = make_card("daw");
	const struct fader *main_fader = &card->streams[0].strip.fader;
	struct mixer mixer;
	int fd;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, card), 0);
	mixer_set_gain(&mixer, &card->streams[0], -20.0f);
	assert_int_equal(levels_save(&mixer.levels, dir, NULL), 0);
	assert_int_equal(levels_save(&mixer.levels, dir, "evening"), 0);
	mixer_set_gain(&mixer, &card->streams[0], 2.0f);
	/* levels.json is still to be written. */
	assert_int_equal(levels_save(&mixer.levels, dir, "morning"), 0);
	assert_true(mixer.levels.unsaved);
	assert_int_equal(mixer_reload(&mixer, dir, "evening"), 0);
	assert_true(main_fader->gain_db == -20.0f);
	assert_true(mixer.levels.unsaved);
	assert_int_equal(mixer_reload(&mixer, dir, "morning"), 0);
	assert_true(main_fader->gain_db == 2.0f);
	/* A state that does not exist changes nothing. */
	levels_delete(dir, "evening");
	levels_delete(dir, "evening");
	assert_int_equal(mixer_reload(&mixer, dir, "evening"), 0);
	assert_true(main_fader->gain_db == 2.0f);
	assert_int_equal(levels_save(&mixer.levels, dir, "../levels"), -EINVAL);
	assert_int_equal(levels_save(&mixer.levels, dir, ".levels"), -EINVAL);
	/* A damaged state is put aside, not overwritten, and reading it is no reason. */
	fd = openat(dir, "levels-morning.json", O_WRONLY | O_TRUNC);
	assert_int_equal(close(fd), 0);
	assert_int_equal(mixer_reload(&mixer, dir, "morning"), -EBADMSG);
	assert_int_equal(faccessat(dir, "levels-morning.json.damaged", F_OK, 0), -1);
	assert_int_equal(levels_save(&mixer.levels, dir, "morning"), 0);
	assert_int_equal(faccessat(dir, "levels-morning.json.damaged", F_OK, 0), 0);
	assert_int_equal(mixer_reload(&mixer, dir, "morning"), 0);
	/* levels.json is as it was saved. */
	assert_int_equal(mixer_reload(&mixer, dir, NULL), 0);
	assert_true(main_fader->gain_db == -20.0f);
	assert_false(mixer.levels.unsaved);
	mixer_finish(&mixer);
	card_destroy(card);
	statefile_close(dir, lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),		cmocka_unit_test(test_states),
		cmocka_unit_test(test_versions),	cmocka_unit_test(test_old_full),
		cmocka_unit_test(test_new_silent),	cmocka_unit_test(test_damaged_memory),
		cmocka_unit_test(test_in_part),		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_state_not_saved),
	};

	return cmocka_run_group_tests(tests, open_directory, remove_directory);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests as a whole: what is set for one holds for every stream that it ever has. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "src/base/statefile.h"
#include "tests/unit/mixer/mixer_fixture.h"

static void assert_near(float a, float b)
{
	assert_true(a - b < 1e-5f && b - a < 1e-5f);
}

static void forget_seen(void)
{
	seen.text[0] = '\0';
	seen.count = seen.told = 0;
}

/* Every stream of the guest, on all its cards, and no other guest's. */
static void test_level(void **state)
{
	struct card *daw = make_card("daw"), *second = make_card_of("daw", "daw@1");
	struct card *amp = make_card("amp");
	struct guest *guest;
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, daw), 0);
	assert_int_equal(mixer_add(&mixer, second), 0);
	assert_int_equal(mixer_add(&mixer, amp), 0);
	assert_int_equal(mixer.guests.count, 2);
	assert_string_equal(mixer.guests.all[0]->name, "amp");
	guest = mixer_find_guest(&mixer, "daw");
	assert_int_equal(guest->stream_count, 6);
	assert_null(mixer_find_guest(&mixer, "daw@1"));
	forget_seen();
	assert_int_equal(mixer_set_guest_gain(&mixer, guest, -20.0f), 0);
	assert_string_equal(seen.text, "guest daw ");
	assert_int_equal(seen.number, EVENT_GAIN);
	assert_int_equal(seen.told, 2);
	assert_true(daw->moved && second->moved && !amp->moved);
	for (unsigned i = 0; i < 3; i++) {
		assert_near(amplitude(&daw->streams[i]), 0.1f);
		assert_near(amplitude(&second->streams[i]), 0.1f);
		assert_true(amplitude(&amp->streams[i]) == 1.0f);
	}
	/* It multiplies with the stream's own; neither changes the other. */
	mixer_set_gain(&mixer, &daw->streams[0], -20.0f);
	assert_near(amplitude(&daw->streams[0]), 0.01f);
	assert_true(daw->streams[0].strip.fader.gain_db == -20.0f && guest->gain_db == -20.0f);
	assert_int_equal(mixer_set_guest_muted(&mixer, guest, true), 0);
	assert_int_equal(seen.number, EVENT_MUTE);
	mixer_set_solo(&mixer, &daw->streams[0], true);
	mixer_set_muted(&mixer, &daw->streams[0], false);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(amplitude(&daw->streams[i]) == 0.0f);
		assert_true(amplitude(&second->streams[i]) == 0.0f);
	}
	mixer_set_solo(&mixer, &daw->streams[0], false);
	assert_int_equal(mixer_set_guest_muted(&mixer, guest, false), 0);
	assert_int_equal(mixer_set_guest_gain(&mixer, guest, 0.0f), 0);
	assert_near(amplitude(&daw->streams[0]), 0.1f);
	assert_true(amplitude(&daw->streams[2]) == 1.0f);
	/* Beyond the scale: its ends, as of a stream's gain. */
	assert_int_equal(mixer_set_guest_gain(&mixer, guest, 99.0f), 0);
	assert_true(guest->gain_db == FADER_DB_MAX);
	mixer_finish(&mixer);
	card_destroy(amp);
	card_destroy(second);
	card_destroy(daw);
}

/* A guest that comes back under its own name, with streams of other names, is as it was. */
static void test_new_streams(void **state)
{
	struct card *card = make_card("daw");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_find_guest(&mixer, "daw"), true), 0);
	mixer_remove(&mixer, card);
	card_destroy(card);
	/* Without a card it is still there, to be set. */
	assert_int_equal(mixer.guests.count, 1);
	assert_int_equal(mixer_find_guest(&mixer, "daw")->stream_count, 0);
	card = make_card("daw");
	snprintf(card->streams[0].label, sizeof(card->streams[0].label), "other");
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_string_equal(card->streams[0].id, "daw.other");
	assert_true(amplitude(&card->streams[0]) == 0.0f);
	assert_false(card->streams[0].strip.fader.muted);
	/* Not set: gone with its card. */
	forget_seen();
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_find_guest(&mixer, "daw"), false), 0);
	assert_true(amplitude(&card->streams[0]) == 1.0f);
	mixer_remove(&mixer, card);
	assert_string_equal(seen.text, "guest daw -daw.click -daw.mic -daw.other no guest daw ");
	assert_null(mixer_find_guest(&mixer, "daw"));
	/* A card that was never added. */
	mixer_remove(&mixer, card);
	mixer_finish(&mixer);
	card_destroy(card);
}

/* Set back while it has no card: it is gone at once, after subscribers have heard of it. */
static void test_absent(void **state)
{
	struct card *card = make_card("daw");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_find_guest(&mixer, "daw"), -40.0f), 0);
	mixer_remove(&mixer, card);
	forget_seen();
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_find_guest(&mixer, "daw"), 0.0f), 0);
	assert_string_equal(seen.text, "guest daw no guest daw ");
	assert_int_equal(mixer.guests.count, 0);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_true(amplitude(&card->streams[0]) == 1.0f);
	mixer_finish(&mixer);
	card_destroy(card);
}

/* No guest's level is forgotten for another's. */
static void test_full(void **state)
{
	struct card *card = make_card("daw"), *other = make_card("vm1");
	struct guest *guest;
	struct mixer mixer;
	char name[16];

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, card), 0);
	guest = mixer_find_guest(&mixer, "daw");
	for (unsigned i = 0; i < LEVELS_GUESTS_MAX; i++) {
		snprintf(name, sizeof(name), "vm%u", i);
		assert_int_equal(levels_learn_guest(&mixer.levels, name, -1.0f, true), 0);
	}
	forget_seen();
	assert_int_equal(mixer_set_guest_muted(&mixer, guest, true), -ENOSPC);
	assert_string_equal(seen.text, "");
	assert_true(!guest->muted && amplitude(&card->streams[0]) == 1.0f);
	assert_int_equal(levels_learn_guest(&mixer.levels, "vm0", -2.0f, true), 0);
	assert_int_equal(levels_learn_guest(&mixer.levels, "vm0", 0.0f, false), 0);
	assert_int_equal(mixer_set_guest_muted(&mixer, guest, true), 0);
	assert_true(amplitude(&card->streams[0]) == 0.0f);
	/* One that is remembered, but that the mixer had no memory to list. */
	assert_null(mixer_find_guest(&mixer, "vm1"));
	assert_int_equal(mixer_add(&mixer, other), 0);
	assert_true(amplitude(&other->streams[0]) == 0.0f);
	assert_true(mixer_find_guest(&mixer, "vm1")->gain_db == -1.0f);
	mixer_finish(&mixer);
	card_destroy(other);
	card_destroy(card);
}

static struct card *make_nameless(const char *name, uint32_t domid)
{
	struct card *card = make_card_of("", name);

	card->domid = domid;
	return card;
}

/* Each domain without a name is a guest, and none of them is the guest that is called so. */
static void test_nameless(void **state)
{
	struct card *first = make_nameless("dom7", 7), *second = make_nameless("dom7@1", 7);
	struct card *other = make_nameless("dom8", 8), *called = make_card_of("dom7", "dom7~1");
	struct guest *guest;
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, called), 0);
	assert_int_equal(mixer_add(&mixer, first), 0);
	assert_int_equal(mixer_add(&mixer, second), 0);
	assert_int_equal(mixer_add(&mixer, other), 0);
	assert_int_equal(mixer.guests.count, 3);
	guest = mixer_guest_of(&mixer, first);
	assert_ptr_equal(mixer_guest_of(&mixer, second), guest);
	assert_string_equal(guest->name, "dom7");
	assert_true(guest->nameless && guest->stream_count == 6);
	assert_false(mixer_find_guest(&mixer, "dom7")->nameless);
	assert_null(mixer_find_guest(&mixer, "dom8"));
	assert_null(mixer_find_guest(&mixer, ""));
	assert_int_equal(mixer_set_guest_muted(&mixer, guest, true), 0);
	assert_true(amplitude(&first->streams[0]) == 0.0f &&
		    amplitude(&second->streams[1]) == 0.0f);
	assert_true(amplitude(&called->streams[0]) == 1.0f &&
		    amplitude(&other->streams[0]) == 1.0f);
	/* In no file, but a guest that connects its card anew does not undo it. */
	assert_false(mixer.levels.unsaved);
	assert_int_equal(json_object_size(mixer.levels.guests), 0);
	mixer_remove(&mixer, first);
	mixer_remove(&mixer, second);
	assert_int_equal(mixer_add(&mixer, first), 0);
	assert_true(amplitude(&first->streams[2]) == 0.0f);
	mixer_remove(&mixer, first);
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_guest_of(&mixer, first), false), 0);
	assert_null(mixer_guest_of(&mixer, first));
	mixer_finish(&mixer);
	card_destroy(called);
	card_destroy(other);
	card_destroy(second);
	card_destroy(first);
}

/* As of guests with a name: no level is forgotten for another's. */
static void test_nameless_full(void **state)
{
	struct card *card = make_nameless("dom1", 1);
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	for (card->domid = 1; card->domid <= LEVELS_GUESTS_MAX; card->domid++) {
		assert_int_equal(mixer_add(&mixer, card), 0);
		assert_int_equal(mixer_set_guest_gain(&mixer, mixer_guest_of(&mixer, card), -1.0f),
				 0);
		mixer_remove(&mixer, card);
	}
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_true(amplitude(&card->streams[0]) == 1.0f);
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_guest_of(&mixer, card), -1.0f),
			 -ENOSPC);
	assert_true(amplitude(&card->streams[0]) == 1.0f);
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_guest_of(&mixer, card), 0.0f), 0);
	mixer_remove(&mixer, card);
	assert_int_equal(mixer.guests.count, LEVELS_GUESTS_MAX);
	/* One that has a level may get another. */
	card->domid = 1;
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_guest_of(&mixer, card), true), 0);
	mixer_finish(&mixer);
	card_destroy(card);
}

/* Two domains of one name at once, as while one migrates, are one guest. */
static void test_twins(void **state)
{
	struct card *one = make_card("daw"), *other = make_card_of("daw", "daw~2");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, one), 0);
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_find_guest(&mixer, "daw"), true), 0);
	assert_int_equal(mixer_add(&mixer, other), 0);
	assert_true(amplitude(&other->streams[0]) == 0.0f);
	mixer_remove(&mixer, one);
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_find_guest(&mixer, "daw"), false), 0);
	assert_true(amplitude(&other->streams[0]) == 1.0f);
	mixer_finish(&mixer);
	card_destroy(other);
	card_destroy(one);
}

/* --- files */

static char path[] = "/tmp/xenjack-guests.XXXXXX";

static int open_directory(void **state)
{
	(void)state;
	return mkdtemp(path) ? 0 : -1;
}

static int remove_directory(void **state)
{
	static const char *const names[] = { "levels.json", "levels-old.json", "levels-new.json",
					     "lock" };
	char name[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", path, names[i]);
		unlink(name);
	}
	return rmdir(path);
}

static void write_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int version_of(const char *name)
{
	char file[64];
	json_t *root;
	int version;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	root = json_load_file(file, 0, NULL);
	version = (int)json_integer_value(json_object_get(root, "version"));
	json_decref(root);
	return version;
}

static void test_remembered(void **state)
{
	static const char odd[] = "m\xefsc/\\ \x01\"";
	int lock, dir = statefile_open(path, &lock);
	struct card *card = make_card_of(odd, "odd");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_find_guest(&mixer, odd), -6.5f), 0);
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_find_guest(&mixer, odd), true), 0);
	assert_true(mixer.levels.unsaved);
	assert_int_equal(levels_save(&mixer.levels, dir, NULL), 0);
	mixer_finish(&mixer);
	card_destroy(card);
	assert_int_equal(version_of("levels.json"), 2);

	open_mixer(&mixer);
	assert_int_equal(mixer_reload(&mixer, dir, NULL), 0);
	assert_false(mixer.levels.unsaved);
	assert_int_equal(mixer.guests.count, 1);
	assert_true(mixer_find_guest(&mixer, odd)->muted);
	card = make_card_of(odd, "odd");
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_true(amplitude(&card->streams[2]) == 0.0f);
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_find_guest(&mixer, odd), false), 0);
	assert_near(amplitude(&card->streams[2]), 0.4731513f);
	mixer_finish(&mixer);
	card_destroy(card);
	statefile_close(dir, lock);
}

/* What is remembered of a guest is not for a domain without a name whose number makes the same. */
static void test_remembered_for_another(void **state)
{
	int lock, dir = statefile_open(path, &lock);
	struct card *card = make_card_of("dom7", "dom7");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_find_guest(&mixer, "dom7"), true), 0);
	assert_int_equal(levels_save(&mixer.levels, dir, NULL), 0);
	mixer_finish(&mixer);
	card_destroy(card);

	open_mixer(&mixer);
	assert_int_equal(mixer_reload(&mixer, dir, NULL), 0);
	card = make_nameless("dom7", 7);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_false(mixer_guest_of(&mixer, card)->muted);
	assert_true(amplitude(&card->streams[0]) == 1.0f);
	mixer_finish(&mixer);
	card_destroy(card);
	statefile_close(dir, lock);
}

/* Nor is what is remembered of a stream of such a domain, which may be another's next time. */
static void test_nameless_streams(void **state)
{
	int lock, dir = statefile_open(path, &lock);
	struct card *card = make_nameless("dom7", 7), *named = make_card("vm7");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	card->new_streams = CARD_NEW_SILENT;
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_int_equal(mixer_add(&mixer, named), 0);
	mixer_set_muted(&mixer, &card->streams[0], false);
	mixer_set_gain(&mixer, &named->streams[0], -3.0f);
	/* It is, as long as the daemon runs. */
	mixer_remove(&mixer, card);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_false(card->streams[0].strip.fader.muted);
	assert_int_equal(levels_save(&mixer.levels, dir, NULL), 0);
	mixer_finish(&mixer);
	open_mixer(&mixer);
	assert_int_equal(mixer_reload(&mixer, dir, NULL), 0);
	assert_int_equal(json_object_size(mixer.levels.streams), 1);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_true(card->streams[0].strip.fader.muted);
	mixer_finish(&mixer);
	card_destroy(named);
	card_destroy(card);
	statefile_close(dir, lock);
}

/* A file of version 1 holds for its streams, leaves guests alone, and is written as version 2. */
static void test_version_1(void **state)
{
	int lock, dir = statefile_open(path, &lock);
	struct card *card = make_card("daw"), *second = make_card_of("daw", "daw@1");
	struct card *nameless = make_nameless("dom7", 7);
	struct mixer mixer;

	(void)state;
	write_file(dir, "levels.json",
		   "{\"version\": 1, \"streams\": {\"daw.main\": {\"gain\": -20, \"muted\": false, "
		   "\"trims\": [0, 0]}}}");
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, nameless), 0);
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_guest_of(&mixer, nameless), -40.0f), 0);
	assert_int_equal(mixer_reload(&mixer, dir, NULL), 0);
	assert_false(mixer.levels.unsaved);
	assert_int_equal(mixer.guests.count, 1);
	assert_int_equal(mixer_add(&mixer, card), 0);
	assert_near(amplitude(&card->streams[0]), 0.1f);
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_find_guest(&mixer, "daw"), -20.0f), 0);
	assert_int_equal(levels_save(&mixer.levels, dir, NULL), 0);
	assert_int_equal(version_of("levels.json"), 2);
	/* A stored state from before does not undo what was decided since; its ids are old ones. */
	write_file(dir, "levels-old.json",
		   "{\"version\": 1, \"streams\": {\"daw-1.main\": {\"gain\": -20, \"muted\": "
		   "false, \"trims\": [0, 0]}}}");
	assert_int_equal(mixer_add(&mixer, second), 0);
	assert_int_equal(mixer_reload(&mixer, dir, "old"), 0);
	assert_near(amplitude(&card->streams[0]), 0.1f);
	assert_near(amplitude(&second->streams[0]), 0.01f);
	assert_near(amplitude(&second->streams[1]), 0.1f);
	assert_true(mixer_find_guest(&mixer, "daw")->gain_db == -20.0f);
	assert_int_equal(mixer_reload(&mixer, dir, NULL), 0);
	assert_near(amplitude(&card->streams[0]), 0.01f);
	/* What levels.json does not have is still to be written. */
	write_file(dir, "levels.json", "{\"version\": 1, \"streams\": {}}");
	assert_int_equal(mixer_reload(&mixer, dir, NULL), 0);
	assert_near(amplitude(&card->streams[0]), 0.1f);
	assert_true(mixer.levels.unsaved);
	/* No file says anything of a domain without a name. */
	assert_near(amplitude(&nameless->streams[0]), 0.01f);
	assert_int_equal(levels_save(&mixer.levels, dir, NULL), 0);
	assert_int_equal(mixer_reload(&mixer, dir, NULL), 0);
	assert_near(amplitude(&nameless->streams[0]), 0.01f);
	mixer_finish(&mixer);
	card_destroy(nameless);
	card_destroy(second);
	card_destroy(card);
	statefile_close(dir, lock);
}

/* A stored state replaces the guests' levels, too; only what changes is announced. */
static void test_states(void **state)
{
	int lock, dir = statefile_open(path, &lock);
	struct card *daw = make_card("daw"), *amp = make_card("amp"), *next = make_card("dax");
	struct mixer mixer;

	(void)state;
	open_mixer(&mixer);
	assert_int_equal(mixer_add(&mixer, daw), 0);
	assert_int_equal(mixer_add(&mixer, amp), 0);
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_find_guest(&mixer, "daw"), -20.0f), 0);
	mixer_set_muted(&mixer, &amp->streams[0], true);
	assert_int_equal(levels_save(&mixer.levels, dir, "new"), 0);
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_find_guest(&mixer, "daw"), 0.0f), 0);
	assert_int_equal(mixer_set_guest_muted(&mixer, mixer_find_guest(&mixer, "amp"), true), 0);
	mixer_set_muted(&mixer, &amp->streams[0], false);
	forget_seen();
	atomic_store(&amp->moved, false);
	atomic_store(&daw->moved, false);
	assert_int_equal(mixer_reload(&mixer, dir, "new"), 0);
	assert_string_equal(seen.text, "guest amp guest daw ~amp.main ");
	assert_int_equal(seen.numbers[0], EVENT_MUTE);
	assert_int_equal(seen.numbers[1], EVENT_GAIN);
	assert_int_equal(seen.told, 2);
	assert_near(amplitude(&daw->streams[1]), 0.1f);
	assert_true(amplitude(&amp->streams[0]) == 0.0f && amplitude(&amp->streams[1]) == 1.0f);
	/* Guests whose cards have gone go when no file has them any more. */
	mixer_remove(&mixer, daw);
	assert_non_null(mixer_find_guest(&mixer, "daw"));
	assert_int_equal(mixer_add(&mixer, next), 0);
	assert_int_equal(mixer_set_guest_gain(&mixer, mixer_find_guest(&mixer, "dax"), -1.0f), 0);
	mixer_remove(&mixer, next);
	assert_int_equal(mixer.guests.count, 3);
	write_file(dir, "levels-new.json", "{\"version\": 2, \"streams\": {}, \"guests\": {}}");
	assert_int_equal(mixer_reload(&mixer, dir, "new"), 0);
	assert_null(mixer_find_guest(&mixer, "daw"));
	assert_null(mixer_find_guest(&mixer, "dax"));
	assert_int_equal(mixer.guests.count, 1);
	mixer_finish(&mixer);
	card_destroy(next);
	card_destroy(amp);
	card_destroy(daw);
	statefile_close(dir, lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_new_streams),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_nameless),
		cmocka_unit_test(test_nameless_full),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_remembered),
		cmocka_unit_test(test_remembered_for_another),
		cmocka_unit_test(test_nameless_streams),
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, open_directory, remove_directory);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State files. The first line names the file ("connections.json", "patch-a.json", "levels.json" or
 * "levels-a.json"), the rest is its contents. What is loaded can be saved and loaded again, and is
 * the same. Loading changes nothing on the disk; what was not understood is put aside by saving.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/statefile.h"
#include "src/mixer/levels.h"
#include "src/patch/patch_memory.h"
#include "src/patch/patch_store.h"
#include "tests/fuzz/fuzz.h"

static int dir;

static ino_t number; /* of the file before anything was done */

static ino_t number_of(const char *name)
{
	struct stat status;

	return fstatat(dir, name, &status, 0) ? 0 : status.st_ino;
}

/* After loading: the file is where it was. */
static void check_there(const char *name, int err)
{
	FUZZ_CHECK(number_of(name) == number);
	FUZZ_CHECK(err == 0 || err == -EBADMSG || err == -EPROTO);
}

/* After saving: it is aside if it was not understood. `aside`: NULL if it was; as after -EPROTO. */
static void check_aside(const char *name, const char *aside)
{
	static const char *const all[] = { ".damaged", ".later", ".unread", ".old" };

	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s%s", name, all[i]);
		FUZZ_CHECK(number_of(path) == (aside && strcmp(aside, all[i]) == 0 ? number : 0));
		(void)unlinkat(dir, path, 0);
	}
	fuzz_accepted = !aside;
}

/* --- connections.json */

static void check_same_patch(const struct patch *a, const struct patch *b)
{
	FUZZ_CHECK(a->entry_count == b->entry_count);
	for (unsigned i = 0; i < a->entry_count; i++) {
		FUZZ_CHECK(strcmp(a->entries[i].from, b->entries[i].from) == 0);
		FUZZ_CHECK(strcmp(a->entries[i].to, b->entries[i].to) == 0);
		FUZZ_CHECK(a->entries[i].connected == b->entries[i].connected);
	}
}

static void try_connections(const char *name)
{
	struct patch *patch = patch_create(NULL, 0, false), *again;
	const char *aside;
	int err;

	FUZZ_CHECK(patch);
	err = patch_load(patch, dir);
	aside = patch->aside;
	check_there(name, err);
	FUZZ_CHECK(!err || !patch->entry_count);
	FUZZ_CHECK(patch->entry_count <= PATCH_MEMORY_MAX);
	FUZZ_CHECK(patch_save(patch, dir) == 0);
	check_aside(name, aside);
	again = patch_create(NULL, 0, true);
	FUZZ_CHECK(again && patch_load(again, dir) == 0);
	check_same_patch(patch, again);
	FUZZ_CHECK(patch_reload(patch, dir) == 0);
	check_same_patch(patch, again);
	patch_destroy(again);
	patch_destroy(patch);
}

/* --- patch-a.json */

static void count_patch(void *arg, const char *name, int connections)
{
	FUZZ_CHECK(strcmp(name, "a") == 0);
	*(int *)arg = connections;
}

static void try_stored_patch(const char *name)
{
	struct patch_set set = { .count = 0 }, again = { .count = 0 };
	int err = patch_store_read(dir, "a", &set);
	int listed = 0;

	check_there(name, err);
	FUZZ_CHECK(!err || !set.count);
	FUZZ_CHECK(patch_store_list(dir, count_patch, &listed) == 0);
	FUZZ_CHECK(listed == (err == -EPROTO ? PATCH_STORE_LATER
			      : err	     ? PATCH_STORE_UNREADABLE
					     : (int)set.count));
	check_there(name, err);
	FUZZ_CHECK(patch_store_write(dir, "a", &set) == 0);
	check_aside(name, statefile_aside(err));
	FUZZ_CHECK(patch_store_read(dir, "a", &again) == 0);
	FUZZ_CHECK(set.count == again.count);
	for (unsigned i = 0; i < set.count; i++) {
		FUZZ_CHECK(patch_set_has(&again, set.pairs[i].from, set.pairs[i].to));
	}
	FUZZ_CHECK(patch_store_list(dir, count_patch, &listed) == 0 && listed == (int)set.count);
	patch_set_finish(&set);
	patch_set_finish(&again);
}

/* --- levels.json, levels-a.json */

static void check_guest(void *arg, const char *name)
{
	float db;
	bool muted;

	levels_recall_guest(arg, name, &db, &muted);
	FUZZ_CHECK(isfinite(db) && db >= FADER_DB_MIN && db <= FADER_DB_MAX);
}

static void check_recall(struct levels *levels)
{
	static struct fader fader;
	const char *id;
	json_t *item;

	levels_each_guest(levels, check_guest, levels);

	json_object_foreach(levels->streams, id, item)
	{
		fader_init(&fader, PCM_CHANNELS_MAX);
		levels_recall(levels, id, true, &fader);
		FUZZ_CHECK(isfinite(fader.gain_db) && fader.gain_db <= FADER_DB_MAX);
		for (unsigned c = 0; c < PCM_CHANNELS_MAX; c++) {
			float amplitude = atomic_load(&fader.amplitudes.channels[c]);

			FUZZ_CHECK(isfinite(amplitude) && amplitude >= 0.0f);
		}
	}
}

static void try_levels(const char *name, const char *state)
{
	struct levels levels = { .unsaved = false }, again = { .unsaved = false };
	const char *aside;
	bool replaced;
	int err;

	FUZZ_CHECK(levels_init(&levels) == 0 && levels_init(&again) == 0);
	err = levels_load(&levels, dir, state, &replaced);
	check_there(name, err);
	FUZZ_CHECK(replaced == !err);
	check_recall(&levels);
	aside = state ? NULL : levels.aside;
	FUZZ_CHECK(levels_save(&levels, dir, state) == 0);
	if (state && !err && number_of("levels-a.json.damaged")) {
		aside = ".damaged"; /* in part */
	}
	check_aside(name, state && err ? statefile_aside(err) : aside);
	FUZZ_CHECK(levels_load(&again, dir, state, &replaced) == 0 && replaced);
	FUZZ_CHECK(json_equal(levels.streams, again.streams));
	FUZZ_CHECK(json_equal(levels.guests, again.guests));
	levels_finish(&levels);
	levels_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_text text = fuzz_text(data, size);
	char name[32];

	fuzz_begin();
	dir = dir ? dir : open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!fuzz_next(&text, name, sizeof(name))) {
		return 0;
	}
	if (strcmp(name, "connections.json") == 0) {
		fuzz_write_file(name, text.at, (size_t)(text.end - text.at));
		number = number_of(name);
		try_connections(name);
	} else if (strcmp(name, "patch-a.json") == 0) {
		fuzz_write_file(name, text.at, (size_t)(text.end - text.at));
		number = number_of(name);
		try_stored_patch(name);
	} else if (strcmp(name, "levels.json") == 0 || strcmp(name, "levels-a.json") == 0) {
		fuzz_write_file(name, text.at, (size_t)(text.end - text.at));
		number = number_of(name);
		try_levels(name, name[6] == '-' ? "a" : NULL);
	} else {
		return 0;
	}
	(void)unlinkat(dir, name, 0);
	return 0;
}

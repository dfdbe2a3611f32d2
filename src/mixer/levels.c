/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/mixer/levels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/guest_name.h"
#include "src/base/statefile.h"
#include "src/mixer/guest_key.h"
#include "src/sound/card.h"

/* Far more streams than any rig has. When full, the stream set longest ago is forgotten. */
#define LEVELS_MAX 4096u

/* Version 1, of xenjack 0.1.0, has no guests, and one id in it could stand for two's streams. */
#define VERSION 2
#define OLD_VERSION 1

/* levels.json, or a stored state's file. */
struct levels_file {
	char name[sizeof("levels-.json") + STATEFILE_NAME_MAX];
	struct statefile file;
};

/* -EINVAL if `state` is not a valid name. */
static int name_file(struct levels_file *file, const char *state)
{
	if (state && !statefile_is_name(state)) {
		return -EINVAL;
	}
	snprintf(file->name, sizeof(file->name), "levels%s%.*s.json", state ? "-" : "",
		 (int)STATEFILE_NAME_MAX, state ? state : "");
	file->file = (struct statefile){
		.name = file->name,
		/* A trim per channel in some 25 bytes, and an id with every byte escaped. */
		.bytes_max = (size_t)LEVELS_MAX * (PCM_CHANNELS_MAX * 32 + CARD_ID_MAX * 6 + 128) +
			     (size_t)LEVELS_GUESTS_MAX * (GUEST_KEY_MAX * 2 + 128),
		.version = VERSION,
		.oldest = OLD_VERSION,
		.holds = state ? "levels of this state" : "levels",
	};
	return 0;
}

static bool is_level(const json_t *value)
{
	return json_is_number(value) && json_number_value(value) >= (double)FADER_DB_MIN &&
	       json_number_value(value) <= (double)FADER_DB_MAX;
}

static bool is_settings(const json_t *item)
{
	const json_t *trims = json_object_get(item, "trims"), *trim;
	bool good = is_level(json_object_get(item, "gain")) &&
		    json_is_boolean(json_object_get(item, "muted")) && json_is_array(trims) &&
		    json_array_size(trims) <= PCM_CHANNELS_MAX;
	size_t i;

	json_array_foreach(trims, i, trim)
	{
		good = good && is_level(trim);
	}
	return good;
}

/* Drops those that make no sense; of too many, the ones set longest ago. */
static void clean_streams(json_t *streams, unsigned *left_out)
{
	const char *id;
	json_t *item;
	void *next;

	json_object_foreach_safe(streams, next, id, item)
	{
		if (!is_settings(item) || json_object_size(streams) > LEVELS_MAX) {
			json_object_del(streams, id);
			(*left_out)++;
		}
	}
}

/* Adds a stream under its first meaning, or under all others that there is room for. */
static int add_meanings_of(json_t *now, const char *old, json_t *item, bool others)
{
	char id[GUEST_NAME_ID_MAX + 1];

	if (strlen(old) > GUEST_NAME_ID_MAX) {
		/* No stream of ours, but not ours to drop. */
		return json_object_set(now, old, item);
	}
	for (unsigned n = others; guest_name_of_old(id, old, n); n++) {
		bool fits = !others ||
			    (!json_object_get(now, id) && json_object_size(now) < LEVELS_MAX);

		if (fits && json_object_set(now, id, item)) {
			return -1;
		}
		if (!others) {
			break;
		}
	}
	return 0;
}

/* The same for all. */
static int add_meanings(json_t *now, json_t *streams, bool others)
{
	const char *old;
	json_t *item;

	json_object_foreach(streams, old, item)
	{
		if (add_meanings_of(now, old, item, others)) {
			return -1;
		}
	}
	return 0;
}

/* A copy with those that a file may keep; NULL if out of memory. */
static json_t *lasting(json_t *streams)
{
	json_t *copy = json_copy(streams), *item;
	const char *id;
	void *next;

	json_object_foreach_safe(copy, next, id, item)
	{
		if (guest_name_is_of_nameless(id)) {
			json_object_del(copy, id);
		}
	}
	return copy;
}

/* The streams by the ids that they have now; NULL if out of memory. */
static json_t *by_new_ids(json_t *streams, int version)
{
	json_t *now, *kept = NULL;

	if (version > OLD_VERSION) {
		return lasting(streams);
	}
	now = json_object();
	if (now && !add_meanings(now, streams, false) && !add_meanings(now, streams, true)) {
		kept = lasting(now);
	}
	json_decref(now);
	return kept;
}

static void clean_guests(json_t *guests, unsigned *left_out)
{
	char name[GUEST_KEY_MAX + 1];
	const char *key;
	json_t *item;
	void *next;

	json_object_foreach_safe(guests, next, key, item)
	{
		if (!guest_key_name(key, name) || !is_level(json_object_get(item, "gain")) ||
		    !json_is_boolean(json_object_get(item, "muted")) ||
		    json_object_size(guests) > LEVELS_GUESTS_MAX) {
			json_object_del(guests, key);
			(*left_out)++;
		}
	}
}

/* Without levels, only checks. */
static const char *take_state(void *arg, json_t *root, int version, unsigned *left_out)
{
	json_t *streams = json_object_get(root, "streams"), *now;
	json_t *guests = json_object_get(root, "guests");
	struct levels *levels = arg;

	if (!json_is_object(streams)) {
		return "the list of streams is missing";
	}
	clean_streams(streams, left_out);
	if (version > OLD_VERSION) {
		*left_out += !json_is_object(guests);
		clean_guests(guests, left_out);
	}
	if (*left_out && !json_object_size(streams) && !json_object_size(guests)) {
		return "no level makes sense";
	}
	now = levels ? by_new_ids(streams, version) : NULL;
	if (levels && !now) {
		return statefile_no_memory;
	}
	if (levels) {
		json_decref(levels->streams);
		levels->streams = now;
	}
	if (levels && version > OLD_VERSION && json_is_object(guests)) {
		json_decref(levels->guests);
		levels->guests = json_incref(guests);
	}
	return NULL;
}

/* All levels, for a file. */
static json_t *content_of(const struct levels *levels)
{
	return json_pack("{s:o, s:O}", "streams", lasting(levels->streams), "guests",
			 levels->guests);
}

int levels_load(struct levels *levels, int dir, const char *state, bool *replaced)
{
	json_t *before = json_incref(levels->streams), *guests = json_incref(levels->guests);
	struct levels_file file = { .name = "" };
	int err = name_file(&file, state);

	err = err ? err : statefile_load(&file.file, dir, take_state, levels);
	if (!state) {
		levels->aside = statefile_aside(err);
	}
	*replaced = levels->streams != before;
	if (*replaced) {
		/* Guests' levels that were kept may be in no file. */
		levels->unsaved = state || (levels->guests == guests && json_object_size(guests));
	}
	json_decref(before);
	json_decref(guests);
	return err == STATEFILE_IN_PART ? 0 : err;
}

static int save_state(const struct levels *levels, int dir, struct levels_file *file)
{
	int err;

	/* What is wrong with the one that is there is said where it is read. */
	file->file.holds = NULL;
	err = statefile_load(&file->file, dir, take_state, NULL);
	if (err == -ENOMEM) {
		return err;
	}
	err = statefile_save(&file->file, dir, content_of(levels), statefile_aside(err));
	if (err) {
		(void)statefile_put_aside(&file->file, dir, ".old");
	}
	return err;
}

int levels_save(struct levels *levels, int dir, const char *state)
{
	struct levels_file file = { .name = "" };
	int err = name_file(&file, state);

	if (err || state) {
		return err ? err : save_state(levels, dir, &file);
	}
	err = statefile_save(&file.file, dir, content_of(levels), levels->aside);
	levels->unsaved = err != 0;
	levels->aside = err ? levels->aside : NULL;
	return err;
}

void levels_move(struct levels *levels, int dir)
{
	struct levels_file file = { .name = "" };

	(void)name_file(&file, NULL);
	levels->aside = statefile_find(&file.file, dir);
	/* Somebody has put one there: it stays until there is something new. */
	levels->unsaved |= !levels->aside &&
			   (json_object_size(levels->streams) || json_object_size(levels->guests));
}

void levels_delete(int dir, const char *state)
{
	struct levels_file file = { .name = "" };

	if (name_file(&file, state) == 0) {
		(void)unlinkat(dir, file.name, 0);
	}
}

static json_t *pack(const struct fader *fader)
{
	json_t *trims = json_array();

	for (uint32_t c = 0; c < fader->channels; c++) {
		(void)json_array_append_new(trims, json_real((double)fader->trim_db[c]));
	}
	return json_pack("{s:f, s:b, s:o}", "gain", (double)fader->gain_db, "muted", fader->muted,
			 "trims", trims);
}

void levels_learn(struct levels *levels, const char *id, const struct fader *fader)
{
	json_t *streams = levels->streams;

	/* Delete first: entries are kept in the order in which they were last set. */
	json_object_del(streams, id);
	if (json_object_size(streams) >= LEVELS_MAX) {
		json_object_del(streams, json_object_iter_key(json_object_iter(streams)));
	}
	(void)json_object_set_new(streams, id, pack(fader));
	levels->unsaved = true;
}

void levels_recall(const struct levels *levels, const char *id, bool new_muted, struct fader *fader)
{
	const json_t *item = json_object_get(levels->streams, id), *trim;
	float trims_db[PCM_CHANNELS_MAX] = { 0 };
	size_t c;

	json_array_foreach(json_object_get(item, "trims"), c, trim)
	{
		if (c < fader->channels) {
			trims_db[c] = (float)json_number_value(trim);
		}
	}
	fader_set_levels(fader, (float)json_number_value(json_object_get(item, "gain")), trims_db,
			 item ? json_is_true(json_object_get(item, "muted")) : new_muted);
}

/* --- guests */

int levels_learn_guest(struct levels *levels, const char *name, float db, bool muted)
{
	char key[GUEST_KEY_MAX + 1];

	if (!guest_key_of(name, key)) {
		return -ENOSPC;
	}
	if (db == 0.0f && !muted) {
		levels->unsaved |= json_object_del(levels->guests, key) == 0;
		return 0;
	}
	if (json_object_size(levels->guests) >= LEVELS_GUESTS_MAX &&
	    !json_object_get(levels->guests, key)) {
		return -ENOSPC;
	}
	if (json_object_set_new(levels->guests, key,
				json_pack("{s:f, s:b}", "gain", (double)db, "muted", muted))) {
		return -ENOMEM;
	}
	levels->unsaved = true;
	return 0;
}

void levels_recall_guest(const struct levels *levels, const char *name, float *db, bool *muted)
{
	char key[GUEST_KEY_MAX + 1];
	const json_t *item = guest_key_of(name, key) ? json_object_get(levels->guests, key) : NULL;

	*db = fader_clamp((float)json_number_value(json_object_get(item, "gain")));
	*muted = json_is_true(json_object_get(item, "muted"));
}

void levels_each_guest(const struct levels *levels, void (*each)(void *arg, const char *name),
		       void *arg)
{
	char name[GUEST_KEY_MAX + 1];
	const char *key;
	json_t *item;

	json_object_foreach(levels->guests, key, item)
	{
		if (guest_key_name(key, name)) {
			each(arg, name);
		}
	}
}

int levels_init(struct levels *levels)
{
	*levels = (struct levels){ .streams = json_object(), .guests = json_object() };
	if (!levels->streams || !levels->guests) {
		levels_finish(levels);
		return -ENOMEM;
	}
	return 0;
}

void levels_finish(struct levels *levels)
{
	json_decref(levels->streams);
	json_decref(levels->guests);
	levels->streams = levels->guests = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/desk.h"
#include "src/statefile.h"

/* Streams that are remembered, far more than a rig has; the one set longest ago goes first. */
#define MEMORY_MAX 4096u

/* The memory's file, or that of a state that a user has named. */
struct memory_file {
	char name[sizeof("levels-.json") + STATEFILE_NAME_MAX];
	struct statefile file;
};

/* 0, or -EINVAL for what is no name of a state. */
static int name_file(struct memory_file *file, const char *state)
{
	if (state && !statefile_is_name(state)) {
		return -EINVAL;
	}
	snprintf(file->name, sizeof(file->name), "levels%s%.*s.json", state ? "-" : "",
		 (int)STATEFILE_NAME_MAX, state ? state : "");
	file->file = (struct statefile){
		.name = file->name,
		/* A trim for each of 64 channels, in some 25 bytes, and a name escaped byte for
		 * byte. */
		.bytes_max = (size_t)MEMORY_MAX *
			     (PCM_CHANNELS_MAX * 32 + CONTROL_ID_MAX * 6 + 128),
		.version = 1,
		.key = "streams",
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

static const char *check_state(void *arg, json_t *streams)
{
	const char *id;
	json_t *item;

	(void)arg;
	if (!json_is_object(streams) || json_object_size(streams) > MEMORY_MAX) {
		return "it has no streams, or too many";
	}
	json_object_foreach(streams, id, item)
	{
		if (!is_settings(item)) {
			return "the levels of a stream in it make no sense";
		}
	}
	return NULL;
}

static const char *take_state(void *arg, json_t *streams)
{
	const char *wrong = check_state(NULL, streams);
	struct desk *desk = arg;

	if (!wrong) {
		json_decref(desk->memory);
		desk->memory = json_incref(streams);
	}
	return wrong;
}

static int load(struct desk *desk, int dir, const char *state)
{
	struct memory_file file = { .name = "" };
	int err = name_file(&file, state);

	return err ? err : statefile_load(&file.file, dir, take_state, desk);
}

int desk_load(struct desk *desk, int dir)
{
	return load(desk, dir, NULL);
}

int desk_save(struct desk *desk, int dir)
{
	struct memory_file file = { .name = "" };
	int err = name_file(&file, NULL);

	err = err ? err : statefile_save(&file.file, dir, json_incref(desk->memory));
	desk->unsaved = err != 0;
	return err;
}

int desk_save_state(const struct desk *desk, int dir, const char *state)
{
	struct memory_file file = { .name = "" };
	int err = name_file(&file, state);

	/* Puts a damaged one aside, which must not be replaced. */
	err = err ? err : statefile_load(&file.file, dir, check_state, NULL);
	if (err && err != -EBADMSG) {
		return err;
	}
	err = statefile_save(&file.file, dir, json_incref(desk->memory));
	if (err) {
		/* What was saved before does not go with the patch that was stored now. */
		desk_delete_state(dir, state);
	}
	return err;
}

void desk_delete_state(int dir, const char *state)
{
	struct memory_file file = { .name = "" };

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

/* Without memory it is forgotten, and nothing else. */
void desk_learn(struct desk *desk, const struct control_stream *stream)
{
	json_t *memory = desk->memory;

	/* Again, at the end: the order is that of setting. */
	json_object_del(memory, stream->id);
	if (json_object_size(memory) >= MEMORY_MAX) {
		json_object_del(memory, json_object_iter_key(json_object_iter(memory)));
	}
	(void)json_object_set_new(memory, stream->id, pack(&stream->slot->strip.fader));
	desk->unsaved = true;
}

void desk_recall(const struct desk *desk, const struct control_stream *stream)
{
	const json_t *item = json_object_get(desk->memory, stream->id), *trim;
	struct fader *fader = &stream->slot->strip.fader;
	float trims_db[PCM_CHANNELS_MAX] = { 0 };
	size_t c;

	json_array_foreach(json_object_get(item, "trims"), c, trim)
	{
		if (c < fader->channels) {
			trims_db[c] = (float)json_number_value(trim);
		}
	}
	fader_set_levels(fader, (float)json_number_value(json_object_get(item, "gain")), trims_db,
			 json_is_true(json_object_get(item, "muted")));
}

static void restore(struct desk *desk, const struct control_stream *stream)
{
	struct fader *fader = &stream->slot->strip.fader;
	float gain_db = fader->gain_db, trims_db[PCM_CHANNELS_MAX];
	bool muted = fader->muted;

	memcpy(trims_db, fader->trim_db, sizeof(trims_db));
	desk_recall(desk, stream);
	desk_moved(desk, stream);
	if (fader->gain_db != gain_db) {
		desk_announce(desk, CONTROL_STREAM_LEVEL, stream, CONTROL_GAIN);
	}
	for (uint32_t c = 0; c < fader->channels; c++) {
		if (fader->trim_db[c] != trims_db[c]) {
			desk_announce(desk, CONTROL_STREAM_LEVEL, stream,
				      CONTROL_TRIM + (uint64_t)c * CONTROL_TRIM_CHANNEL);
		}
	}
	if (fader->muted != muted) {
		desk_announce(desk, CONTROL_STREAM_LEVEL, stream, CONTROL_MUTE);
	}
}

int desk_reload(struct desk *desk, int dir, const char *state)
{
	json_t *before = json_incref(desk->memory);
	int err = load(desk, dir, state);

	if (desk->memory != before) {
		desk->unsaved = state;
		for (unsigned i = 0; i < desk->count; i++) {
			restore(desk, &desk->streams[i]);
		}
	}
	json_decref(before);
	return err;
}

int desk_init(struct desk *desk)
{
	*desk = (struct desk){ .memory = json_object(), .status.server = "" };
	return desk->memory ? 0 : -ENOMEM;
}

void desk_forget(struct desk *desk)
{
	json_decref(desk->memory);
	desk->memory = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/patch/patch_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/statefile.h"
#include "src/patch/patch_memory.h"
#include "src/patch/patch_old.h"

#define PREFIX "patch-"
#define SUFFIX ".json"
#define FILE_NAME_MAX (sizeof(PREFIX SUFFIX) + STATEFILE_NAME_MAX)

/* A stored patch's file; file.name points at name. */
struct store_file {
	char name[FILE_NAME_MAX];
	struct statefile file;
};

static int name_file(struct store_file *file, int dir, const char *name)
{
	if (!name || !statefile_is_name(name)) {
		return -EINVAL;
	}
	snprintf(file->name, sizeof(file->name), PREFIX "%.*s" SUFFIX, (int)STATEFILE_NAME_MAX,
		 name);
	file->file = (struct statefile){
		.name = file->name,
		/* The longest names, with every byte escaped. */
		.bytes_max = (size_t)PATCH_MEMORY_MAX * (2 * PATCH_ID_MAX * 6 + 64),
		.version = PATCH_VERSION,
		.oldest = PATCH_OLD_VERSION,
		.key = "connections",
		.holds = "connections of this patch",
	};
	return dir < 0 ? -EOPNOTSUPP : 0;
}

struct taking {
	struct patch_set *set;
	bool taken;
};

/* A connection that was just added was stored by other ids. */
static int add_was(struct patch_set *set, const json_t *was)
{
	struct patch_pair *pair = &set->pairs[set->count - 1];
	const char *from = json_string_value(json_object_get(was, "from"));
	const char *to = json_string_value(json_object_get(was, "to"));

	if (!from || !to || !patch_is_id(from) || !patch_is_id(to)) {
		return -EINVAL;
	}
	pair->was[0] = strdup(from);
	pair->was[1] = strdup(to);
	return pair->was[0] && pair->was[1] ? 0 : -ENOMEM;
}

/* Adds a connection's first meaning, or all others that there is room for. */
static int add(struct patch_set *set, const json_t *item, int version, bool others)
{
	const char *from = json_string_value(json_object_get(item, "from"));
	const char *to = json_string_value(json_object_get(item, "to"));
	struct patch_old_pair pair;
	const json_t *was = others ? NULL : json_object_get(item, "was");
	unsigned count = set->count;
	int err = from && to && patch_is_id(from) && patch_is_id(to) ? 0 : -EINVAL;

	for (unsigned n = others; !err && patch_old_read(&pair, from, to, version, n); n++) {
		err = patch_set_add(set, pair.from, pair.to);
		if (!others) {
			break;
		}
	}
	if (was && !err && set->count > count) {
		err = add_was(set, was);
	}
	return others && err == -ENOSPC ? 0 : err;
}

static const char *take(void *arg, json_t *list, int version, unsigned *left_out)
{
	const json_t *item;
	struct taking *taking = arg;
	size_t i;

	if (!json_is_array(list)) {
		return "the list of connections is missing";
	}
	for (unsigned others = 0; others < 2; others++) {
		json_array_foreach(list, i, item)
		{
			int err = add(taking->set, item, version, others);

			if (err == -ENOMEM) {
				patch_set_finish(taking->set);
				return statefile_no_memory;
			}
			*left_out += err && !others;
		}
	}
	taking->taken = true;
	return NULL;
}

static int read_set(int dir, const struct store_file *file, struct patch_set *set)
{
	struct taking taking = { .set = set };
	int err = statefile_load(&file->file, dir, take, &taking);

	if (err == STATEFILE_IN_PART) {
		/* To recall a part is to cut the rest. */
		patch_set_finish(set);
		err = -EBADMSG;
	}
	return err || taking.taken ? err : -ENOENT;
}

int patch_store_read(int dir, const char *name, struct patch_set *set)
{
	struct store_file file;
	int err = name_file(&file, dir, name);

	return err ? err : read_set(dir, &file, set);
}

/* --- listing */

struct names {
	char all[PATCH_STORE_COUNT_MAX][STATEFILE_NAME_MAX + 1];
	unsigned count;
};

static bool parse_file_name(const char *file, char name[STATEFILE_NAME_MAX + 1])
{
	size_t length = strlen(file), around = strlen(PREFIX SUFFIX);

	if (length <= around || length > around + STATEFILE_NAME_MAX ||
	    strncmp(file, PREFIX, strlen(PREFIX)) != 0 ||
	    strcmp(file + length - strlen(SUFFIX), SUFFIX) != 0) {
		return false;
	}
	snprintf(name, STATEFILE_NAME_MAX + 1, "%.*s", (int)(length - around),
		 file + strlen(PREFIX));
	return statefile_is_name(name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int list_names(int dir, struct names *names)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	names->count = 0;
	if (!stream) {
		err = statefile_error(dir, -errno);
		if (fd >= 0) {
			close(fd);
		}
		return err;
	}
	while (names->count < PATCH_STORE_COUNT_MAX && (entry = readdir(stream))) {
		names->count += parse_file_name(entry->d_name, names->all[names->count]);
	}
	closedir(stream);
	qsort(names->all, names->count, sizeof(names->all[0]), compare_names);
	/* A directory that is removed can still be opened, and is empty. */
	err = statefile_error(dir, -ENOENT);
	return err == -ENOENT ? 0 : err;
}

int patch_store_list(int dir, void (*each)(void *arg, const char *name, int connections), void *arg)
{
	struct names names;
	int err = dir < 0 ? -EOPNOTSUPP : list_names(dir, &names);

	for (unsigned i = 0; !err && i < names.count; i++) {
		struct patch_set set = { .count = 0 };
		struct store_file file;
		int wrong;

		(void)name_file(&file, dir, names.all[i]);
		/* What is wrong with one is said where it is recalled, not with each list. */
		file.file.holds = NULL;
		wrong = read_set(dir, &file, &set);
		if (wrong != -ENOENT) {
			each(arg, names.all[i],
			     !wrong		? (int)set.count
			     : wrong == -EPROTO ? PATCH_STORE_LATER
						: PATCH_STORE_UNREADABLE);
		}
		patch_set_finish(&set);
	}
	return err;
}

/* --- changes */

static int write_set(int dir, const struct statefile *file, const struct patch_set *set,
		     const char *aside)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < set->count; i++) {
		const struct patch_pair *pair = &set->pairs[i];
		/* JACK names may be any bytes; only those that are not UTF-8 are left out. */
		json_t *item = json_pack("{s:s, s:s}", "from", pair->from, "to", pair->to);

		if (pair->was[0]) {
			(void)json_object_set_new(
				item, "was",
				json_pack("{s:s, s:s}", "from", pair->was[0], "to", pair->was[1]));
		}
		(void)json_array_append_new(list, item);
	}
	return statefile_save(file, dir, list, aside);
}

int patch_store_write(int dir, const char *name, const struct patch_set *set)
{
	struct patch_set before = { .count = 0 };
	struct store_file file;
	struct names names;
	int err = name_file(&file, dir, name);

	if (err) {
		return err;
	}
	file.file.holds = NULL;
	err = read_set(dir, &file, &before);
	patch_set_finish(&before);
	if (err == -ENOENT) {
		err = list_names(dir, &names);
		err = !err && names.count == PATCH_STORE_COUNT_MAX ? -ENOSPC : err;
		return err ? err : write_set(dir, &file.file, set, NULL);
	}
	return err == -ENOMEM ? err : write_set(dir, &file.file, set, statefile_aside(err));
}

/* --- ports that were renamed */

int patch_renames_add(struct patch_renames *renames, const char *before, const char *now)
{
	struct patch_rename *last = renames->count ? &renames->all[renames->count - 1] : NULL;
	struct patch_rename *all, fresh = { strdup(before), strdup(now) };

	if (last && fresh.now && strcmp(last->now, before) == 0) {
		free(fresh.before);
		free(last->now);
		last->now = fresh.now;
		return 0;
	}
	all = reallocarray(renames->all, renames->count + 1, sizeof(*all));
	if (all) {
		renames->all = all;
	}
	if (!all || !fresh.before || !fresh.now || renames->count == PATCH_RENAMES_MAX) {
		free(fresh.before);
		free(fresh.now);
		return renames->count == PATCH_RENAMES_MAX ? -ENOSPC : -ENOMEM;
	}
	all[renames->count++] = fresh;
	return 0;
}

void patch_renames_finish(struct patch_renames *renames)
{
	for (unsigned i = 0; i < renames->count; i++) {
		free(renames->all[i].before);
		free(renames->all[i].now);
	}
	free(renames->all);
	*renames = (struct patch_renames){ .count = 0 };
}

static int rename_in(int dir, const char *name, const struct patch_renames *renames)
{
	struct patch_set set = { .count = 0 };
	struct store_file file;
	int err, renamed = 0;

	(void)name_file(&file, dir, name);
	file.file.holds = NULL;
	err = read_set(dir, &file, &set);
	if (err && err != -ENOMEM) {
		/* It says what is wrong with it where it is recalled. */
		return 0;
	}
	for (unsigned i = 0; !err && i < renames->count; i++) {
		int each = patch_set_rename(&set, renames->all[i].before, renames->all[i].now);

		err = each < 0 ? each : 0;
		renamed |= each;
	}
	err = !err && renamed ? write_set(dir, &file.file, &set, NULL) : err;
	patch_set_finish(&set);
	return err;
}

int patch_store_rename(int dir, const struct patch_renames *renames)
{
	struct names names = { .count = 0 };
	int err = dir < 0 || !renames->count ? 0 : list_names(dir, &names);

	for (unsigned i = 0; i < names.count; i++) {
		int each = rename_in(dir, names.all[i], renames);

		err = err ? err : each;
	}
	return err;
}

int patch_store_delete(int dir, const char *name)
{
	struct store_file file;
	int err = name_file(&file, dir, name);

	if (!err && unlinkat(dir, file.name, 0)) {
		err = statefile_error(dir, -errno);
	}
	return err;
}

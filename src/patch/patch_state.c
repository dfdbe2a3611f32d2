/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "src/base/guest_name.h"
#include "src/base/statefile.h"
#include "src/patch/patch_memory.h"
#include "src/patch/patch_old.h"

static const struct statefile state_file = {
	.name = "connections.json",
	/* All entries, with the longest names and every byte escaped. */
	.bytes_max = (size_t)PATCH_MEMORY_MAX * (2 * PATCH_ID_MAX * 6 + 64),
	.version = PATCH_VERSION,
	.oldest = PATCH_OLD_VERSION,
	.key = "connections",
	.holds = "connections",
};

/* Whether a file may keep a connection. */
static bool is_lasting(const char *from, const char *to)
{
	return !guest_name_is_of_nameless(from) && !guest_name_is_of_nameless(to);
}

/* Learns an entry's first meaning, or all others as long as nothing is forgotten for them. */
static int read_entry(struct patch *patch, const json_t *item, int version, bool others)
{
	const char *from = json_string_value(json_object_get(item, "from"));
	const char *to = json_string_value(json_object_get(item, "to"));
	const json_t *connected = json_object_get(item, "connected");
	struct patch_old_pair pair;
	int err = from && to && patch_is_id(from) && patch_is_id(to) && json_is_boolean(connected)
			  ? 0
			  : -EINVAL;

	/* Learning one more would forget another. */
	if (!others && patch->entry_count == PATCH_MEMORY_MAX) {
		err = -ENOSPC;
	}

	for (unsigned n = others; !err && patch_old_read(&pair, from, to, version, n); n++) {
		if (is_lasting(pair.from, pair.to) &&
		    (!others || patch->entry_count < PATCH_MEMORY_MAX)) {
			err = patch_learn(patch, pair.from, pair.to, json_is_true(connected));
		}
		if (!others) {
			break;
		}
	}
	return err;
}

/* Learns a state file's connections. Returns NULL, or what is wrong with the file. */
static const char *read_state(struct patch *patch, const json_t *list, int version,
			      unsigned *left_out)
{
	size_t i;
	json_t *item;

	if (!json_is_array(list)) {
		return "the list of connections is missing";
	}
	for (unsigned others = 0; others < 2; others++) {
		json_array_foreach(list, i, item)
		{
			int err = read_entry(patch, item, version, others);

			if (err == -ENOMEM) {
				return statefile_no_memory;
			}
			*left_out += err && !others;
		}
	}
	return *left_out && !patch->entry_count ? "no connection makes sense" : NULL;
}

static const char *take_state(void *arg, json_t *list, int version, unsigned *left_out)
{
	struct patch *patch = arg;
	const char *wrong = read_state(patch, list, version, left_out);

	while (wrong && patch->entry_count) {
		const struct patch_entry *last = &patch->entries[patch->entry_count - 1];

		patch_forget(patch, last->from, last->to);
	}
	patch->loaded = !wrong;
	return wrong;
}

int patch_load(struct patch *patch, int dir)
{
	int err = statefile_load(&state_file, dir, take_state, patch);

	patch->aside = statefile_aside(err);
	return err == STATEFILE_IN_PART ? 0 : err;
}

int patch_reload(struct patch *patch, int dir)
{
	struct patch *fresh = patch_create(NULL, 0, false);
	int err = fresh ? patch_load(fresh, dir) : -ENOMEM;

	if (fresh) {
		patch->aside = fresh->aside;
	}
	if (!err && fresh->loaded) {
		patch_exchange(patch, fresh);
	}
	patch_destroy(fresh);
	return err;
}

int patch_save(struct patch *patch, int dir)
{
	json_t *list = json_array();
	int err;

	for (unsigned i = 0; i < patch->entry_count; i++) {
		const struct patch_entry *entry = &patch->entries[i];

		if (!is_lasting(entry->from, entry->to)) {
			continue;
		}
		/* JACK names may be any bytes; only those that are not UTF-8 are left out. */
		(void)json_array_append_new(list,
					    json_pack("{s:s, s:s, s:b}", "from", entry->from, "to",
						      entry->to, "connected", entry->connected));
	}
	err = statefile_save(&state_file, dir, list, patch->aside);
	patch->aside = err ? patch->aside : NULL;
	return err;
}

bool patch_move(struct patch *patch, int dir)
{
	patch->aside = statefile_find(&state_file, dir);
	/* Somebody has put one there: it stays until there is something new. */
	return !patch->aside && patch->entry_count;
}

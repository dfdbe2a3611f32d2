/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "src/patch_memory.h"
#include "src/statefile.h"

static const struct statefile state_file = {
	.name = "connections.json",
	/* The entries that there can be, their longest names escaped byte for byte. */
	.bytes_max = (size_t)PATCH_MEMORY_MAX * (2 * PATCH_ID_MAX * 6 + 64),
	.version = 1,
	.key = "connections",
	.holds = "connections",
};

/* Takes all that a state file says, or says what is wrong with it. */
static const char *read_state(struct patch *patch, const json_t *list)
{
	size_t i;
	json_t *item;

	if (!json_is_array(list)) {
		return "it has no connections";
	}
	json_array_foreach(list, i, item)
	{
		const char *from = json_string_value(json_object_get(item, "from"));
		const char *to = json_string_value(json_object_get(item, "to"));
		const json_t *connected = json_object_get(item, "connected");

		if (!from || !to || !json_is_boolean(connected) ||
		    patch_learn(patch, from, to, json_is_true(connected))) {
			return "a connection in it makes no sense";
		}
	}
	return NULL;
}

static const char *take_state(void *arg, json_t *list)
{
	struct patch *patch = arg;
	const char *wrong = read_state(patch, list);

	while (wrong && patch->entry_count) {
		const struct patch_entry *last = &patch->entries[patch->entry_count - 1];

		patch_forget(patch, last->from, last->to);
	}
	patch->loaded = !wrong;
	return wrong;
}

int patch_load(struct patch *patch, int dir)
{
	return statefile_load(&state_file, dir, take_state, patch);
}

/* The entries are the other's, and the other way round. */
static void exchange(struct patch *a, struct patch *b)
{
	unsigned count = a->entry_count > b->entry_count ? a->entry_count : b->entry_count;

	for (unsigned i = 0; i < count; i++) {
		struct patch_entry entry = a->entries[i];

		a->entries[i] = b->entries[i];
		b->entries[i] = entry;
	}
	count = a->entry_count;
	a->entry_count = b->entry_count;
	b->entry_count = count;
}

int patch_reload(struct patch *patch, int dir)
{
	struct patch *fresh = patch_create(NULL, 0, false);
	int err = fresh ? patch_load(fresh, dir) : -ENOMEM;

	if (!err && fresh->loaded) {
		exchange(patch, fresh);
	}
	patch_destroy(fresh);
	return err;
}

int patch_save(const struct patch *patch, int dir)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < patch->entry_count; i++) {
		const struct patch_entry *entry = &patch->entries[i];

		/* JACK's names are bytes; one that is no UTF-8 is left out, and nothing else. */
		(void)json_array_append_new(list,
					    json_pack("{s:s, s:s, s:b}", "from", entry->from, "to",
						      entry->to, "connected", entry->connected));
	}
	return statefile_save(&state_file, dir, list);
}

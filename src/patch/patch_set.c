/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/patch/patch_memory.h"

bool patch_set_has(const struct patch_set *set, const char *from, const char *to)
{
	for (unsigned i = 0; i < set->count; i++) {
		if (strcmp(set->pairs[i].from, from) == 0 && strcmp(set->pairs[i].to, to) == 0) {
			return true;
		}
	}
	return false;
}

int patch_set_add(struct patch_set *set, const char *from, const char *to)
{
	struct patch_pair *pairs, pair;

	if (!patch_is_id(from) || !patch_is_id(to)) {
		return -EINVAL;
	}
	if (patch_set_has(set, from, to)) {
		return 0;
	}
	if (set->count == PATCH_MEMORY_MAX) {
		return -ENOSPC;
	}
	pairs = reallocarray(set->pairs, set->count + 1, sizeof(*pairs));
	if (pairs) {
		set->pairs = pairs;
	}
	pair = (struct patch_pair){ strdup(from), strdup(to) };
	if (!pairs || !pair.from || !pair.to) {
		free(pair.from);
		free(pair.to);
		return -ENOMEM;
	}
	pairs[set->count++] = pair;
	return 0;
}

void patch_set_finish(struct patch_set *set)
{
	for (unsigned i = 0; i < set->count; i++) {
		free(set->pairs[i].from);
		free(set->pairs[i].to);
	}
	free(set->pairs);
	*set = (struct patch_set){ .count = 0 };
}

/* Whether a recall concerns this port: it is a guest's, and exists or is in the set. */
static bool is_concerned(const char *id, const struct patch_set *set,
			 const struct patch_port *ports, unsigned port_count)
{
	/* JACK names have a ':', ids of guests' ports have none. */
	if (strchr(id, ':')) {
		return false;
	}
	for (unsigned i = 0; i < port_count; i++) {
		if (strcmp(ports[i].id, id) == 0) {
			return true;
		}
	}
	for (unsigned i = 0; i < set->count; i++) {
		if (strcmp(set->pairs[i].from, id) == 0 || strcmp(set->pairs[i].to, id) == 0) {
			return true;
		}
	}
	return false;
}

/* Copies the entries of ports that the recall does not concern. */
static int copy_rest(struct patch *fresh, const struct patch *patch, const struct patch_set *set,
		     const struct patch_port *ports, unsigned port_count)
{
	int err = 0;

	for (unsigned i = 0; i < patch->entry_count && !err; i++) {
		const struct patch_entry *entry = &patch->entries[i];

		if (!is_concerned(entry->from, set, ports, port_count) &&
		    !is_concerned(entry->to, set, ports, port_count)) {
			err = patch_learn(fresh, entry->from, entry->to, entry->connected);
		}
	}
	return err;
}

static int fill(struct patch *patch, const struct patch_set *set, const struct patch_port *ports,
		unsigned port_count)
{
	struct patch_link *links;
	unsigned count = 0;
	int err = 0;

	for (unsigned i = 0; i < set->count && !err; i++) {
		err = patch_learn(patch, set->pairs[i].from, set->pairs[i].to, true);
	}
	links = err ? NULL : patch_plan(patch, ports, port_count, &count);
	err = links || err ? err : -ENOMEM;
	for (unsigned i = 0; i < count && !err; i++) {
		const char *from = ports[links[i].from].id, *to = ports[links[i].to].id;

		if (patch_wants(&links[i]) && !patch_set_has(set, from, to)) {
			err = patch_learn(patch, from, to, false);
		}
	}
	free(links);
	return err;
}

int patch_recall(struct patch *patch, const struct patch_set *set, const struct patch_port *ports,
		 unsigned port_count)
{
	struct patch *fresh = patch_create(patch->routes, patch->route_count, patch->autoconnect);
	int err = fresh ? copy_rest(fresh, patch, set, ports, port_count) : -ENOMEM;

	err = err ? err : fill(fresh, set, ports, port_count);
	if (!err) {
		patch_exchange(patch, fresh);
	}
	patch_destroy(fresh);
	return err;
}

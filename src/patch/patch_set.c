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
	pair = (struct patch_pair){ strdup(from), strdup(to), { NULL, NULL } };
	if (!pairs || !pair.from || !pair.to) {
		free(pair.from);
		free(pair.to);
		return -ENOMEM;
	}
	pairs[set->count++] = pair;
	return 0;
}

static void free_pair(struct patch_pair *pair)
{
	free(pair->from);
	free(pair->to);
	free(pair->was[0]);
	free(pair->was[1]);
}

/* Keeps the ids of the time when it was stored. */
static int keep(struct patch_pair *pair)
{
	if (pair->was[0]) {
		return 0;
	}
	pair->was[0] = strdup(pair->from);
	pair->was[1] = strdup(pair->to);
	if (pair->was[0] && pair->was[1]) {
		return 0;
	}
	free(pair->was[0]);
	free(pair->was[1]);
	pair->was[0] = pair->was[1] = NULL;
	return -ENOMEM;
}

int patch_set_rename(struct patch_set *set, const char *before, const char *now)
{
	int renamed = 0;

	if (strcmp(before, now) == 0 || !patch_is_id(now)) {
		return 0;
	}
	for (unsigned i = 0; i < set->count; i++) {
		struct patch_pair *pair = &set->pairs[i];
		char **end = strcmp(pair->from, before) == 0 ? &pair->from : &pair->to;
		char *fresh;

		if (strcmp(*end, before) != 0) {
			continue;
		}
		fresh = strdup(now);
		if (!fresh || keep(pair)) {
			free(fresh);
			return -ENOMEM;
		}
		free(*end);
		*end = fresh;
		renamed = 1;
	}
	return renamed;
}

static bool exists(const char *id, const struct patch_port *ports, unsigned port_count)
{
	for (unsigned i = 0; i < port_count; i++) {
		if (strcmp(ports[i].id, id) == 0) {
			return true;
		}
	}
	return false;
}

static void settle(char **id, char **was, const struct patch_port *ports, unsigned port_count)
{
	if (*was && strcmp(*id, *was) != 0 && !exists(*id, ports, port_count) &&
	    exists(*was, ports, port_count)) {
		char *other = *id;

		*id = *was;
		*was = other;
	}
}

void patch_set_settle(struct patch_set *set, const struct patch_port *ports, unsigned port_count)
{
	for (unsigned i = 0; i < set->count; i++) {
		struct patch_pair *pair = &set->pairs[i];

		settle(&pair->from, &pair->was[0], ports, port_count);
		settle(&pair->to, &pair->was[1], ports, port_count);
	}
}

void patch_set_finish(struct patch_set *set)
{
	for (unsigned i = 0; i < set->count; i++) {
		free_pair(&set->pairs[i]);
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
	if (exists(id, ports, port_count)) {
		return true;
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

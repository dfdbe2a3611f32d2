/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/patch/patch.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/patch/patch_memory.h"

/* A plan in the making. */
struct plan {
	const struct patch *patch;
	const struct patch_port *ports;
	unsigned port_count;
	unsigned *request; /* indices of ports, in natural order of their ids */
	bool *said;	   /* per port: a rule or the memory mentions it */
	struct patch_link *links;
	size_t link_count, link_room;
	bool failed;
};

struct patch *patch_create(const struct route *routes, unsigned count, bool autoconnect)
{
	struct patch *patch = calloc(1, sizeof(*patch));

	if (patch) {
		patch_rule(patch, routes, count, autoconnect);
	}
	return patch;
}

void patch_rule(struct patch *patch, const struct route *routes, unsigned count, bool autoconnect)
{
	assert(count <= ROUTE_COUNT_MAX);
	if (count) {
		memcpy(patch->routes, routes, count * sizeof(*routes));
	}
	patch->route_count = count;
	patch->autoconnect = autoconnect;
}

/* --- the connection memory */

static void remove_entry(struct patch *patch, unsigned n)
{
	free(patch->entries[n].from);
	free(patch->entries[n].to);
	patch->entry_count--;
	memmove(&patch->entries[n], &patch->entries[n + 1],
		(patch->entry_count - n) * sizeof(patch->entries[0]));
}

void patch_destroy(struct patch *patch)
{
	while (patch && patch->entry_count) {
		remove_entry(patch, patch->entry_count - 1);
	}
	free(patch);
}

bool patch_knows(const struct patch *patch, const char *id)
{
	for (unsigned i = 0; i < patch->entry_count; i++) {
		if (strcmp(patch->entries[i].from, id) == 0 ||
		    strcmp(patch->entries[i].to, id) == 0) {
			return true;
		}
	}
	return false;
}

void patch_forget(struct patch *patch, const char *from, const char *to)
{
	for (unsigned i = 0; i < patch->entry_count; i++) {
		if (strcmp(patch->entries[i].from, from) == 0 &&
		    strcmp(patch->entries[i].to, to) == 0) {
			remove_entry(patch, i);
			return;
		}
	}
}

/* Forgets what an earlier entry said of the same ports. Returns how many entries before it went. */
static unsigned replace(struct patch *patch, unsigned n)
{
	const struct patch_entry *entry = &patch->entries[n];

	for (unsigned i = 0; i < patch->entry_count; i++) {
		if (i != n && strcmp(patch->entries[i].from, entry->from) == 0 &&
		    strcmp(patch->entries[i].to, entry->to) == 0) {
			remove_entry(patch, i);
			return i < n;
		}
	}
	return 0;
}

int patch_rename(struct patch *patch, const char *before, const char *now)
{
	int renamed = 0;

	if (strcmp(before, now) == 0 || !patch_is_id(now)) {
		return 0;
	}
	for (unsigned i = 0; i < patch->entry_count; i++) {
		struct patch_entry *entry = &patch->entries[i];
		char **end = strcmp(entry->from, before) == 0 ? &entry->from : &entry->to;
		char *fresh;

		if (strcmp(*end, before) != 0) {
			continue;
		}
		fresh = strdup(now);
		if (!fresh) {
			return -ENOMEM;
		}
		free(*end);
		*end = fresh;
		i -= replace(patch, i);
		renamed = 1;
	}
	return renamed;
}

static void make_room(struct patch *patch)
{
	unsigned oldest = 0;

	for (unsigned i = 0; i < patch->entry_count; i++) {
		if (!patch->entries[i].connected) {
			oldest = i;
			break;
		}
	}
	remove_entry(patch, oldest);
}

int patch_learn(struct patch *patch, const char *from, const char *to, bool connected)
{
	struct patch_entry entry = { .connected = connected };

	if (!patch_is_id(from) || !patch_is_id(to)) {
		return -EINVAL;
	}
	entry.from = strdup(from);
	entry.to = strdup(to);
	if (!entry.from || !entry.to) {
		free(entry.from);
		free(entry.to);
		return -ENOMEM;
	}
	patch_forget(patch, from, to);
	if (patch->entry_count == PATCH_MEMORY_MAX) {
		make_room(patch);
	}
	patch->entries[patch->entry_count++] = entry;
	return 0;
}

void patch_exchange(struct patch *a, struct patch *b)
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

/* --- the plan */

static void add_link(struct plan *plan, unsigned from, unsigned to, enum patch_why why)
{
	if (plan->link_count == plan->link_room) {
		size_t room = plan->link_room * 2;
		struct patch_link *links = reallocarray(plan->links, room, sizeof(*links));

		if (!links) {
			plan->failed = true;
			return;
		}
		plan->links = links;
		plan->link_room = room;
	}
	plan->links[plan->link_count++] = (struct patch_link){ from, to, (unsigned)why };
}

static int compare_ports(const void *a, const void *b, void *arg)
{
	const struct patch_port *ports = arg;

	return strverscmp(ports[*(const unsigned *)a].id, ports[*(const unsigned *)b].id);
}

static int find_port(const struct plan *plan, const char *id)
{
	unsigned low = 0, high = plan->port_count;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		int request = strverscmp(id, plan->ports[plan->request[middle]].id);

		if (request == 0) {
			return (int)plan->request[middle];
		}
		if (request < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return -1;
}

static void plan_memory(struct plan *plan)
{
	for (unsigned i = 0; i < plan->patch->entry_count; i++) {
		const struct patch_entry *entry = &plan->patch->entries[i];
		int from = find_port(plan, entry->from), to = find_port(plan, entry->to);

		if (from >= 0) {
			plan->said[from] = true;
		}
		if (to >= 0) {
			plan->said[to] = true;
		}
		/* A port of this name may now have the other direction. */
		if (from >= 0 && to >= 0 && plan->ports[from].output && !plan->ports[to].output) {
			add_link(plan, (unsigned)from, (unsigned)to,
				 entry->connected ? PATCH_MEMORY : PATCH_REFUSED);
		}
	}
}

/* The next matching port of a direction, from *at on in natural order; -1 if there are no more. */
static int next_match(struct plan *plan, const char *pattern, bool output, unsigned *at)
{
	while (*at < plan->port_count) {
		unsigned n = plan->request[(*at)++];

		if (plan->ports[n].output == output && route_match(pattern, plan->ports[n].id)) {
			plan->said[n] = true;
			return (int)n;
		}
	}
	return -1;
}

/* Pairs first with first, and so on. Ports without a partner count as mentioned, too. */
static void plan_rule(struct plan *plan, const char *sources, const char *sinks)
{
	unsigned at_source = 0, at_sink = 0;
	int from, to;

	do {
		from = next_match(plan, sources, true, &at_source);
		to = next_match(plan, sinks, false, &at_sink);
		if (from >= 0 && to >= 0 && (plan->ports[from].ours || plan->ports[to].ours)) {
			add_link(plan, (unsigned)from, (unsigned)to, PATCH_RULE);
		}
	} while (from >= 0 || to >= 0);
}

static void plan_default(struct plan *plan)
{
	for (unsigned i = 0; i < plan->port_count; i++) {
		const struct patch_port *port = &plan->ports[i];

		if (!port->ours || !port->output || plan->said[i]) {
			continue;
		}
		for (unsigned k = 0; k < plan->port_count && port->place >= 0; k++) {
			const struct patch_port *other = &plan->ports[k];

			if (!other->ours && !other->output && other->place == port->place) {
				add_link(plan, i, k, PATCH_DEFAULT);
			}
		}
	}
}

static int compare_links(const void *left, const void *right)
{
	const struct patch_link *a = left, *b = right;

	if (a->from != b->from) {
		return a->from < b->from ? -1 : 1;
	}
	return a->to < b->to ? -1 : a->to > b->to;
}

static unsigned merge_links(struct patch_link *links, size_t count)
{
	unsigned merged = 0;

	qsort(links, count, sizeof(*links), compare_links);
	for (size_t i = 0; i < count; i++) {
		if (merged && compare_links(&links[merged - 1], &links[i]) == 0) {
			links[merged - 1].why |= links[i].why;
		} else {
			links[merged++] = links[i];
		}
	}
	return merged;
}

static void plan_all(struct plan *plan)
{
	const struct patch *patch = plan->patch;

	for (unsigned i = 0; i < plan->port_count; i++) {
		plan->request[i] = i;
	}
	/* port_count may be 0, but no array is NULL. */
	qsort_r(plan->request, plan->port_count, sizeof(*plan->request), compare_ports,
		(void *)(uintptr_t)plan->ports);
	plan_memory(plan);
	for (unsigned i = 0; i < patch->route_count; i++) {
		plan_rule(plan, patch->routes[i].left, patch->routes[i].right);
		plan_rule(plan, patch->routes[i].right, patch->routes[i].left);
	}
	if (patch->autoconnect) {
		plan_default(plan);
	}
}

struct patch_link *patch_plan(const struct patch *patch, const struct patch_port *ports,
			      unsigned port_count, unsigned *count)
{
	struct plan plan = { .patch = patch, .ports = ports, .port_count = port_count };

	plan.link_room = 64;
	plan.request = calloc(port_count + 1, sizeof(*plan.request));
	plan.said = calloc(port_count + 1, sizeof(*plan.said));
	plan.links = calloc(plan.link_room, sizeof(*plan.links));
	plan.failed = !plan.request || !plan.said || !plan.links;
	if (!plan.failed) {
		plan_all(&plan);
	}
	free(plan.request);
	free(plan.said);
	if (plan.failed) {
		free(plan.links);
		errno = ENOMEM;
		return NULL;
	}
	*count = merge_links(plan.links, plan.link_count);
	return plan.links;
}

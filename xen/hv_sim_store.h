/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XenStore in memory, as hv_sim needs it: a tree of nodes, watches, and transactions for its own
 * domain. ctl. Paths are absolute; what is returned belongs to the store and holds until the next
 * call. Sizes in bytes. Errors: -errno.
 *
 * Every write fires, also of the same value, for the node and everything above it. A removal fires
 * once for the node removed, and at each watched node below it.
 */
#ifndef XENJACK_HV_SIM_STORE_H
#define XENJACK_HV_SIM_STORE_H

#include <stdbool.h>
#include <stddef.h>

struct hv_sim_node;
struct hv_sim_watch;
struct hv_sim_change;

struct hv_sim_store {
	struct hv_sim_node *root;
	struct hv_sim_watch *watches;
	struct hv_sim_change *changes; /* of the transaction, the last one first */
	bool in_transaction;
	/* Must not call the store; `owner` is what hv_sim_store_watch was given. */
	void (*fire)(void *arg, void *owner, const char *path, const char *token);
	void *arg;
};

/* Makes an empty store. */
int hv_sim_store_init(struct hv_sim_store *store,
		      void (*fire)(void *arg, void *owner, const char *path, const char *token),
		      void *arg);

/* Frees everything; accepts a zeroed store. */
void hv_sim_store_finish(struct hv_sim_store *store);

/* Whether XenStore would take this as a path. */
bool hv_sim_store_valid(const char *path);

/* The node's value with a NUL behind it; NULL if there is no such node. */
const char *hv_sim_store_read(const struct hv_sim_store *store, const char *path, size_t *size);

/* The first child's name, or the one behind `name`; NULL at the end, or without such a node. */
const char *hv_sim_store_child(const struct hv_sim_store *store, const char *path,
			       const char *name);

/* How many nodes there are from this one downwards, 0 if it does not exist. */
unsigned hv_sim_store_count(const struct hv_sim_store *store, const char *path);

/* Writes a node and makes the nodes above it. */
int hv_sim_store_write(struct hv_sim_store *store, const char *path, const void *value,
		       size_t size);

/* Removes a node and everything below; not inside a transaction. */
int hv_sim_store_remove(struct hv_sim_store *store, const char *path);

/* Adds a watch, which fires at once. */
int hv_sim_store_watch(struct hv_sim_store *store, void *owner, const char *path,
		       const char *token);

int hv_sim_store_unwatch(struct hv_sim_store *store, void *owner, const char *path,
			 const char *token);

/* Removes every watch of this owner. */
void hv_sim_store_forget(struct hv_sim_store *store, const void *owner);

/* Fires the watches of a special path, "@introduceDomain" or "@releaseDomain". */
void hv_sim_store_special(struct hv_sim_store *store, const char *path);

/* Writes from here on fire at the end, or are undone. -EBUSY if one is open. */
int hv_sim_store_begin(struct hv_sim_store *store);

void hv_sim_store_end(struct hv_sim_store *store, bool commit);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An in-memory xenstore for hv_sim: a tree of nodes, watches, and transactions for our own domain.
 * Main thread. Paths are absolute. What is returned belongs to the store and is valid until the
 * next call. Sizes in bytes. Errors: -errno.
 *
 * Every write fires the watches on the node and everything above it, even if the value is the same.
 * A removal fires once for the removed node, and for each watched node below it.
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
	struct hv_sim_change *changes; /* of the transaction, the newest first */
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

/* Whether xenstore would accept this path. */
bool hv_sim_store_valid(const char *path);

/* The node's value with a NUL after it; NULL if there is no such node. */
const char *hv_sim_store_read(const struct hv_sim_store *store, const char *path, size_t *size);

/* The first child's name, or the one after `name`; NULL at the end or if there is no such node. */
const char *hv_sim_store_child(const struct hv_sim_store *store, const char *path,
			       const char *name);

/* The number of nodes from this one downwards, 0 if it does not exist. */
unsigned hv_sim_store_count(const struct hv_sim_store *store, const char *path);

/* Writes a node and makes its missing parents. */
int hv_sim_store_write(struct hv_sim_store *store, const char *path, const void *value,
		       size_t size);

/* Removes a node and everything below it; not inside a transaction. */
int hv_sim_store_remove(struct hv_sim_store *store, const char *path);

/* Adds a watch, which fires at once. */
int hv_sim_store_watch(struct hv_sim_store *store, void *owner, const char *path,
		       const char *token);

int hv_sim_store_unwatch(struct hv_sim_store *store, void *owner, const char *path,
			 const char *token);

/* Removes all watches of this owner. */
void hv_sim_store_forget(struct hv_sim_store *store, const void *owner);

/* Fires the watches of a special path, "@introduceDomain" or "@releaseDomain". */
void hv_sim_store_special(struct hv_sim_store *store, const char *path);

/* Begins a transaction: writes fire at its end, or are undone. -EBUSY if one is open. */
int hv_sim_store_begin(struct hv_sim_store *store);

void hv_sim_store_end(struct hv_sim_store *store, bool commit);

#endif

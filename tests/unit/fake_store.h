/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XenStore in memory, as a struct hv without event channels and grants. The test writes what
 * toolstack and guest would write with fake_store_set and _remove; what comes through hv is the
 * code under test, and the states it commits are recorded. Behaves as protocol.md 10.1 says of
 * the real one: a watch fires at once and on every write, also of the same value; a removed
 * directory is one event; events hold no values. Any misuse fails the running test.
 */
#ifndef XENJACK_TEST_FAKE_STORE_H
#define XENJACK_TEST_FAKE_STORE_H

#include "xen/hv.h"

struct fake_node;
struct fake_watch;
struct fake_event;

struct fake_store {
	struct hv hv;
	struct fake_node *nodes;
	struct fake_node *saved;   /* the nodes when the transaction began */
	struct fake_node *written; /* in the transaction */
	struct fake_watch *watches;
	struct fake_event *events;
	int event_fd;
	bool in_transaction;

	/* what the code under test did */
	char states[64];   /* every state committed, one digit each, in order */
	unsigned reads;	   /* of any node */
	unsigned begun;	   /* transactions */
	unsigned queued;   /* events it has not taken yet */
	unsigned resident; /* watches it has set and not unset */

	/* what shall go wrong */
	int read_errno;				    /* every read and list fails so, if not 0 */
	const char *unlistable;			    /* listing this directory fails, if not NULL */
	unsigned conflicts;			    /* so many commits give -EAGAIN */
	int write_error;			    /* every write gives this, if not 0 */
	void (*at_begin)(struct fake_store *store); /* once, before a transaction begins */
};

struct fake_store *fake_store_create(void);
void fake_store_destroy(struct fake_store *store);

/* Writes a node; the directories above it come into being, with empty values. */
void fake_store_set(struct fake_store *store, const char *path, const char *value);

/* Removes a node and everything below. */
void fake_store_remove(struct fake_store *store, const char *path);

/* The value, or NULL. */
const char *fake_store_get(struct fake_store *store, const char *path);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xenstore in memory, as a struct hv without event channels and grants. The test writes what
 * toolstack and guest would write with fake_store_set and _remove; the code under test goes through
 * hv, and the states it commits are recorded. It behaves as protocol.md 10.1 describes the real
 * one: a watch fires at once and on every write, also of the same value; a removed directory is one
 * event; events carry no values. Any misuse fails the running test.
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
	unsigned queued;   /* events not yet read */
	unsigned resident; /* watches set and not removed */

	/* failures to inject */
	int read_errno;				    /* of every read and list, if not 0 */
	const char *unlistable;			    /* listing this directory fails, if not NULL */
	unsigned conflicts;			    /* commits that fail with -EAGAIN */
	int write_error;			    /* of every write, if not 0 */
	unsigned watches_max;			    /* more fail with -E2BIG; 0: no limit */
	void (*at_begin)(struct fake_store *store); /* once, before a transaction begins */
};

struct fake_store *fake_store_create(void);
void fake_store_destroy(struct fake_store *store);

/* Writes a node; missing directories above it are created with empty values. */
void fake_store_set(struct fake_store *store, const char *path, const char *value);

/* Removes a node and everything below it. */
void fake_store_remove(struct fake_store *store, const char *path);

/* The value, or NULL. */
const char *fake_store_get(struct fake_store *store, const char *path);

#endif

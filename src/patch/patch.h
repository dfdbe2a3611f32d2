/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patch: all connections that our ports should have. They come from the rules of the
 * configuration, from the connection memory (what users connected and disconnected by hand), and
 * from a default for ports that neither mentions. A pure model: jack/routes passes in the graph and
 * carries out the plan. One thread at a time. A string names a port: a guest port's id
 * ("daw.main_1"), or any other port's JACK name, which contains a ':'. The memory is bounded; a
 * state file (patch_state.c) makes it outlive the process.
 */
#ifndef XENJACK_PATCH_H
#define XENJACK_PATCH_H

#include <stdbool.h>

#include "src/patch/route.h"

/* Far more than any rig has. When full, the oldest disconnection is forgotten first. */
#define PATCH_MEMORY_MAX 4096u
/* JACK's limit. */
#define PATCH_ID_MAX 255u

struct patch;

/* A port that exists. */
struct patch_port {
	const char *id;
	bool output; /* a source */
	bool ours;
	/*
	 * The default connects ports of equal place. Ours: the index among the card's playback
	 * ports. Others: the index among the physical playback ports. -1: none.
	 */
	int place;
};

/* Why two ports should, or should not, be connected. */
enum patch_why {
	PATCH_REFUSED = 1, /* disconnected by a user */
	PATCH_RULE = 2,
	PATCH_MEMORY = 4, /* connected by a user */
	PATCH_DEFAULT = 8,
};

/* What the patch says about two ports, given as indices into the ports passed in. */
struct patch_link {
	unsigned from, to; /* output, input */
	unsigned why;	   /* mask of patch_why */
};

/* Connections, as in a stored patch: at most PATCH_MEMORY_MAX. Must be zeroed at first. */
struct patch_set {
	struct patch_pair {
		char *from, *to;
		char *was[2]; /* the ids when it was stored, if a port was renamed since; or NULL */
	} * pairs;
	unsigned count;
};

/* Starts with an empty memory. Copies the rules. On failure NULL and errno. */
struct patch *patch_create(const struct route *routes, unsigned count, bool autoconnect);

/* Replaces the rules and the default, and keeps the memory. Copies the rules. */
void patch_rule(struct patch *patch, const struct route *routes, unsigned count, bool autoconnect);

/* Accepts NULL. */
void patch_destroy(struct patch *patch);

/*
 * All links between ports that exist, each pair once, in the order of the ports. Returns an array
 * to free(), even if *count is 0, or NULL and errno.
 */
struct patch_link *patch_plan(const struct patch *patch, const struct patch_port *ports,
			      unsigned port_count, unsigned *count);

/* Whether the two ports should be connected. */
static inline bool patch_wants(const struct patch_link *link)
{
	return !(link->why & PATCH_REFUSED);
}

/* Whether the memory mentions a port: the default then does not apply to it. */
bool patch_knows(const struct patch *patch, const char *id);

/* Remembers that a user connected or disconnected two ports. Returns 0, -EINVAL or -ENOMEM. */
int patch_learn(struct patch *patch, const char *from, const char *to, bool connected);

/* Removes two ports from the memory: a rule already says the same. */
void patch_forget(struct patch *patch, const char *from, const char *to);

/*
 * A port of another program has a new name: what the memory says of the old one holds for this one.
 * What it said of an earlier port of this name and the same other ports is forgotten. Returns
 * 1, or 0 if there was nothing, or -ENOMEM, when some of it is as it was.
 */
int patch_rename(struct patch *patch, const char *before, const char *now);

/*
 * Makes the memory say exactly `set` about our ports that exist or are in the set; entries of
 * others stay. Connections of existing ports that a rule or the default would add are remembered as
 * disconnected. Returns 0, or -ENOMEM with the memory unchanged.
 */
int patch_recall(struct patch *patch, const struct patch_set *set, const struct patch_port *ports,
		 unsigned port_count);

/* Whether a set has a connection. */
bool patch_set_has(const struct patch_set *set, const char *from, const char *to);

/* Adds a connection unless it is there already; copies. 0, -EINVAL, -ENOSPC or -ENOMEM. */
int patch_set_add(struct patch_set *set, const char *from, const char *to);

/*
 * A port of another program has a new name: the connections follow, and keep their old ids beside
 * the new ones. Returns 1, or 0 if there were none, or -ENOMEM, when some are as they were.
 */
int patch_set_rename(struct patch_set *set, const char *before, const char *now);

/* Where a renamed port does not exist, but one of the old name does, this one is meant. */
void patch_set_settle(struct patch_set *set, const struct patch_port *ports, unsigned port_count);

/* Frees all connections; the set is empty then. */
void patch_set_finish(struct patch_set *set);

/*
 * Load what makes sense of the memory from its file, and save it there; a file that was not
 * understood is put aside then. See src/base/statefile.h.
 */
int patch_load(struct patch *patch, int dir);
/* Replaces the memory with the file's, unless the file is missing or damaged as a whole. */
int patch_reload(struct patch *patch, int dir);
int patch_save(struct patch *patch, int dir);

/* Another directory has come in the place of the file's. Returns whether to save the memory there.
 */
bool patch_move(struct patch *patch, int dir);

#endif

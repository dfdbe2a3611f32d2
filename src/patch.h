/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patch: which connections ports of guests should have. Rules of the configuration; the memory
 * of what users connected and disconnected by hand; a default for ports of which neither says
 * anything. A pure model: jack/routes tells it the graph and does what it plans. One thread at a
 * time. A port is a text: a guest's canonical id ("daw.main_1"), or another's JACK name, which
 * has a ':'. The memory is bounded; a state file (patch_state.c) makes it outlive the process.
 */
#ifndef XENJACK_PATCH_H
#define XENJACK_PATCH_H

#include <stdbool.h>

#include "src/route.h"

/* Far more than a rig has; a user's disconnections go first when it is full, the oldest first. */
#define PATCH_MEMORY_MAX 4096u
/* What JACK can hold. */
#define PATCH_ID_MAX 255u

struct patch;

/* A port that exists. */
struct patch_port {
	const char *id;
	bool output; /* a source */
	bool ours;
	/*
	 * For the default, which connects equal ones: of ours the number among what its card
	 * plays, of others the number among physical playback ports. -1: none.
	 */
	int place;
};

/* Why two ports should, or should not, be connected. */
enum patch_why {
	PATCH_REFUSED = 1, /* a user took it away */
	PATCH_RULE = 2,
	PATCH_MEMORY = 4, /* a user made it */
	PATCH_DEFAULT = 8,
};

/* Something that the patch says of two ports, by their numbers in what it was given. */
struct patch_link {
	unsigned from, to; /* output, input */
	unsigned why;	   /* patch_why, one or more */
};

/* Connections, such as a user stores by a name: at most PATCH_MEMORY_MAX. Zeroed at first. */
struct patch_set {
	struct patch_pair {
		char *from, *to;
	} * pairs;
	unsigned count;
};

/* With an empty memory; the rules are copied. NULL and errno. */
struct patch *patch_create(const struct route *routes, unsigned count, bool autoconnect);

/* Other rules, and another default, from now on; the memory stays. The rules are copied. */
void patch_rule(struct patch *patch, const struct route *routes, unsigned count, bool autoconnect);

/* Accepts NULL. */
void patch_destroy(struct patch *patch);

/*
 * All that it says of ports that exist, each pair once, in the order of the ports. Returns an
 * array for free(), also if *count is 0, or NULL and errno.
 */
struct patch_link *patch_plan(const struct patch *patch, const struct patch_port *ports,
			      unsigned port_count, unsigned *count);

/* Whether a link should be there. */
static inline bool patch_wants(const struct patch_link *link)
{
	return !(link->why & PATCH_REFUSED);
}

/* Whether the memory has anything of a port, so that the default is not for it. */
bool patch_knows(const struct patch *patch, const char *id);

/* A user connected or disconnected two ports. Returns 0, -EINVAL or -ENOMEM. */
int patch_learn(struct patch *patch, const char *from, const char *to, bool connected);

/* The memory says nothing of two ports any more: a rule says what it would. */
void patch_forget(struct patch *patch, const char *from, const char *to);

/*
 * The memory becomes a set of connections, as far as it is of ports that there are or that are in
 * the set. What a rule or the default would connect of these beside is refused. 0 or -ENOMEM.
 */
int patch_recall(struct patch *patch, const struct patch_set *set, const struct patch_port *ports,
		 unsigned port_count);

/* Whether a set has a connection. */
bool patch_set_has(const struct patch_set *set, const char *from, const char *to);

/* Adds a copy of one, if the set has it not; 0, -EINVAL, -ENOSPC or -ENOMEM. */
int patch_set_add(struct patch_set *set, const char *from, const char *to);

/* Empties it. */
void patch_set_finish(struct patch_set *set);

/* Reads the memory from its file, or replaces that; see src/statefile.h. */
int patch_load(struct patch *patch, int dir);
/* The same in place of what it has, unless there is no file or it is damaged. */
int patch_reload(struct patch *patch, int dir);
int patch_save(const struct patch *patch, int dir);

#endif

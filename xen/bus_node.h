/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nodes of a device's two directories in xenstore, for the bus only. Main thread. Reads fail
 * with errno, writes with -errno. Writing does not recreate a removed directory.
 */
#ifndef XENJACK_BUS_NODE_H
#define XENJACK_BUS_NODE_H

#include "xen/hv.h"

/* The longest path is a front end's node with a five-digit domain and a ten-digit device. */
#define BUS_PATH_SIZE 128

/* The last domain before Xen's own (DOMID_FIRST_RESERVED of xen/xen.h). */
#define BUS_DOMID_MAX 0x7fefu

/* Returns a node's value, which the caller frees; NULL and errno. */
char *bus_node_read(struct hv *hv, const char *directory, const char *name);

/* After a failed read: whether xenstore answered at all. */
bool bus_node_answered(void);

/* Reads a state node: 0 if it is missing, forbidden or invalid; false if xenstore fails. */
bool bus_node_read_state(struct hv *hv, const char *directory, int *state);

/* Reads whether the toolstack keeps a device; false if xenstore fails. */
bool bus_node_read_online(struct hv *hv, const char *directory, bool *online);

/*
 * Whether a front end speaks the only version that we speak. It may state its version; Linux does
 * not.
 */
bool bus_node_speaks_version_2(struct hv *hv, const char *directory);

/* Parses a decimal number up to max as the toolstack writes it; false for anything else. */
bool bus_node_parse_id(const char *text, uint32_t max, uint32_t *id);

/* Reads the number of our own domain; 0 or -errno. */
int bus_node_read_domid(struct hv *hv, uint32_t *domid);

/*
 * Writes a state if the current one is `from`: otherwise -EBUSY, or -ENOENT if the node is gone.
 * InitWait is written together with the protocol version that we speak.
 */
int bus_node_write_state(struct hv *hv, const char *directory, int from, int to);

#endif

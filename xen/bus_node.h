/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nodes of a device's two directories in XenStore, for bus_entry.c only. ctl. Reading fails
 * with errno, writing with -errno. A directory that was removed is not made again by writing.
 */
#ifndef XENJACK_BUS_NODE_H
#define XENJACK_BUS_NODE_H

#include "xen/hv.h"

/* The longest here is a front end's node of a five-digit domain and a ten-digit device. */
#define BUS_PATH_SIZE 128

/* A node's value, the caller's to free; NULL and errno. */
char *bus_node_read(struct hv *hv, const char *directory, const char *name);

/* After a read that gave nothing: whether the store answered at all. */
bool bus_node_answered(void);

/* Reads a state node: 0 if it is missing, forbidden or nonsense; false if the store fails. */
bool bus_node_read_state(struct hv *hv, const char *directory, int *state);

/*
 * Writes a state if `from` is still what stands there: -EBUSY if not, -ENOENT if there is none any
 * more. InitWait comes with the version of the protocol that we speak.
 */
int bus_node_write_state(struct hv *hv, const char *directory, int from, int to);

#endif

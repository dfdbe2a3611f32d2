/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor as a back end needs it: xenstore, event channels, grants. There are two
 * implementations: hv_xen over the Xen libraries, and hv_sim without Xen.
 *
 * The main thread uses the store, the io thread binds ports. The io thread and the mapper's use
 * grants, also at the same time. (libxengnttab keeps nothing but the device's descriptor, and Linux
 * locks what the device knows.) An event-channel handle belongs to the thread that opened it. Only
 * notify, which is real-time safe, may be called from another thread, provided nobody else uses the
 * handle meanwhile. (Linux locks the handle around bind, unbind, unmask and notify.)
 *
 * What store functions return is malloc'ed; the caller frees it. Errors: -errno, or NULL and errno.
 * Pages are HV_PAGE_SIZE bytes.
 */
#ifndef XENJACK_HV_H
#define XENJACK_HV_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/rt.h"

#define HV_PAGE_SIZE 4096u

struct hv;
struct hv_evtchn;

struct hv_ops {
	void (*close)(struct hv *hv);

	/* --- store: tx is 0 outside a transaction */

	/* The node's value with a NUL after it; NULL and ENOENT if there is no such node. */
	char *(*read)(struct hv *hv, uint32_t tx, const char *path);
	/* The node's children in one block of memory; *count is always set. */
	char **(*list)(struct hv *hv, uint32_t tx, const char *path, unsigned *count);
	int (*write)(struct hv *hv, uint32_t tx, const char *path, const char *value);
	/* Watches a node and everything below it; fires once immediately, as xenstore does. */
	int (*watch)(struct hv *hv, const char *path, const char *token);
	int (*unwatch)(struct hv *hv, const char *path, const char *token);
	/* Readable when next_watch has an event. */
	int (*store_fd)(struct hv *hv);
	/* The next event, [0] path and [1] token in one block; NULL and EAGAIN if there is none. */
	char **(*next_watch)(struct hv *hv);
	/* 0 on failure. */
	uint32_t (*begin)(struct hv *hv);
	/* -EAGAIN: somebody else wrote what was read; repeat the transaction. */
	int (*end)(struct hv *hv, uint32_t tx, bool commit);

	/* --- event channels */

	struct hv_evtchn *(*evtchn_open)(struct hv *hv);
	void (*evtchn_close)(struct hv_evtchn *handle); /* unbinds its ports; accepts NULL */
	/* Readable when evtchn_pending has a port. */
	int (*evtchn_fd)(struct hv_evtchn *handle);
	/* Binds a port that the guest offers; returns the local port or -errno. */
	int (*evtchn_bind)(struct hv_evtchn *handle, uint32_t domid, uint32_t remote_port);
	void (*evtchn_unbind)(struct hv_evtchn *handle, int port);
	/* The next port that fired, or -EAGAIN; the port stays masked until evtchn_unmask. */
	int (*evtchn_pending)(struct hv_evtchn *handle);
	void (*evtchn_unmask)(struct hv_evtchn *handle, int port);
	RT_SAFE void (*evtchn_notify)(struct hv_evtchn *handle, int port);

	/* --- grants */

	/* Maps `count` pages of a guest contiguously, readable and writable; all or none. */
	void *(*map)(struct hv *hv, uint32_t domid, const uint32_t *grefs, unsigned count);
	/* Unmaps what map returned, with the same count. */
	void (*unmap)(struct hv *hv, void *sh_mem, unsigned count);
};

struct hv {
	const struct hv_ops *ops;
};

#endif

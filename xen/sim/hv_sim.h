/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor without Xen: struct hv over an in-memory xenstore, memfds and eventfds. Guests are
 * processes of the same user, which reach it by messages over a Unix socket (SOCK_SEQPACKET). The
 * server has no thread of its own: it runs inside next_watch, so in the main thread.
 *
 * A guest sends a message, gets one answer with the same op, and sends the next; events may arrive
 * in between. A guest that breaks these rules loses its connection, which is the death of its
 * domain.
 */
#ifndef XENJACK_HV_SIM_H
#define XENJACK_HV_SIM_H

#include <stddef.h>
#include <stdint.h>

struct hv;

/*
 * Serves guests at this path, or at the default path if it is NULL; makes the path's last folder.
 * Close it when everything is unmapped and every event-channel handle is closed. NULL and errno.
 */
struct hv *hv_sim_open(const char *socket_path);

/*
 * $XENJACK_SIM, else $XDG_RUNTIME_DIR/xenjack/sim.sock, else /run/xenjack/sim.sock. Returns 0 or
 * -ENAMETOOLONG.
 */
int hv_sim_default_path(char *path, size_t size);

/* --- for both ends of the socket */

#define HV_SIM_VERSION 1u

#define HV_SIM_GUESTS_MAX 64u
/* Guests' ports are 1 to 255; a local port is the guest's slot times 256 plus the guest's port. */
#define HV_SIM_PORTS_MAX 256u
#define HV_SIM_DEVICES_MAX 16u

/*
 * A domain's memory: a memfd of this many pages, sealed against shrinking and growing. A grant
 * reference is a page number. The first pages hold the grant table, one 32-bit word per page.
 */
#define HV_SIM_PAGES 16384u
#define HV_SIM_GRANT_PAGES (HV_SIM_PAGES * 4u / 4096u)
#define HV_SIM_GRANTED 0x80000000u /* set and cleared by the guest */
#define HV_SIM_USES 0x0000ffffu	   /* how often the page is mapped; the daemon counts */

/* xenstore's limits for a guest. */
#define HV_SIM_PATH_MAX 1024u
#define HV_SIM_VALUE_MAX 2048u
#define HV_SIM_NODES_MAX 1000u
#define HV_SIM_WATCHES_MAX 128u

/*
 * Paths in the store are absolute. A guest may read below /local/domain/<its domid>, its back-end
 * directories and /sim, and write only below the first.
 */
enum hv_sim_op {
	HV_SIM_HELLO = 1,  /* value: HV_SIM_VERSION, text: name; answer: domid, fd: memory */
	HV_SIM_ALLOC_PORT, /* answer: port, fds: eventfd to the daemon, eventfd to the guest */
	HV_SIM_FREE_PORT,  /* value: port */
	HV_SIM_READ,	   /* text: path; answer: the node's bytes */
	HV_SIM_LIST,	   /* text: path; answer: names, a NUL after each */
	HV_SIM_WRITE,	   /* text: path; then the node's bytes */
	HV_SIM_REMOVE,	   /* text: path */
	HV_SIM_WATCH,	   /* text: path, text: token */
	HV_SIM_UNWATCH,	   /* text: path, text: token */
	HV_SIM_EVENT,	   /* from the daemon, unsolicited; text: path, text: token */
	HV_SIM_ATTACH,	   /* value: devid; what `xl` does, once the guest has written its nodes */
	HV_SIM_DETACH,	   /* value: devid; what `xl vsnd-detach` does */
};

/* A text includes the NUL at its end. */
#define HV_SIM_DATA_MAX 4096u

struct hv_sim_msg {
	uint32_t op;
	int32_t status; /* of an answer: 0 or -errno */
	uint32_t value;
	uint32_t size; /* bytes of data sent */
	char data[HV_SIM_DATA_MAX];
};

#define HV_SIM_HEADER offsetof(struct hv_sim_msg, data)

#endif

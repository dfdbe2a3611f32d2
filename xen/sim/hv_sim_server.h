/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hv_sim's socket for guests: connections, and the messages of hv_sim.h. Main thread. Never blocks:
 * a guest that does not read its answers, or sends an invalid message, loses its connection; to its
 * devices, that is `xl destroy`. Errors: -errno.
 */
#ifndef XENJACK_HV_SIM_SERVER_H
#define XENJACK_HV_SIM_SERVER_H

#include <sys/un.h>

#include "xen/sim/hv_sim_domain.h"
#include "xen/sim/hv_sim_store.h"
#include "xen/sim/hv_sim_tools.h"

struct hv_sim_guest {
	int fd;		/* -1: this slot is free */
	uint32_t domid; /* 0 until HELLO */
	unsigned watches;
	bool broken; /* to be removed once no message is being served */
	struct hv_sim_domain *domain;
};

struct hv_sim_server {
	struct hv_sim_store *store;
	struct hv_sim_domains *domains;
	struct hv_sim_tools *tools;
	struct hv_sim_guest guests[HV_SIM_GUESTS_MAX];
	struct sockaddr_un address;
	int epoll; /* watches the descriptors below and the guests' */
	int listener, timer, wake;
	uint32_t last_domid;
};

/* Listens at a path. On failure, the caller still has to call hv_sim_server_finish. */
int hv_sim_server_init(struct hv_sim_server *server, const char *path, struct hv_sim_store *store,
		       struct hv_sim_domains *domains, struct hv_sim_tools *tools);

/* Closes every connection and removes the socket; accepts a zeroed server. */
void hv_sim_server_finish(struct hv_sim_server *server);

/* Serves what is pending, a bounded number of messages. */
void hv_sim_server_run(struct hv_sim_server *server);

/* Makes the server's epoll descriptor readable, or no longer so. */
void hv_sim_server_wake(struct hv_sim_server *server, bool on);

/* --- hv_sim_messages.c */

/* Serves one message from a guest, if there is one. */
void hv_sim_server_serve(struct hv_sim_server *server, struct hv_sim_guest *guest);

/* Sends a watch event to a guest. */
void hv_sim_server_event(struct hv_sim_guest *guest, const char *path, const char *token);

/* Room for a counter's digits. */
#define HV_SIM_NUMBER_MAX 12u

/* Reads a node; a counter below /sim is printed into `number`. NULL if there is no such node. */
const char *hv_sim_server_read(struct hv_sim_server *server, const char *path, size_t *size,
			       char number[HV_SIM_NUMBER_MAX]);

#endif

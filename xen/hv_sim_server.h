/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guests' socket of hv_sim: connections, and the messages of hv_sim.h. ctl. Never blocks: a
 * guest that does not read its answers, or sends nonsense, loses its connection; to its devices
 * that is `xl destroy`. Errors: -errno.
 */
#ifndef XENJACK_HV_SIM_SERVER_H
#define XENJACK_HV_SIM_SERVER_H

#include <sys/un.h>

#include "xen/hv_sim_domain.h"
#include "xen/hv_sim_store.h"
#include "xen/hv_sim_tools.h"

struct hv_sim_guest {
	int fd;		/* -1: this place is free */
	uint32_t domid; /* 0 until HELLO */
	unsigned watches;
	bool broken; /* to be removed, when nobody is in the middle of something */
	struct hv_sim_domain *domain;
};

struct hv_sim_server {
	struct hv_sim_store *store;
	struct hv_sim_domains *domains;
	struct hv_sim_tools *tools;
	struct hv_sim_guest guests[HV_SIM_GUESTS_MAX];
	struct sockaddr_un address;
	int epoll; /* of all that follows and the guests */
	int listener, timer, wake;
	uint32_t last_domid;
};

/* Listens at a path. On failure the caller still finishes the server. */
int hv_sim_server_init(struct hv_sim_server *server, const char *path, struct hv_sim_store *store,
		       struct hv_sim_domains *domains, struct hv_sim_tools *tools);

/* Closes every connection and removes the socket; accepts a zeroed server. */
void hv_sim_server_finish(struct hv_sim_server *server);

/* Serves what waits, a bounded number of messages. */
void hv_sim_server_run(struct hv_sim_server *server);

/* Makes the server's epoll readable, or not any more. */
void hv_sim_server_wake(struct hv_sim_server *server, bool on);

/* --- hv_sim_messages.c */

/* Serves one message of a guest, if there is one. */
void hv_sim_server_serve(struct hv_sim_server *server, struct hv_sim_guest *guest);

/* Sends a watch event to a guest. */
void hv_sim_server_event(struct hv_sim_guest *guest, const char *path, const char *token);

/* Room for a counter's digits. */
#define HV_SIM_NUMBER_MAX 12u

/* Reads a node, or a counter below /sim into `number`. NULL: there is no such node. */
const char *hv_sim_server_read(struct hv_sim_server *server, const char *path, size_t *size,
			       char number[HV_SIM_NUMBER_MAX]);

#endif

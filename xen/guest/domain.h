/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated domain, seen from inside: its memory and grants, its event channels, its part of
 * XenStore. Any thread; a call that needs the daemon waits for its answer. Pages are HV_PAGE_SIZE
 * bytes, a page's number is its grant reference. Errors: -errno; -EPIPE: the daemon is gone.
 */
#ifndef XENJACK_GUEST_DOMAIN_H
#define XENJACK_GUEST_DOMAIN_H

#include <stdbool.h>

#include "xen/hv_sim.h"

struct domain;

/* Connects to a daemon's socket, NULL is the default one. NULL: the reason is logged. */
struct domain *domain_open(const char *socket_path, const char *name);

/* To the daemon the domain has died; accepts NULL. */
void domain_close(struct domain *domain);

uint32_t domain_id(const struct domain *domain);

/* Readable when there is a watch event, or the daemon is gone. */
int domain_fd(const struct domain *domain);

/*
 * Sends a message as it is and waits for the answer, which replaces it. Descriptors that come
 * along go to fds[0] and fds[1], where there is room for none they are closed. Returns the status.
 */
int domain_call(struct domain *domain, struct hv_sim_msg *msg, int *fds);

/* --- memory */

/* The first of `count` neighbouring pages, filled with 0; -ENOMEM. */
int domain_alloc(struct domain *domain, unsigned count);

/* Gives pages back that are not granted. */
void domain_free(struct domain *domain, uint32_t page, unsigned count);

void *domain_page(const struct domain *domain, uint32_t page);

void domain_grant(struct domain *domain, uint32_t page, unsigned count);

/* Ends grants. Returns how many of the pages the daemon still has mapped. */
unsigned domain_revoke(struct domain *domain, uint32_t page, unsigned count);

/* How often the daemon has this page mapped. */
unsigned domain_uses(const struct domain *domain, uint32_t page);

/* --- event channels */

struct domain_port {
	uint32_t number;	 /* 0: none */
	int to_daemon, to_guest; /* eventfds */
};

int domain_port_alloc(struct domain *domain, struct domain_port *port);

/* Accepts a zeroed one. */
void domain_port_free(struct domain *domain, struct domain_port *port);

void domain_notify(const struct domain_port *port);

/* Whether the daemon has notified since the last call. */
bool domain_notified(const struct domain_port *port);

/* --- XenStore */

/* The node's value, malloc'ed; NULL and errno. */
char *domain_read(struct domain *domain, const char *path);

/* A node's number; `missing` if it is not there or is none. */
long domain_read_number(struct domain *domain, const char *path, long missing);

int domain_write(struct domain *domain, const char *path, const char *value);
int domain_write_bytes(struct domain *domain, const char *path, const void *value, size_t size);
int domain_write_number(struct domain *domain, const char *path, uint32_t number);
int domain_remove(struct domain *domain, const char *path);
int domain_watch(struct domain *domain, const char *path, const char *token);
int domain_unwatch(struct domain *domain, const char *path, const char *token);

/*
 * Waits for a watch event; 1: its path and token are in the message's data. 0: none within
 * timeout_ms, -1 is for ever.
 */
int domain_event(struct domain *domain, struct hv_sim_msg *event, int timeout_ms);

/* What `xl` does when the front end's configuration is written. */
int domain_attach(struct domain *domain, uint32_t devid);
int domain_detach(struct domain *domain, uint32_t devid);

#endif

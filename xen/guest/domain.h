/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated domain, seen from inside: its memory and grants, its event channels, its part of
 * xenstore. Any thread; a call that needs the daemon waits for its answer. Pages are HV_PAGE_SIZE
 * bytes and have numbers. Errors: -errno; -EPIPE: the daemon is gone.
 *
 * tests/xen/domain_xen.c is the same for a real domain.
 */
#ifndef XENJACK_GUEST_DOMAIN_H
#define XENJACK_GUEST_DOMAIN_H

#include <stdbool.h>

#include "xen/sim/hv_sim.h"

struct domain;

/* Connects to a daemon's socket (NULL: the default one). NULL on failure, logged. */
struct domain *domain_open(const char *socket_path, const char *name);

/* Disconnects; to the daemon, the domain has died. Accepts NULL. */
void domain_close(struct domain *domain);

uint32_t domain_id(const struct domain *domain);

/* Readable when there is a watch event, or the daemon is gone. */
int domain_fd(const struct domain *domain);

/*
 * Sends a message as it is and waits for the answer, which replaces it. Descriptors received with
 * the answer go to fds[0] and fds[1]; if fds is NULL, they are closed. Returns the answer's status.
 */
int domain_call(struct domain *domain, struct hv_sim_msg *msg, int *fds);

/* --- memory */

/* Returns the first of `count` contiguous, zeroed pages, or -ENOMEM. */
int domain_alloc(struct domain *domain, unsigned count);

/* Frees pages that are not granted. */
void domain_free(struct domain *domain, uint32_t page, unsigned count);

void *domain_page(const struct domain *domain, uint32_t page);

void domain_grant(struct domain *domain, uint32_t page, unsigned count);

/* The grant reference of a page: in the simulation, its number. */
uint32_t domain_ref(const struct domain *domain, uint32_t page);

/* Ends the grants. Returns how many of the pages the daemon still has mapped. */
unsigned domain_revoke(struct domain *domain, uint32_t page, unsigned count);

/* Whether a guest can see which of its pages are mapped; a real one cannot, and counts none. */
bool domain_sees_uses(const struct domain *domain);

/* How many times the daemon has this page mapped. */
unsigned domain_uses(const struct domain *domain, uint32_t page);

/* --- event channels */

struct domain_port {
	uint32_t number;	 /* 0: none */
	int to_daemon, to_guest; /* eventfds */
};

int domain_port_alloc(struct domain *domain, struct domain_port *port);

/* Accepts a zeroed port. */
void domain_port_free(struct domain *domain, struct domain_port *port);

void domain_notify(const struct domain_port *port);

/* Whether the daemon has notified since the last call. */
bool domain_notified(const struct domain_port *port);

/* --- xenstore */

/* Returns the node's value, malloc'ed, or NULL with errno set. */
char *domain_read(struct domain *domain, const char *path);

/* Returns the node's number; `missing` if there is no node or it has no number. */
long domain_read_number(struct domain *domain, const char *path, long missing);

int domain_write(struct domain *domain, const char *path, const char *value);
int domain_write_bytes(struct domain *domain, const char *path, const void *value, size_t size);
int domain_write_number(struct domain *domain, const char *path, uint32_t number);
int domain_remove(struct domain *domain, const char *path);
int domain_watch(struct domain *domain, const char *path, const char *token);
int domain_unwatch(struct domain *domain, const char *path, const char *token);

/*
 * Waits up to timeout_ms (-1: forever) for a watch event. Returns 1 with the path and token in the
 * message's data, or 0 if there was none.
 */
int domain_event(struct domain *domain, struct hv_sim_msg *event, int timeout_ms);

/* What `xl` does once the front end's configuration is written. */
int domain_attach(struct domain *domain, uint32_t devid);
int domain_detach(struct domain *domain, uint32_t devid);

#endif

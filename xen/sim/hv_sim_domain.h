/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated domains' memory, grants and event channels. The main thread makes and kills domains
 * and their ports; the io thread maps, binds and unbinds; the owner of a handle notifies. There is
 * no lock: a domain can be found by its domid while it lives, and is freed with its last reference
 * (the main thread's own, one per mapping, one per bound port). Errors: -errno, or NULL and errno.
 */
#ifndef XENJACK_HV_SIM_DOMAIN_H
#define XENJACK_HV_SIM_DOMAIN_H

#include <stdbool.h>

#include "src/base/rt.h"
#include "xen/sim/hv_sim.h"

struct hv_evtchn;

enum hv_sim_port_state {
	HV_SIM_PORT_FREE,
	HV_SIM_PORT_CLOSING, /* only the main thread uses it */
	HV_SIM_PORT_OFFERED, /* by the guest, unbound */
	HV_SIM_PORT_BOUND,   /* to a handle; the io thread unbinds it */
	HV_SIM_PORT_ORPHAN,  /* bound to a handle, but the guest has closed it */
};

struct hv_sim_port {
	_Atomic uint32_t state;	  /* enum hv_sim_port_state */
	int to_daemon, to_guest;  /* eventfds */
	struct hv_sim_port *next; /* for the handle's owner: the next port bound to it */
};

struct hv_sim_domain {
	_Atomic bool used;     /* the main thread takes a free slot; the last reference frees it */
	_Atomic uint64_t life; /* domid in the upper half, 0 once killed; references in the lower */
	int memory;	       /* memfd */
	void *sh_grants;       /* the grant table */
	struct hv_sim_port ports[HV_SIM_PORTS_MAX];
};

struct hv_sim_domains {
	struct hv_sim_domain slots[HV_SIM_GUESTS_MAX];
	_Atomic uint32_t mappings, pages, bound; /* live ones, for leak tests */
};

/* Makes a domain with empty memory; the main thread's reference lasts until hv_sim_domain_kill. */
struct hv_sim_domain *hv_sim_domain_create(struct hv_sim_domains *domains, uint32_t domid);

/* From here on, the domain cannot be found. Mappings and bound ports stay usable until released. */
void hv_sim_domain_kill(struct hv_sim_domain *domain);

/* Makes a port that can be bound; its number or -errno. Main thread. */
int hv_sim_domain_offer(struct hv_sim_domain *domain);

/* The guest closes a port, bound or not. Main thread. */
int hv_sim_domain_withdraw(struct hv_sim_domain *domain, uint32_t port);

/* As in struct hv_ops. */
void *hv_sim_domain_map(struct hv_sim_domains *domains, uint32_t domid, const uint32_t *grefs,
			unsigned count);
void hv_sim_domain_unmap(void *sh_mem, unsigned count);

struct hv_evtchn *hv_sim_domain_evtchn_open(struct hv_sim_domains *domains);
void hv_sim_domain_evtchn_close(struct hv_evtchn *handle);
int hv_sim_domain_evtchn_fd(struct hv_evtchn *handle);
int hv_sim_domain_bind(struct hv_evtchn *handle, uint32_t domid, uint32_t remote_port);
void hv_sim_domain_unbind(struct hv_evtchn *handle, int port);
int hv_sim_domain_pending(struct hv_evtchn *handle);
void hv_sim_domain_unmask(struct hv_evtchn *handle, int port);
RT_SAFE void hv_sim_domain_notify(struct hv_evtchn *handle, int port);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The toolstack's part of hv_sim: the nodes that `xl` writes and removes when domains and vsnd
 * devices come and go, in the same order. Main thread. Errors: -errno.
 */
#ifndef XENJACK_HV_SIM_TOOLS_H
#define XENJACK_HV_SIM_TOOLS_H

#include <stdint.h>

#include "xen/sim/hv_sim_store.h"

#define HV_SIM_DOMAIN_PATH "/local/domain/%u"
#define HV_SIM_BACKEND_PATH "/local/domain/0/backend/vsnd/%u"

struct hv_sim_leaving;

struct hv_sim_tools {
	struct hv_sim_store *store;
	struct hv_sim_leaving *leaving; /* devices being removed, the oldest first */
};

/* Makes the nodes of the back end's own domain. */
int hv_sim_tools_init(struct hv_sim_tools *tools, struct hv_sim_store *store);

/* Frees everything; accepts a zeroed struct. */
void hv_sim_tools_finish(struct hv_sim_tools *tools);

/* `xl create`: the domain's own nodes. */
int hv_sim_tools_create(struct hv_sim_tools *tools, uint32_t domid, const char *name);

/* `xl destroy`: removes the guest's nodes and detaches every device. */
void hv_sim_tools_destroy(struct hv_sim_tools *tools, uint32_t domid);

/* `xl vsnd-attach`; the guest has written the configuration. */
int hv_sim_tools_attach(struct hv_sim_tools *tools, uint32_t domid, uint32_t devid);

/* `xl vsnd-detach`. */
int hv_sim_tools_detach(struct hv_sim_tools *tools, uint32_t domid, uint32_t devid);

/*
 * Removes the devices that the back end has closed, or was too slow to close. Returns the time in
 * ns until the next device is overdue, or 0 if none is left.
 */
int64_t hv_sim_tools_run(struct hv_sim_tools *tools);

#endif

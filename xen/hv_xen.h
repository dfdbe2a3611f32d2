/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real hypervisor: struct hv over libxenstore, libxenevtchn and libxengnttab. */
#ifndef XENJACK_HV_XEN_H
#define XENJACK_HV_XEN_H

struct hv;

/*
 * Opens XenStore and the grant device. Waits for XenStore as long as it takes, in its own system
 * calls too, and so is called in a thread that nobody needs meanwhile. NULL and the reason logged.
 */
struct hv *hv_xen_open(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real hypervisor: struct hv over libxenstore, libxenevtchn and libxengnttab. */
#ifndef XENJACK_HV_XEN_H
#define XENJACK_HV_XEN_H

struct hv;

/*
 * Opens xenstore and the grant device. Waits for xenstore indefinitely, also inside system calls,
 * so call it in a thread that has no other work. NULL and the reason logged.
 */
struct hv *hv_xen_open(void);

#endif

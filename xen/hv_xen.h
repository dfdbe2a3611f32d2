/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real hypervisor: struct hv over libxenstore, libxenevtchn and libxengnttab. */
#ifndef XENJACK_HV_XEN_H
#define XENJACK_HV_XEN_H

struct hv;

/* Opens XenStore and the grant device; NULL and errno if this machine has no Xen, or not yet. */
struct hv *hv_xen_open(void);

#endif

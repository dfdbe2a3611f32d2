/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/hv_xen_ioctl.h"

#include <sys/ioctl.h>

#include <xen/xen.h>

#include <xen/grant_table.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntdev.h>

const uint32_t hv_xen_ioctls[HV_XEN_IOCTL_COUNT] = {
	IOCTL_EVTCHN_BIND_INTERDOMAIN,	   /* attach */
	IOCTL_EVTCHN_UNBIND,		   /* detach */
	IOCTL_EVTCHN_NOTIFY,		   /* answers, and positions in every cycle */
	IOCTL_GNTDEV_MAP_GRANT_REF,	   /* attach, OPEN */
	IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, /* unmapping: where it was mapped */
	IOCTL_GNTDEV_UNMAP_GRANT_REF,	   /* CLOSE, detach */
};

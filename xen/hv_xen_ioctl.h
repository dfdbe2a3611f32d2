/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the Xen libraries ask of /dev/xen/evtchn and /dev/xen/gntdev once xenstore and the grant
 * device are open: for the daemon's filter of system calls, which permits nothing else. Constant.
 */
#ifndef XENJACK_HV_XEN_IOCTL_H
#define XENJACK_HV_XEN_IOCTL_H

#include <stdint.h>

#define HV_XEN_IOCTL_COUNT 6u

extern const uint32_t hv_xen_ioctls[HV_XEN_IOCTL_COUNT];

#endif

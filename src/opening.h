/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens Xen's hypervisor at start, while XenStore may not be there yet: in a thread of its own,
 * because that may take for ever, in system calls of the library too. ctl, once a process. The
 * caller owns what comes out of it.
 */
#ifndef XENJACK_OPENING_H
#define XENJACK_OPENING_H

#include <ev.h>

struct hv;

/*
 * Runs the loop until the hypervisor is open, can not be opened, which is logged, or SIGTERM or
 * SIGINT comes. Returns -1 and the hypervisor, or the process's exit status: a wait that a signal
 * ends is no failure.
 */
int opening_run(struct ev_loop *loop, struct hv **hv);

#endif

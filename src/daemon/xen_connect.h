/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens the connection to Xen at start, when xenstore may not be up yet. A thread of its own does
 * it, because that may block forever, also inside libxenstore. Main thread, once per process. The
 * caller owns the result.
 */
#ifndef XENJACK_XEN_CONNECT_H
#define XENJACK_XEN_CONNECT_H

#include <ev.h>

struct hv;

/*
 * Runs the loop until the hypervisor is open, opening has failed (logged), or SIGTERM or SIGINT
 * arrives. Returns -1 and the hypervisor, or the process's exit status, which is success after a
 * signal.
 */
int xen_connect_run(struct ev_loop *loop, struct hv **hv);

#endif

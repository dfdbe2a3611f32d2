/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Confinement: whoever takes over the daemon through what a guest or a peer sends gets no more
 * system calls than the daemon itself makes (sandbox_calls.c lists them), and of root's
 * capabilities only those that it needs. Main thread, at start.
 *
 * A call that is not listed ends the process by SIGSYS, with a line that names the call. In a
 * thread that blocks SIGSYS (libxenstore's reader; none of ours), the line is missing.
 *
 * The sanitizers make calls of their own: a build with one of them has no filter, and says so.
 */
#ifndef XENJACK_SANDBOX_H
#define XENJACK_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

struct sandbox_options {
	const uint32_t *ioctls; /* of Xen's devices; the caller's, until sandbox_enter returns */
	unsigned ioctl_count;
	bool loads_libraries; /* libjack loads plug-ins whenever a client opens, as PipeWire's does
			       */
	const char *group;    /* that will be looked up: loads libc's name services now */
};

/*
 * Gives up all capabilities but those of a sound server. Before the first thread starts, which
 * inherits what is left. Returns 0 or -errno, logged.
 */
int sandbox_drop_capabilities(void);

/*
 * Installs the filter, for all threads and for good. When everything privileged is open and before
 * the first guest is served. Returns 0 or -errno, logged.
 */
int sandbox_enter(const struct sandbox_options *options);

#endif

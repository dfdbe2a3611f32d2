/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The public Xen headers for the stream ring, made usable in user space: xen/io/ring.h needs
 * barriers that only a kernel or the Xen tools define. Include it only in xen/ and in tests.
 */
#ifndef XENJACK_ABI_H
#define XENJACK_ABI_H

/* Select the newest interface of the headers, whose rings use xen_mb instead of a kernel's mb. */
#define __XEN_TOOLS__ 1

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define xen_mb() atomic_thread_fence(memory_order_seq_cst)
#define xen_rmb() atomic_thread_fence(memory_order_acquire)
#define xen_wmb() atomic_thread_fence(memory_order_release)

#include <xen/xen.h>

#include <xen/errno.h>
#include <xen/io/sndif.h>
#include <xen/io/xenbus.h>

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The public Xen headers for use in a program, with the memory barriers that they need. Guest code
 * includes this file instead of sndif.h and xenbus.h. Any thread; owns nothing.
 */
#ifndef XENJACK_GUEST_ABI_H
#define XENJACK_GUEST_ABI_H

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/* Otherwise, ring.h would use the kernel's barriers. */
#define __XEN_TOOLS__ 1
#define xen_mb() atomic_thread_fence(memory_order_seq_cst)
#define xen_rmb() atomic_thread_fence(memory_order_acquire)
#define xen_wmb() atomic_thread_fence(memory_order_release)

#include <xen/xen.h>

#include <xen/io/sndif.h>
#include <xen/io/xenbus.h>

#endif

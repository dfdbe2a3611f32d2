/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The public Xen headers as a program needs them: with memory barriers of its own. Everything of
 * the guest that needs sndif.h or xenbus.h includes this instead. Any thread; nothing is owned.
 */
#ifndef XENJACK_GUEST_ABI_H
#define XENJACK_GUEST_ABI_H

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/* Else ring.h takes a kernel's barriers. */
#define __XEN_TOOLS__ 1
#define xen_mb() atomic_thread_fence(memory_order_seq_cst)
#define xen_rmb() atomic_thread_fence(memory_order_acquire)
#define xen_wmb() atomic_thread_fence(memory_order_release)

#include <xen/xen.h>
#include <xen/io/sndif.h>
#include <xen/io/xenbus.h>

#endif

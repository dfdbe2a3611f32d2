/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The public Xen headers of the wire, prepared for user space: xen/io/ring.h wants barriers that
 * only a kernel or the Xen tools define. Included by xen/'s .c files and by tests only.
 */
#ifndef XENJACK_ABI_H
#define XENJACK_ABI_H

/* Selects the headers' newest interface, whose rings use xen_mb and not a kernel's mb. */
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

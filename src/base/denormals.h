/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Denormal floats: a thread that runs cycles treats them as zero, as operands and as results. They
 * are below -759 dB, and some processors take a hundred times as long for each: a guest could make
 * a cycle late with them. libjack leaves the mode of its threads alone. Copies keep their bits.
 */
#ifndef XENJACK_DENORMALS_H
#define XENJACK_DENORMALS_H

#include <stdint.h>

#include "src/base/rt.h"

#ifdef __x86_64__
#include <xmmintrin.h>
#endif

/* Sets the mode of the calling thread, for its whole life. On other processors, does nothing. */
RT_SAFE static inline void denormals_flush(void)
{
#if defined(__x86_64__)
	_mm_setcsr(_mm_getcsr() | 0x8040u); /* FTZ: results; DAZ: operands */
#elif defined(__aarch64__)
	uint64_t mode;

	__asm__ volatile("mrs %0, fpcr" : "=r"(mode));
	__asm__ volatile("msr fpcr, %0" : : "r"(mode | UINT64_C(1) << 24)); /* FZ: both */
#endif
}

#endif

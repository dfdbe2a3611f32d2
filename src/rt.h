/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What code that shares data between threads needs: the mark of a real-time function,
 * cache-line alignment, and the three ways a word crosses to another thread or a guest.
 *
 * RT_SAFE functions may run inside a JACK cycle: no allocation, lock, log, page fault or
 * system call, and loops bounded by constants or by the cycle's frames. The tests
 * rt-symbols and rt-trap check the mark.
 */
#ifndef XENJACK_RT_H
#define XENJACK_RT_H

#include <stdatomic.h>
#include <stdint.h>

#define RT_SAFE

/* Two lines: x86 prefetches them in pairs, so neighbours would still share. */
#define RT_CACHE_LINE 128
#define RT_ALIGNED _Alignas(RT_CACHE_LINE)

/*
 * A counter with one writer and any number of readers. A struct, so that a plain += does
 * not compile.
 */
struct rt_counter {
	_Atomic uint64_t value;
};

/* Adds to a counter; only the counter's one writer calls this. */
static inline void rt_counter_add(struct rt_counter *counter, uint64_t n)
{
	uint64_t value = atomic_load_explicit(&counter->value, memory_order_relaxed);

	atomic_store_explicit(&counter->value, value + n, memory_order_relaxed);
}

/* Publishes a new value; only the counter's one writer calls this. */
static inline void rt_counter_set(struct rt_counter *counter, uint64_t value)
{
	atomic_store_explicit(&counter->value, value, memory_order_release);
}

/* Reads a counter, and everything its writer wrote before it was set. */
static inline uint64_t rt_counter_get(const struct rt_counter *counter)
{
	return atomic_load_explicit(&((struct rt_counter *)(uintptr_t)counter)->value,
				    memory_order_acquire);
}

/* Reads a 32-bit word of a page that a guest may write at any moment, exactly once. */
static inline uint32_t rt_sh_load(const void *sh_word)
{
	const _Atomic uint32_t *sh = (const _Atomic uint32_t *)sh_word;

	return atomic_load_explicit((_Atomic uint32_t *)(uintptr_t)sh, memory_order_acquire);
}

/* Writes a 32-bit word of a page shared with a guest, after everything written before it. */
static inline void rt_sh_store(void *sh_word, uint32_t value)
{
	_Atomic uint32_t *sh = (_Atomic uint32_t *)sh_word;

	atomic_store_explicit(sh, value, memory_order_release);
}

#endif

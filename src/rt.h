/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What code that shares data between threads needs: the mark of a real-time function,
 * cache-line alignment, the three ways a word crosses to another thread or a guest, and the way
 * back of what a callback works on: the owner empties the place, and waits until the callback has
 * been outside.
 *
 * RT_SAFE functions may run inside a JACK cycle: no allocation, lock, log, page fault or
 * system call, and loops bounded by constants or by the cycle's frames. The tests
 * rt-symbols and rt-trap check the mark.
 */
#ifndef XENJACK_RT_H
#define XENJACK_RT_H

#include <stdatomic.h>
#include <stdbool.h>
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

/*
 * Begins a callback, or a part of it. The counter is odd while the callback, its one writer, is
 * inside.
 */
RT_SAFE static inline void rt_enter(_Atomic uint32_t *cycles)
{
	uint32_t now = atomic_load_explicit(cycles, memory_order_relaxed);

	atomic_store_explicit(cycles, now + 1, memory_order_relaxed);
	/*
	 * Orders "we are inside" before the loads of the places; pairs with the fence in
	 * rt_token, which orders "the place is empty" before the load of cycles. With
	 * release and acquire alone both could read the old value.
	 */
	atomic_thread_fence(memory_order_seq_cst);
}

RT_SAFE static inline void rt_leave(_Atomic uint32_t *cycles)
{
	uint32_t now = atomic_load_explicit(cycles, memory_order_relaxed);

	/* Orders all that was done in there before "we are outside". */
	atomic_store_explicit(cycles, now + 1, memory_order_release);
}

/* What to ask rt_quiet with, for the owner that has just emptied a place. */
static inline uint32_t rt_token(const _Atomic uint32_t *cycles)
{
	/*
	 * Orders "the place is empty" before the load of cycles; pairs with the fence in
	 * rt_enter, which orders "we are inside" before the loads of the places: either we
	 * see the callback inside, or it sees the place empty.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	/* Orders "we are outside" before all that the owner does from here on. */
	return atomic_load_explicit((_Atomic uint32_t *)(uintptr_t)cycles, memory_order_acquire);
}

/* Whether the callback has been outside since rt_token returned this. */
static inline bool rt_quiet(const _Atomic uint32_t *cycles, uint32_t token)
{
	/* Even: outside when the place was already empty; rt_token's load ordered that. */
	if (!(token & 1)) {
		return true;
	}
	/* Orders "we are outside" before all that the owner does from here on. */
	return atomic_load_explicit((_Atomic uint32_t *)(uintptr_t)cycles, memory_order_acquire) !=
	       token;
}

/* Says that there is no callback, and will be none: one may have been cut off in the middle. */
static inline void rt_cut(_Atomic uint32_t *cycles)
{
	uint32_t now = atomic_load_explicit(cycles, memory_order_acquire);

	if (now & 1) {
		/* Orders what the callback did, and its end, before "we are outside". */
		atomic_store_explicit(cycles, now + 1, memory_order_release);
	}
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

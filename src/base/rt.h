/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tools for sharing data between threads: the mark of a real-time function; cache-line alignment;
 * the three ways a word crosses to another thread or to a guest; how an owner gets back what a
 * callback works on (it empties the place, then waits until the callback has been outside); and the
 * order of stores to memory that outlives the process.
 *
 * RT_SAFE functions may run inside a JACK cycle: no allocation, lock, log line, page fault or
 * system call, and loops bounded by constants or by the cycle's frames. The tests rt-symbols and
 * rt-trap check the mark.
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
 * A counter with one writer and any number of readers. It is a struct so that a plain += does not
 * compile.
 */
struct rt_counter {
	_Atomic uint64_t value;
};

/* Adds to a counter; only the counter's one writer calls this. */
RT_SAFE static inline void rt_counter_add(struct rt_counter *counter, uint64_t n)
{
	uint64_t value = atomic_load_explicit(&counter->value, memory_order_relaxed);

	atomic_store_explicit(&counter->value, value + n, memory_order_relaxed);
}

/* Publishes a new value; only the counter's one writer calls this. */
RT_SAFE static inline void rt_counter_set(struct rt_counter *counter, uint64_t value)
{
	atomic_store_explicit(&counter->value, value, memory_order_release);
}

/* Reads a counter, and everything its writer wrote before it was set. */
RT_SAFE static inline uint64_t rt_counter_get(const struct rt_counter *counter)
{
	return atomic_load_explicit(&counter->value, memory_order_acquire);
}

/*
 * Enters a callback, or a part of it. The counter is odd while the callback, its only writer, is
 * inside.
 */
RT_SAFE static inline void rt_enter(_Atomic uint32_t *cycles)
{
	uint32_t now = atomic_load_explicit(cycles, memory_order_relaxed);

	atomic_store_explicit(cycles, now + 1, memory_order_relaxed);
	/*
	 * Orders "we are inside" before the loads of the places; pairs with the fence in rt_token,
	 * which orders "the place is empty" before the load of cycles. With only release and
	 * acquire, both sides could read the old value.
	 */
	atomic_thread_fence(memory_order_seq_cst);
}

RT_SAFE static inline void rt_leave(_Atomic uint32_t *cycles)
{
	uint32_t now = atomic_load_explicit(cycles, memory_order_relaxed);

	/* Orders everything done inside before "we are outside". */
	atomic_store_explicit(cycles, now + 1, memory_order_release);
}

/* For an owner that has just emptied a place: the token for rt_quiet. */
RT_SAFE static inline uint32_t rt_token(const _Atomic uint32_t *cycles)
{
	/*
	 * Orders "the place is empty" before the load of cycles; pairs with the fence in rt_enter,
	 * which orders "we are inside" before the loads of the places: either we see the callback
	 * inside, or it sees the place empty.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	/* Orders "we are outside" before all that the owner does from here on. */
	return atomic_load_explicit(cycles, memory_order_acquire);
}

/* Whether the callback has been outside since rt_token returned this token. */
RT_SAFE static inline bool rt_quiet(const _Atomic uint32_t *cycles, uint32_t token)
{
	/*
	 * Even: the callback was outside when the place was already empty; rt_token's load ordered
	 * that.
	 */
	if (!(token & 1)) {
		return true;
	}
	/* Orders "we are outside" before all that the owner does from here on. */
	return atomic_load_explicit(cycles, memory_order_acquire) != token;
}

/* Declares that no callback runs or will run: one may have been cut off in the middle. */
RT_SAFE static inline void rt_cut(_Atomic uint32_t *cycles)
{
	uint32_t now = atomic_load_explicit(cycles, memory_order_acquire);

	if (now & 1) {
		/* Orders what the callback did, and its end, before "we are outside". */
		atomic_store_explicit(cycles, now + 1, memory_order_release);
	}
}

/*
 * Orders earlier stores before later ones, in memory that the next daemon finds if this one is
 * killed in between. Only the compiler could reorder them: once a thread is killed, all its
 * executed stores are visible, in program order.
 */
RT_SAFE static inline void rt_keep_order(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

/* Reads exactly once a 32-bit word of a page that a guest may write at any moment. */
RT_SAFE static inline uint32_t rt_sh_load(const void *sh_word)
{
	const _Atomic uint32_t *sh = (const _Atomic uint32_t *)sh_word;

	return atomic_load_explicit(sh, memory_order_acquire);
}

/* Writes a 32-bit word of a page shared with a guest, after everything written before it. */
RT_SAFE static inline void rt_sh_store(void *sh_word, uint32_t value)
{
	_Atomic uint32_t *sh = (_Atomic uint32_t *)sh_word;

	atomic_store_explicit(sh, value, memory_order_release);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interposes the libc functions that have no place in a process callback: memory, locks, stdio.
 * Calls from inside a callback are counted; libc does the work, as everywhere else. Many of these
 * functions rarely make a system call, which is why trapping system calls is not enough.
 */
/* Both would rename libc's functions here. */
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS

#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

#include "tests/rt/rt_trap.h"

#define COUNT(kind, name)                                                          \
	do {                                                                       \
		if (rt_trap_inside()) {                                            \
			rt_trap_count(kind, name, 0, __builtin_return_address(0)); \
		}                                                                  \
	} while (0)

/* A function of the same type that counts and calls the next one of its name. */
#define GUARD(kind, type, name, params, args)                  \
	type name params                                       \
	{                                                      \
		static __typeof__(&name) next;                 \
                                                               \
		if (!next) {                                   \
			*(void **)&next = rt_trap_next(#name); \
		}                                              \
		COUNT(kind, #name);                            \
		return next args;                              \
	}

/* glibc's own names: dlsym may allocate itself, so it cannot look up these four. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

void *malloc(size_t size)
{
	COUNT(RT_TRAP_ALLOC, "malloc");
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	COUNT(RT_TRAP_ALLOC, "calloc");
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	COUNT(RT_TRAP_ALLOC, "realloc");
	return __libc_realloc(old, size);
}

void free(void *old)
{
	COUNT(RT_TRAP_ALLOC, "free");
	__libc_free(old);
}

GUARD(RT_TRAP_ALLOC, int, posix_memalign, (void **memory, size_t align, size_t size),
      (memory, align, size))
GUARD(RT_TRAP_ALLOC, void *, aligned_alloc, (size_t align, size_t size), (align, size))
GUARD(RT_TRAP_ALLOC, void *, memalign, (size_t align, size_t size), (align, size))
GUARD(RT_TRAP_ALLOC, void *, valloc, (size_t size), (size))
GUARD(RT_TRAP_ALLOC, void *, reallocarray, (void *old, size_t count, size_t size),
      (old, count, size))

GUARD(RT_TRAP_LOCK, int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
GUARD(RT_TRAP_LOCK, int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
GUARD(RT_TRAP_LOCK, int, pthread_mutex_timedlock,
      (pthread_mutex_t * mutex, const struct timespec *until), (mutex, until))
GUARD(RT_TRAP_LOCK, int, pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
GUARD(RT_TRAP_LOCK, int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
GUARD(RT_TRAP_LOCK, int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
GUARD(RT_TRAP_LOCK, int, pthread_rwlock_tryrdlock, (pthread_rwlock_t * lock), (lock))
GUARD(RT_TRAP_LOCK, int, pthread_rwlock_trywrlock, (pthread_rwlock_t * lock), (lock))
GUARD(RT_TRAP_LOCK, int, pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t *mutex),
      (cond, mutex))
GUARD(RT_TRAP_LOCK, int, pthread_cond_timedwait,
      (pthread_cond_t * cond, pthread_mutex_t *mutex, const struct timespec *until),
      (cond, mutex, until))
GUARD(RT_TRAP_LOCK, int, pthread_cond_signal, (pthread_cond_t * cond), (cond))
GUARD(RT_TRAP_LOCK, int, pthread_cond_broadcast, (pthread_cond_t * cond), (cond))
GUARD(RT_TRAP_LOCK, int, sem_wait, (sem_t * sem), (sem))
GUARD(RT_TRAP_LOCK, int, sem_trywait, (sem_t * sem), (sem))
GUARD(RT_TRAP_LOCK, int, sem_timedwait, (sem_t * sem, const struct timespec *until), (sem, until))
GUARD(RT_TRAP_LOCK, int, sem_post, (sem_t * sem), (sem))
GUARD(RT_TRAP_LOCK, int, mtx_lock, (mtx_t * mutex), (mutex))
GUARD(RT_TRAP_LOCK, int, mtx_trylock, (mtx_t * mutex), (mutex))
GUARD(RT_TRAP_LOCK, int, cnd_wait, (cnd_t * cond, mtx_t *mutex), (cond, mutex))
GUARD(RT_TRAP_LOCK, int, cnd_signal, (cnd_t * cond), (cond))
GUARD(RT_TRAP_LOCK, int, cnd_broadcast, (cnd_t * cond), (cond))

GUARD(RT_TRAP_STDIO, FILE *, fopen, (const char *path, const char *mode), (path, mode))
GUARD(RT_TRAP_STDIO, FILE *, fopen64, (const char *path, const char *mode), (path, mode))
GUARD(RT_TRAP_STDIO, int, fclose, (FILE * file), (file))
GUARD(RT_TRAP_STDIO, int, fflush, (FILE * file), (file))
GUARD(RT_TRAP_STDIO, size_t, fread, (void *to, size_t size, size_t count, FILE *file),
      (to, size, count, file))
GUARD(RT_TRAP_STDIO, size_t, fwrite, (const void *from, size_t size, size_t count, FILE *file),
      (from, size, count, file))
GUARD(RT_TRAP_STDIO, char *, fgets, (char *to, int size, FILE *file), (to, size, file))
GUARD(RT_TRAP_STDIO, int, fputs, (const char *text, FILE *file), (text, file))
GUARD(RT_TRAP_STDIO, int, fputc, (int c, FILE *file), (c, file))
GUARD(RT_TRAP_STDIO, int, putc, (int c, FILE *file), (c, file))
GUARD(RT_TRAP_STDIO, int, putchar, (int c), (c))
GUARD(RT_TRAP_STDIO, int, puts, (const char *text), (text))
GUARD(RT_TRAP_STDIO, int, vprintf, (const char *format, va_list args), (format, args))
GUARD(RT_TRAP_STDIO, int, vfprintf, (FILE * file, const char *format, va_list args),
      (file, format, args))

/* The names that callers built with _FORTIFY_SOURCE use. */
int __vfprintf_chk(FILE *file, int flag, const char *format, va_list args);
int __vprintf_chk(int flag, const char *format, va_list args);
int __fprintf_chk(FILE *file, int flag, const char *format, ...);
int __printf_chk(int flag, const char *format, ...);

GUARD(RT_TRAP_STDIO, int, __vprintf_chk, (int flag, const char *format, va_list args),
      (flag, format, args))
GUARD(RT_TRAP_STDIO, int, __vfprintf_chk, (FILE * file, int flag, const char *format, va_list args),
      (file, flag, format, args))

/* Functions with ... call the next function that takes a va_list. */
#define GUARD_FORMAT(name, params, last, vname, vargs)          \
	int name params                                         \
	{                                                       \
		static __typeof__(&vname) next;                 \
		va_list args;                                   \
		int written;                                    \
                                                                \
		if (!next) {                                    \
			*(void **)&next = rt_trap_next(#vname); \
		}                                               \
		COUNT(RT_TRAP_STDIO, #name);                    \
		va_start(args, last);                           \
		written = next vargs;                           \
		va_end(args);                                   \
		return written;                                 \
	}

GUARD_FORMAT(printf, (const char *format, ...), format, vprintf, (format, args))
GUARD_FORMAT(fprintf, (FILE * file, const char *format, ...), format, vfprintf,
	     (file, format, args))
GUARD_FORMAT(__printf_chk, (int flag, const char *format, ...), format, __vprintf_chk,
	     (flag, format, args))
GUARD_FORMAT(__fprintf_chk, (FILE * file, int flag, const char *format, ...), format,
	     __vfprintf_chk, (file, flag, format, args))

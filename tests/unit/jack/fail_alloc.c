/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/jack/fail_alloc.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A power of two, far more than a test allocates at once. */
#define PIECES 65536u

static void *pieces[PIECES];
static unsigned live, fail_at = UINT_MAX;
static bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *piece);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **piece, size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
void __wrap_free(void *piece);

/* The slot where a piece is, or would be inserted. */
static unsigned place(const void *piece)
{
	unsigned n = (unsigned)((uintptr_t)piece * 0x9e3779b97f4a7c15ull >> 48);

	while (pieces[n % PIECES] && pieces[n % PIECES] != piece) {
		n++;
	}
	return n % PIECES;
}

static void *note(void *piece)
{
	if (piece) {
		pieces[place(piece)] = piece;
		live++;
	}
	return piece;
}

/* Reinsert the pieces that follow: it may have displaced them. */
static void forget(void *piece)
{
	unsigned n = place(piece);

	if (!piece || !pieces[n]) {
		return;
	}
	pieces[n] = NULL;
	live--;
	for (n = (n + 1) % PIECES; pieces[n]; n = (n + 1) % PIECES) {
		void *other = pieces[n];

		pieces[n] = NULL;
		pieces[place(other)] = other;
	}
}

static bool fails(void)
{
	if (fail_at == UINT_MAX || fail_at-- > 0) {
		return false;
	}
	failed = true;
	fail_at = UINT_MAX;
	errno = ENOMEM;
	return true;
}

void fail_alloc_at(unsigned n)
{
	fail_at = n;
	failed = false;
}

bool fail_alloc_failed(void)
{
	return failed;
}

unsigned fail_alloc_live(void)
{
	return live;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : note(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : note(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
	void *fresh;

	if (fails()) {
		return NULL;
	}
	forget(old);
	fresh = __real_realloc(old, size);
	note(fresh ? fresh : old);
	return fresh;
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return __wrap_realloc(old, count * size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : note(__real_aligned_alloc(alignment, size));
}

int __wrap_posix_memalign(void **piece, size_t alignment, size_t size)
{
	/* glibc accepts any size. */
	*piece = fails() ? NULL : note(__real_aligned_alloc(alignment, size));
	return *piece ? 0 : ENOMEM;
}

char *__wrap_strdup(const char *text)
{
	char *copy = __wrap_malloc(strlen(text) + 1);

	return copy ? strcpy(copy, text) : NULL;
}

char *__wrap_strndup(const char *text, size_t size)
{
	size_t length = strnlen(text, size);
	char *copy = __wrap_calloc(1, length + 1);

	return copy ? memcpy(copy, text, length) : NULL;
}

void __wrap_free(void *piece)
{
	forget(piece);
	__real_free(piece);
}

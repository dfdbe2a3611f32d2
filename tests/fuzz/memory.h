/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's memory behind a struct hv: grant reference n is page n. A mapping lies between two
 * pages that nobody may touch, and nothing is left of it once it is unmapped, so a read too far or
 * too late is a fault. A hook runs at every call and after every mapped page, where a guest can
 * change what the back end is about to read. One memory a program.
 */
#ifndef TESTS_FUZZ_MEMORY_H
#define TESTS_FUZZ_MEMORY_H

#include "xen/hv.h"

#define MEMORY_PAGES 32u
/* The most pages in one mapping. */
#define MEMORY_MAPPED_MAX 2100u
#define MEMORY_MAPPINGS_MAX 8u

struct memory {
	struct hv hv;
	uint8_t (*pages)[HV_PAGE_SIZE]; /* as the guest sees them */
	int fd;
	struct {
		char *place;
		unsigned count;
	} mapped[MEMORY_MAPPINGS_MAX];
	unsigned mappings; /* live ones */

	/* the last map call: what it asked for */
	unsigned maps; /* calls */
	unsigned asked_count;
	uint32_t asked[MEMORY_MAPPED_MAX];

	/* each may be NULL */
	void (*hook)(void *arg);
	void (*notified)(void *arg, int port);
	void *arg;
};

/* Zeroes the pages, and forgets everything else; nothing may be mapped. */
struct memory *memory_begin(void);

/* Checks that nothing is mapped any more. */
void memory_end(const struct memory *memory);

/* Unmaps everything: the back end has died. */
void memory_kill(struct memory *memory);

/* Writes a word of a page; both numbers wrap around. */
void memory_poke(struct memory *memory, uint64_t page, uint64_t word, uint32_t value);

#endif

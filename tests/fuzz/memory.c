/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/memory.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define MEMORY_BYTES (MEMORY_PAGES * HV_PAGE_SIZE)

static struct memory *memory_of(struct hv *hv)
{
	return (struct memory *)hv;
}

static void call_hook(struct memory *memory)
{
	if (memory->hook) {
		memory->hook(memory->arg);
	}
}

/* --- grants */

static size_t size_with_guards(unsigned count)
{
	return ((size_t)count + 2) * HV_PAGE_SIZE;
}

static bool are_valid(struct memory *memory, const uint32_t *grefs, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		memory->asked[i] = grefs[i];
		if (!grefs[i] || grefs[i] >= MEMORY_PAGES) {
			return false;
		}
	}
	return true;
}

/* Maps the pages one run of neighbours at a time. */
static void map_runs(struct memory *memory, char *place, const uint32_t *grefs, unsigned count)
{
	unsigned length;

	for (unsigned i = 0; i < count; i += length) {
		for (length = 1; i + length < count && grefs[i + length] == grefs[i] + length;) {
			length++;
		}
		FUZZ_CHECK(mmap(place + (size_t)i * HV_PAGE_SIZE, (size_t)length * HV_PAGE_SIZE,
				PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory->fd,
				(off_t)grefs[i] * HV_PAGE_SIZE) != MAP_FAILED);
	}
}

static void *map(struct hv *hv, uint32_t domid, const uint32_t *grefs, unsigned count)
{
	struct memory *memory = memory_of(hv);
	char *place;

	(void)domid;
	FUZZ_CHECK(count && count <= MEMORY_MAPPED_MAX);
	FUZZ_CHECK(memory->mappings < MEMORY_MAPPINGS_MAX);
	call_hook(memory);
	memory->maps++;
	memory->asked_count = count;
	if (!are_valid(memory, grefs, count)) {
		errno = EINVAL;
		return NULL;
	}
	place = mmap(NULL, size_with_guards(count), PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	FUZZ_CHECK(place != MAP_FAILED);
	place += HV_PAGE_SIZE;
	map_runs(memory, place, grefs, count);
	memory->mapped[memory->mappings].place = place;
	memory->mapped[memory->mappings++].count = count;
	call_hook(memory);
	return place;
}

static void drop(struct memory *memory, unsigned which)
{
	munmap(memory->mapped[which].place - HV_PAGE_SIZE,
	       size_with_guards(memory->mapped[which].count));
	memory->mapped[which] = memory->mapped[--memory->mappings];
}

static void unmap(struct hv *hv, void *sh_mem, unsigned count)
{
	struct memory *memory = memory_of(hv);
	unsigned which = 0;

	while (which < memory->mappings && memory->mapped[which].place != sh_mem) {
		which++;
	}
	FUZZ_CHECK(which < memory->mappings && memory->mapped[which].count == count);
	drop(memory, which);
	call_hook(memory);
}

/* --- event channels; a port is the guest's number */

static struct hv_evtchn *evtchn_open(struct hv *hv)
{
	return (struct hv_evtchn *)hv;
}

static void evtchn_close(struct hv_evtchn *handle)
{
	(void)handle;
}

static int evtchn_bind(struct hv_evtchn *handle, uint32_t domid, uint32_t remote)
{
	(void)handle;
	(void)domid;
	return (int)remote;
}

static void evtchn_unbind(struct hv_evtchn *handle, int port)
{
	(void)handle;
	(void)port;
}

static void evtchn_notify(struct hv_evtchn *handle, int port)
{
	struct memory *memory = (struct memory *)handle;

	if (memory->notified) {
		memory->notified(memory->arg, port);
	}
	call_hook(memory);
}

static const struct hv_ops ops = {
	.map = map,
	.unmap = unmap,
	.evtchn_open = evtchn_open,
	.evtchn_close = evtchn_close,
	.evtchn_bind = evtchn_bind,
	.evtchn_unbind = evtchn_unbind,
	.evtchn_notify = evtchn_notify,
};

/* --- */

struct memory *memory_begin(void)
{
	static struct memory memory;
	int fd = memory.fd;
	uint8_t(*pages)[HV_PAGE_SIZE] = memory.pages;

	FUZZ_CHECK(!memory.mappings);
	if (!pages) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		FUZZ_CHECK(fd >= 0 && ftruncate(fd, MEMORY_BYTES) == 0);
		pages = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		FUZZ_CHECK(pages != MAP_FAILED);
	}
	memset(pages, 0, MEMORY_BYTES);
	memset(&memory, 0, offsetof(struct memory, asked));
	memory.hook = NULL;
	memory.notified = NULL;
	memory.arg = NULL;
	memory.hv.ops = &ops;
	memory.fd = fd;
	memory.pages = pages;
	return &memory;
}

void memory_end(const struct memory *memory)
{
	FUZZ_CHECK(!memory->mappings);
}

void memory_kill(struct memory *memory)
{
	while (memory->mappings) {
		drop(memory, 0);
	}
}

void memory_poke(struct memory *memory, uint64_t page, uint64_t word, uint32_t value)
{
	memcpy(memory->pages[page % MEMORY_PAGES] + word % (HV_PAGE_SIZE / 4) * 4, &value,
	       sizeof(value));
}

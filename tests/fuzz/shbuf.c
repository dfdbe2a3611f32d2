/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page directories. Lines:
 *
 *   map SIZE GREF               maps a buffer of SIZE bytes whose directory begins at GREF
 *   fill PAGE FROM FIRST STEP N fills in a directory page's references from FROM on; word 0 leads
 * on poke PAGE WORD VALUE        changes a word now hook PAGE WORD VALUE        changes it at the
 * next call of the back end's, in turn
 *
 * Unless pages change meanwhile, the mapped pages are those that a plain walk finds. The walk reads
 * no more pages than the size needs, and what fails leaves nothing mapped.
 */
#include <errno.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory.h"
#include "xen/shbuf.h"

#define GREFS_PER_PAGE 1023u
#define HOOKS_MAX 8u

static struct memory *memory;
static struct {
	uint64_t page, word;
	uint32_t value;
} hooks[HOOKS_MAX];
static unsigned hook_count, hooks_done;

static void on_hook(void *arg)
{
	(void)arg;
	if (hooks_done < hook_count) {
		memory_poke(memory, hooks[hooks_done].page, hooks[hooks_done].word,
			    hooks[hooks_done].value);
		hooks_done++;
	}
}

static uint32_t word_of(uint32_t page, uint32_t index)
{
	uint32_t word;

	memcpy(&word, memory->pages[page] + (size_t)index * 4, 4);
	return word;
}

/* Checks what was mapped against the directory, which nobody has changed meanwhile. */
static void check_pages(uint32_t gref, unsigned count)
{
	FUZZ_CHECK(memory->asked_count == count);
	for (unsigned i = 0; i < count; i++) {
		FUZZ_CHECK(gref && gref < MEMORY_PAGES);
		FUZZ_CHECK(memory->asked[i] == word_of(gref, 1 + i % GREFS_PER_PAGE));
		if (i % GREFS_PER_PAGE == GREFS_PER_PAGE - 1) {
			gref = word_of(gref, 0);
		}
	}
}

/* The buffer's last byte is there; one byte further would be a fault. */
static void touch(const struct shbuf *buf, uint32_t size)
{
	unsigned char first, last;

	shbuf_read(buf, 0, &first, 1);
	shbuf_read(buf, size - 1, &last, 1);
	shbuf_write(buf, size - 1, &last, 1);
}

static void map(uint32_t size, uint32_t gref)
{
	unsigned pages = size / HV_PAGE_SIZE + (size % HV_PAGE_SIZE != 0), before = memory->maps;
	unsigned hooked = hooks_done, live = memory->mappings;
	struct shbuf buf;
	int err = shbuf_map(&buf, &memory->hv, 1, gref, size);

	FUZZ_CHECK(memory->maps - before <= (pages + GREFS_PER_PAGE - 1) / GREFS_PER_PAGE + 1);
	if (err) {
		FUZZ_CHECK(!buf.sh_mem && memory->mappings == live);
		FUZZ_CHECK(err == -EINVAL || err == -E2BIG);
		return;
	}
	fuzz_accepted = true;
	FUZZ_CHECK(buf.pages == pages && memory->mappings == live + 1);
	if (hooks_done == hooked) {
		check_pages(gref, pages);
	}
	touch(&buf, size);
	shbuf_unmap(&buf);
}

static void fill(const uint64_t *numbers)
{
	for (uint64_t i = 0; i < numbers[4] % 1024; i++) {
		memory_poke(memory, numbers[0], numbers[1] + i,
			    (uint32_t)(numbers[2] + i * numbers[3]));
	}
}

static void add_hook(const uint64_t *numbers)
{
	if (hook_count < HOOKS_MAX) {
		hooks[hook_count].page = numbers[0];
		hooks[hook_count].word = numbers[1];
		hooks[hook_count++].value = (uint32_t)numbers[2];
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_text text = fuzz_text(data, size);
	struct fuzz_line line;

	fuzz_begin();
	memory = memory_begin();
	memory->hook = on_hook;
	hook_count = hooks_done = 0;
	for (unsigned i = 0; i < 64 && fuzz_next_line(&text, &line); i++) {
		const uint64_t *numbers = line.numbers;

		if (line.word[0] == 'm') {
			/* Sizes that this memory can map, and sizes beyond the limit. */
			map((uint32_t)numbers[0] > SHBUF_BYTES_MAX
				    ? (uint32_t)numbers[0]
				    : (uint32_t)numbers[0] % (MEMORY_MAPPED_MAX * HV_PAGE_SIZE),
			    (uint32_t)numbers[1]);
		} else if (line.word[0] == 'f') {
			fill(numbers);
		} else if (line.word[0] == 'p') {
			memory_poke(memory, numbers[0], numbers[1], (uint32_t)numbers[2]);
		} else if (line.word[0] == 'h') {
			add_hook(numbers);
		}
	}
	memory_end(memory);
	return 0;
}

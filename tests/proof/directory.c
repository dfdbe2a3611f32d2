/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk through a page directory, whatever its pages hold and whichever call fails: no reference
 * is stored outside the array, no page is read that the size does not need, only possible
 * references are mapped, and a failure leaves nothing mapped. Bounds: pages of 12 bytes, so two
 * references each, in place of 4096 and 1023; buffers of up to 5 pages, so up to 3 pages of
 * directory.
 */
#include "proof.h"

#include "xen/hv.h"
#include "xen/shbuf.h"

#undef HV_PAGE_SIZE
#define HV_PAGE_SIZE 12u
#undef SHBUF_BYTES_MAX
#define SHBUF_BYTES_MAX (5 * HV_PAGE_SIZE)

#include "xen/shbuf.c"

#define GREFS 2u

static uint32_t size;
static unsigned mapped, directory_pages;
static uint32_t sh_directory[HV_PAGE_SIZE / 4];
static char buffer[SHBUF_BYTES_MAX];

static unsigned pages_of(uint32_t bytes)
{
	return (bytes + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE;
}

static void *map(struct hv *hv, uint32_t domid, const uint32_t *grefs, unsigned count)
{
	(void)hv;
	(void)domid;
	for (unsigned i = 0; i < count; i++) {
		PROVE(grefs[i] != 0 && grefs[i] != UINT32_MAX);
	}
	errno = nondet_bool() ? EINVAL : 0;
	if (nondet_bool()) {
		return NULL;
	}
	mapped++;
	if (directory_pages * GREFS >= pages_of(size)) {
		PROVE(count == pages_of(size));
		return buffer;
	}
	PROVE(count == 1);
	directory_pages++;
	for (unsigned i = 0; i < HV_PAGE_SIZE / 4; i++) {
		sh_directory[i] = nondet_u32();
	}
	return sh_directory;
}

static void unmap(struct hv *hv, void *sh_mem, unsigned count)
{
	(void)hv;
	PROVE(sh_mem == buffer ? count == pages_of(size) : count == 1);
	PROVE(mapped > 0);
	mapped--;
}

/* One size at a time: constants to divide by and to allocate. */
static void prove(uint32_t bytes)
{
	static const struct hv_ops ops = { .map = map, .unmap = unmap };
	struct hv hv = { &ops };
	struct shbuf buf;
	int err;

	size = bytes;
	mapped = directory_pages = 0;
	err = shbuf_map(&buf, &hv, 1, nondet_u32(), size);
	PROVE(err || (buf.sh_mem == buffer && buf.pages == pages_of(size) && mapped == 1));
	PROVE(!err || (err < 0 && !buf.sh_mem && mapped == 0));
	PROVE(!(size == 0 || size > SHBUF_BYTES_MAX) || err == -E2BIG);
	shbuf_unmap(&buf);
	PROVE(mapped == 0);
}

int main(void)
{
	/* Sizes with as many pages are alike. */
	for (uint32_t pages = 0; pages < SHBUF_BYTES_MAX / HV_PAGE_SIZE; pages++) {
		prove(pages * HV_PAGE_SIZE);
		prove(pages * HV_PAGE_SIZE + 1);
		prove((pages + 1) * HV_PAGE_SIZE);
	}
	prove(SHBUF_BYTES_MAX + 1);
	prove(UINT32_MAX);
	return 0;
}

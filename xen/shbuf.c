/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/shbuf.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "xen/abi.h"

/* References in a directory page after the one to the next page (sndif.h, "page directory"). */
#define GREFS_PER_PAGE ((HV_PAGE_SIZE - offsetof(struct xensnd_page_directory, gref)) / 4)

/* Grant 0 is reserved; all ones is Linux's "no grant", which a broken front end might send. */
static bool possible(uint32_t gref)
{
	return gref != 0 && gref != UINT32_MAX;
}

/* Copies one directory page's references and sets *next to the next page's. */
static int read_page(struct hv *hv, uint32_t domid, uint32_t *next, uint32_t *grefs, unsigned count)
{
	struct xensnd_page_directory *sh_page;

	if (!possible(*next)) {
		return -EINVAL;
	}
	sh_page = hv->ops->map(hv, domid, next, 1);
	if (!sh_page) {
		return errno ? -errno : -EINVAL;
	}
	*next = rt_sh_load(&sh_page->gref_dir_next_page);
	for (unsigned i = 0; i < count; i++) {
		grefs[i] = rt_sh_load((char *)sh_page +
				      offsetof(struct xensnd_page_directory, gref) + (size_t)i * 4);
	}
	hv->ops->unmap(hv, sh_page, 1);
	for (unsigned i = 0; i < count; i++) {
		if (!possible(grefs[i])) {
			return -EINVAL;
		}
	}
	return 0;
}

/* Reads only as many pages as the size needs: a loop in the directory costs nothing. */
static int read_directory(struct hv *hv, uint32_t domid, uint32_t next, uint32_t *grefs,
			  unsigned pages)
{
	for (unsigned done = 0; done < pages;) {
		unsigned left = pages - done;
		unsigned count = left < GREFS_PER_PAGE ? left : (unsigned)GREFS_PER_PAGE;
		int err = read_page(hv, domid, &next, grefs + done, count);

		if (err) {
			return err;
		}
		done += count;
	}
	return 0;
}

int shbuf_map(struct shbuf *buf, struct hv *hv, uint32_t domid, uint32_t gref_directory,
	      uint32_t size)
{
	unsigned pages = size / HV_PAGE_SIZE + (size % HV_PAGE_SIZE != 0);
	uint32_t *grefs;
	int err;

	*buf = (struct shbuf){ 0 };
	if (!size || size > SHBUF_BYTES_MAX) {
		return -E2BIG;
	}
	grefs = malloc(pages * sizeof(*grefs));
	if (!grefs) {
		return -ENOMEM;
	}
	err = read_directory(hv, domid, gref_directory, grefs, pages);
	if (!err) {
		buf->sh_mem = hv->ops->map(hv, domid, grefs, pages);
		err = buf->sh_mem ? 0 : errno ? -errno : -EINVAL;
	}
	free(grefs);
	if (!err) {
		buf->hv = hv;
		buf->pages = pages;
	}
	return err;
}

void shbuf_read(const struct shbuf *buf, uint32_t offset, void *dst, uint32_t length)
{
	memcpy(dst, (const char *)buf->sh_mem + offset, length);
	/* Keeps the compiler from reading the guest's page again instead of our copy. */
	atomic_signal_fence(memory_order_seq_cst);
}

void shbuf_write(const struct shbuf *buf, uint32_t offset, const void *src, uint32_t length)
{
	memcpy((char *)buf->sh_mem + offset, src, length);
}

void shbuf_unmap(struct shbuf *buf)
{
	if (buf->sh_mem) {
		buf->hv->ops->unmap(buf->hv, buf->sh_mem, buf->pages);
	}
	*buf = (struct shbuf){ 0 };
}

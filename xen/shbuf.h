/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream's sound buffer: walks the guest's page directory and maps the pages. The mapper's thread
 * maps and unmaps, the io thread reads and writes. Sizes in bytes. The walk is bounded by the size,
 * whatever the directory says: it reads no page too many.
 */
#ifndef XENJACK_SHBUF_H
#define XENJACK_SHBUF_H

#include "xen/hv.h"

/* Less than one gntdev call can map (65536 pages); ALSA rings are a thousandth of it. */
#define SHBUF_BYTES_MAX (64u << 20)

struct shbuf {
	struct hv *hv;
	void *sh_mem;
	unsigned pages;
};

/*
 * Maps the buffer of `size` bytes whose directory starts at `gref_directory`. Returns 0; -EINVAL
 * for a directory that is too short or holds an invalid grant; -E2BIG; -ENOMEM; or the hypervisor's
 * error. On failure, nothing stays mapped.
 */
int shbuf_map(struct shbuf *buf, struct hv *hv, uint32_t domid, uint32_t gref_directory,
	      uint32_t size);

/*
 * Copies bytes out of or into the buffer, which the guest may change at any time; the copy is
 * stable. The caller has checked that offset and length lie within the buffer.
 */
void shbuf_read(const struct shbuf *buf, uint32_t offset, void *dst, uint32_t length);
void shbuf_write(const struct shbuf *buf, uint32_t offset, const void *src, uint32_t length);

/* Unmaps; accepts a zeroed or failed buffer. */
void shbuf_unmap(struct shbuf *buf);

#endif

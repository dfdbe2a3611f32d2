/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest as an array of pages, for tests of xen/stream_ring: a hypervisor that maps them, a card
 * with one stream, and the front end's side of its ring. One guest per program.
 */
#ifndef XENJACK_TEST_FAKE_GUEST_H
#define XENJACK_TEST_FAKE_GUEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "xen/stream_ring.h"

/* --- a guest's memory: grant reference n is page n */

#define PAGES 4096u
enum { RING_GREF = 1, EVT_GREF = 2, DIR_GREF = 3, DATA_GREF = 16 };

static unsigned char (*page)[HV_PAGE_SIZE];
static unsigned mapped[PAGES]; /* how often each page is mapped */
static unsigned mappings;      /* live mappings */
static unsigned map_calls;
static unsigned notified;

/* Returns the pages in place: all tests use consecutive references. */
static void *fake_map(struct hv *hv, uint32_t domid, const uint32_t *grefs, unsigned count)
{
	(void)hv;
	(void)domid;
	map_calls++;
	for (unsigned i = 0; i < count; i++) {
		if (!grefs[i] || grefs[i] >= PAGES || grefs[i] != grefs[0] + i) {
			errno = EINVAL;
			return NULL;
		}
	}
	for (unsigned i = 0; i < count; i++) {
		mapped[grefs[i]]++;
	}
	mappings++;
	return page[grefs[0]];
}

static void fake_unmap(struct hv *hv, void *sh_mem, unsigned count)
{
	size_t first = (size_t)((unsigned char *)sh_mem - page[0]) / HV_PAGE_SIZE;

	(void)hv;
	for (unsigned i = 0; i < count; i++) {
		assert_true(mapped[first + i] > 0);
		mapped[first + i]--;
	}
	mappings--;
}

static struct hv_evtchn *fake_open(struct hv *hv)
{
	return (struct hv_evtchn *)hv;
}

static void fake_close(struct hv_evtchn *handle)
{
	(void)handle;
}

static int fake_bind(struct hv_evtchn *handle, uint32_t domid, uint32_t remote)
{
	(void)handle;
	(void)domid;
	return remote ? (int)remote : -EINVAL;
}

static void fake_unbind(struct hv_evtchn *handle, int port)
{
	(void)handle;
	(void)port;
}

static void fake_notify(struct hv_evtchn *handle, int port)
{
	(void)handle;
	(void)port;
	notified++;
}

/* The port that fires next, once; -EAGAIN: none. */
static int firing = -EAGAIN;

static int fake_pending(struct hv_evtchn *handle)
{
	int port = firing;

	(void)handle;
	firing = -EAGAIN;
	return port;
}

static unsigned unmasked;

static void fake_unmask(struct hv_evtchn *handle, int port)
{
	(void)handle;
	(void)port;
	unmasked++;
}

/* Always readable: the loop checks for ports in every turn. */
static int fake_fd(struct hv_evtchn *handle)
{
	static int fd = -1;

	(void)handle;
	if (fd < 0) {
		fd = eventfd(1, EFD_CLOEXEC);
	}
	return fd;
}

static const struct hv_ops fake_ops = {
	.evtchn_fd = fake_fd,
	.evtchn_pending = fake_pending,
	.evtchn_unmask = fake_unmask,
	.map = fake_map,
	.unmap = fake_unmap,
	.evtchn_open = fake_open,
	.evtchn_close = fake_close,
	.evtchn_bind = fake_bind,
	.evtchn_unbind = fake_unbind,
	.evtchn_notify = fake_notify,
};

/* --- one card with one stream, and the front end's side of its ring */

static struct hv hv = { &fake_ops };
static struct card *card;
static const struct stream_ring_clock clock_48k = { .rate_hz = 48000, .period_frames = 256 };
static struct stream_ring_handover handover;
static bool adopted; /* by the last open_ring */
static xen_sndif_front_ring_t front;
static uint16_t next_id;

/* Makes everything except the stream ring. */
static void make_guest(enum pcm_dir dir)
{
	xen_sndif_sring_t *sring;

	/* Shared, so that a back end can be a process of its own. */
	page = mmap(NULL, PAGES * sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	memset(mapped, 0, sizeof(mapped));
	mappings = notified = map_calls = unmasked = 0;
	log_set_level(LOG_ERROR);
	card = card_create(1);
	card->streams[0].dir = dir;
	card->streams[0].channels = 2;
	card->streams[0].buffer_bytes_max = 65536;
	card->streams[0].refs = (struct card_refs){ RING_GREF, 11, EVT_GREF, 12 };
	card_arrange(card);
	sring = (xen_sndif_sring_t *)page[RING_GREF];
	SHARED_RING_INIT(sring);
	FRONT_RING_INIT(&front, sring, HV_PAGE_SIZE);
}

static void free_guest(void)
{
	assert_int_equal(mappings, 0);
	card_destroy(card);
	munmap(page, PAGES * sizeof(*page));
}

static inline int open_ring(struct stream_ring *ring, bool adopt)
{
	adopted = adopt;
	return stream_ring_open(ring, &hv, (struct hv_evtchn *)&hv, card, &card->streams[0],
				&handover, &adopted);
}

/* Serves a ring as far as that is possible. */
static inline enum stream_ring_left serve_whole(struct stream_ring *ring)
{
	enum stream_ring_left left;

	do {
		left = stream_ring_serve(ring, &clock_48k);
	} while (left == STREAM_RING_MORE);
	return left;
}

static inline void push(const struct xensnd_req *request)
{
	struct xensnd_req *sh_request = (struct xensnd_req *)RING_GET_REQUEST(&front,
									      front.req_prod_pvt);

	/* Linux does not clear requests: reserved bytes hold garbage. */
	memset(sh_request, 0xa5, sizeof(*sh_request));
	sh_request->id = next_id++;
	sh_request->operation = request->operation;
	memcpy(&sh_request->op, &request->op, sizeof(request->op.hw_param));
	front.req_prod_pvt++;
	RING_PUSH_REQUESTS(&front);
}

static inline struct xensnd_resp pull(void)
{
	struct xensnd_resp response;

	assert_int_equal(front.sring->rsp_prod, front.rsp_cons + 1);
	memcpy(&response, RING_GET_RESPONSE(&front, front.rsp_cons), sizeof(response));
	front.rsp_cons++;
	return response;
}

static inline struct xensnd_req open_request(uint32_t bytes)
{
	return (struct xensnd_req){
		.operation = XENSND_OP_OPEN,
		.op.open = { .pcm_rate = 48000,
			     .pcm_format = XENSND_PCM_FORMAT_S16_LE,
			     .pcm_channels = 2,
			     .buffer_sz = bytes,
			     .gref_directory = DIR_GREF,
			     .period_sz = bytes / 4 },
	};
}

/* Fills a one-page directory that lists `pages` pages. */
static inline void fill_directory(unsigned pages)
{
	uint32_t *words = (uint32_t *)page[DIR_GREF];

	memset(words, 0, HV_PAGE_SIZE);
	for (unsigned i = 0; i < pages; i++) {
		words[1 + i] = DATA_GREF + i;
	}
}

#endif

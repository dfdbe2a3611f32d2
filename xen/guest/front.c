/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/front.h"

#include "xen/hv.h"

#define DIRECTORY_REFS ((HV_PAGE_SIZE - offsetof(struct xensnd_page_directory, gref)) / 4)

/* --- the shared buffer */

static unsigned pages_end(struct domain *domain, uint32_t page, uint32_t *count)
{
	unsigned mapped = 0;

	if (*count > 0) {
		mapped = domain_revoke(domain, page, *count);
		if (mapped == 0) {
			domain_free(domain, page, *count);
		}
	}
	*count = 0;
	return mapped;
}

void front_free(struct front *front)
{
	struct domain *domain = front->channel->domain;

	front->still_mapped += pages_end(domain, front->buffer_page, &front->buffer_pages);
	front->still_mapped += pages_end(domain, front->directory_page, &front->directory_pages);
	front->sh_buffer = NULL;
}

static int pages_make(struct domain *domain, uint32_t count, uint32_t *page, uint32_t *pages)
{
	int result = domain_alloc(domain, count);

	if (result < 0) {
		return result;
	}
	*page = (uint32_t)result;
	*pages = count;
	domain_grant(domain, *page, count);
	return 0;
}

int front_alloc(struct front *front)
{
	struct domain *domain = front->channel->domain;
	uint64_t bytes = (uint64_t)front->params.buffer * front->frame_bytes;
	uint32_t pages = (uint32_t)((bytes + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE), i, *sh_word;
	uint32_t directories = (pages + DIRECTORY_REFS - 1) / DIRECTORY_REFS;
	int result = pages_make(domain, pages, &front->buffer_page, &front->buffer_pages);

	if (result == 0) {
		result = pages_make(domain, directories, &front->directory_page,
				    &front->directory_pages);
	}
	if (result < 0) {
		front_free(front);
		return result;
	}
	for (i = 0; i < pages; i++) {
		sh_word = domain_page(domain, front->directory_page + i / DIRECTORY_REFS);
		if (i % DIRECTORY_REFS == 0 && i / DIRECTORY_REFS + 1 < directories) {
			sh_word[0] = domain_ref(domain,
						front->directory_page + i / DIRECTORY_REFS + 1);
		}
		sh_word[1 + i % DIRECTORY_REFS] = domain_ref(domain, front->buffer_page + i);
	}
	front->sh_buffer = domain_page(domain, front->buffer_page);
	return 0;
}

/* --- requests; events that arrive meanwhile only move the driver's pointer */

int front_close(struct front *front)
{
	struct xensnd_req request;

	channel_prepare(&request, XENSND_OP_CLOSE);
	return channel_request(front->channel, &request);
}

int front_trigger(struct front *front, uint8_t type)
{
	struct xensnd_req request;

	channel_prepare(&request, XENSND_OP_TRIGGER);
	request.op.trigger.type = type;
	return channel_request(front->channel, &request);
}

int front_open(struct front *front)
{
	struct xensnd_req request;

	channel_prepare(&request, XENSND_OP_OPEN);
	memset(&request.op.open, 0, sizeof(request.op.open));
	request.op.open.pcm_rate = front->params.rate_hz;
	request.op.open.pcm_format = params_format(front->params.format);
	request.op.open.pcm_channels = (uint8_t)front->params.channels;
	request.op.open.buffer_sz = front->params.buffer * front->frame_bytes;
	request.op.open.gref_directory = domain_ref(front->channel->domain, front->directory_page);
	request.op.open.period_sz = front->params.period * front->frame_bytes;
	return channel_request(front->channel, &request);
}

static int transfer(struct front *front, uint8_t operation, uint32_t frame, uint32_t count)
{
	struct xensnd_req request;

	channel_prepare(&request, operation);
	request.op.rw.offset = frame * front->frame_bytes;
	request.op.rw.length = count * front->frame_bytes;
	return channel_request(front->channel, &request);
}

int front_write(struct front *front, uint32_t frame, const unsigned char *frames, uint32_t count)
{
	memcpy(front->sh_buffer + (size_t)frame * front->frame_bytes, frames,
	       (size_t)count * front->frame_bytes);
	return transfer(front, XENSND_OP_WRITE, frame, count);
}

int front_read(struct front *front, uint32_t frame, unsigned char *frames, uint32_t count)
{
	int result = transfer(front, XENSND_OP_READ, frame, count);

	if (result == 0) {
		memcpy(frames, front->sh_buffer + (size_t)frame * front->frame_bytes,
		       (size_t)count * front->frame_bytes);
	}
	return result;
}

/* --- the pointer */

/* An exact copy of snd_xen_front's CUR_POS handling. */
static void front_moved(void *arg, uint64_t position)
{
	struct front *front = arg;
	uint64_t frame, delta;

	front->went_back += position < front->last_bytes;
	front->last_bytes = position;
	if (front->frame_bytes == 0) {
		return;
	}
	frame = position * 8 / (front->frame_bytes * UINT64_C(8));
	delta = frame - front->last_frame;
	front->last_frame = frame;
	front->hw = (uint32_t)((front->hw + delta) % front->params.buffer);
	front->gone += delta;
	front->out += (uint32_t)delta;
	if (front->out > front->params.period) {
		front->out %= front->params.period;
		front->due++;
	}
}

void front_clear(struct front *front)
{
	front->opened = false;
	front->last_frame = 0;
	front->hw = 0;
	front->out = 0;
	channel_reset(front->channel);
}

void front_init(struct front *front, struct channel *channel)
{
	memset(front, 0, sizeof(*front));
	front->channel = channel;
	channel->moved = front_moved;
	channel->arg = front;
	channel_open(channel);
}

void front_finish(struct front *front)
{
	channel_close(front->channel);
	front->channel->moved = NULL;
}

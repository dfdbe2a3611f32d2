/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/raw.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "src/base/rt.h"

const char *raw_socket;
unsigned raw_channels = 2;
unsigned raw_rate_hz = 48000;
unsigned raw_card, raw_cards = 1;
_Atomic unsigned raw_failures;

void raw_check(bool truth, const char *format, ...)
{
	va_list args;

	if (truth) {
		return;
	}
	raw_failures++;
	printf("    wrong: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void raw_sleep_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L }, NULL);
}

/* --- life */

static void fronts_init(struct raw *raw)
{
	front_init(&raw->out, &raw->device->streams[0].channel);
	front_init(&raw->in, &raw->device->streams[1].channel);
}

bool raw_await_connection(struct device *device, unsigned connections)
{
	int64_t deadline_ns = stats_now_ns() + RAW_PATIENCE_MS * INT64_C(1000000);

	while (device->connections < connections) {
		int result = device_run(device, -1, 20);

		if ((result < 0 && result != -EAGAIN) || stats_now_ns() > deadline_ns) {
			return false;
		}
	}
	return true;
}

void raw_connect(struct raw *raw, const char *name)
{
	char channels[12];

	memset(raw, 0, sizeof(*raw));
	snprintf(channels, sizeof(channels), "%u", raw_channels);
	raw->domain = domain_open(raw_socket, name);
	raw->device = raw->domain ? device_create(raw->domain, raw_card++ % raw_cards) : NULL;
	if (!raw->device || !device_add(raw->device, 0, PCM_PLAYBACK, "out") ||
	    !device_add(raw->device, 0, PCM_CAPTURE, "in") ||
	    device_set(raw->device, "buffer-size", "8388608") < 0 ||
	    device_set(raw->device, "channels-max", channels) < 0 ||
	    device_attach(raw->device) < 0 ||
	    device_run(raw->device, XenbusStateConnected, RAW_PATIENCE_MS) < 0) {
		printf("    wrong: %s does not connect\n", name);
		exit(1);
	}
	fronts_init(raw);
}

void raw_finish(struct raw *raw)
{
	domain_close(raw->domain);
	free(raw->device);
}

void raw_reload(struct raw *raw)
{
	unsigned before = raw->device->connections;
	int status;

	front_free(&raw->out);
	front_free(&raw->in);
	status = device_unload(raw->device);
	/* A slow back end may need longer than the second after which Linux goes on regardless. */
	raw_check(status == 0 || status == -ETIMEDOUT, "cannot unload the driver: %d", status);
	raw_check(raw->device->still_mapped == 0 || status,
		  "%u pages are still mapped after unloading", raw->device->still_mapped);
	raw_check(device_load(raw->device) == 0, "cannot load the driver");
	raw_check(raw_await_connection(raw->device, before + 1), "no new connection");
	fronts_init(raw);
}

void raw_alloc(struct front *front, uint32_t size)
{
	uint32_t frame_bytes = raw_channels * 2;

	front->params = (struct params){ .format = PCM_S16_LE,
					 .rate_hz = raw_rate_hz,
					 .channels = raw_channels,
					 .period = size / frame_bytes / 4,
					 .buffer = size / frame_bytes };
	front->frame_bytes = frame_bytes;
	if (front_alloc(front) < 0) {
		printf("    wrong: the guest is out of memory\n");
		exit(1);
	}
}

long raw_mappings(struct raw *raw)
{
	return domain_read_number(raw->domain, "/sim/mappings", -1);
}

static unsigned uses_of(struct domain *domain, uint32_t page, unsigned count)
{
	unsigned uses = 0;

	while (count > 0) {
		uses += domain_uses(domain, page + --count);
	}
	return uses;
}

void raw_check_mapped(struct raw *raw, const struct front *front, long mapped, long mappings,
		      const char *when)
{
	unsigned uses;

	if (!domain_sees_uses(raw->domain)) {
		return;
	}
	uses = uses_of(raw->domain, front->buffer_page, front->buffer_pages) +
	       uses_of(raw->domain, front->directory_page, front->directory_pages);
	raw_check(uses == mapped && raw_mappings(raw) == mappings,
		  "%s: %u pages of the buffer are mapped, and %ld of all guests' grants", when,
		  uses, raw_mappings(raw));
}

/* --- requests */

int raw_ask(struct front *front, struct xensnd_req *request)
{
	struct channel *channel = front->channel;
	uint64_t stray = channel->stray_answers, timeouts = channel->timeouts;
	int status = channel_request(channel, request);
	uint32_t answers = rt_sh_load(&channel->ring.sring->rsp_prod);

	if (channel->timeouts != timeouts) {
		raw_check(false, "operation %u was not answered", request->operation);
		return 1;
	}
	raw_check(answers == channel->ring.req_prod_pvt && channel->stray_answers == stray,
		  "operation %u: %u requests in all, %u answers", request->operation,
		  channel->ring.req_prod_pvt, answers);
	raw_check(channel->answer.operation == request->operation,
		  "operation %u was answered as %u", request->operation, channel->answer.operation);
	raw_check(status <= 0, "operation %u: status %d", request->operation, status);
	return status;
}

int raw_simple(struct front *front, uint8_t operation)
{
	struct xensnd_req request;

	channel_prepare(&request, operation);
	return raw_ask(front, &request);
}

int raw_trigger(struct front *front, uint8_t type)
{
	struct xensnd_req request;

	channel_prepare(&request, XENSND_OP_TRIGGER);
	request.op.trigger.type = type;
	return raw_ask(front, &request);
}

int raw_move(struct front *front, uint8_t operation, uint32_t offset, uint32_t length)
{
	struct xensnd_req request;

	channel_prepare(&request, operation);
	request.op.rw.offset = offset;
	request.op.rw.length = length;
	return raw_ask(front, &request);
}

struct xensnd_req raw_open_request(const struct front *front, uint32_t period_bytes)
{
	struct xensnd_req request;

	channel_prepare(&request, XENSND_OP_OPEN);
	request.op.open = (struct xensnd_open_req){
		.pcm_rate = raw_rate_hz,
		.pcm_format = XENSND_PCM_FORMAT_S16_LE,
		.pcm_channels = (uint8_t)raw_channels,
		.buffer_sz = front->params.buffer * front->frame_bytes,
		.gref_directory = domain_ref(front->channel->domain, front->directory_page),
		.period_sz = period_bytes,
	};
	return request;
}

int raw_open(struct front *front, uint32_t period_bytes)
{
	struct xensnd_req request = raw_open_request(front, period_bytes);

	return raw_ask(front, &request);
}

void raw_start(struct front *front)
{
	raw_check(raw_trigger(front, XENSND_OP_TRIGGER_START) == 0, "START");
	raw_await_events(front, 1);
}

/* --- positions */

uint32_t raw_events_made(const struct front *front)
{
	return rt_sh_load(&((struct xensnd_event_page *)front->channel->sh_evt)->in_prod);
}

uint32_t raw_events_taken(const struct front *front)
{
	return rt_sh_load(&((struct xensnd_event_page *)front->channel->sh_evt)->in_cons);
}

void raw_await_events(struct front *front, unsigned more)
{
	int64_t deadline_ns = stats_now_ns() + RAW_PATIENCE_MS * INT64_C(1000000);
	uint64_t events = front->channel->events + more;

	while (front->channel->events < events && channel_poll(front->channel, deadline_ns, -1)) {
	}
	raw_check(front->channel->events >= events, "only %lu positions",
		  (unsigned long)front->channel->events);
}

void raw_await_frames(struct front *front, uint64_t position)
{
	int64_t deadline_ns = stats_now_ns() + RAW_PATIENCE_MS * INT64_C(1000000);

	while (front->last_frame < position && channel_poll(front->channel, deadline_ns, -1)) {
	}
	raw_check(front->last_frame >= position, "the position is stuck at %lu",
		  (unsigned long)front->last_frame);
}

void raw_listen_ms(struct front *front, unsigned ms)
{
	int64_t deadline_ns = stats_now_ns() + ms * INT64_C(1000000);

	while (channel_poll(front->channel, deadline_ns, -1)) {
	}
}

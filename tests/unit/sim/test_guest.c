/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest library against the behaviour of Linux (docs/protocol.md 7). The back end is a thread
 * that answers every request with 0 and records it. The test itself announces positions, as the
 * event page is in its memory.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/rt.h"
#include "xen/guest/alsa.h"
#include "xen/hv.h"
#include "xen/sim/hv_sim.h"

#define RATE 48000u
#define PERIOD 256u
#define BUFFER 1000u
#define FRAME_BYTES 4u

#define SEEN_MAX 128

struct test {
	struct hv *hv;
	struct domain *domain;
	struct device_stream stream;
	struct alsa alsa;
	uint32_t evt_prod;
	_Atomic bool serving, answering, deaf;
	int32_t status; /* of the next answers, except to queries */
	pthread_t server, back;
	struct xensnd_query_hw_param allowed;
	struct xensnd_req seen[SEEN_MAX];
	unsigned seen_count; /* queries are not recorded */
};

/* --- the back end */

static void *serve(void *arg)
{
	struct test *test = arg;
	struct pollfd fd = { .fd = test->hv->ops->store_fd(test->hv), .events = POLLIN };

	while (test->serving) {
		if (poll(&fd, 1, 10) > 0) {
			free(test->hv->ops->next_watch(test->hv));
		}
	}
	return NULL;
}

static void answer(struct test *test, struct xen_sndif_back_ring *ring)
{
	struct channel *channel = &test->stream.channel;
	struct xensnd_req request = *RING_GET_REQUEST(ring, ring->req_cons);
	struct xensnd_resp response = { .id = request.id, .operation = request.operation };

	ring->req_cons++;
	if (request.operation == XENSND_OP_HW_PARAM_QUERY) {
		response.resp.hw_param = test->allowed;
	} else {
		response.status = test->status;
		test->seen[test->seen_count++ % SEEN_MAX] = request;
	}
	*RING_GET_RESPONSE(ring, ring->rsp_prod_pvt) = response;
	ring->rsp_prod_pvt++;
	RING_PUSH_RESPONSES(ring);
	eventfd_write(channel->ring_port.to_guest, 1);
}

static void *back(void *arg)
{
	struct test *test = arg;
	struct channel *channel = &test->stream.channel;
	struct pollfd fd = { .fd = channel->ring_port.to_daemon, .events = POLLIN };
	struct xen_sndif_back_ring ring;
	eventfd_t times;
	int more;

	BACK_RING_INIT(&ring, channel->ring.sring, HV_PAGE_SIZE);
	while (test->answering) {
		if (poll(&fd, 1, 10) <= 0) {
			continue;
		}
		eventfd_read(fd.fd, &times);
		do {
			while (!test->deaf && RING_HAS_UNCONSUMED_REQUESTS(&ring)) {
				answer(test, &ring);
			}
			RING_FINAL_CHECK_FOR_REQUESTS(&ring, more);
		} while (more && !test->deaf);
	}
	return NULL;
}

static void announce_id(struct test *test, uint64_t frames, uint16_t id)
{
	struct xensnd_event_page *sh_page = test->stream.channel.sh_evt;
	struct xensnd_evt event = { .id = id, .type = XENSND_EVT_CUR_POS };

	event.op.cur_pos.position = frames * FRAME_BYTES;
	XENSND_IN_RING_REF(sh_page, test->evt_prod) = event;
	rt_sh_store(&sh_page->in_prod, ++test->evt_prod);
	eventfd_write(test->stream.channel.evt_port.to_guest, 1);
}

/* Announces the hardware position, in frames since OPEN, and has the guest's kernel handle it. */
static void announce(struct test *test, uint64_t frames)
{
	announce_id(test, frames, (uint16_t)test->evt_prod);
	channel_poll(&test->stream.channel, stats_now_ns() + INT64_C(60000000000), -1);
}

/* --- set-up */

static int set_up(void **state)
{
	struct test *test = calloc(1, sizeof(*test));
	char path[64];

	snprintf(path, sizeof(path), "/tmp/test_guest.%d", getpid());
	test->hv = hv_sim_open(path);
	assert_non_null(test->hv);
	test->serving = true;
	test->answering = true;
	pthread_create(&test->server, NULL, serve, test);
	test->domain = domain_open(path, "guest");
	assert_non_null(test->domain);
	assert_int_equal(channel_init(&test->stream.channel, test->domain), 0);
	params_limits_init(&test->stream.limits);
	test->allowed = (struct xensnd_query_hw_param){
		.formats = UINT64_MAX,
		.rates = { RATE, RATE },
		.channels = { 1, 2 },
		.buffer = { 2 * PERIOD, UINT32_MAX },
		.period = { PERIOD, UINT32_MAX },
	};
	pthread_create(&test->back, NULL, back, test);
	*state = test;
	return 0;
}

static int set_up_open(void **state, enum pcm_dir dir)
{
	struct params params = { .format = PCM_S16_LE,
				 .rate_hz = RATE,
				 .channels = 2,
				 .period = PERIOD,
				 .buffer = BUFFER };
	struct test *test;

	set_up(state);
	test = *state;
	test->stream.dir = dir;
	alsa_open(&test->alsa, &test->stream, -1);
	assert_int_equal(alsa_hw_params(&test->alsa, &params), 0);
	assert_int_equal(alsa_prepare(&test->alsa), 0);
	return 0;
}

static int set_up_playback(void **state)
{
	return set_up_open(state, PCM_PLAYBACK);
}

static int set_up_capture(void **state)
{
	return set_up_open(state, PCM_CAPTURE);
}

static int tear_down(void **state)
{
	struct test *test = *state;

	test->deaf = false;
	alsa_close(&test->alsa);
	test->answering = false;
	pthread_join(test->back, NULL);
	assert_int_equal(channel_finish(&test->stream.channel), 0);
	domain_close(test->domain);
	test->serving = false;
	pthread_join(test->server, NULL);
	test->hv->ops->close(test->hv);
	free(test);
	return 0;
}

/* Asserts the requests since the last call: one character each, START and STOP as ( and ). */
static void assert_seen(struct test *test, const char *msgs)
{
	static const char names[] = "OCRW....T";
	char got[SEEN_MAX + 1] = "";
	unsigned i;

	for (i = 0; i < test->seen_count; i++) {
		got[i] = names[test->seen[i].operation];
		if (test->seen[i].operation == XENSND_OP_TRIGGER) {
			got[i] = "(P)R"[test->seen[i].op.trigger.type];
		}
	}
	got[i] = '\0';
	assert_string_equal(got, msgs);
	test->seen_count = 0;
}

static const unsigned char silence[2 * BUFFER * FRAME_BYTES];

/* --- the pointer */

/* A period counts only when more than a period has passed: exact ones wake only every second time.
 */
static void strict_period(void **state)
{
	static const unsigned exact[] = { 0, 1, 1, 2, 2, 3 }, ahead[] = { 1, 2, 3, 4, 5, 6 };
	struct test *test = *state;
	unsigned i;

	for (i = 0; i < 6; i++) {
		announce(test, (i + 1) * PERIOD);
		assert_int_equal(test->alsa.front.due, exact[i]);
	}
	test->alsa.front.due = 0;
	/* 6 periods; the last one is still in `out`. */
	for (i = 0; i < 6; i++) {
		announce(test, (i + 7) * PERIOD + 1);
		assert_int_equal(test->alsa.front.due, ahead[i]);
	}
	assert_int_equal(test->alsa.front.hw, (12 * PERIOD + 1) % BUFFER);
}

/* Advancing by more than the buffer at once is an underrun, wherever in the buffer it ends. */
static void process_stood_still(void **state)
{
	struct test *test = *state;

	assert_int_equal(alsa_write(&test->alsa, silence, BUFFER), BUFFER);
	announce(test, 100);
	assert_int_equal(alsa_avail(&test->alsa), 100);
	announce(test, 2 * BUFFER + 300);
	assert_int_equal(alsa_avail(&test->alsa), -EPIPE);
	assert_int_equal(test->alsa.xruns, 1);
	assert_int_equal(test->alsa.hw_ptr, 2 * BUFFER + 300);
}

static void pointer_survives_stop(void **state)
{
	struct test *test = *state;

	assert_int_equal(alsa_write(&test->alsa, silence, BUFFER), BUFFER);
	announce(test, 700);
	assert_int_equal(test->alsa.front.hw, 700);
	assert_int_equal(alsa_drop(&test->alsa), 0);
	assert_int_equal(alsa_prepare(&test->alsa), 0);
	assert_seen(test, "OW()");
	assert_int_equal(test->alsa.front.hw, 700);
	/* A silent back end: ALSA takes the old pointer for frames that were played. */
	assert_int_equal(alsa_write(&test->alsa, silence, PERIOD), PERIOD);
	assert_int_equal(test->alsa.state, ALSA_RUNNING);
	assert_int_equal(alsa_avail(&test->alsa), -EPIPE);
	assert_int_equal(test->alsa.xruns, 1);
	/* A back end that rounds up to the buffer: both restart at its first frame. */
	announce(test, BUFFER);
	assert_int_equal(alsa_prepare(&test->alsa), 0);
	assert_int_equal(alsa_write(&test->alsa, silence, PERIOD), PERIOD);
	assert_int_equal(alsa_avail(&test->alsa), BUFFER - PERIOD);
	announce(test, BUFFER + 100);
	assert_int_equal(alsa_avail(&test->alsa), BUFFER - PERIOD + 100);
	assert_seen(test, "W()W(");
}

/* --- events */

static void event_ids(void **state)
{
	struct test *test = *state;
	struct channel *channel = &test->stream.channel;

	announce(test, 100);
	assert_int_equal(test->alsa.front.hw, 100);
	announce_id(test, 200, 7);
	announce(test, 300);
	/* 7 was accepted in place of 1, and the ids after it are in order again. */
	assert_int_equal(channel->events_lost, 1);
	assert_int_equal(test->alsa.front.hw, 300);
	/* One id missing: every later event is ignored. */
	announce_id(test, 400, 4);
	announce_id(test, 500, 5);
	channel_poll(channel, stats_now_ns() + INT64_C(60000000000), -1);
	assert_int_equal(channel->events_lost, 3);
	assert_int_equal(test->alsa.front.hw, 300);
	assert_int_equal(rt_sh_load(&((struct xensnd_event_page *)channel->sh_evt)->in_cons), 5);
}

/* Event ids continue over CLOSE and OPEN; request ids restart at 0 each time. */
static void ids_over_reopen(void **state)
{
	struct test *test = *state;
	struct params params = test->alsa.front.params;

	announce(test, 100);
	assert_int_equal(test->seen[0].id, 0);
	assert_int_equal(alsa_close(&test->alsa), 0);
	assert_int_equal(test->seen[1].id, 1);
	assert_seen(test, "OC");
	announce(test, 200);
	assert_int_equal(test->stream.channel.events, 1);
	alsa_open(&test->alsa, &test->stream, -1);
	assert_int_equal(alsa_hw_params(&test->alsa, &params), 0);
	assert_int_equal(alsa_prepare(&test->alsa), 0);
	assert_int_equal(test->seen[0].id, 0);
	announce(test, 300);
	assert_int_equal(test->stream.channel.events, 3);
	assert_int_equal(test->stream.channel.events_lost, 0);
}

static void event_page_overfull(void **state)
{
	struct test *test = *state;
	struct channel *channel = &test->stream.channel;

	test->evt_prod = XENSND_IN_RING_LEN;
	announce_id(test, 100, 0);
	channel_poll(channel, stats_now_ns() + INT64_C(60000000000), -1);
	assert_int_equal(channel->events_beyond, 1);
	assert_int_equal(channel->events, 0);
}

/* --- requests */

static void life_of_requests(void **state)
{
	struct test *test = *state;

	assert_int_equal(test->seen[0].op.open.pcm_rate, RATE);
	assert_int_equal(test->seen[0].op.open.pcm_format, XENSND_PCM_FORMAT_S16_LE);
	assert_int_equal(test->seen[0].op.open.pcm_channels, 2);
	assert_int_equal(test->seen[0].op.open.buffer_sz, BUFFER * FRAME_BYTES);
	assert_int_equal(test->seen[0].op.open.period_sz, PERIOD * FRAME_BYTES);
	assert_int_equal(alsa_prepare(&test->alsa), 0);
	assert_seen(test, "O");
	assert_int_equal(alsa_hw_free(&test->alsa), 0);
	assert_int_equal(alsa_hw_free(&test->alsa), 0);
	assert_seen(test, "CC");
	assert_int_equal(alsa_close(&test->alsa), 0);
	assert_seen(test, "");
}

static void write_chunks(void **state)
{
	struct test *test = *state;

	test->alsa.start_threshold = 600;
	assert_int_equal(alsa_write(&test->alsa, silence, 500), 500);
	assert_int_equal(alsa_write(&test->alsa, silence, 300), 300);
	announce(test, 513);
	assert_int_equal(alsa_write(&test->alsa, silence, 600), 600);
	assert_int_equal(test->seen[4].op.rw.offset, 800 * FRAME_BYTES);
	assert_int_equal(test->seen[4].op.rw.length, 200 * FRAME_BYTES);
	assert_int_equal(test->seen[5].op.rw.offset, 0);
	assert_int_equal(test->seen[5].op.rw.length, 400 * FRAME_BYTES);
	assert_seen(test, "OWW(WW");
	assert_int_equal(alsa_avail(&test->alsa), BUFFER - 1400 + 513);
}

static void failures(void **state)
{
	struct test *test = *state;

	test->status = -EIO;
	assert_int_equal(alsa_write(&test->alsa, silence, PERIOD), -EIO);
	assert_int_equal(test->alsa.appl_ptr, 0);
	test->status = 0;
	assert_int_equal(alsa_write(&test->alsa, silence, PERIOD), PERIOD);
	assert_int_equal(test->alsa.state, ALSA_RUNNING);
	/* No period for 1.1 buffers or 100 ms: the program gets EIO, not an xrun. */
	assert_int_equal(alsa_write(&test->alsa, silence, BUFFER), BUFFER - PERIOD);
	assert_int_equal(alsa_write(&test->alsa, silence, 1), -EIO);
	assert_int_equal(alsa_drop(&test->alsa), 0);
	test->deaf = true;
	assert_int_equal(alsa_hw_free(&test->alsa), -ETIMEDOUT);
	assert_int_equal(test->stream.channel.timeouts, 1);
}

/* --- states */

static void xrun_and_drain(void **state)
{
	struct test *test = *state;

	test->alsa.start_threshold = BUFFER;
	assert_int_equal(alsa_write(&test->alsa, silence, BUFFER), BUFFER);
	assert_int_equal(test->alsa.state, ALSA_RUNNING);
	announce(test, 999);
	assert_int_equal(alsa_wait(&test->alsa, 1000), 0);
	announce(test, 1300);
	assert_int_equal(alsa_wait(&test->alsa, 1000), -EPIPE);
	assert_int_equal(alsa_write(&test->alsa, silence, 1), -EPIPE);
	assert_seen(test, "OW()");
	announce(test, 2000);
	assert_int_equal(alsa_prepare(&test->alsa), 0);
	assert_int_equal(alsa_write(&test->alsa, silence, 300), 300);
	assert_seen(test, "W");
	/* Draining starts the stream, and ends when the pointer has reached the last frame written.
	 */
	announce_id(test, 2290, (uint16_t)test->evt_prod);
	announce_id(test, 2600, (uint16_t)test->evt_prod);
	assert_int_equal(alsa_drain(&test->alsa), 0);
	assert_int_equal(test->alsa.state, ALSA_SETUP);
	assert_int_equal(test->alsa.xruns, 1);
	assert_seen(test, "()");
}

static void capture(void **state)
{
	struct test *test = *state;
	unsigned char frames[PERIOD * FRAME_BYTES];

	memset(test->alsa.front.sh_buffer, 7, PERIOD * FRAME_BYTES);
	assert_int_equal(alsa_start(&test->alsa), 0);
	announce(test, PERIOD + 1);
	assert_int_equal(alsa_wait(&test->alsa, 1000), 0);
	assert_int_equal(alsa_read(&test->alsa, frames, PERIOD), PERIOD);
	assert_int_equal(frames[0], 7);
	assert_int_equal(frames[sizeof(frames) - 1], 7);
	assert_int_equal(alsa_avail(&test->alsa), 1);
	assert_int_equal(test->seen[2].op.rw.offset, 0);
	assert_int_equal(test->seen[2].op.rw.length, sizeof(frames));
	announce(test, PERIOD + BUFFER);
	assert_int_equal(alsa_wait(&test->alsa, 1000), -EPIPE);
	assert_seen(test, "O(R)");
}

/* --- parameters */

static void negotiation(void **state)
{
	struct test *test = *state;
	struct params params = { .format = PCM_S16_LE, .rate_hz = RATE, .channels = 2 };

	alsa_open(&test->alsa, &test->stream, -1);
	assert_int_equal(alsa_hw_params(&test->alsa, &params), 0);
	assert_int_equal(params.period, 1024);
	assert_int_equal(params.buffer, 4096);
	params.period = PERIOD - 1;
	assert_int_equal(alsa_hw_params(&test->alsa, &params), -EINVAL);
	params.period = PERIOD;
	/* Linux's default limit is 64 KiB. */
	params.buffer = 16385;
	assert_int_equal(alsa_hw_params(&test->alsa, &params), -EINVAL);
	params.buffer = 16384;
	assert_int_equal(alsa_hw_params(&test->alsa, &params), 0);
	params.rate_hz = 44100;
	assert_int_equal(alsa_hw_params(&test->alsa, &params), -EINVAL);
	params.rate_hz = RATE;
	params.format = PCM_S24_LE;
	assert_int_equal(alsa_hw_params(&test->alsa, &params), -EINVAL);
	assert_seen(test, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(strict_period, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(process_stood_still, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(pointer_survives_stop, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(event_ids, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(ids_over_reopen, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(event_page_overfull, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(life_of_requests, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(write_chunks, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(failures, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(xrun_and_drain, set_up_playback, tear_down),
		cmocka_unit_test_setup_teardown(capture, set_up_capture, tear_down),
		cmocka_unit_test_setup_teardown(negotiation, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every request in the states that matter, good and bad, from a guest that is an array of pages.
 * This includes all the bad input that broke other back ends.
 */
#include "src/base/guest_log.h"
#include "src/sound/stream_trigger.h"
#include "tests/unit/base/fake_time.h"
#include "tests/unit/xen/stream_ring_fixture.h"

static void test_life(void **state)
{
	(void)state;
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(mapped[DATA_GREF + 3], 1);
	assert_int_equal(mapped[DIR_GREF], 0);
	assert_int_equal(ask_move(XENSND_OP_WRITE, 0, 4096), 0);
	assert_null(card_running(ring.stream));
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_ptr_equal(card_running(ring.stream), ring.runtime);
	assert_int_equal(ask_move(XENSND_OP_WRITE, 4096, 12288), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
	assert_null(card_running(ring.stream));
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	assert_int_equal(mapped[DATA_GREF], 0);
	assert_null(ring.runtime);
}

static void test_move_outside_the_buffer(void **state)
{
	static const uint32_t bad[][2] = {
		{ 16385, 0 },
		{ 16384, 1 },
		{ 0, 16385 },
		{ 16380, 8 },
		{ UINT32_MAX, 1 },
		{ 4, UINT32_MAX },
		{ UINT32_MAX, UINT32_MAX },
	};

	(void)state;
	assert_int_equal(ask_open(16384), 0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(ask_move(XENSND_OP_WRITE, bad[i][0], bad[i][1]), -XEN_EINVAL);
	}
	assert_int_equal(ask_move(XENSND_OP_WRITE, 16384, 0), 0);
	assert_int_equal(ask_move(XENSND_OP_READ, 0, 16), -XEN_EINVAL);
}

static void test_capture_moves_outside(void **state)
{
	(void)state;
	assert_int_equal(ask_move(XENSND_OP_READ, 0, 16), -XEN_EINVAL);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_move(XENSND_OP_READ, 0, 16), 0);
	assert_int_equal(ask_move(XENSND_OP_READ, 16384, 4), -XEN_EINVAL);
	assert_int_equal(ask_move(XENSND_OP_WRITE, 0, 16), -XEN_EINVAL);
}

static void test_before_open(void **state)
{
	(void)state;
	assert_int_equal(ask_move(XENSND_OP_WRITE, 0, 16), -XEN_EINVAL);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), -XEN_EINVAL);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_PAUSE), -XEN_EINVAL);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_RESUME), -XEN_EINVAL);
	/* Linux undoes a failed START with a STOP, and closes what it never opened. */
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
}

static void test_bad_directories(void **state)
{
	struct xensnd_req request = open_request(16384);
	uint32_t *words;
	unsigned calls;

	(void)state;
	words = (uint32_t *)page[DIR_GREF];
	/* Fewer references than the size needs. */
	fill_directory(3);
	assert_int_equal(ask(&request), -XEN_EINVAL);
	/* Linux's "no grant", and a grant that does not exist. */
	fill_directory(4);
	words[2] = UINT32_MAX;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	words[2] = PAGES + 5;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	/* A directory that does not exist. */
	request.op.open.gref_directory = 0;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	request.op.open.gref_directory = PAGES;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	/* A directory that is its own next page: the walk ends after the pages that the size needs.
	 */
	card->streams[0].buffer_bytes_max = 16u << 20;
	request = open_request(8u << 20);
	for (unsigned i = 0; i < 1023; i++) {
		words[1 + i] = DATA_GREF + i;
	}
	words[0] = DIR_GREF;
	calls = map_calls;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	assert_int_equal(map_calls - calls, 3 + 1);
	/* A directory that ends too early. */
	words[0] = 0;
	assert_int_equal(ask(&request), -XEN_EINVAL);
	assert_null(ring.runtime);
	assert_int_equal(mappings, 2);
}

static void test_long_directory(void **state)
{
	struct xensnd_req request = open_request(1030 * HV_PAGE_SIZE);
	uint32_t *first = (uint32_t *)page[DIR_GREF], *second = (uint32_t *)page[DIR_GREF + 1];

	(void)state;
	card->streams[0].buffer_bytes_max = 16u << 20;
	first[0] = DIR_GREF + 1;
	for (unsigned i = 0; i < 1030; i++) {
		*(i < 1023 ? &first[1 + i] : &second[1 + i - 1023]) = DATA_GREF + i;
	}
	assert_int_equal(ask(&request), 0);
	assert_int_equal(mapped[DATA_GREF + 1029], 1);
	assert_int_equal(mapped[DATA_GREF + 1030], 0);
}

static void test_tiny_period(void **state)
{
	struct xensnd_req request = open_request(16384);

	(void)state;
	/* A period of one frame: events come with JACK's cycles, however short the period. */
	fill_directory(4);
	request.op.open.period_sz = 4;
	stream_ring_activate(&ring, true);
	assert_int_equal(ask(&request), 0);
	notified = 0;
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_int_equal(notified, 1); /* the response, no event */
}

static void test_start_twice(void **state)
{
	struct stream_rt *runtime;

	(void)state;
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	runtime = ring.runtime;
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_ptr_equal(card_running(ring.stream), runtime);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
}

static void test_open_twice(void **state)
{
	(void)state;
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_int_equal(ask_open(8192), 0);
	assert_null(card_running(ring.stream));
	assert_int_equal(ring.runtime->ring_frames, 2048);
	assert_int_equal(mapped[DATA_GREF], 1);
	assert_int_equal(mapped[DATA_GREF + 3], 0);
}

static unsigned log_lines;

static void count_line(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	(void)line;
	log_lines++;
}

/* Whatever a guest asks for, its lines in the log have a limit. */
static void test_requests_that_are_logged(void **state)
{
	struct xensnd_req bad = open_request(16384);
	const unsigned count = 10 * GUEST_LOG_BURST;

	(void)state;
	card->log = guest_log_hold(card->domid);
	log_set_level(LOG_DEBUG);
	log_set_sink(count_line, NULL);
	bad.op.open.pcm_rate = 1;
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(ask(&bad), -XEN_EINVAL);
	}
	assert_int_equal(log_lines, GUEST_LOG_BURST);
	fake_time_pass_ms(1000 * GUEST_LOG_BURST / GUEST_LOG_PER_S);
	log_lines = 0;
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(ask_open(16384), 0);
		assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	}
	assert_int_equal(log_lines, GUEST_LOG_BURST);
	log_set_sink(NULL, NULL);
	log_set_level(LOG_ERROR);
}

static void test_unknown_operations(void **state)
{
	(void)state;
	for (unsigned op = XENSND_OP_HW_PARAM_QUERY + 1; op < 256; op++) {
		assert_int_equal(ask_simple((uint8_t)op), -XEN_EOPNOTSUPP);
	}
	assert_int_equal(ask_open(16384), 0);
	for (unsigned type = 4; type < 256; type++) {
		assert_int_equal(ask_trigger((uint8_t)type), -XEN_EINVAL);
	}
}

static void test_ring_overflow(void **state)
{
	(void)state;
	front.sring->req_prod = 33;
	assert_int_equal(serve_whole(&ring), STREAM_RING_NOTHING);
	assert_int_equal(front.sring->rsp_prod, 0);
	assert_true(ring.broken);
	/* It stays stopped: a guest gets no second try. */
	front.sring->req_prod = 1;
	assert_int_equal(serve_whole(&ring), STREAM_RING_NOTHING);
	assert_int_equal(front.sring->rsp_prod, 0);
}

static void test_ring_going_back(void **state)
{
	(void)state;
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	front.sring->req_prod = 0;
	assert_int_equal(serve_whole(&ring), STREAM_RING_NOTHING);
	assert_int_equal(front.sring->rsp_prod, 1);
	assert_true(ring.broken);
}

static void test_full_ring_at_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	}
	assert_int_equal(serve_whole(&ring), STREAM_RING_NOTHING);
	assert_int_equal(front.sring->rsp_prod, 32);
	assert_int_equal(notified, 32);
	assert_int_equal(front.sring->req_event, 33);
}

/* The callback is inside the stream: STOP is answered only when it is outside. */
static void test_stop_waits_for_the_callback(void **state)
{
	(void)state;
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	card_enter(ring.side);
	push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	assert_int_equal(serve_whole(&ring), STREAM_RING_WAITS);
	assert_int_equal(front.sring->rsp_prod, front.rsp_cons);
	assert_false(stream_ring_settle(&ring));
	assert_int_equal(mapped[DATA_GREF], 1);
	card_leave(ring.side);
	assert_true(stream_ring_settle(&ring));
	/* One request at a time. */
	assert_int_equal(stream_ring_serve(&ring, &clock_48k), STREAM_RING_MORE);
	assert_int_equal(mapped[DATA_GREF], 0);
	assert_int_equal(pull().status, 0);
	assert_int_equal(stream_ring_serve(&ring, &clock_48k), STREAM_RING_NOTHING);
	assert_int_equal(pull().status, 0);
}

/* A request that erases a large ring is answered, and takes effect, after its last part. */
static void test_parts(void **state)
{
	const uint32_t bytes = 3 * STREAM_TRIGGER_ERASE_BYTES;
	unsigned char *data = page[DATA_GREF];
	const uint8_t triggers[] = { XENSND_OP_TRIGGER_START, XENSND_OP_TRIGGER_STOP };

	(void)state;
	card->streams[0].buffer_bytes_max = bytes;
	stream_ring_activate(&ring, true);
	assert_int_equal(ask_open(bytes), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_PAUSE), 0);
	for (unsigned i = 0; i < 2; i++) {
		memset(data, 1, bytes);
		push(&(struct xensnd_req){ .operation = XENSND_OP_TRIGGER,
					   .op.trigger.type = triggers[i] });
		for (unsigned part = 1; part < 3; part++) {
			assert_int_equal(stream_ring_serve(&ring, &clock_48k), STREAM_RING_MORE);
			assert_int_equal(front.sring->rsp_prod, front.rsp_cons);
			/* Whatever happens meanwhile, JACK does not get the stream. */
			stream_ring_activate(&ring, true);
			assert_true(stream_ring_settle(&ring));
			assert_null(card_running(ring.stream));
		}
		assert_int_equal(data[bytes - 1], 1);
		assert_int_equal(stream_ring_serve(&ring, &clock_48k), STREAM_RING_NOTHING);
		assert_int_equal(pull().status, 0);
		assert_int_equal(data[bytes - 1], 0);
		assert_ptr_equal(card_running(ring.stream), i ? NULL : ring.runtime);
	}
	/* One that the operator closes meanwhile has nothing left to do. */
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	push(&(struct xensnd_req){ .operation = XENSND_OP_TRIGGER,
				   .op.trigger.type = XENSND_OP_TRIGGER_STOP });
	assert_int_equal(stream_ring_serve(&ring, &clock_48k), STREAM_RING_MORE);
	stream_ring_kick(&ring);
	assert_null(ring.runtime);
	assert_int_equal(stream_ring_serve(&ring, &clock_48k), STREAM_RING_NOTHING);
	assert_int_equal(pull().status, 0);
}

/* Serves the first parts of an OPEN: for all others, there is no stream yet. */
static void open_first_parts(uint32_t bytes, unsigned parts)
{
	struct xensnd_req open = open_request(bytes);

	card->streams[0].buffer_bytes_max = bytes;
	fill_directory(bytes / HV_PAGE_SIZE);
	push(&open);
	for (unsigned part = 0; part < parts; part++) {
		assert_int_equal(stream_ring_serve(&ring, &clock_48k), STREAM_RING_MORE);
		assert_int_equal(front.sring->rsp_prod, front.rsp_cons);
		stream_ring_activate(&ring, true);
		assert_true(stream_ring_settle(&ring));
		stream_ring_kick(&ring);
		assert_null(ring.runtime);
		assert_null(stream_ring_idle(&ring));
		assert_false(handover.open);
		assert_int_equal(mapped[DATA_GREF], 1);
	}
}

/* A stream is open after the last part, and what changed meanwhile applies to it. */
static void test_open_in_parts(void **state)
{
	const uint32_t bytes = 3 * STREAM_TRIGGER_ERASE_BYTES;
	struct stream_ring_clock clock = clock_48k;

	(void)state;
	card->resample = RESAMP_YES;
	assert_int_equal(ask_open(16384), 0);
	open_first_parts(bytes, 2);
	clock.rate_hz = 44100;
	stream_ring_retune(&ring, &clock);
	fader_set_gain(&card->streams[0].strip.fader, FADER_DB_MIN);
	assert_int_equal(stream_ring_serve(&ring, &clock), STREAM_RING_NOTHING);
	assert_int_equal(pull().status, 0);
	assert_non_null(ring.runtime);
	assert_true(handover.open);
	assert_non_null(ring.runtime->resamp);
	assert_int_equal(ring.runtime->resamp->jack_hz, 44100);
	assert_true(atomic_load(&ring.runtime->gain.targets.channels[0]) == 0.0f);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
}

/* A guest that goes away meanwhile leaves nothing behind: free_guest counts the mappings. */
static void test_gone_while_opening(void **state)
{
	(void)state;
	open_first_parts(3 * STREAM_TRIGGER_ERASE_BYTES, 1);
	stream_ring_close(&ring, false);
	assert_int_equal(mappings, 0);
}

static void test_jack_away_and_back(void **state)
{
	(void)state;
	assert_int_equal(ask_open(16384), 0);
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
	assert_null(card_running(ring.stream));
	stream_ring_activate(&ring, true);
	assert_ptr_equal(card_running(ring.stream), ring.runtime);
	stream_ring_activate(&ring, false);
	assert_null(card_running(ring.stream));
	assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
	stream_ring_activate(&ring, true);
	assert_null(card_running(ring.stream));
}

/* A kick closes the stream at once, or when the callback is outside. From then on, the guest's
 * requests are refused, except to end the stream. */
static void test_kick(void **state)
{
	(void)state;
	stream_ring_kick(&ring);
	for (unsigned inside = 0; inside < 2; inside++) {
		stream_ring_activate(&ring, inside);
		assert_int_equal(ask_open(16384), 0);
		assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), 0);
		if (inside) {
			card_enter(ring.side);
		}
		stream_ring_kick(&ring);
		assert_null(card_running(ring.stream));
		if (inside) {
			assert_non_null(ring.runtime);
			assert_int_equal(mapped[DATA_GREF], 1);
			/* Nor is it published again. */
			stream_ring_activate(&ring, true);
			assert_null(card_running(ring.stream));
			card_leave(ring.side);
			assert_true(stream_ring_settle(&ring));
		}
		assert_null(ring.runtime);
		assert_int_equal(mapped[DATA_GREF], 0);
		assert_int_equal(ring.stream->strip.status.state, STREAM_CLOSED);
		assert_int_equal(ask_move(XENSND_OP_WRITE, 0, 4096), -XEN_EINVAL);
		assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_START), -XEN_EINVAL);
		assert_int_equal(ask_trigger(XENSND_OP_TRIGGER_STOP), 0);
		assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	}
	/* An OPEN after the kick is not affected. */
	assert_int_equal(ask_open(16384), 0);
	assert_true(stream_ring_settle(&ring));
	assert_non_null(ring.runtime);
}

static struct xensnd_resp query(const struct xensnd_query_hw_param *ask_for)
{
	struct xensnd_req request = { .operation = XENSND_OP_HW_PARAM_QUERY };
	struct xensnd_req *sh_request;

	push(&request);
	sh_request = (struct xensnd_req *)RING_GET_REQUEST(&front, front.req_prod_pvt - 1);
	sh_request->op.hw_param = *ask_for;
	assert_int_equal(serve_whole(&ring), STREAM_RING_NOTHING);
	return pull();
}

static void test_query(void **state)
{
	const struct xensnd_query_hw_param all = {
		.formats = UINT64_MAX,
		.rates = { 0, UINT32_MAX },
		.channels = { 0, UINT32_MAX },
		.buffer = { 0, UINT32_MAX },
		.period = { 0, UINT32_MAX },
	};
	struct xensnd_query_hw_param some = all;
	struct xensnd_resp response = query(&all);

	(void)state;
	assert_int_equal(response.status, 0);
	/* All but the compressed ones. */
	assert_int_equal(response.resp.hw_param.formats, (1 << XENSND_PCM_FORMAT_IMA_ADPCM) - 1);
	assert_int_equal(response.resp.hw_param.rates.min, 48000);
	assert_int_equal(response.resp.hw_param.rates.max, 48000);
	assert_int_equal(response.resp.hw_param.channels.min, 1);
	assert_int_equal(response.resp.hw_param.channels.max, 2);
	assert_int_equal(response.resp.hw_param.buffer.min, 512);
	assert_int_equal(response.resp.hw_param.buffer.max, 65536);
	assert_int_equal(response.resp.hw_param.period.min, 256);
	some.rates.max = 44100;
	assert_int_equal(query(&some).status, -XEN_EINVAL);
	some = all;
	some.channels.min = 3;
	assert_int_equal(query(&some).status, -XEN_EINVAL);
	some = all;
	some.formats = 1 << XENSND_PCM_FORMAT_IMA_ADPCM | 1 << XENSND_PCM_FORMAT_MPEG |
		       1 << XENSND_PCM_FORMAT_GSM;
	assert_int_equal(query(&some).status, -XEN_EINVAL);
	assert_false(ring.hopeless);
	/* Two cycles of the smallest frame are 512 bytes. */
	card->streams[0].buffer_bytes_max = 511;
	assert_int_equal(query(&all).status, -XEN_EINVAL);
	assert_true(ring.hopeless);
}

/* Rings that an earlier daemon has used: go on after its last answer. */
static void test_attach_to_used_rings(void **state)
{
	(void)state;
	assert_int_equal(ask_simple(XENSND_OP_CLOSE), 0);
	stream_ring_close(&ring, false);
	push(&(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	assert_int_equal(open_ring(&ring, false), 0);
	assert_int_equal(serve_whole(&ring), STREAM_RING_NOTHING);
	assert_int_equal(pull().status, 0);
}

static void test_bad_references(void **state)
{
	struct stream_ring other;
	struct stream *stream = &card->streams[0];
	const struct card_refs good = stream->refs;
	struct card_refs bad[4] = { good, good, good, good };

	(void)state;
	bad[0].ring_gref = PAGES;
	bad[1].evt_gref = 0;
	bad[2].ring_port = 0;
	bad[3].evt_port = 0;
	for (unsigned i = 0; i < 4; i++) {
		stream->refs = bad[i];
		log_set_level(LOG_ERROR);
		assert_true(open_ring(&other, false) < 0);
		assert_int_equal(mappings, 2);
	}
	stream->refs = good;
}

#define PLAYBACK(test) cmocka_unit_test_setup_teardown(test, open_playback, close_all)
#define CAPTURE(test) cmocka_unit_test_setup_teardown(test, open_capture, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAYBACK(test_life),
		PLAYBACK(test_move_outside_the_buffer),
		CAPTURE(test_capture_moves_outside),
		PLAYBACK(test_before_open),
		PLAYBACK(test_bad_directories),
		PLAYBACK(test_long_directory),
		PLAYBACK(test_tiny_period),
		PLAYBACK(test_start_twice),
		PLAYBACK(test_open_twice),
		PLAYBACK(test_requests_that_are_logged),
		PLAYBACK(test_unknown_operations),
		PLAYBACK(test_ring_overflow),
		PLAYBACK(test_ring_going_back),
		PLAYBACK(test_full_ring_at_once),
		PLAYBACK(test_stop_waits_for_the_callback),
		PLAYBACK(test_parts),
		PLAYBACK(test_open_in_parts),
		PLAYBACK(test_gone_while_opening),
		PLAYBACK(test_jack_away_and_back),
		PLAYBACK(test_kick),
		PLAYBACK(test_query),
		PLAYBACK(test_attach_to_used_rings),
		PLAYBACK(test_bad_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

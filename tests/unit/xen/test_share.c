/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that flood the io thread with requests beside one that does not. Answering a request is a
 * unit of work, and so is erasing 64 KiB; each takes a fixed time of a clock of the test's.
 */
#include "tests/unit/base/fake_time.h"
#include "tests/unit/xen/fake_guest.h"

#include <unistd.h>

#include "src/base/clock.h"
#include "xen/sndif_parts.h"

#define RINGS 20u
#define UNIT_NS 10000
#define RING_BYTES (4u << 20)
#define FIRST_PORT 100u
#define MS_NS INT64_C(1000000)

/* A guest's ring. */
struct wire {
	struct card *card;
	xen_sndif_front_ring_t front;
	bool floods; /* sends a request for every answer */
	bool erases; /* ... that erases its ring */
	bool opens;  /* ... that opens a stream with a large ring */
	bool fires, masked;
	unsigned answers;
};

static struct wire wires[RINGS];
static unsigned wire_count;
static struct card *cards[RINGS];
static unsigned card_count;
static struct ev_loop *loop;
static ev_timer tick;
static int readable; /* an eventfd: a port fires */
static struct msgq to_main;
static struct sndif *sndif;
static int64_t worked_ns;
static int64_t tick_ns; /* what the thread works each millisecond besides */
static uint64_t unit_ns;
static unsigned units;

/* The good guest asks in the middle of the others' work. */
static struct wire *good;
static unsigned asks_at, answered_at; /* units */

static void send(struct wire *wire, const struct xensnd_req *request)
{
	struct xensnd_req *sh_request = (struct xensnd_req *)RING_GET_REQUEST(
		&wire->front, wire->front.req_prod_pvt);

	memcpy(sh_request, request, sizeof(*sh_request));
	wire->front.req_prod_pvt++;
	RING_PUSH_REQUESTS(&wire->front);
	wire->fires = true;
	if (!wire->masked) {
		eventfd_write(readable, 1);
	}
}

/* Sends the next request: CLOSE, OPEN, or one of two WRITEs, of which the second erases what the
 * first queued. */
static void send_next(struct wire *wire)
{
	struct xensnd_req close = { .operation = XENSND_OP_CLOSE };
	struct xensnd_req write = { .operation = XENSND_OP_WRITE };
	struct xensnd_req open = open_request(RING_BYTES);

	write.op.rw.length = wire->front.req_prod_pvt % 2 ? RING_BYTES : 0;
	if (wire->opens) {
		send(wire, &open);
	} else {
		send(wire, wire->erases ? &write : &close);
	}
}

/* --- the hypervisor */

static int64_t read_worked(void)
{
	return worked_ns;
}

static void work(void)
{
	units++;
	worked_ns += (int64_t)unit_ns;
	fake_time_pass_ns(unit_ns);
	if (good && units == asks_at) {
		send_next(good);
	}
}

static void note_answer(struct hv_evtchn *handle, int port)
{
	struct wire *wire = &wires[port - (int)FIRST_PORT];

	(void)handle;
	work();
	wire->answers++;
	if (wire == good) {
		answered_at = units;
	}
	if (wire->floods) {
		send_next(wire);
	}
}

void __real_pcm_silence(enum pcm_format format, void *dst, uint32_t frame_bytes, uint32_t frames);
void __wrap_pcm_silence(enum pcm_format format, void *dst, uint32_t frame_bytes, uint32_t frames);

void __wrap_pcm_silence(enum pcm_format format, void *dst, uint32_t frame_bytes, uint32_t frames)
{
	for (uint32_t done = 0; done < frames * frame_bytes; done += 65536) {
		work();
	}
	__real_pcm_silence(format, dst, frame_bytes, frames);
}

static int next_port(struct hv_evtchn *handle)
{
	eventfd_t count;

	(void)handle;
	for (unsigned i = 0; i < wire_count; i++) {
		if (wires[i].fires && !wires[i].masked) {
			wires[i].fires = false;
			wires[i].masked = true;
			return (int)(FIRST_PORT + i);
		}
	}
	eventfd_read(readable, &count);
	return -EAGAIN;
}

static int readable_fd(struct hv_evtchn *handle)
{
	(void)handle;
	return readable;
}

/* Mapping and unmapping are units of work, too. */
static void *slow_map(struct hv *hypervisor, uint32_t domid, const uint32_t *grefs, unsigned count)
{
	worked_ns += UNIT_NS;
	return fake_map(hypervisor, domid, grefs, count);
}

static void slow_unmap(struct hv *hypervisor, void *sh_mem, unsigned count)
{
	worked_ns += UNIT_NS;
	fake_unmap(hypervisor, sh_mem, count);
}

static void unmask_port(struct hv_evtchn *handle, int port)
{
	(void)handle;
	assert_true(wires[port - (int)FIRST_PORT].masked);
	wires[port - (int)FIRST_PORT].masked = false;
	if (wires[port - (int)FIRST_PORT].fires) {
		eventfd_write(readable, 1);
	}
}

/* --- guests */

static void on_tick(struct ev_loop *ignored, ev_timer *timer, int revents)
{
	(void)ignored;
	(void)timer;
	(void)revents;
	worked_ns += tick_ns;
	fake_time_pass_ns((uint64_t)tick_ns);
}

static void ignore_msg(void *arg, const struct msg *msg)
{
	(void)arg;
	(void)msg;
}

static int set_up(void **state)
{
	static struct hv_ops ops;

	(void)state;
	make_guest(PCM_PLAYBACK);
	ops = fake_ops;
	ops.evtchn_pending = next_port;
	ops.evtchn_unmask = unmask_port;
	ops.evtchn_notify = note_answer;
	ops.evtchn_fd = readable_fd;
	ops.map = slow_map;
	ops.unmap = slow_unmap;
	hv.ops = &ops;
	memset(wires, 0, sizeof(wires));
	wire_count = card_count = units = asks_at = 0;
	unit_ns = UNIT_NS;
	worked_ns = tick_ns = 0;
	good = NULL;
	readable = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop = ev_loop_new(EVFLAG_NOENV | EVBACKEND_EPOLL);
	/* The loop always has something to wait for. */
	ev_timer_init(&tick, on_tick, 0.001, 0.001);
	ev_timer_start(loop, &tick);
	assert_int_equal(msgq_open(&to_main, loop, ignore_msg, NULL), 0);
	/* Requests are not what is scarce here. */
	sndif = sndif_create(&hv, loop, &to_main,
			     &(struct sndif_options){ .rate_hz = 48000,
						      .period_frames = 256,
						      .requests_per_s = 1000000,
						      .run_dir = -1,
						      .resample_percent = 100,
						      .now_ns = clock_now_ns,
						      .worked_ns = read_worked });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sndif_destroy(sndif);
	msgq_close(&to_main);
	ev_loop_destroy(loop);
	close(readable);
	for (unsigned i = 0; i < card_count; i++) {
		card_destroy(cards[i]);
	}
	hv.ops = &fake_ops;
	free_guest();
	return 0;
}

/* Attaches a card of a guest; returns the first of its rings. */
static struct wire *attach(uint32_t domid, unsigned rings)
{
	struct wire *first = &wires[wire_count];
	struct card *added = card_create(rings);

	added->domid = domid;
	for (unsigned i = 0; i < rings; i++, wire_count++) {
		uint32_t gref = 1000 + 2 * wire_count;
		xen_sndif_sring_t *sring = (xen_sndif_sring_t *)page[gref];

		assert_true(wire_count < RINGS);
		added->streams[i].channels = 2;
		added->streams[i].refs = (struct card_refs){ gref, FIRST_PORT + wire_count,
							     gref + 1, 50 };
		SHARED_RING_INIT(sring);
		FRONT_RING_INIT(&wires[wire_count].front, sring, HV_PAGE_SIZE);
		wires[wire_count].card = added;
	}
	card_arrange(added);
	cards[card_count++] = added;
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_ATTACH, .card = added });
	return first;
}

static void flood(struct wire *wire, unsigned rings)
{
	for (unsigned i = 0; i < rings; i++) {
		wire[i].floods = true;
		for (unsigned n = 0; n < 32; n++) {
			send_next(&wire[i]);
		}
	}
}

static void run_until_ns(int64_t until_ns)
{
	while (clock_now_ns() < until_ns) {
		ev_run(loop, EVRUN_ONCE);
	}
}

/* --- tests */

/* The good guest asks at any time of the flood; returns the most units before its answer. */
static unsigned longest_wait(void)
{
	unsigned longest = 0;

	for (unsigned i = 0; i < 2000; i++) {
		unsigned answers = good->answers, waited;

		/* At times right in the middle of a turn, or while the flood is throttled. */
		asks_at = units + 1 + i % 41;
		while (good->answers == answers) {
			ev_run(loop, EVRUN_ONCE);
		}
		waited = answered_at - asks_at;
		longest = waited > longest ? waited : longest;
	}
	return longest;
}

/*
 * A neighbour's answer comes after the rest of a turn of 200 us at most, and a slice of 50 us of
 * each other guest: 20 units and 5, and 1 for itself.
 */
static void test_a_neighbour_of_floods(void **state)
{
	(void)state;
	good = attach(1, 1);
	flood(attach(2, 3), 3);
	assert_in_range(longest_wait(), 1, 20 + 1 + 5);
	for (uint32_t domid = 3; domid <= 6; domid++) {
		flood(attach(domid, 3), 3);
	}
	assert_in_range(longest_wait(), 1, 20 + 1 + 5 * 5);
	/* Nor does it wait for the budget: it stays within its share. */
	assert_int_equal(rt_counter_get(&cards[0]->throttled), 0);
	assert_true(rt_counter_get(&cards[1]->throttled) > 0);
}

/* Opens a stream with a large ring, on the second page of whose directory the list goes on. */
static void open_large(struct wire *wire)
{
	struct xensnd_req request = open_request(RING_BYTES);
	unsigned answers = wire->answers;
	uint32_t *words = (uint32_t *)page[DIR_GREF], *more = (uint32_t *)page[DIR_GREF + 1];

	words[0] = DIR_GREF + 1;
	for (unsigned i = 0; i < RING_BYTES / HV_PAGE_SIZE; i++) {
		*(i < 1023 ? &words[1 + i] : &more[1 + i - 1023]) = 2000 + i;
	}
	wire->card->streams[0].buffer_bytes_max = RING_BYTES;
	send(wire, &request);
	while (wire->answers == answers) {
		ev_run(loop, EVRUN_ONCE);
	}
}

/* A good guest and one with a large ring, whose requests erase it again and again. */
static void expect_no_longer_wait(bool opens)
{
	struct wire *bad;

	good = attach(1, 1);
	bad = attach(2, 1);
	open_large(bad);
	bad->opens = opens;
	bad->erases = !opens;
	flood(bad, 1);
	assert_in_range(longest_wait(), 1, 20 + 1 + 5);
	assert_int_equal(rt_counter_get(&cards[0]->throttled), 0);
	assert_true(rt_counter_get(&cards[1]->throttled) > 0);
	/* Most of the units were erasing. */
	assert_in_range(bad->answers, 3, units / (opens ? 50 : 20) - 1);
}

/* Erasing a ring of 4 MiB is 64 units, and no reason to wait longer. */
static void test_a_neighbour_of_erasing(void **state)
{
	(void)state;
	expect_no_longer_wait(false);
}

/* Nor is opening a stream: another OPEN replaces it, which erases its ring again. */
static void test_a_neighbour_of_opening(void **state)
{
	(void)state;
	expect_no_longer_wait(true);
}

/*
 * Guests share half of the thread's time, however many cards and rings each has, and also what the
 * silent ones leave of it.
 */
static void test_equal_shares(void **state)
{
	static const struct {
		uint32_t domid;
		unsigned rings;
	} guests[] = { { 1, 1 }, { 2, 5 }, { 3, 3 }, { 2, 3 }, { 2, 1 } };
	const unsigned half = 4000 * MS_NS / UNIT_NS / 2, third = half / 3;
	unsigned answers[7] = { 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(guests) / sizeof(*guests); i++) {
		flood(attach(guests[i].domid, guests[i].rings), guests[i].rings);
	}
	for (uint32_t domid = 4; domid <= 6; domid++) {
		attach(domid, 1);
	}
	run_until_ns(clock_now_ns() + 4000 * MS_NS);
	for (unsigned i = 0; i < wire_count; i++) {
		answers[wires[i].card->domid] += wires[i].answers;
	}
	/* and what may be used at once */
	assert_in_range(units, half * 95 / 100, half + 2 * BUDGET_BURST_NS / UNIT_NS);
	for (unsigned domid = 1; domid <= 3; domid++) {
		assert_in_range(answers[domid], third * 95 / 100, third * 110 / 100);
	}
}

/* What the thread works for no guest in particular counts towards the half as well. */
static void test_other_work_is_counted(void **state)
{
	int64_t begin_ns = clock_now_ns(), first_ns = worked_ns;

	(void)state;
	tick_ns = 200000;
	flood(attach(1, 1), 1);
	flood(attach(2, 3), 3);
	run_until_ns(begin_ns + 4000 * MS_NS);
	assert_true(units * (int64_t)UNIT_NS < (worked_ns - first_ns) * 9 / 10);
	assert_in_range(worked_ns - first_ns, 1900 * MS_NS, 2000 * MS_NS + 2 * BUDGET_BURST_NS);
}

/* A guest's cards take turns, and so do a card's rings. */
static void test_cards_and_rings_take_turns(void **state)
{
	struct wire *wire = attach(1, 5), *other = attach(1, 1);

	(void)state;
	flood(wire, 5);
	flood(other, 1);
	run_until_ns(clock_now_ns() + 1000 * MS_NS);
	for (unsigned i = 0; i < 5; i++) {
		assert_in_range(wire[i].answers, other->answers / 5 - 5, other->answers / 5 + 5);
	}
}

/* Connecting and disconnecting is the guest's time: for a ring, two pages each. */
static void test_connecting_is_charged(void **state)
{
	const int64_t *left_ns = &sndif->budgets.time.left_ns;

	(void)state;
	attach(1, 3);
	assert_int_equal(*left_ns, BUDGET_BURST_NS - 3 * 2 * UNIT_NS);
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_DETACH, .card = cards[0] });
	assert_int_equal(*left_ns, BUDGET_BURST_NS - 6 * 2 * UNIT_NS);
}

/* However fast the thread is, a guest overdraws its limit of requests by one slice only. */
static void test_limit_of_requests(void **state)
{
	(void)state;
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_LIMIT, .a = 100 });
	unit_ns = 100;
	flood(attach(1, 1), 1);
	run_until_ns(clock_now_ns() + 5 * MS_NS);
	assert_in_range(units, 64, 64 + 32);
	unit_ns = UNIT_NS;
	run_until_ns(clock_now_ns() + 10000 * MS_NS);
	assert_in_range(units, 1000, 1100);
	assert_true(rt_counter_get(&cards[0]->throttled) > 10);
	/* Nobody looks for tokens when no request waits for one. */
	wires[0].floods = false;
	run_until_ns(clock_now_ns() + 1000 * MS_NS);
	assert_int_equal(wires[0].front.sring->rsp_prod, wires[0].front.req_prod_pvt);
	assert_false(ev_is_active(&sndif->refill));
	assert_false(wires[0].masked);
}

#define SHARE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHARE(test_a_neighbour_of_floods),	SHARE(test_a_neighbour_of_erasing),
		SHARE(test_a_neighbour_of_opening),	SHARE(test_equal_shares),
		SHARE(test_cards_and_rings_take_turns), SHARE(test_connecting_is_charged),
		SHARE(test_limit_of_requests),		SHARE(test_other_work_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

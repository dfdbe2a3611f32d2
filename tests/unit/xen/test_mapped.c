/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The io thread's half of the daemon with its mapper, while a hypervisor takes its time to map and
 * unmap a guest's buffer: until a gate opens.
 */
#include "tests/unit/xen/fake_guest.h"

#include <semaphore.h>
#include <unistd.h>

#include "xen/sndif_parts.h"

#define BUFFER_PAGES 4u
#define NEIGHBOUR_PORT 21
#define MAP_NS 1000000 /* each mapping of a buffer */

static struct ev_loop *loop;
static struct msgq to_main;
static struct sndif *sndif;
static struct card *neighbour;
static xen_sndif_front_ring_t neighbour_front;
static unsigned detached, held;
static sem_t gate, at_gate;
static atomic_bool gated, refused;
static _Thread_local int64_t worked_ns;

static int64_t worked_here(void)
{
	return worked_ns;
}

/* Nobody earns anything meanwhile. */
static int64_t stopped_clock(void)
{
	return 0;
}

/* --- the hypervisor */

static void pass(unsigned pages)
{
	if (pages == BUFFER_PAGES) {
		worked_ns += MAP_NS;
		if (atomic_load(&gated)) {
			sem_post(&at_gate);
			sem_wait(&gate);
		}
	}
}

static void *slow_map(struct hv *hypervisor, uint32_t domid, const uint32_t *grefs, unsigned count)
{
	pass(count);
	if (count == BUFFER_PAGES && atomic_load(&refused)) {
		errno = EINVAL;
		return NULL;
	}
	return fake_map(hypervisor, domid, grefs, count);
}

static void slow_unmap(struct hv *hypervisor, void *sh_mem, unsigned count)
{
	pass(count);
	fake_unmap(hypervisor, sh_mem, count);
}

/* --- the main thread and guests */

static void on_msg(void *arg, const struct msg *msg)
{
	(void)arg;
	detached += msg->type == MSG_DETACHED;
	held += msg->type == MSG_HELD;
}

static void send_msg(enum msg_type type)
{
	sndif_handle_msg(sndif, &(struct msg){ .type = type, .card = card });
}

/* What waited is served a turn later. */
static void turn(void)
{
	for (unsigned i = 0; i < 3; i++) {
		ev_run(loop, EVRUN_NOWAIT);
	}
}

static void turn_until(const unsigned *count)
{
	while (!*count) {
		ev_run(loop, EVRUN_ONCE);
	}
}

static void ask(uint8_t operation)
{
	struct xensnd_req request = operation == XENSND_OP_OPEN
					    ? open_request(BUFFER_PAGES * HV_PAGE_SIZE)
					    : (struct xensnd_req){ .operation = operation };

	push(&request);
	firing = 11;
	turn();
}

static void turn_until_answered(void)
{
	while (front.sring->rsp_prod != front.req_prod_pvt) {
		ev_run(loop, EVRUN_ONCE);
	}
}

/* Opens a stream while the gate is open. */
static void open_stream(void)
{
	ask(XENSND_OP_OPEN);
	turn_until_answered();
	assert_int_equal(pull().status, 0);
	assert_int_equal(mappings, 5);
}

static void close_gate(void)
{
	atomic_store(&gated, true);
}

/* Waits until the mapper stands at the gate. */
static void await_gate(void)
{
	sem_wait(&at_gate);
}

/* Lets through what is there and what comes. */
static void open_gate(void)
{
	atomic_store(&gated, false);
	sem_post(&gate);
}

static void attach_neighbour(void)
{
	xen_sndif_sring_t *sring = (xen_sndif_sring_t *)page[4];

	neighbour = card_create(1);
	neighbour->domid = 7;
	neighbour->streams[0].channels = 2;
	neighbour->streams[0].refs = (struct card_refs){ 4, NEIGHBOUR_PORT, 5, 22 };
	card_arrange(neighbour);
	SHARED_RING_INIT(sring);
	FRONT_RING_INIT(&neighbour_front, sring, HV_PAGE_SIZE);
	sndif_handle_msg(sndif, &(struct msg){ .type = MSG_ATTACH, .card = neighbour });
}

static int set_up(void **state)
{
	static struct hv_ops ops;

	(void)state;
	make_guest(PCM_PLAYBACK);
	fill_directory(BUFFER_PAGES);
	ops = fake_ops;
	ops.map = slow_map;
	ops.unmap = slow_unmap;
	hv.ops = &ops;
	detached = held = 0;
	atomic_store(&gated, false);
	atomic_store(&refused, false);
	sem_init(&gate, 0, 0);
	sem_init(&at_gate, 0, 0);
	loop = ev_loop_new(EVFLAG_NOENV);
	assert_int_equal(msgq_open(&to_main, loop, on_msg, NULL), 0);
	sndif = sndif_create(&hv, loop, &to_main,
			     &(struct sndif_options){ .rate_hz = 48000,
						      .period_frames = 256,
						      .requests_per_s = 1000000,
						      .run_dir = -1,
						      .mapper = true,
						      .now_ns = stopped_clock,
						      .worked_ns = worked_here,
						      .resample_percent = 100 });
	send_msg(MSG_ATTACH);
	attach_neighbour();
	turn();
	assert_int_equal(mappings, 4);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sndif_destroy(sndif);
	msgq_close(&to_main);
	ev_loop_destroy(loop);
	card_destroy(neighbour);
	free_guest();
	sem_destroy(&gate);
	sem_destroy(&at_gate);
	return 0;
}

/* --- tests */

/* However long one guest's buffer takes, the other's requests are answered. */
static void test_neighbours_do_not_wait(void **state)
{
	struct xensnd_req request = { .operation = XENSND_OP_CLOSE };

	(void)state;
	close_gate();
	ask(XENSND_OP_OPEN);
	ask(XENSND_OP_TRIGGER); /* waits behind it */
	await_gate();
	for (RING_IDX i = 1; i <= 100; i++) {
		memcpy(RING_GET_REQUEST(&neighbour_front, neighbour_front.req_prod_pvt), &request,
		       sizeof(request));
		neighbour_front.req_prod_pvt++;
		RING_PUSH_REQUESTS(&neighbour_front);
		firing = NEIGHBOUR_PORT;
		turn();
		assert_int_equal(neighbour_front.sring->rsp_prod, i);
	}
	assert_int_equal(front.sring->rsp_prod, 0);
	assert_false(ev_is_active(&sndif->settle)); /* nor does io ask again and again */
	open_gate();
	turn_until_answered();
	assert_int_equal(front.sring->rsp_prod, 2);
	assert_int_equal(atomic_load(&card->streams[0].strip.status.state), STREAM_RUNNING);
}

/* A guest may use the pages again once it has CLOSE's answer: they are unmapped by then. */
static void test_close_is_answered_when_unmapped(void **state)
{
	(void)state;
	open_stream();
	close_gate();
	ask(XENSND_OP_CLOSE);
	await_gate();
	turn();
	assert_int_equal(front.sring->rsp_prod, 1);
	/* The stream is closed, though. */
	assert_int_equal(atomic_load(&card->streams[0].strip.status.state), STREAM_CLOSED);
	open_gate();
	turn_until_answered();
	assert_int_equal(mappings, 4);
	assert_int_equal(pull().status, 0);
}

/* A second OPEN unmaps before it maps. */
static void test_open_replaces(void **state)
{
	(void)state;
	open_stream();
	close_gate();
	ask(XENSND_OP_OPEN);
	await_gate();
	assert_int_equal(mapped[DATA_GREF], 1);
	sem_post(&gate);
	turn();
	while (sem_trywait(&at_gate) < 0) {
		ev_run(loop, EVRUN_NOWAIT);
	}
	assert_int_equal(mapped[DATA_GREF], 0);
	open_gate();
	turn_until_answered();
	assert_int_equal(pull().status, 0);
	assert_int_equal(mapped[DATA_GREF], 1);
}

/* A buffer that cannot be mapped fails the request, and nothing else. */
static void test_refused(void **state)
{
	(void)state;
	atomic_store(&refused, true);
	ask(XENSND_OP_OPEN);
	turn_until_answered();
	assert_int_equal(pull().status, -XEN_EINVAL);
	assert_int_equal(mappings, 4);
	atomic_store(&refused, false);
	open_stream();
}

/* A card that leaves is let go once nothing of it is mapped, at whatever point its OPEN was. */
static void test_detach(void **state)
{
	(void)state;
	close_gate();
	ask(XENSND_OP_OPEN);
	await_gate();
	send_msg(MSG_DETACH);
	turn();
	assert_int_equal(detached, 0);
	sem_post(&gate); /* mapped; to be unmapped */
	while (sem_trywait(&at_gate) < 0) {
		ev_run(loop, EVRUN_NOWAIT);
	}
	turn();
	assert_int_equal(detached, 0);
	open_gate();
	turn_until(&detached);
	assert_null(card->io);
	assert_int_equal(mappings, 2);
	assert_int_equal(front.sring->rsp_prod, 0);
}

/* The same for a stream that is open. */
static void test_detach_open(void **state)
{
	(void)state;
	open_stream();
	close_gate();
	send_msg(MSG_DETACH);
	await_gate();
	turn();
	assert_int_equal(detached, 0);
	open_gate();
	turn_until(&detached);
	assert_int_equal(mappings, 2);
}

/* An operator's kick: the next OPEN waits. Whoever wants all streams held does not: it is closed.
 */
static void test_kick(void **state)
{
	(void)state;
	open_stream();
	close_gate();
	atomic_store(&card->kicked, 1);
	send_msg(MSG_LEVELS);
	await_gate();
	assert_int_equal(atomic_load(&card->streams[0].strip.status.state), STREAM_CLOSED);
	ask(XENSND_OP_OPEN);
	send_msg(MSG_HOLD);
	turn();
	assert_int_equal(front.sring->rsp_prod, 1);
	assert_int_equal(held, 1);
	open_gate();
	turn_until_answered();
	assert_int_equal(pull().status, 0);
	assert_int_equal(mappings, 5);
}

/* What the mapper works for a guest is that guest's time. */
static void test_charged(void **state)
{
	const struct budget *budget = ((struct card_io *)card->io)->budget;
	const struct budget *other = ((struct card_io *)neighbour->io)->budget;
	int64_t left_ns = budget->own.left_ns, other_ns = other->own.left_ns;

	(void)state;
	open_stream();
	assert_int_equal(left_ns - budget->own.left_ns, MAP_NS);
	ask(XENSND_OP_CLOSE);
	turn_until_answered();
	assert_int_equal(left_ns - budget->own.left_ns, 2 * MAP_NS);
	assert_int_equal(other->own.left_ns, other_ns);
}

/* However much it has handed over: its share owes what is more than it has. */
static void test_owed(void **state)
{
	struct budget *budget = ((struct card_io *)card->io)->budget;

	(void)state;
	close_gate();
	ask(XENSND_OP_OPEN);
	await_gate();
	budget->own.left_ns = 0;
	open_gate();
	while (budget->own.left_ns == 0) {
		ev_run(loop, EVRUN_ONCE);
	}
	assert_int_equal(budget->own.left_ns, -MAP_NS);
}

/* A ring that is closed at once, as when another ring of its card cannot be opened, uses no mapper.
 */
static void test_closed_at_once(void **state)
{
	struct xensnd_req request = open_request(BUFFER_PAGES * HV_PAGE_SIZE);
	struct stream_ring ring;

	(void)state;
	send_msg(MSG_DETACH);
	turn_until(&detached);
	assert_int_equal(open_ring(&ring, false), 0);
	push(&request);
	assert_int_equal(serve_whole(&ring), STREAM_RING_NOTHING);
	ring.mapper = &sndif->mapper;
	assert_int_equal(mappings, 5);
	stream_ring_close(&ring, true);
	assert_int_equal(mappings, 2);
}

/* The daemon's end waits for the mapper, and leaves nothing mapped: tear_down looks. */
static void test_end(void **state)
{
	(void)state;
	close_gate();
	ask(XENSND_OP_OPEN);
	await_gate();
	open_gate();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_neighbours_do_not_wait),
		TEST(test_close_is_answered_when_unmapped),
		TEST(test_open_replaces),
		TEST(test_refused),
		TEST(test_detach),
		TEST(test_detach_open),
		TEST(test_kick),
		TEST(test_charged),
		TEST(test_owed),
		TEST(test_closed_at_once),
		TEST(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Levels that are set after a card is in the mixer and before io has answered; and cards that come
 * and go while jack hangs. This is the whole daemon with a simulated guest, but io and jack have no
 * threads: a test runs io's loop when it wants to, and jack's never. For this, the file replaces
 * the functions of src/base/worker.c.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/statefile.h"
#include "src/daemon/daemon_parts.h"
#include "xen/guest/device.h"
#include "xen/guest/front.h"
#include "xen/sim/hv_sim.h"
#include "xen/sndif_parts.h"

#define MSGS_MAX 16u
#define BUFFER_FRAMES 4096u
#define NO_PAGE "16384" /* a grant reference past the last one */
#define LINGERING 4u	/* as CARD_LIMITS_LINGERING */

struct test {
	struct ev_loop *loop;
	struct config config;
	struct hv *hv;
	struct daemon *daemon;
	char socket[64];
	struct domain *domain;
	struct device *device;
	struct front front;
	int result; /* of the guest's last action */
};

/* --- workers without threads */

static enum msg_type msgs[MSGS_MAX]; /* received by io */
static unsigned msg_count;
static unsigned stop_seconds;

static void on_msg(void *arg, const struct msg *msg)
{
	assert_true(msg_count < MSGS_MAX);
	msgs[msg_count++] = msg->type;
	sndif_handle_msg(((struct daemon *)arg)->sndif, msg);
}

int worker_open(struct worker *worker, const char *name, struct msgq *to_main)
{
	worker->name = name;
	worker->to_main = to_main;
	worker->loop = ev_loop_new(EVFLAG_NOENV);
	return worker->loop ? 0 : -ENOMEM;
}

int worker_start(struct worker *worker, void (*handle)(void *arg, const struct msg *msg), void *arg)
{
	if (handle == sndif_handle_msg) {
		return msgq_open(&worker->inbox, worker->loop, on_msg,
				 (char *)worker - offsetof(struct daemon, io));
	}
	return msgq_open(&worker->inbox, worker->loop, handle, arg);
}

void worker_follow_priority(pthread_t thread, int jack_priority, int steps)
{
	(void)thread;
	(void)jack_priority;
	(void)steps;
}

/* Steps need one thread: io maps buffers itself. */
int worker_start_thread(pthread_t *thread, const char *name, void *(*run)(void *arg), void *arg)
{
	(void)thread;
	(void)name;
	(void)run;
	(void)arg;
	return -EAGAIN;
}

void worker_stop(struct worker *worker)
{
	(void)worker;
}

static bool jack_hangs;

bool worker_stop_within(struct worker *worker, unsigned seconds)
{
	(void)worker;
	stop_seconds = seconds;
	return !jack_hangs;
}

void worker_close(struct worker *worker)
{
	msgq_close(&worker->inbox);
	ev_loop_destroy(worker->loop);
}

static void turn(struct ev_loop *loop)
{
	for (unsigned i = 0; i < 3; i++) {
		ev_run(loop, EVRUN_NOWAIT);
	}
}

static void turn_io(const struct test *test)
{
	turn(test->daemon->io.loop);
}

/* Runs the main loop until there are that many streams; gives up after a while and fails. */
static void turn_ctl(const struct test *test, unsigned streams)
{
	for (unsigned i = 0; i < 100000 && test->daemon->mixer.count != streams; i++) {
		usleep(100);
		turn(test->loop);
	}
	assert_int_equal(test->daemon->mixer.count, streams);
}

static void assert_msgs(unsigned count, ...)
{
	va_list args;

	assert_int_equal(msg_count, count);
	va_start(args, count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(msgs[i], va_arg(args, int));
	}
	va_end(args);
	msg_count = 0;
}

/* --- the guest: its calls wait for the daemon, so they run in another thread */

static pthread_t guest;
static _Atomic bool done;

static void begin(struct test *test, void *(*deed)(void *test))
{
	done = false;
	assert_int_equal(pthread_create(&guest, NULL, deed, test), 0);
}

static void *end(struct test *test, int result)
{
	test->result = result;
	done = true;
	return NULL;
}

/* Runs both loops until the guest's action is done. */
static void finish(const struct test *test)
{
	while (!done) {
		usleep(100);
		turn(test->loop);
		turn_io(test);
	}
	pthread_join(guest, NULL);
	assert_int_equal(test->result, 0);
}

static void *arrive(void *arg)
{
	struct test *test = arg;

	test->domain = domain_open(test->socket, "daw");
	test->device = test->domain ? device_create(test->domain, 0) : NULL;
	return end(test,
		   test->device && device_add(test->device, 0, PCM_PLAYBACK, "out") ? 0 : -EIO);
}

static void *connect_card(void *arg)
{
	struct test *test = arg;
	int err = device_attach(test->device);

	return end(test, err ? err : device_run(test->device, XenbusStateConnected, 60000));
}

static void *publish_rings(void *arg)
{
	struct test *test = arg;
	int err = device_attach(test->device);

	return end(test, err ? err : device_run(test->device, XenbusStateInitialised, 60000));
}

static void *open_stream(void *arg)
{
	struct test *test = arg;
	int err;

	front_init(&test->front, &test->device->streams[0].channel);
	test->front.params = (struct params){ .format = PCM_S16_LE,
					      .rate_hz = 48000,
					      .channels = 2,
					      .period = BUFFER_FRAMES / 4,
					      .buffer = BUFFER_FRAMES };
	test->front.frame_bytes = 4;
	err = front_alloc(&test->front);
	return end(test, err ? err : front_open(&test->front));
}

/* A card whose ring is not in a valid page: main cannot know that, and io refuses it. */
static void *connect_badly(void *arg)
{
	static const char *const nodes[][2] = { { "ring-ref", NO_PAGE },
						{ "event-channel", "1" },
						{ "evt-ring-ref", NO_PAGE },
						{ "evt-event-channel", "1" } };
	struct test *test = arg;
	char path[DEVICE_STREAM_PATH_MAX + 32];
	int err = domain_attach(test->domain, 0);

	for (unsigned i = 0; i < 4 && !err; i++) {
		snprintf(path, sizeof(path), "%s/%s", test->device->streams[0].path, nodes[i][0]);
		err = domain_write(test->domain, path, nodes[i][1]);
	}
	return end(test, err ? err : device_set(test->device, "state", "3"));
}

static void *connect_anew_to(struct test *test, int state)
{
	int err = device_set(test->device, "state", "1");

	test->device->state = XenbusStateInitialising;
	return end(test, err ? err : device_run(test->device, state, 60000));
}

/* A driver that starts over publishes new rings: that is another card. */
static void *connect_anew(void *arg)
{
	return connect_anew_to(arg, XenbusStateConnected);
}

static void *connect_in_vain(void *arg)
{
	return connect_anew_to(arg, XenbusStateInitialised);
}

static void *leave(void *arg)
{
	struct test *test = arg;

	device_destroy(test->device);
	domain_close(test->domain);
	return end(test, 0);
}

/* --- set-up */

static int set_up(void **state)
{
	struct test *test = calloc(1, sizeof(*test));

	log_set_level(LOG_ERROR);
	msg_count = 0;
	config_init(&test->config);
	snprintf(test->socket, sizeof(test->socket), "/tmp/test_daemon.%d", getpid());
	test->loop = ev_loop_new(EVFLAG_NOENV);
	test->hv = hv_sim_open(test->socket);
	assert_non_null(test->hv);
	test->daemon = daemon_create(
		test->loop, test->hv,
		&(struct daemon_options){ .jack.routes.state_dir = -1,
					  .osc.socket = "",
					  .osc.url = "",
					  .osc.prefix = "",
					  .osc.group = "",
					  .osc.listen = "",
					  .osc.allow = "",
					  .osc.trusted = "",
					  .limits = { 8, 8, 65536 },
					  .cards = 4,
					  .card_limits = { 1000, 100000, 2048, 262144 },
					  .requests = 1000,
					  .rate_hz = 48000,
					  .period_frames = 256,
					  .config = &test->config,
					  .run_dir = -1 });
	assert_non_null(test->daemon);
	begin(test, arrive);
	finish(test);
	*state = test;
	return 0;
}

static int tear_down(void **state)
{
	struct test *test = *state;

	begin(test, leave);
	finish(test);
	turn_ctl(test, 0);
	assert_true(daemon_destroy(test->daemon));
	test->hv->ops->close(test->hv);
	ev_loop_destroy(test->loop);
	free(test);
	return 0;
}

/* For a daemon that has left: it no longer serves the hypervisor, which ends before its guest. */
static int tear_down_left(void **state)
{
	struct test *test = *state;

	jack_hangs = false;
	msg_count = 0;
	assert_true(daemon_destroy(test->daemon));
	test->hv->ops->close(test->hv);
	begin(test, leave);
	pthread_join(guest, NULL);
	ev_loop_destroy(test->loop);
	free(test);
	return 0;
}

static void set_gain(struct test *test, float db)
{
	mixer_set_gain(&test->daemon->mixer, test->daemon->mixer.streams[0], db);
}

/* The level at which the open stream plays. */
static void assert_level(const struct test *test, float db)
{
	const struct stream_rt *stream = test->daemon->sndif->cards->rings[0].runtime;

	assert_non_null(stream);
	assert_float_equal(fader_db_of_amplitude(stream->gain.targets.channels[0]), db, 1e-3);
	assert_float_equal(fader_db_of_amplitude(stream->gain.targets.channels[1]), db, 1e-3);
}

/* --- tests */

/* io hears of the level once it has the card. The level holds for the stream that is then opened;
 * so do later changes. */
static void test_set_before_it_is_attached(void **state)
{
	struct test *test = *state;

	begin(test, connect_card);
	turn_ctl(test, 1);
	set_gain(test, -6.0f);
	turn_io(test);
	set_gain(test, -12.0f);
	turn_io(test);
	assert_msgs(1, MSG_ATTACH);
	finish(test);
	assert_msgs(1, MSG_LEVELS);
	begin(test, open_stream);
	finish(test);
	assert_level(test, -12.0f);
	set_gain(test, -20.0f);
	set_gain(test, -18.0f);
	turn_io(test);
	assert_msgs(1, MSG_LEVELS);
	assert_level(test, -18.0f);
}

/* io gets no message about a card that it has refused: the card is freed. */
static void test_set_before_it_is_refused(void **state)
{
	struct test *test = *state;

	begin(test, connect_badly);
	turn_ctl(test, 1);
	turn_io(test);
	/* io has answered, but main has not yet read the answer. */
	set_gain(test, -6.0f);
	set_gain(test, -12.0f);
	turn_ctl(test, 0);
	turn_io(test);
	assert_msgs(1, MSG_ATTACH);
	assert_null(test->daemon->cards.entries);
	finish(test);
}

static unsigned refused;

static void count_refused(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	refused += strstr(line, ": refused: ") != NULL;
}

/* Counts jack's cards: those that io has too, or those that io has let go. */
static unsigned count_cards(const struct test *test, bool in_io)
{
	unsigned count = 0;

	for (const struct cards_entry *entry = test->daemon->cards.entries; entry;
	     entry = entry->next) {
		count += entry->in_jack && entry->in_io == in_io;
	}
	return count;
}

/* Runs the loops until io has let that many cards go and the next one is attached or refused. */
static void turn_cards(struct test *test, unsigned gone)
{
	for (unsigned i = 0; i < 100000 && (count_cards(test, false) != gone ||
					    count_cards(test, true) + refused != 1);
	     i++) {
		usleep(100);
		turn(test->loop);
		turn_io(test);
	}
	assert_int_equal(count_cards(test, false), gone);
}

/* While jack hangs, it removes no cards: a guest must not pile up any number of them there. */
static void test_connects_again_and_again(void **state)
{
	struct test *test = *state;

	refused = 0;
	log_set_level(LOG_WARNING);
	log_set_sink(count_refused, NULL);
	begin(test, connect_card);
	finish(test);
	turn_cards(test, 0);
	assert_msgs(2, MSG_ATTACH, MSG_LEVELS);
	for (unsigned gone = 1; gone < LINGERING; gone++) {
		begin(test, connect_anew);
		finish(test);
		turn_cards(test, gone);
		assert_int_equal(refused, 0);
		assert_msgs(3, MSG_DETACH, MSG_ATTACH, MSG_LEVELS);
	}
	begin(test, connect_in_vain);
	finish(test);
	turn_cards(test, LINGERING);
	assert_int_equal(refused, 1);
	assert_msgs(1, MSG_DETACH);
	log_set_sink(NULL, NULL);
}

/* Runs both loops until no card is left, and no longer than needed. */
static void turn_left(const struct test *test)
{
	for (unsigned i = 0; i < 100000 && test->daemon->stage != DAEMON_LEFT; i++) {
		usleep(100);
		turn(test->loop);
		turn_io(test);
	}
	assert_int_equal(test->daemon->stage, DAEMON_LEFT);
}

/* Connects a card, then begins to leave: the guest is served on. */
static void begin_to_leave(struct test *test)
{
	refused = 0;
	log_set_level(LOG_ERROR);
	begin(test, connect_card);
	finish(test);
	turn_cards(test, 0);
	assert_msgs(2, MSG_ATTACH, MSG_LEVELS);
	daemon_leave(test->daemon);
	daemon_leave(test->daemon);
	turn(test->loop);
	turn_io(test);
	assert_int_equal(test->daemon->stage, DAEMON_WAITS);
	assert_msgs(0);
	assert_int_equal(count_cards(test, true), 1);
	begin(test, open_stream);
	finish(test);
}

/* When jack does not answer in time, the card is handed over, levels are saved, and nothing waits.
 */
static void test_leaves_while_jack_hangs(void **state)
{
	char dir[] = "/tmp/test_daemon.XXXXXX", path[64];
	struct test *test = *state;
	int lock;

	assert_non_null(mkdtemp(dir));
	test->daemon->link.state_dir = statefile_open(dir, &lock);
	begin_to_leave(test);
	set_gain(test, -6.0f);
	ev_feed_event(test->loop, &test->daemon->leaving_timer, EV_TIMER);
	turn_left(test);
	assert_int_equal(count_cards(test, true), 0);
	jack_hangs = true;
	assert_false(daemon_destroy(test->daemon));
	assert_int_equal(stop_seconds, 0);
	snprintf(path, sizeof(path), "%s/levels.json", dir);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/lock", dir);
	assert_int_equal(unlink(path), 0);
	statefile_close(test->daemon->link.state_dir, lock);
	test->daemon->link.state_dir = -1;
	assert_int_equal(rmdir(dir), 0);
}

/* jack answers, then hangs while it closes its clients. */
static void test_leaves_while_jack_closes(void **state)
{
	struct test *test = *state;

	begin_to_leave(test);
	msgq_send(&test->daemon->from_jack, &(struct msg){ .type = MSG_READY });
	turn_left(test);
	jack_hangs = true;
	assert_false(daemon_destroy(test->daemon));
	assert_int_equal(stop_seconds, 10);
}

/* A callback that never returns keeps io from letting a card go. */
static void test_leaves_without_io(void **state)
{
	struct test *test = *state;

	begin_to_leave(test);
	ev_feed_event(test->loop, &test->daemon->leaving_timer, EV_TIMER);
	turn(test->loop);
	assert_int_equal(test->daemon->stage, DAEMON_LETS_GO);
	ev_feed_event(test->loop, &test->daemon->leaving_timer, EV_TIMER);
	/* Returns only because the timer ends it. */
	ev_run(test->loop, 0);
	assert_int_equal(test->daemon->stage, DAEMON_LETS_GO);
	jack_hangs = true;
	assert_false(daemon_destroy(test->daemon));
	assert_int_equal(stop_seconds, 0);
	turn_left(test);
}

/* Nothing of a card beyond a limit is mapped or registered. */
static void test_has_too_many_ports(void **state)
{
	struct test *test = *state;

	refused = 0;
	log_set_level(LOG_WARNING);
	log_set_sink(count_refused, NULL);
	test->daemon->options.card_limits.ports = 1;
	begin(test, publish_rings);
	finish(test);
	turn_cards(test, 0);
	assert_int_equal(refused, 1);
	assert_msgs(0);
	assert_null(test->daemon->cards.entries);
	log_set_sink(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_set_before_it_is_attached, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_set_before_it_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_connects_again_and_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leaves_while_jack_hangs, set_up,
						tear_down_left),
		cmocka_unit_test_setup_teardown(test_leaves_while_jack_closes, set_up,
						tear_down_left),
		cmocka_unit_test_setup_teardown(test_leaves_without_io, set_up, tear_down_left),
		cmocka_unit_test_setup_teardown(test_has_too_many_ports, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

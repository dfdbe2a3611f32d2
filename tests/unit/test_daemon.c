/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Levels that are set between the moment a card is on the desk and io's answer about it: the whole
 * daemon with a simulated guest, but io and jack have no threads. Their loops are turned here, when
 * a test wants that, and jack's never is. This file has src/worker.c's functions for it.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/daemon_parts.h"
#include "xen/guest/device.h"
#include "xen/guest/front.h"
#include "xen/hv_sim.h"
#include "xen/sndif_parts.h"

#define LETTERS_MAX 16u
#define BUFFER_FRAMES 4096u
#define NO_PAGE "16384" /* a grant reference behind the last one */

struct test {
	struct ev_loop *loop;
	struct config config;
	struct hv *hv;
	struct daemon *daemon;
	char socket[64];
	struct domain *domain;
	struct device *device;
	struct front front;
	int result; /* of the guest's last deed */
};

/* --- workers without threads */

static enum mail_verb letters[LETTERS_MAX]; /* that io got */
static unsigned letter_count;

static void on_letter(void *arg, const struct mail *mail)
{
	assert_true(letter_count < LETTERS_MAX);
	letters[letter_count++] = mail->verb;
	sndif_letter(((struct daemon *)arg)->sndif, mail);
}

int worker_open(struct worker *worker, const char *name, struct mailbox *to_ctl)
{
	worker->name = name;
	worker->to_ctl = to_ctl;
	worker->loop = ev_loop_new(EVFLAG_NOENV);
	return worker->loop ? 0 : -ENOMEM;
}

int worker_start(struct worker *worker, void (*handle)(void *arg, const struct mail *mail),
		 void *arg)
{
	if (handle == sndif_letter) {
		return mail_open(&worker->inbox, worker->loop, on_letter,
				 (char *)worker - offsetof(struct daemon, io));
	}
	return mail_open(&worker->inbox, worker->loop, handle, arg);
}

void worker_follow_priority(int jack_priority)
{
	(void)jack_priority;
}

void worker_stop(struct worker *worker)
{
	(void)worker;
}

void worker_close(struct worker *worker)
{
	mail_close(&worker->inbox);
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

/* Turns ctl until there are so many streams; bounded, so that one that does not come fails. */
static void turn_ctl(const struct test *test, unsigned streams)
{
	for (unsigned i = 0; i < 100000 && test->daemon->desk.count != streams; i++) {
		usleep(100);
		turn(test->loop);
	}
	assert_int_equal(test->daemon->desk.count, streams);
}

static void assert_letters(unsigned count, ...)
{
	va_list args;

	assert_int_equal(letter_count, count);
	va_start(args, count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(letters[i], va_arg(args, int));
	}
	va_end(args);
	letter_count = 0;
}

/* --- the guest, whose calls wait for the daemon: in another thread */

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

/* Both turn until the guest has done it. */
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

/* A card whose ring is in no page: ctl can not know that, and io refuses it. */
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
	letter_count = 0;
	config_init(&test->config);
	snprintf(test->socket, sizeof(test->socket), "/tmp/test_daemon.%d", getpid());
	test->loop = ev_loop_new(EVFLAG_NOENV);
	test->hv = hv_sim_open(test->socket);
	assert_non_null(test->hv);
	test->daemon = daemon_create(test->loop, test->hv,
				     &(struct daemon_options){ .jack.routes.state_dir = -1,
							       .osc.socket = "",
							       .osc.url = "",
							       .osc.prefix = "",
							       .osc.group = "",
							       .osc.listen = "",
							       .osc.allow = "",
							       .limits = { 8, 8, 65536 },
							       .cards = 4,
							       .requests = 1000,
							       .rate_hz = 48000,
							       .period_frames = 256,
							       .config = &test->config,
							       .state_dir = -1,
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
	daemon_destroy(test->daemon);
	test->hv->ops->close(test->hv);
	ev_loop_destroy(test->loop);
	free(test);
	return 0;
}

static void set_gain(struct test *test, float db)
{
	desk_set_gain(&test->daemon->desk, &test->daemon->desk.streams[0], db);
}

/* What the open stream is played at. */
static void assert_level(const struct test *test, float db)
{
	const struct stream *stream = test->daemon->sndif->stations->wires[0].stream;

	assert_non_null(stream);
	assert_float_equal(fader_db_of_amplitude(stream->gain.targets[0]), db, 1e-3);
	assert_float_equal(fader_db_of_amplitude(stream->gain.targets[1]), db, 1e-3);
}

/* --- tests */

/* It is told once io has the card, and holds for the stream that is opened then, as what is set
 * later does. */
static void test_set_before_it_is_attached(void **state)
{
	struct test *test = *state;

	begin(test, connect_card);
	turn_ctl(test, 1);
	set_gain(test, -6.0f);
	turn_io(test);
	set_gain(test, -12.0f);
	turn_io(test);
	assert_letters(1, MAIL_ATTACH);
	finish(test);
	assert_letters(1, MAIL_DESK);
	begin(test, open_stream);
	finish(test);
	assert_level(test, -12.0f);
	set_gain(test, -20.0f);
	set_gain(test, -18.0f);
	turn_io(test);
	assert_letters(1, MAIL_DESK);
	assert_level(test, -18.0f);
}

/* Io never hears of a card that it has refused, and that is freed. */
static void test_set_before_it_is_refused(void **state)
{
	struct test *test = *state;

	begin(test, connect_badly);
	turn_ctl(test, 1);
	turn_io(test);
	/* Io has answered, and ctl has not seen it. */
	set_gain(test, -6.0f);
	set_gain(test, -12.0f);
	turn_ctl(test, 0);
	turn_io(test);
	assert_letters(1, MAIL_ATTACH);
	assert_null(test->daemon->roster.entries);
	finish(test);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_set_before_it_is_attached, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_set_before_it_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

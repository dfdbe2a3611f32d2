/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/jack/jack_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "src/base/statefile.h"
#include "src/mixer/event.h"
#include "src/patch/patch_memory.h"
#include "tests/unit/jack/fail_alloc.h"

#define STEP_NS INT64_C(10000000)
/* Passes of the loop that messages and wake-ups may need to settle. */
#define PASSES 12

struct ev_loop *loop;
struct msgq to_main;
struct client_options options;
struct client_pool *pool;
bool holds;
unsigned count, answers, errors;
char rows[16384];

static int64_t time_ns;
static struct card *cards[256];
static unsigned card_count, live_before;
static char told[32768], log_text[65536];
static char folder[64];
static int folder_fd = -1, folder_lock = -1, answer_err;

/* --- time, for libev and jack/ */

int clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	now->tv_sec = time_ns / 1000000000;
	now->tv_nsec = time_ns % 1000000000;
	return 0;
}

/* libev's: no descriptor is watched, and millions of steps are not worth a system call each. */
int epoll_wait(int fd, struct epoll_event *events, int max, int timeout_ms)
{
	(void)fd;
	(void)events;
	(void)max;
	(void)timeout_ms;
	return 0;
}

double now_s(void)
{
	return (double)time_ns * 1e-9;
}

void turn(void)
{
	for (unsigned i = 0; i < PASSES; i++) {
		fake_jack_deliver();
		ev_run(loop, EVRUN_NOWAIT);
	}
}

void run(double seconds)
{
	int64_t end_ns = time_ns + llround(seconds * 1e9);

	turn();
	while (time_ns < end_ns) {
		time_ns += STEP_NS;
		turn();
	}
}

void pass(double seconds)
{
	time_ns += llround(seconds * 1e9);
}

/* --- messages to the main thread */

static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, size - length, format, args);
	va_end(args);
}

static void append_news(const struct jack_request *diff)
{
	static const char *const kinds[] = {
		[EVENT_PORT_ADDED] = "came",	      [EVENT_PORT_REMOVED] = "went",
		[EVENT_PORT_CONNECTED] = "connected", [EVENT_PORT_DISCONNECTED] = "disconnected",
		[EVENT_PORT_RENAMED] = "renamed",     [EVENT_PORT_REFUSED] = "refused",
	};

	/* No message is empty. */
	assert_true(diff->row_count > 0);
	for (unsigned i = 0; i < diff->row_count; i++) {
		const struct jack_request_row *row = &diff->rows[i];

		append(told, sizeof(told), "%s %s%s%s\n", kinds[row->numbers[0]], row->name,
		       row->other ? " " : "", row->other ? row->other : "");
	}
}

static void done(void *arg, const struct jack_request_answer *answer)
{
	(void)arg;
	answers++;
	answer_err = answer->err;
	count = answer->count;
	for (unsigned i = 0; i < answer->count && answer->rows; i++) {
		const struct jack_request_row *row = &answer->rows[i];

		assert_true(row->name || answer->err);
		append(rows, sizeof(rows), "%s %s %u %u %u %u\n", row->name,
		       row->other ? row->other : "-", row->numbers[0], row->numbers[1],
		       row->numbers[2], row->numbers[3]);
	}
}

static void on_msg(void *arg, const struct msg *msg)
{
	const char *name = msg->card ? msg->card->name : "";

	(void)arg;
	switch (msg->type) {
	case MSG_ADDED:
		append(told, sizeof(told), "active %s\n", name);
		break;
	case MSG_REMOVED:
		append(told, sizeof(told), "removed %s\n", name);
		break;
	case MSG_LOST:
		append(told, sizeof(told), "lost\n");
		if (holds) {
			hold();
		}
		break;
	case MSG_CLOCK:
		append(told, sizeof(told), "clock %d %d %d\n", msg->a, msg->b, msg->c);
		break;
	case MSG_FREEWHEEL:
		append(told, sizeof(told), "freewheel %d\n", msg->a);
		break;
	case MSG_LOAD:
		append(told, sizeof(told), "load %d\n", msg->a);
		break;
	case MSG_XRUNS:
		append(told, sizeof(told), "xruns %d %d\n", msg->a, msg->b);
		break;
	case MSG_READY:
		append(told, sizeof(told), "ready\n");
		break;
	case MSG_RULED:
		append(told, sizeof(told), "ruled\n");
		free(msg->rules);
		break;
	case MSG_PORT_EVENTS:
		append_news(msg->request);
		jack_request_finish(msg->request);
		break;
	case MSG_JACK_ANSWER:
		jack_request_finish(msg->request);
		break;
	default:
		fail_msg("a message that is not jack's: %d", msg->type);
	}
}

static void forget_news(void *arg, const struct msg *msg)
{
	(void)arg;
	if (msg->request) {
		jack_request_finish(msg->request);
	}
}

void expect_told(const char *lines)
{
	turn();
	assert_string_equal(told, lines);
	told[0] = '\0';
}

void forget_told(void)
{
	turn();
	told[0] = '\0';
}

unsigned times_told(const char *line)
{
	size_t length = strlen(line);
	unsigned times = 0;

	turn();
	for (const char *at = told; *at; at = strchr(at, '\n') + 1) {
		times += strncmp(at, line, length) == 0 && at[length] == '\n';
	}
	return times;
}

bool was_told(const char *line)
{
	return times_told(line);
}

static void on_log(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	errors += level == LOG_ERROR;
	append(log_text, sizeof(log_text), "%s\n", line);
}

unsigned logged(const char *text)
{
	unsigned times = 0;

	for (const char *at = log_text; (at = strstr(at, text)); at += strlen(text)) {
		times++;
	}
	return times;
}

void forget_log(void)
{
	log_text[0] = '\0';
	errors = 0;
}

/* --- set-up and tear-down */

int jack_set_up(void **state)
{
	(void)state;
	live_before = fail_alloc_live();
	time_ns = INT64_C(1000000000000);
	log_set_level(LOG_INFO);
	log_set_sink(on_log, NULL);
	told[0] = rows[0] = log_text[0] = '\0';
	answers = errors = 0;
	holds = true;
	fake_jack_reset();
	options = (struct client_options){ .routes = { .state_dir = -1 } };
	loop = ev_loop_new(EVFLAG_NOENV);
	return msgq_open(&to_main, loop, on_msg, NULL);
}

static void remove_folder(void)
{
	DIR *files = folder_fd >= 0 ? opendir(folder) : NULL;
	const struct dirent *file;

	if (!files) {
		return;
	}
	while ((file = readdir(files))) {
		unlinkat(folder_fd, file->d_name, 0);
	}
	closedir(files);
	statefile_close(folder_fd, folder_lock);
	folder_fd = -1;
	assert_int_equal(rmdir(folder), 0);
}

int jack_tear_down(void **state)
{
	(void)state;
	fail_alloc_at(UINT_MAX);
	fake_jack_fail_at(UINT_MAX);
	close_pool();
	while (card_count) {
		card_destroy(cards[--card_count]);
	}
	remove_folder();
	msgq_drain(&to_main, forget_news, NULL);
	msgq_close(&to_main);
	ev_loop_destroy(loop);
	log_set_sink(NULL, NULL);
	assert_string_equal(fake_jack_faults(), "");
	assert_int_equal(fake_jack_clients(NULL), 0);
	assert_int_equal(fake_jack_ports(NULL), 0);
	assert_int_equal(fake_jack_lent(), 0);
	assert_int_equal(fail_alloc_live(), live_before);
	return 0;
}

void start_server(void)
{
	fake_jack_start();
	for (unsigned i = 1; i <= 2; i++) {
		char name[32];

		snprintf(name, sizeof(name), "system:playback_%u", i);
		fake_jack_add(name, JackPortIsInput | JackPortIsPhysical | JackPortIsTerminal);
		snprintf(name, sizeof(name), "system:capture_%u", i);
		fake_jack_add(name, JackPortIsOutput | JackPortIsPhysical | JackPortIsTerminal);
	}
}

void open_pool(void)
{
	start_server();
	forget_told();
	pool = client_create(loop, &to_main, &options);
	assert_non_null(pool);
	run(0.5);
	expect_told("clock 48000 256 -1\n");
}

void close_pool(void)
{
	client_destroy(pool);
	pool = NULL;
}

/* --- the main thread's part */

struct card *make_card(const char *name, unsigned played, unsigned recorded)
{
	static const char *const labels[PCM_DIRS] = {
		[PCM_PLAYBACK] = "main", [PCM_CAPTURE] = "in"
	};
	unsigned channels[PCM_DIRS] = { [PCM_PLAYBACK] = played, [PCM_CAPTURE] = recorded };
	struct card *card = card_create(!!played + !!recorded);
	unsigned n = 0;

	assert_non_null(card);
	snprintf(card->name, sizeof(card->name), "%s", name);
	snprintf(card->guest, sizeof(card->guest), "%s", name);
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		if (channels[dir]) {
			struct stream *stream = &card->streams[n++];

			stream->dir = (enum pcm_dir)dir;
			stream->channels = channels[dir];
			snprintf(stream->label, sizeof(stream->label), "%s", labels[dir]);
		}
	}
	card_arrange(card);
	cards[card_count++] = card;
	return card;
}

void add(struct card *card)
{
	client_handle_msg(pool, &(struct msg){ .type = MSG_ADD, .card = card });
}

void take_away(struct card *card)
{
	client_handle_msg(pool, &(struct msg){ .type = MSG_REMOVE, .card = card });
}

void hold(void)
{
	client_handle_msg(pool, &(struct msg){ .type = MSG_HELD });
}

void send_rules(bool autoconnect, const char *left, const char *right)
{
	struct route_rules *rules = calloc(1, sizeof(*rules));

	assert_non_null(rules);
	rules->autoconnect = autoconnect;
	if (left) {
		assert_null(route_parse(&rules->all[rules->count++], left, right));
	}
	client_handle_msg(pool, &(struct msg){ .type = MSG_RULES, .rules = rules });
}

struct card *show_card(const char *name, unsigned played, unsigned recorded)
{
	struct card *card = make_card(name, played, recorded);

	add(card);
	run(1.0);
	assert_true(fake_jack_is_active(options.shared ? "xenjack" : name) || !played);
	forget_told();
	return card;
}

struct jack_request *make_request(enum jack_request_verb verb, const char *a, const char *b)
{
	struct jack_request *request = jack_request_create(verb, a, b, done, NULL);

	assert_non_null(request);
	return request;
}

int send_request(struct jack_request *request)
{
	unsigned before = answers;

	rows[0] = '\0';
	answer_err = 1;
	client_handle_msg(pool, &(struct msg){ .type = MSG_JACK_REQUEST, .request = request });
	turn();
	assert_int_equal(answers, before + 1);
	return answer_err;
}

int carry_out(enum jack_request_verb verb, const char *a, const char *b)
{
	return send_request(make_request(verb, a, b));
}

/* --- state files */

int open_state(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test_jack.XXXXXX");
	assert_non_null(mkdtemp(folder));
	folder_fd = statefile_open(folder, &folder_lock);
	assert_true(folder_fd >= 0);
	return folder_fd;
}

const char *state_path(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

const char *memory(void)
{
	static char text[8192];
	struct patch *patch = patch_create(NULL, 0, false);

	text[0] = '\0';
	assert_int_equal(patch_load(patch, folder_fd), 0);
	for (unsigned i = 0; i < patch->entry_count; i++) {
		append(text, sizeof(text), "%c%s %s\n", patch->entries[i].connected ? '+' : '-',
		       patch->entries[i].from, patch->entries[i].to);
	}
	patch_destroy(patch);
	return text;
}

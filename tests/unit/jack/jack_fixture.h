/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jack/ on a loop that the test runs, between a JACK server in memory and a stand-in for the main
 * thread that records its messages, one per line. Only run() advances the clock that libev and
 * jack/ read, in steps of 10 ms. At the end of a test, nothing may be left in JACK, in memory or in
 * fake_jack_faults.
 */
#ifndef XENJACK_TEST_JACK_FIXTURE_H
#define XENJACK_TEST_JACK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "jack/client.h"
#include "src/mixer/jack_request.h"
#include "src/sound/card.h"
#include "tests/unit/jack/fake_jack.h"

#define JACK_TEST(name) cmocka_unit_test_setup_teardown(test_##name, jack_set_up, jack_tear_down)

extern struct ev_loop *loop;
extern struct msgq to_main;
extern struct client_options options; /* for the next pool */
extern struct client_pool *pool;
extern bool holds; /* the main thread answers MSG_LOST at once */

int jack_set_up(void **state);
int jack_tear_down(void **state);

/* --- time */

double now_s(void);

/* Runs the loop until nothing more happens. */
void turn(void);

/* The same, over that many seconds. */
void run(double seconds);

/* Advances the clock without running the loop, as a blocking call does. */
void pass(double seconds);

/* --- JACK */

/* Starts a server with the ports system:playback_1, _2 and system:capture_1, _2. */
void start_server(void);

/* The same, and opens a pool, which finds the server. */
void open_pool(void);
void close_pool(void);

/* --- the main thread */

/* A card with that many playback channels ("main") and capture channels ("in"). jack_tear_down
 * frees it. */
struct card *make_card(const char *name, unsigned played, unsigned recorded);

/* Sends messages to the pool. */
void add(struct card *card);
void take_away(struct card *card);
void hold(void);
void send_rules(bool autoconnect, const char *left, const char *right);

/* Makes a card and waits until it has its ports; drops the messages about that. */
struct card *show_card(const char *name, unsigned played, unsigned recorded);

/* Expects these messages to the main thread since the last call. */
void expect_told(const char *lines);
void forget_told(void);
/* Whether a line is among the messages, and how often. */
bool was_told(const char *line);
unsigned times_told(const char *line);

/*
 * Carries out a request, in one step or in two, and checks that it is answered exactly once.
 * Returns its error; its rows are in `rows`, one per line.
 */
int carry_out(enum jack_request_verb verb, const char *a, const char *b);
struct jack_request *make_request(enum jack_request_verb verb, const char *a, const char *b);
int send_request(struct jack_request *request);
extern unsigned count, answers;
extern char rows[16384];

/* How often a string was logged since the test began or the log was forgotten; all errors. */
unsigned logged(const char *text);
extern unsigned errors;
void forget_log(void);

/* --- state files */

/* Opens a state directory for `options`. */
int open_state(void);

/* connections.json as lines "+a b", oldest first; '-' if disconnected by hand. */
const char *memory(void);

/* The path of a file in the state directory. */
const char *state_path(const char *name);

#endif

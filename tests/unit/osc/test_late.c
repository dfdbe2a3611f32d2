/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of messages over the rate: which, in which order, and how much memory that takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>

#include "osc/proto/packet.h"
#include "osc/server/late.h"

static struct late_table table;
static char came[1 << 20];

static struct socket_peer udp(uint16_t port)
{
	struct socket_peer peer = { .kind = SOCKET_UDP,
				    .address.in = { .sin_family = AF_INET, .sin_port = port } };

	return peer;
}

static void put_packet(void *arg, const void *data, size_t size)
{
	struct socket_peer peer = udp(*(uint16_t *)arg);

	assert_int_equal(late_put(&table, &peer, data, size), 0);
}

static void say(uint16_t port, const char *address, const char *types, double value)
{
	struct packet_batch batch;

	packet_begin(&batch, put_packet, &port);
	if (*types == 's') {
		packet_put(&batch, address, types, "much");
	} else if (*types == 'i') {
		packet_put(&batch, address, types, (int32_t)value);
	} else {
		packet_put(&batch, address, types, value);
	}
	packet_flush(&batch);
}

static void on_message(void *arg, const struct packet_message *message)
{
	size_t length = strlen(came);
	const char *text = packet_text(message, 0);
	double value = 0.0;

	(void)arg;
	length += (size_t)snprintf(came + length, sizeof(came) - length, "%s", message->address);
	if (text) {
		snprintf(came + length, sizeof(came) - length, " %s\n", text);
	} else if (packet_number(message, 0, &value)) {
		snprintf(came + length, sizeof(came) - length, "\n");
	} else {
		snprintf(came + length, sizeof(came) - length, " %g\n", value);
	}
}

/* All that the n-th sender has said, in order. */
static const char *take_all(unsigned n)
{
	struct socket_peer peer = table.sources[n]->peer, from;
	uint8_t message[PACKET_IN_MAX];

	came[0] = '\0';
	while (late_has(&table, &peer)) {
		size_t size = late_take(&table, n, &from, message);

		assert_true(socket_same(&from, &peer));
		assert_int_equal(packet_each(message, size, on_message, NULL), 1);
	}
	return came;
}

/* Of each value the newest, in the order in which they came last. */
static void test_values(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		say(1, "/stream/daw.main/fader", "f", i / 1024.0);
		say(1, "/stream/daw.mic/mute", "i", i % 2);
		say(1, "/xen/stream/daw.mic/gain/2", "f", -i);
		say(1, "/stream/daw.*/fader", "f", 0.5);
	}
	say(1, "/stream/daw.main/fader", "f", 0.25);
	assert_string_equal(take_all(0), "/stream/daw.mic/mute 1\n/xen/stream/daw.mic/gain/2 -999\n"
					 "/stream/daw.*/fader 0.5\n/stream/daw.main/fader 0.25\n");
	assert_int_equal(table.count, 0);
}

/* A value that is set, and the same one asked for, are two messages; others are kept once each. */
static void test_others(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		say(1, "/subscribe/meters", "i", 1);
		say(1, "/subscribe/meters", "i", 2);
		say(1, "/guest/daw/gain", "f", i);
		say(1, "/guest/daw/gain", "", 0);
	}
	assert_string_equal(take_all(0), "/subscribe/meters 1\n/subscribe/meters 2\n"
					 "/guest/daw/gain 2\n/guest/daw/gain\n");
}

static void test_changes(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		say(1, "/stream/a/db_delta", "f", 0.5);
		say(1, "/stream/b/db_delta", "i", -1);
		say(1, "/guest/daw/db_delta", "f", 100);
	}
	assert_string_equal(take_all(0), "/stream/a/db_delta 4\n/stream/b/db_delta -8\n"
					 "/guest/daw/db_delta 203\n");
	/* A gain that is set undoes the changes before it, and only those of its own. */
	say(1, "/stream/a/db_delta", "f", 1);
	say(1, "/stream/ab/db_delta", "f", 1);
	say(1, "/stream/a/mute", "i", 1);
	say(1, "/stream/a/gain", "f", -6);
	say(1, "/stream/a/db_delta", "f", 2);
	say(1, "/stream/a/fader", "f", 0.5);
	say(1, "/stream/a/db_delta", "f", 3);
	assert_string_equal(take_all(0),
			    "/stream/ab/db_delta 1\n/stream/a/mute 1\n/stream/a/gain -6\n"
			    "/stream/a/fader 0.5\n/stream/a/db_delta 3\n");
	/* One without an amount is an error, later, and costs the others nothing. */
	say(1, "/stream/a/db_delta", "f", 1);
	say(1, "/stream/a/db_delta", "s", 0);
	say(1, "/stream/a/db_delta", "f", 2);
	assert_string_equal(take_all(0), "/stream/a/db_delta much\n/stream/a/db_delta 3\n");
}

/* Senders do not mix, and one's place is another's when it has nothing left. */
static void test_senders(void **state)
{
	struct socket_peer peer = udp(1), extra = udp(LATE_SOURCES_MAX);
	static const char mute[] = "/stream/a/mute\0\0,i\0\0\0\0\0\1";

	(void)state;
	for (uint16_t port = 0; port < LATE_SOURCES_MAX; port++) {
		say(port, "/stream/a/gain", "f", port);
	}
	assert_int_equal(late_put(&table, &extra, mute, sizeof(mute) - 1), 1);
	assert_false(late_has(&table, &extra));
	assert_true(late_has(&table, &peer));
	assert_string_equal(take_all(1), "/stream/a/gain 1\n");
	assert_false(late_has(&table, &peer));
	assert_int_equal(late_put(&table, &extra, mute, sizeof(mute) - 1), 0);
	assert_string_equal(take_all(1), "/stream/a/gain 63\n");
	late_drop(&table, 0);
	assert_int_equal(table.count, LATE_SOURCES_MAX - 2);
	late_finish(&table);
	assert_int_equal(table.count, 0);
}

/* What does not fit is lost, and nothing else. */
static void test_room(void **state)
{
	struct socket_peer peer = udp(1);
	unsigned kept = 0, lost = 0;

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		char message[40] = "";
		size_t size = 32;

		snprintf(message, sizeof(message), "/stream/guest.%04u/gain", i);
		memcpy(message + 24, ",f\0\0\0\0\0", 8);
		if (late_put(&table, &peer, message, size)) {
			lost++;
		} else {
			kept++;
		}
	}
	assert_int_equal(kept, LATE_BYTES_MAX / (32 + 8));
	assert_int_equal(kept + lost, 2000);
	/* A value that has a place still gets its newest. */
	say(1, "/stream/guest.0007/gain", "f", 3);
	assert_int_equal(table.sources[0]->size, LATE_BYTES_MAX / 40 * 40);
	assert_non_null(strstr(take_all(0), "/stream/guest.0007/gain 3\n"));
	assert_int_equal(table.count, 0);
}

static void test_malformed(void **state)
{
	struct socket_peer peer = udp(1);
	static const char empty[] = "#bundle\0\0\0\0\0\0\0\0\1";

	(void)state;
	assert_int_equal(late_put(&table, &peer, "abcd", 4), -EBADMSG);
	assert_int_equal(late_put(&table, &peer, "/abc\0\0\0\0,f\0\0", 12), -EBADMSG);
	assert_int_equal(late_put(&table, &peer, empty, sizeof(empty) - 1), 0);
	assert_int_equal(table.count, 0);
	assert_int_equal(late_put(&table, &peer, "/abc\0\0\0\0", 8), 0);
	assert_string_equal(take_all(0), "/abc\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	cmocka_unit_test(test_others),
		cmocka_unit_test(test_changes), cmocka_unit_test(test_senders),
		cmocka_unit_test(test_room),	cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

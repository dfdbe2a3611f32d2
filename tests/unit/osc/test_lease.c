/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subscribers: their topics, leases and number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>

#include "osc/server/lease.h"

#define S INT64_C(1000000000)
#define PARAMS LEASE_BIT(LEASE_PARAMS)
#define METERS LEASE_BIT(LEASE_METERS)

static struct lease_table table;

static struct socket_peer udp(uint16_t port)
{
	struct socket_peer peer = { .kind = SOCKET_UDP,
				    .address.in = { .sin_family = AF_INET, .sin_port = port } };

	return peer;
}

static struct socket_peer tcp(uint64_t link)
{
	struct socket_peer peer = { .kind = SOCKET_TCP, .link = link };

	return peer;
}

static unsigned count(enum lease_topic topic, int64_t now_ns)
{
	struct lease *lease = NULL;
	unsigned found = 0;

	while ((lease = lease_next(&table, lease, topic, now_ns))) {
		found++;
	}
	return found;
}

static void test_topics(void **state)
{
	(void)state;
	assert_int_equal(lease_parse_topics("params"), PARAMS);
	assert_int_equal(lease_parse_topics("params,meters"), PARAMS | METERS);
	assert_int_equal(lease_parse_topics("meters,meters"), METERS);
	assert_int_equal(lease_parse_topics("all"), 0x7f);
	assert_int_equal(lease_parse_topics("all,echo"), 0xff);
	assert_int_equal(lease_parse_topics("params,streams,ports,jack"), LEASE_REMOTE);
	assert_int_equal(lease_parse_topics("params,streams,ports,jack,stats,meters,heartbeat"),
			 LEASE_ALL);
	assert_int_equal(lease_parse_topics(""), 0);
	assert_int_equal(lease_parse_topics("param"), 0);
	assert_int_equal(lease_parse_topics("params,"), 0);
	assert_int_equal(lease_parse_topics(",params"), 0);
	assert_int_equal(lease_parse_topics("params meters"), 0);
	assert_int_equal(lease_parse_topics("params,x"), 0);
}

/* Each topic expires separately, and subscribing again extends it. */
static void test_ends(void **state)
{
	struct socket_peer peer = udp(1), other = udp(2);

	(void)state;
	memset(&table, 0, sizeof(table));
	assert_int_equal(lease_topics(&table, &peer, 0), 0);
	assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, 10, 100 * S), 0);
	assert_int_equal(lease_grant(&table, &peer, &peer, METERS, 20, 105 * S), 0);
	assert_int_equal(lease_topics(&table, &peer, 110 * S - 1), PARAMS | METERS);
	assert_int_equal(lease_topics(&table, &other, 105 * S), 0);
	assert_int_equal(count(LEASE_PARAMS, 110 * S - 1), 1);
	assert_int_equal(count(LEASE_PARAMS, 110 * S), 0);
	assert_int_equal(lease_topics(&table, &peer, 110 * S), METERS);
	assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, 10, 111 * S), 0);
	assert_int_equal(lease_topics(&table, &peer, 121 * S - 1), PARAMS | METERS);
	lease_expire(&table, 125 * S - 1);
	assert_int_equal(table.expired, 0);
	lease_expire(&table, 125 * S);
	lease_expire(&table, 126 * S);
	assert_int_equal(table.expired, 1);
	assert_int_equal(lease_topics(&table, &peer, 0), 0);
	/* However long it asks for. */
	assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, INT32_MAX, 200 * S), 0);
	assert_int_equal(lease_grant(&table, &other, &other, PARAMS, INT32_MIN, 200 * S), 0);
	assert_int_equal(count(LEASE_PARAMS, 202 * S - 1), 2);
	assert_int_equal(count(LEASE_PARAMS, 202 * S), 1);
	assert_int_equal(count(LEASE_PARAMS, 260 * S), 0);
}

/* On a connection, a subscription lasts as long as the connection. */
static void test_connections(void **state)
{
	struct socket_peer peer = tcp(7);

	(void)state;
	memset(&table, 0, sizeof(table));
	assert_int_equal(lease_grant(&table, &peer, &peer, LEASE_ALL, 2, 0), 0);
	lease_expire(&table, INT64_MAX - 1);
	assert_int_equal(lease_topics(&table, &peer, INT64_MAX - 1), LEASE_ALL);
	lease_revoke(&table, &peer, LEASE_ALL & ~METERS);
	assert_int_equal(lease_topics(&table, &peer, 0), METERS);
	lease_revoke(&table, &peer, ~0u);
	assert_int_equal(lease_topics(&table, &peer, 0), 0);
	assert_false(table.leases[0].used);
	lease_revoke(&table, &peer, ~0u);
	assert_int_equal(table.expired, 0);
}

/* When all places are taken, new subscribers are refused; existing ones may always renew. */
static void test_many(void **state)
{
	struct socket_peer peer;

	(void)state;
	memset(&table, 0, sizeof(table));
	for (uint16_t i = 0; i < 16; i++) {
		peer = udp(i);
		assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, i ? 20 : 10, 0), 0);
	}
	peer = udp(100);
	assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, 10, 10 * S - 1), -EUSERS);
	assert_int_equal(count(LEASE_PARAMS, 0), 16);
	assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, 10, 10 * S), 0);
	assert_int_equal(table.expired, 1);
	peer = udp(1);
	assert_int_equal(lease_grant(&table, &peer, &peer, METERS, 10, 10 * S), 0);
	assert_int_equal(count(LEASE_PARAMS, 10 * S), 16);
	assert_int_equal(count(LEASE_METERS, 10 * S), 1);
}

/* Whoever fills the places over UDP and TCP does not lock out the operator. */
static void test_reserved(void **state)
{
	struct socket_peer peer;

	(void)state;
	memset(&table, 0, sizeof(table));
	for (uint16_t i = 0; i < 16; i++) {
		peer = udp(i);
		assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, 60, 0), 0);
	}
	peer = (struct socket_peer){ .kind = SOCKET_TCP, .link = 1 };
	assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, 60, 0), -EUSERS);
	for (unsigned i = 0; i < 8; i++) {
		peer = (struct socket_peer){ .kind = SOCKET_UNIX, .link = 2 + i };
		assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, 60, 0), 0);
	}
	peer.link = 100;
	assert_int_equal(lease_grant(&table, &peer, &peer, PARAMS, 60, 0), -EUSERS);
	assert_int_equal(count(LEASE_PARAMS, 0), 24);
}

/* Each subscriber's numbers have no gaps, also over renewals, and are never negative. */
static void test_numbers(void **state)
{
	struct socket_peer first = udp(1), second = udp(2);
	struct lease *lease;

	(void)state;
	memset(&table, 0, sizeof(table));
	assert_int_equal(lease_grant(&table, &first, &first, PARAMS, 10, 0), 0);
	assert_int_equal(lease_grant(&table, &second, &second, PARAMS, 10, 0), 0);
	lease = lease_next(&table, NULL, LEASE_PARAMS, 0);
	assert_int_equal(lease_number(lease), 1);
	assert_int_equal(lease_number(lease), 2);
	assert_int_equal(lease_grant(&table, &first, &first, METERS, 10, 5 * S), 0);
	assert_int_equal(lease_number(lease), 3);
	assert_int_equal(lease_number(lease_next(&table, lease, LEASE_PARAMS, 0)), 1);
	lease->seq = INT32_MAX - 1;
	assert_int_equal(lease_number(lease), INT32_MAX);
	assert_int_equal(lease_number(lease), 1);
	/* A new lease restarts the numbers. */
	lease_revoke(&table, &first, ~0u);
	assert_int_equal(lease_grant(&table, &first, &first, PARAMS, 10, 0), 0);
	assert_int_equal(lease_number(lease_next(&table, NULL, LEASE_PARAMS, 0)), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_topics),	    cmocka_unit_test(test_ends),
		cmocka_unit_test(test_connections), cmocka_unit_test(test_many),
		cmocka_unit_test(test_reserved),    cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

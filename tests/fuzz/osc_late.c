/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is kept of packets over the rate: none of a malformed one; of any other, at most as many
 * messages as it has, each well-formed; and no more if the same comes again.
 */
#include "osc/proto/packet.h"
#include "osc/server/late.h"
#include "tests/fuzz/fuzz.h"

static const struct socket_peer peer = { .kind = SOCKET_UDP,
					 .address.in = { .sin_family = AF_INET, .sin_port = 1 } };

static void count(void *arg, const void *message, size_t size)
{
	(void)message;
	(void)size;
	++*(unsigned *)arg;
}

static unsigned take_all(struct late_table *table)
{
	uint8_t message[PACKET_IN_MAX];
	struct socket_peer from;
	unsigned taken = 0;

	while (table->count) {
		size_t size = late_take(table, 0, &from, message);

		FUZZ_CHECK(packet_check(message, size) == 0 && socket_same(&from, &peer));
		taken++;
	}
	return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct late_table table = { .count = 0 };
	unsigned messages = 0, once, twice;
	int lost;

	fuzz_begin();
	lost = late_put(&table, &peer, data, size);
	fuzz_accepted = lost >= 0;
	FUZZ_CHECK(lost < 0 ? !table.count : lost == 0);
	once = take_all(&table);
	(void)packet_split(data, size, count, &messages);
	FUZZ_CHECK(once <= messages && (messages == 0) == (once == 0));
	(void)late_put(&table, &peer, data, size);
	(void)late_put(&table, &peer, data, size);
	twice = take_all(&table);
	FUZZ_CHECK(twice <= 2 * once);
	late_finish(&table);
	return 0;
}

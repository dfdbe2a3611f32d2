/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages from the daemon, for tests of what xenjackctl does with them. */
#ifndef XENJACK_TEST_COMING_H
#define XENJACK_TEST_COMING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "osc/proto/packet.h"

struct coming {
	void (*take)(void *arg, const struct packet_message *message);
	void *arg;
};

static inline void coming_packet(void *coming, const void *data, size_t size)
{
	const struct coming *to = coming;

	assert_true(packet_each(data, size, to->take, to->arg) > 0);
}

/* A message comes: who takes it, and with what; its address, types and values. */
#define COMES_TO(take, arg, ...)                                                        \
	do {                                                                            \
		struct packet_batch batch;                                              \
		packet_begin(&batch, coming_packet, &(struct coming){ (take), (arg) }); \
		assert_int_equal(packet_put(&batch, __VA_ARGS__), 0);                   \
		packet_flush(&batch);                                                   \
	} while (0)

#endif

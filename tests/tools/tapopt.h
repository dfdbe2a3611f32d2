/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jacktap's command line; jacktap.c says what each option means. Strings point into argv. Frames,
 * unless a name says otherwise.
 */
#ifndef XENJACK_TEST_TAPOPT_H
#define XENJACK_TEST_TAPOPT_H

#include <stdbool.h>
#include <stdint.h>

#include "pattern.h"

#define PORT_NAME_SIZE 320 /* as long as jackd's own limit */

/* What jacktap does. */
enum mode {
	MODE_REC,
	MODE_CHECK,
	MODE_PLAY,
};

struct tapopt {
	enum mode mode;
	struct pattern pattern;
	uint64_t frames, room, idle, delay;
	unsigned int segments, timeout_s;
	bool wait_for_go;
	const char *name, *write, *read;
	char ports[PATTERN_CHANNELS_MAX][PORT_NAME_SIZE];
};

/* Reads the command line over the defaults in `o`; -EINVAL if it is invalid. */
int tapopt_parse(struct tapopt *o, int argc, char **argv);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of xenjack-guest. Read once, by the main thread; strings point into argv.
 * Lengths are in frames. A wrong option is reported and ends the program.
 */
#ifndef XENJACK_GUEST_OPTIONS_H
#define XENJACK_GUEST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/sound/pcm.h"

struct options {
	const char *socket, *name;
	const char *play, *record; /* files */
	const char *label_out, *label_in;
	double tone_hz;
	bool ramp, check_ramp;
	bool loop; /* play what is recorded */
	bool wait, keep, lazy, stats, json;
	double duration_s; /* 0: to the end of the file, or forever */
	uint64_t frames;   /* 0: the same */
	enum pcm_format format;
	uint32_t channels, rate_hz; /* 0: not given */
	uint32_t period, buffer, start_threshold;
	uint32_t cards, pcms, streams; /* per guest, card, PCM device and direction */
	uint32_t stall_every;	       /* periods; 0: never */
};

/* Fills in the options. Exits after printing the help, the version or an error. */
void options_parse(struct options *options, int argc, char **argv);

/* Whether there is something to play; whether there is something to record or check. */
bool options_plays(const struct options *options);
bool options_records(const struct options *options);

#endif

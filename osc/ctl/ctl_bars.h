/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The meters of streams and how they are drawn: levels with a peak hold that falls, and the text of
 * a screen. No I/O but in ctl_bars_json. Levels in dBFS, times in s of a monotonic clock.
 */
#ifndef XENJACK_CTL_BARS_H
#define XENJACK_CTL_BARS_H

#include <stddef.h>

#include "osc/ctl/ctl_answer.h"

#define CTL_BARS_CHANNELS 64u

struct ctl_level {
	double peak, rms, hold;
	double held_s; /* since when; 0: from the next ctl_bars_fall on */
};

struct ctl_strip {
	char id[LIMITS_ID_MAX + 1];
	bool listed; /* in the list so far; else removed at its end */
	bool playback, muted, solo;
	char guest[CTL_GUEST_SIZE]; /* or empty: not known yet */
	double guest_db;	    /* of the guest as a whole */
	bool guest_muted;
	char state[12];
	unsigned channels;
	double gain_db, fill, ring, underruns, overruns;
	struct ctl_level levels[CTL_BARS_CHANNELS];
};

struct ctl_bars {
	unsigned count, room;
	struct ctl_strip *strips; /* in the order of the list */
	char jack[16];
	double rate_hz, period, load, xruns;
	double fell_s; /* when holds last fell; 0: never */
};

/* How to draw. */
struct ctl_look {
	unsigned width, height; /* height 0: unlimited */
	bool colour, utf8;
	const char *chosen; /* the id that keys act on; NULL: there are no keys */
	unsigned channel;   /* of it, from 0, which is kept in sight */
};

/* The stream of this id, or NULL. */
struct ctl_strip *ctl_bars_find(const struct ctl_bars *bars, const char *id);

/* Takes a message from the daemon: levels, fills, counters, guests, the lists, the status. */
void ctl_bars_take(struct ctl_bars *bars, const struct packet_message *message);

/* Lets the held peaks fall. */
void ctl_bars_fall(struct ctl_bars *bars, double now_s);

/*
 * The screen as lines that end with "\n"; the caller frees it. It is no wider than `width` from 32
 * cells on. Ids are never cut. In ctl_bars_draw.c.
 */
char *ctl_bars_draw(const struct ctl_bars *bars, const struct ctl_look *look);

/* One line with all peaks, for output without a terminal; the caller frees it. */
char *ctl_bars_line(const struct ctl_bars *bars);

/* A bar of this many cells. */
void ctl_bars_bar(const struct ctl_level *level, unsigned cells, const struct ctl_look *look,
		  char *text, size_t size);

/* Prints them as a JSON array; in ctl_json.c. */
void ctl_bars_json(const struct ctl_bars *bars, bool compact);

/* Accepts a zeroed one. */
void ctl_bars_clear(struct ctl_bars *bars);

#endif

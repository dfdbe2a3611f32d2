/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl_bars.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/proto/table.h"

/* As on hardware: long enough to read, and gone before the next peak. */
#define HOLD_S 1.5
#define FALL_DB_S 20.0

/* --- incoming */

struct ctl_strip *ctl_bars_find(const struct ctl_bars *bars, const char *id)
{
	for (unsigned i = 0; i < bars->count; i++) {
		if (strcmp(bars->strips[i].id, id) == 0) {
			return &bars->strips[i];
		}
	}
	return NULL;
}

static struct ctl_strip *add(struct ctl_bars *bars, const char *id)
{
	struct ctl_strip *strip = ctl_bars_find(bars, id);

	if (strip) {
		return strip;
	}
	if (bars->count == bars->room) {
		bars->room = bars->room ? 2 * bars->room : 16;
		bars->strips = ctl_alloc(bars->strips, bars->room * sizeof(*bars->strips));
	}
	strip = &bars->strips[bars->count++];
	*strip = (struct ctl_strip){ .listed = true };
	snprintf(strip->id, sizeof(strip->id), "%s", id);
	for (unsigned c = 0; c < CTL_BARS_CHANNELS; c++) {
		strip->levels[c] = (struct ctl_level){ TABLE_DB_MIN, TABLE_DB_MIN, TABLE_DB_MIN,
						       0.0 };
	}
	return strip;
}

static double number(const struct packet_message *message, unsigned index)
{
	double value = 0.0;

	(void)packet_number(message, index, &value);
	return value;
}

static void take_levels(struct ctl_strip *strip, const struct packet_message *message, bool peaks)
{
	for (unsigned c = 0; c < CTL_BARS_CHANNELS && c < message->count; c++) {
		struct ctl_level *level = &strip->levels[c];

		if (!peaks) {
			level->rms = number(message, c);
			continue;
		}
		level->peak = number(message, c);
		if (level->peak >= level->hold) {
			level->hold = level->peak;
			level->held_s = 0.0;
		}
	}
}

/* At the list's end, removes the streams that were not in it. */
static void take_list(struct ctl_bars *bars, const struct packet_message *message)
{
	const char *part = packet_text(message, 1), *id = packet_text(message, 2);
	const char *direction = packet_text(message, 3), *state = packet_text(message, 4);
	unsigned kept = 0;

	if (part && strcmp(part, "item") == 0 && id && direction && state) {
		struct ctl_strip *strip = add(bars, id);
		double channels = number(message, 5);

		strip->listed = true;
		strip->playback = *direction == 'p';
		snprintf(strip->state, sizeof(strip->state), "%s", state);
		strip->channels = channels >= 0.0 && channels < CTL_BARS_CHANNELS
					  ? (unsigned)channels
					  : CTL_BARS_CHANNELS;
		strip->gain_db = number(message, 7);
		strip->muted = number(message, 8) != 0.0;
	} else if (part && strcmp(part, "end") == 0) {
		for (unsigned i = 0; i < bars->count; i++) {
			if (bars->strips[i].listed) {
				bars->strips[kept] = bars->strips[i];
				bars->strips[kept++].listed = false;
			}
		}
		bars->count = kept;
	}
}

/* A guest's level, for all its streams. */
static void take_guest(struct ctl_bars *bars, const struct packet_message *message)
{
	const char *part = packet_text(message, 1), *name = packet_text(message, 2);

	for (unsigned i = 0; part && name && strcmp(part, "item") == 0 && i < bars->count; i++) {
		struct ctl_strip *strip = &bars->strips[i];

		if (strcmp(strip->guest, name) == 0) {
			strip->guest_db = number(message, 4);
			strip->guest_muted = number(message, 5) != 0.0;
		}
	}
}

static void take_status(struct ctl_bars *bars, const struct packet_message *message)
{
	const char *jack = packet_text(message, 0);

	snprintf(bars->jack, sizeof(bars->jack), "%s", jack ? jack : "");
	bars->rate_hz = number(message, 2);
	bars->period = number(message, 3);
	bars->load = number(message, 4);
	bars->xruns = number(message, 7);
}

void ctl_bars_take(struct ctl_bars *bars, const struct packet_message *message)
{
	char id[CTL_ID_SIZE];
	struct ctl_strip *strip;
	const char *leaf = strrchr(message->address, '/');

	if (strcmp(message->address, "/reply") == 0) {
		const char *about = packet_text(message, 0);

		if (about && strcmp(about, "/stream/list") == 0) {
			take_list(bars, message);
		} else if (about && strcmp(about, "/guest/list") == 0) {
			take_guest(bars, message);
		}
		return;
	}
	if (strcmp(message->address, "/status") == 0) {
		take_status(bars, message);
		return;
	}
	strip = ctl_id_of(message->address, id, sizeof(id)) ? ctl_bars_find(bars, id) : NULL;
	if (!strip) {
		return;
	}
	if (strcmp(leaf, "/meter") == 0 || strcmp(leaf, "/rms") == 0) {
		take_levels(strip, message, leaf[1] == 'm');
	} else if (strcmp(leaf, "/info") == 0) {
		const char *guest = packet_text(message, 0);

		snprintf(strip->guest, sizeof(strip->guest), "%s", guest ? guest : "");
	} else if (strcmp(leaf, "/solo") == 0) {
		strip->solo = number(message, 0) != 0.0;
	} else if (strcmp(leaf, "/fill") == 0) {
		strip->fill = number(message, 0);
		strip->ring = number(message, 1);
	} else if (strcmp(leaf, "/stats") == 0) {
		strip->underruns = number(message, 1);
		strip->overruns = number(message, 2);
	}
}

void ctl_bars_fall(struct ctl_bars *bars, double now_s)
{
	double past_s = bars->fell_s > 0.0 ? now_s - bars->fell_s : 0.0;

	bars->fell_s = now_s;
	for (unsigned i = 0; i < bars->count; i++) {
		for (unsigned c = 0; c < bars->strips[i].channels; c++) {
			struct ctl_level *level = &bars->strips[i].levels[c];

			if (level->held_s <= 0.0) {
				level->held_s = now_s;
			} else if (now_s - level->held_s > HOLD_S) {
				level->hold = fmax(level->hold - past_s * FALL_DB_S, level->peak);
			}
		}
	}
}

void ctl_bars_clear(struct ctl_bars *bars)
{
	free(bars->strips);
	*bars = (struct ctl_bars){ 0 };
}

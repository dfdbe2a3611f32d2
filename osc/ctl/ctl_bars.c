/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl_bars.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/proto/table.h"

/* The range of a bar: noise is below, full scale is 0. */
#define LEAST_DB (-60.0)
#define GREATEST_DB 6.0
/* As on hardware: long enough to read, and gone before the next peak. */
#define HOLD_S 1.5
#define FALL_DB_S 20.0
#define WARM_DB (-18.0)
#define HOT_DB (-3.0)

/* --- incoming */

static struct ctl_strip *find(struct ctl_bars *bars, const char *id)
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
	struct ctl_strip *strip = find(bars, id);

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
	strip = ctl_id_of(message->address, id, sizeof(id)) ? find(bars, id) : NULL;
	if (!strip) {
		return;
	}
	if (strcmp(leaf, "/meter") == 0 || strcmp(leaf, "/rms") == 0) {
		take_levels(strip, message, leaf[1] == 'm');
	} else if (strcmp(leaf, "/info") == 0) {
		const char *guest = packet_text(message, 0);

		snprintf(strip->guest, sizeof(strip->guest), "%s", guest ? guest : "");
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

/* --- text */

static int cell_of(double db, unsigned cells)
{
	double position = (db - LEAST_DB) / (GREATEST_DB - LEAST_DB);

	return (int)floor(fmax(0.0, fmin(position, 1.0)) * cells);
}

void ctl_bars_bar(const struct ctl_level *level, unsigned cells, const struct ctl_look *look,
		  char *text, size_t size)
{
	static const char *const marks[2][4] = { { " ", "=", "#", "|" }, { " ", "▒", "█", "│" } };
	static const char *const colours[] = { "\033[32m", "\033[33m", "\033[31m" };
	int rms = cell_of(level->rms, cells), peak = cell_of(level->peak, cells);
	int hold = level->hold > LEAST_DB ? cell_of(level->hold, cells) : -1, colour = -1;
	size_t length = 0;

	hold = hold >= (int)cells ? (int)cells - 1 : hold;
	*text = '\0';
	for (int i = 0; i < (int)cells && length + 16 < size; i++) {
		double db = LEAST_DB + (GREATEST_DB - LEAST_DB) * i / cells;
		int wanted = db >= HOT_DB ? 2 : db >= WARM_DB;
		int mark = i < rms ? 2 : i < peak ? 1 : i == hold ? 3 : 0;

		if (look->colour && wanted != colour) {
			length += (size_t)snprintf(text + length, size - length, "%s",
						   colours[wanted]);
			colour = wanted;
		}
		length += (size_t)snprintf(text + length, size - length, "%s",
					   marks[look->utf8][mark]);
	}
	if (look->colour && length + 5 < size) {
		snprintf(text + length, size - length, "\033[m");
	}
}

struct page {
	char *text;
	size_t length, room;
	unsigned lines, most;
};

__attribute__((format(printf, 2, 3))) static void put(struct page *page, const char *format, ...)
{
	va_list arguments;
	char line[2048];
	size_t length;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	length = strlen(line);
	if (page->length + length + 1 > page->room) {
		page->room = 2 * (page->room + length + 1);
		page->text = ctl_alloc(page->text, page->room);
	}
	memcpy(page->text + page->length, line, length + 1);
	page->length += length;
}

static const char *db_text(double db, char *text, size_t size)
{
	snprintf(text, size, db <= LEAST_DB * 3 ? "-inf" : "%.1f", db);
	return text;
}

#define NAME_CELLS 20
/* A line without its bar. */
#define FRAME_CELLS (NAME_CELLS + 3 + 1 + 1 + 7 + 7 + 7 + 7 + 7)
#define BAR_LEAST 10u
#define BAR_MOST 66u /* one cell per dB */

static unsigned bar_cells(const struct ctl_look *look)
{
	unsigned cells = look->width > FRAME_CELLS + BAR_LEAST ? look->width - FRAME_CELLS
							       : BAR_LEAST;

	return cells < BAR_MOST ? cells : BAR_MOST;
}

/* What keeps the stream from being heard as its bars say; empty: nothing. */
static void note_text(const struct ctl_strip *strip, char *text, size_t size)
{
	char gain[16];

	db_text(strip->guest_db, gain, sizeof(gain));
	snprintf(text, size, "%s%s%s%s", strip->muted ? "  muted" : "",
		 !strip->guest_muted && strip->guest_db == 0.0 ? ""
		 : strip->muted				       ? ", guest "
							       : "  guest ",
		 strip->guest_muted	  ? "muted"
		 : strip->guest_db == 0.0 ? ""
					  : gain,
		 strip->guest_muted || strip->guest_db == 0.0 || strip->muted ? "" : " dB");
}

/* How many lines a channel takes: a mono stream has no second one for its note. */
static unsigned lines_of(const struct ctl_strip *strip)
{
	char note[48];

	note_text(strip, note, sizeof(note));
	return strip->channels == 1 && *note ? 2 : 1;
}

static void put_channel(struct page *page, const struct ctl_strip *strip, unsigned channel,
			const struct ctl_look *look)
{
	const struct ctl_level *level = &strip->levels[channel];
	char bar[1024], peak[16], rms[16], hold[16], fill[16] = "", xruns[16] = "", note[48];

	ctl_bars_bar(level, bar_cells(look), look, bar, sizeof(bar));
	if (!channel) {
		if (strip->ring > 0.0) {
			snprintf(fill, sizeof(fill), "%.0f%%", 100.0 * strip->fill / strip->ring);
		}
		snprintf(xruns, sizeof(xruns), "%.0f", strip->underruns + strip->overruns);
	}
	note_text(strip, note, sizeof(note));
	put(page, "%-*.*s%3u %s %7s%7s%7s%7s%7s\n", NAME_CELLS, NAME_CELLS,
	    !channel	   ? strip->id
	    : channel == 1 ? note
			   : "",
	    channel + 1, bar, db_text(level->peak, peak, sizeof(peak)),
	    db_text(level->rms, rms, sizeof(rms)), db_text(level->hold, hold, sizeof(hold)), fill,
	    xruns);
	page->lines++;
	if (lines_of(strip) > 1) {
		put(page, "%s\n", note);
		page->lines++;
	}
}

static void put_heading(struct page *page, const struct ctl_bars *bars, const struct ctl_look *look)
{
	static const int marks[] = { -60, -48, -36, -24, -18, -12, -6, 0 };
	unsigned cells = bar_cells(look);
	char scale[BAR_MOST + 8];

	memset(scale, ' ', sizeof(scale));
	for (size_t i = 0, free = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		char text[8];
		size_t at = (size_t)cell_of(marks[i], cells);
		size_t length = (size_t)snprintf(text, sizeof(text), "%d", marks[i]);

		if (at >= free && at + length <= cells) {
			memcpy(scale + at, text, length);
			free = at + length + 1;
		}
	}
	put(page, "JACK %s  %.0f Hz / %.0f  load %.1f %%  xruns %.0f\n", bars->jack, bars->rate_hz,
	    bars->period, bars->load, bars->xruns);
	put(page, "%-*s%3s %.*s %7s%7s%7s%7s%7s\n", NAME_CELLS, "stream", "ch", (int)cells, scale,
	    "peak", "rms", "hold", "fill", "xruns");
	page->lines += 2;
}

char *ctl_bars_draw(const struct ctl_bars *bars, const struct ctl_look *look)
{
	struct page page = { 0 };
	unsigned hidden = 0, most = look->height ? look->height : ~0u;

	put_heading(&page, bars, look);
	for (unsigned i = 0; i < bars->count; i++) {
		for (unsigned c = 0; c < bars->strips[i].channels; c++) {
			/* The last line is for what does not fit. */
			if (page.lines + lines_of(&bars->strips[i]) < most) {
				put_channel(&page, &bars->strips[i], c, look);
			} else {
				hidden++;
			}
		}
	}
	if (hidden) {
		put(&page, "and %u more channels\n", hidden);
	} else if (!bars->count) {
		put(&page, "no streams\n");
	}
	return page.text;
}

char *ctl_bars_line(const struct ctl_bars *bars)
{
	struct page page = { 0 };
	char peak[16];

	for (unsigned i = 0; i < bars->count; i++) {
		put(&page, "%s%s", i ? "  " : "", bars->strips[i].id);
		for (unsigned c = 0; c < bars->strips[i].channels; c++) {
			put(&page, " %s",
			    db_text(bars->strips[i].levels[c].peak, peak, sizeof(peak)));
		}
	}
	put(&page, bars->count ? "\n" : "no streams\n");
	return page.text;
}

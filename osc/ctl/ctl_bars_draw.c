/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl_bars.h"
#include "osc/ctl/ctl_text.h"

/* The range of a bar: noise is below, full scale is 0. */
#define LEAST_DB (-60.0)
#define GREATEST_DB 6.0
#define WARM_DB (-18.0)
#define HOT_DB (-3.0)

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

/* --- lines */

struct page {
	char **lines;
	unsigned count, room;
	unsigned channels, cursor; /* so far; the line of the chosen one */
	unsigned *shown;	   /* of each line, whether it is a channel's */
};

__attribute__((format(printf, 3, 4))) static void put(struct page *page, bool channel,
						      const char *format, ...)
{
	va_list arguments;

	if (page->count == page->room) {
		page->room = page->room ? 2 * page->room : 64;
		page->lines = ctl_alloc(page->lines, page->room * sizeof(*page->lines));
		page->shown = ctl_alloc(page->shown, page->room * sizeof(*page->shown));
	}
	va_start(arguments, format);
	page->shown[page->count] = channel;
	page->lines[page->count++] = ctl_format(format, arguments);
	va_end(arguments);
	page->channels += channel;
}

static void clear(struct page *page)
{
	for (unsigned i = 0; i < page->count; i++) {
		free(page->lines[i]);
	}
	free(page->lines);
	free(page->shown);
}

/* Adds a text to another, which it frees. */
static char *join(char *text, const char *more)
{
	char *both = ctl_text("%s%s", text, more);

	free(text);
	return both;
}

static const char *db_text(double db, char *text, size_t size)
{
	snprintf(text, size, db <= LEAST_DB * 3 ? "-inf" : "%.1f", db);
	return text;
}

/* --- how the width is shared out */

#define NAME_LEAST 8u
#define NAME_USUAL 20u
#define BAR_LEAST 10u
#define BAR_MOST 66u /* one cell per dB */
#define CHANNEL_CELLS 4u
#define NUMBER_CELLS 7u
#define COLUMNS 5u
/* A screen that is less wide has the short heading. */
#define WIDE 60u

struct layout {
	unsigned width, name, bar, columns; /* cells; how many numbers there are */
};

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Narrow screens lose numbers, the last first, then a part of the name. Wide ones gain name. */
static struct layout lay_out(const struct ctl_bars *bars, const struct ctl_look *look)
{
	struct layout layout = { .width = look->width, .name = NAME_USUAL, .columns = COLUMNS };
	unsigned longest = 0, rest = CHANNEL_CELLS + 1 + BAR_LEAST, used;

	for (unsigned i = 0; i < bars->count; i++) {
		unsigned length = (unsigned)strlen(bars->strips[i].id);

		longest = length > longest ? length : longest;
	}
	while (layout.columns > 1 &&
	       layout.name + rest + layout.columns * NUMBER_CELLS > look->width) {
		layout.columns--;
	}
	used = rest + layout.columns * NUMBER_CELLS;
	if (layout.name + used > look->width) {
		layout.name = look->width > used + NAME_LEAST ? look->width - used : NAME_LEAST;
	}
	used += layout.name - BAR_LEAST;
	layout.bar = look->width > used + BAR_LEAST ? look->width - used : BAR_LEAST;
	if (layout.bar > BAR_MOST) {
		unsigned spare = layout.bar - BAR_MOST;

		layout.bar = BAR_MOST;
		if (longest > layout.name) {
			layout.name += least(spare, longest - layout.name);
		}
	}
	return layout;
}

/* --- channels */

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

static void put_channel(struct page *page, const struct ctl_strip *strip, unsigned channel,
			const struct layout *layout, const struct ctl_look *look, const char *name)
{
	const struct ctl_level *level = &strip->levels[channel];
	char bar[1024], numbers[COLUMNS][16] = { "" };
	bool chosen = look->chosen && strcmp(look->chosen, strip->id) == 0 &&
		      look->channel == channel;
	char *line;

	ctl_bars_bar(level, layout->bar, look, bar, sizeof(bar));
	db_text(level->peak, numbers[0], sizeof(numbers[0]));
	db_text(level->rms, numbers[1], sizeof(numbers[1]));
	db_text(level->hold, numbers[2], sizeof(numbers[2]));
	if (!channel && strip->ring > 0.0) {
		snprintf(numbers[3], sizeof(numbers[3]), "%.0f%%",
			 100.0 * strip->fill / strip->ring);
	}
	if (!channel) {
		snprintf(numbers[4], sizeof(numbers[4]), "%.0f",
			 strip->underruns + strip->overruns);
	}
	line = ctl_text("%-*.*s%3u%s%s ", (int)layout->name, (int)layout->name, name, channel + 1,
			chosen ? ">" : " ", bar);
	for (unsigned i = 0; i < layout->columns; i++) {
		char number[24];

		snprintf(number, sizeof(number), "%7s", numbers[i]);
		line = join(line, number);
	}
	page->cursor = chosen ? page->count : page->cursor;
	put(page, true, "%s", line);
	free(line);
}

/* An id that does not fit beside its bars is above them, on as many lines as it needs. */
static void put_strip(struct page *page, const struct ctl_strip *strip, const struct layout *layout,
		      const struct ctl_look *look)
{
	size_t length = strlen(strip->id);
	bool above = length > layout->name, below;
	char note[48];

	note_text(strip, note, sizeof(note));
	/* A mono stream has no second line for its note; nor has a narrow screen room for it. */
	below = *note && (strip->channels == 1 || strlen(note) > layout->name);
	for (size_t at = 0; above && at < length; at += layout->width) {
		put(page, false, "%.*s", (int)layout->width, strip->id + at);
	}
	for (unsigned c = 0; c < strip->channels; c++) {
		put_channel(page, strip, c, layout, look,
			    !c && !above       ? strip->id
			    : c == 1 && !below ? note
					       : "");
	}
	if (below) {
		put(page, false, "%s", note);
	}
}

/* --- the screen */

static void put_heading(struct page *page, const struct ctl_bars *bars, const struct layout *layout)
{
	static const int marks[] = { -60, -48, -36, -24, -18, -12, -6, 0 };
	static const char *const titles[COLUMNS] = { "peak", "rms", "hold", "fill", "xruns" };
	char scale[BAR_MOST + 8], jack[sizeof(bars->jack)], *line;

	memset(scale, ' ', sizeof(scale));
	for (size_t i = 0, free = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		char text[8];
		size_t at = (size_t)cell_of(marks[i], layout->bar);
		size_t length = (size_t)snprintf(text, sizeof(text), "%d", marks[i]);

		if (at >= free && at + length <= layout->bar) {
			memcpy(scale + at, text, length);
			free = at + length + 1;
		}
	}
	snprintf(jack, sizeof(jack), "%s", bars->jack);
	ctl_text_clean(jack);
	line = ctl_text(layout->width < WIDE ? "%s %.0f/%.0f %.0f%% xruns %.0f"
					     : "JACK %s  %.0f Hz / %.0f  load %.1f %%  xruns %.0f",
			jack, bars->rate_hz, bars->period, bars->load, bars->xruns);
	put(page, false, "%.*s", (int)layout->width, line);
	free(line);
	line = ctl_text("%-*s%3s %.*s ", (int)layout->name, "stream", "ch", (int)layout->bar,
			scale);
	for (unsigned i = 0; i < layout->columns; i++) {
		char title[24];

		snprintf(title, sizeof(title), "%7s", titles[i]);
		line = join(line, title);
	}
	put(page, false, "%s", line);
	free(line);
}

/* What the keys change of the chosen stream, and which they are. */
static char *footer(const struct ctl_bars *bars, const struct ctl_look *look)
{
	const struct ctl_strip *strip = ctl_bars_find(bars, look->chosen);
	char gain[16];

	return ctl_text("gain %s dB%s%s  %s", db_text(strip ? strip->gain_db : 0.0, gain, 16),
			strip && strip->muted ? " muted" : "", strip && strip->solo ? " solo" : "",
			look->width < WIDE ? "+ - m s q" : "up down  + - gain  m mute  s solo  q");
}

/* A footer needs a screen of this height. */
#define FOOTER_HEIGHT 6u

char *ctl_bars_draw(const struct ctl_bars *bars, const struct ctl_look *look)
{
	struct layout layout = lay_out(bars, look);
	struct page head = { 0 }, body = { 0 };
	bool foot = look->chosen && *look->chosen && look->height >= FOOTER_HEIGHT;
	unsigned first = 0, room, hidden;
	char *text = ctl_text("%s", ""), *last;

	put_heading(&head, bars, &layout);
	for (unsigned i = 0; i < bars->count; i++) {
		put_strip(&body, &bars->strips[i], &layout, look);
	}
	room = !look->height			  ? ~0u
	       : look->height > head.count + foot ? look->height - head.count - foot
						  : 0;
	if (body.count > room) {
		/* The last line is for what does not fit. */
		room -= room > 0;
		first = body.cursor >= room ? body.cursor + 1 - room : 0;
	}
	hidden = body.channels;
	for (unsigned i = 0; i < head.count; i++) {
		text = join(join(text, head.lines[i]), "\n");
	}
	for (unsigned i = first; i < body.count && i - first < room; i++) {
		text = join(join(text, body.lines[i]), "\n");
		hidden -= body.shown[i];
	}
	if (hidden) {
		last = ctl_text("and %u more channels\n", hidden);
		text = join(text, last);
		free(last);
	} else if (!bars->count) {
		text = join(text, "no streams\n");
	}
	if (foot) {
		last = footer(bars, look);
		text = join(join(text, last), "\n");
		free(last);
	}
	clear(&head);
	clear(&body);
	return text;
}

char *ctl_bars_line(const struct ctl_bars *bars)
{
	char *text = ctl_text("%s", ""), peak[16];

	for (unsigned i = 0; i < bars->count; i++) {
		text = join(join(text, i ? "  " : ""), bars->strips[i].id);
		for (unsigned c = 0; c < bars->strips[i].channels; c++) {
			text = join(join(text, " "),
				    db_text(bars->strips[i].levels[c].peak, peak, sizeof(peak)));
		}
	}
	return join(text, bars->count ? "\n" : "no streams\n");
}

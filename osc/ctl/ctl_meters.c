/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "osc/ctl/ctl_bars.h"
#include "osc/ctl/ctl_follow.h"
#include "osc/proto/pattern.h"

/* How often to draw a screen, to print a line, and to ask for all but levels. */
#define SCREEN_S 0.05
#define LINE_S 1.0
#define ASK_S 0.5
/* The RMS covers 300 ms. */
#define ONCE_S 0.8
#define ONCE_MS 200

struct meters {
	struct ctl *ctl;
	struct ctl_bars bars;
	struct ctl_look look;
	const char *pattern;
	bool screen;
	double asked_s;
	struct termios before; /* the terminal's own settings */
	bool keys;
	bool entered;
	struct pattern fits; /* of "/ID" */
	char chosen[LIMITS_ID_MAX + 1];
};

/* --- the terminal */

static void print(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

static void measure(struct ctl_look *look)
{
	struct winsize size;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;

	look->width = known ? size.ws_col : 80;
	look->height = known ? size.ws_row : 24;
}

static void enter(struct meters *meters)
{
	struct termios keys;

	meters->keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &meters->before) == 0;
	if (meters->keys) {
		keys = meters->before;
		keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		keys.c_cc[VMIN] = 1;
		keys.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	}
	measure(&meters->look);
	meters->entered = true;
	print("\033[?1049h\033[?25l\033[2J");
}

static void leave(struct meters *meters)
{
	if (!meters->entered) {
		return;
	}
	meters->entered = false;
	print("\033[?25h\033[?1049l");
	if (meters->keys) {
		tcsetattr(STDIN_FILENO, TCSANOW, &meters->before);
	}
}

static void on_screen(void *arg, bool ours)
{
	struct meters *meters = arg;

	if (!ours) {
		leave(meters);
	} else if (!meters->entered) {
		enter(meters);
	} else {
		measure(&meters->look);
	}
}

/* Overwrites each line and clears only the rest, so that nothing flickers. */
static void redraw(struct meters *meters)
{
	char *text = ctl_bars_draw(&meters->bars, &meters->look);
	const char *at = text;

	fputs("\033[H", stdout);
	while (*at) {
		size_t length = strcspn(at, "\n");

		fwrite(at, 1, length, stdout);
		at += length + (at[length] == '\n');
		fputs(*at ? "\033[K\n" : "\033[K", stdout);
	}
	print("\033[J");
	free(text);
}

/* --- levels */

static void on_message(void *arg, const struct packet_message *message)
{
	struct meters *meters = arg;
	const char *about = packet_text(message, 0);
	const char *id = message->count > 2 ? packet_text(message, 2) : NULL;
	char part[CTL_ID_SIZE + 1];

	/* The list contains all streams. */
	snprintf(part, sizeof(part), "/%s", id ? id : "");
	if (strcmp(message->address, "/reply") == 0 && id && about &&
	    strcmp(about, "/stream/list") == 0 && !pattern_match(&meters->fits, part)) {
		return;
	}
	ctl_bars_take(&meters->bars, message);
}

static void ask(struct meters *meters, double now_s)
{
	char address[320];

	ctl_tell(meters->ctl, "/status", "");
	ctl_tell(meters->ctl, "/stream/list", "");
	snprintf(address, sizeof(address), "/stream/%s/{fill,stats,info,solo}", meters->pattern);
	ctl_tell(meters->ctl, address, "");
	/* After /info, which says whose the streams are. */
	ctl_tell(meters->ctl, "/guest/list", "");
	meters->asked_s = now_s;
}

/* --- keys */

/* The place of the chosen stream; of the first if it is gone. The list is not empty. */
static unsigned place_of_chosen(struct meters *meters)
{
	const struct ctl_bars *bars = &meters->bars;

	for (unsigned i = 0; i < bars->count; i++) {
		if (strcmp(bars->strips[i].id, meters->chosen) == 0) {
			return i;
		}
	}
	return 0;
}

static void choose(struct meters *meters, unsigned place, unsigned channel)
{
	snprintf(meters->chosen, sizeof(meters->chosen), "%s", meters->bars.strips[place].id);
	meters->look.channel = channel;
}

/* To the next or the previous channel, of whichever stream. */
static void move(struct meters *meters, bool down)
{
	const struct ctl_bars *bars = &meters->bars;
	unsigned place = place_of_chosen(meters), channel = meters->look.channel;

	if (down && channel + 1 < bars->strips[place].channels) {
		choose(meters, place, channel + 1);
	} else if (down && place + 1 < bars->count) {
		choose(meters, place + 1, 0);
	} else if (!down && channel) {
		choose(meters, place, channel - 1);
	} else if (!down && place) {
		unsigned channels = bars->strips[place - 1].channels;

		choose(meters, place - 1, channels ? channels - 1 : 0);
	}
}

static void set(struct meters *meters, const char *leaf, const char *type, double value)
{
	char address[CTL_ID_SIZE + 32];

	snprintf(address, sizeof(address), "/stream/%s/%s", meters->chosen, leaf);
	if (*type == 'f') {
		ctl_tell(meters->ctl, address, "f", value);
	} else {
		ctl_tell(meters->ctl, address, "i", (int32_t)value);
	}
	/* Shows what has become of it. */
	ask(meters, ctl_link_now_s());
}

static void on_key(void *arg, char key)
{
	struct meters *meters = arg;
	const struct ctl_strip *strip;

	if (!meters->bars.count) {
		return;
	}
	choose(meters, place_of_chosen(meters), meters->look.channel);
	strip = ctl_bars_find(&meters->bars, meters->chosen);
	switch (key) {
	case 'k':
	case 'j':
		move(meters, key == 'j');
		break;
	case '+':
	case '=': /* the same key without shift */
	case '-':
		set(meters, "db_delta", "f", key == '-' ? -1.0 : 1.0);
		break;
	case 'm':
		set(meters, "mute", "i", !strip->muted);
		break;
	case 's':
		set(meters, "solo", "i", !strip->solo);
		break;
	default:
		break;
	}
}

/* --- output */

static void show(struct meters *meters)
{
	char *text;

	if (meters->look.chosen && meters->bars.count) {
		unsigned place = place_of_chosen(meters), channel = meters->look.channel;

		choose(meters, place, channel < meters->bars.strips[place].channels ? channel : 0);
	}
	if (meters->ctl->json) {
		ctl_bars_json(&meters->bars, !meters->ctl->once);
	} else if (meters->screen) {
		redraw(meters);
	} else {
		text = meters->ctl->once ? ctl_bars_draw(&meters->bars, &meters->look)
					 : ctl_bars_line(&meters->bars);
		print(text);
		free(text);
	}
}

static bool on_tick(void *arg, double now_s)
{
	struct meters *meters = arg;

	ctl_bars_fall(&meters->bars, now_s);
	show(meters);
	if (now_s - meters->asked_s >= ASK_S) {
		ask(meters, now_s);
	}
	return !meters->ctl->once;
}

static double tick_of(const struct meters *meters)
{
	if (meters->ctl->once) {
		return ONCE_S;
	}
	if (meters->ctl->interval_s > 0.0) {
		return meters->ctl->interval_s;
	}
	return meters->screen ? SCREEN_S : LINE_S;
}

/* Finds out, before it takes the screen, whether the daemon answers and streams match. */
static int check(struct meters *meters)
{
	struct ctl_answers answers = { 0 };
	char address[320];
	int status;

	snprintf(address, sizeof(address), "/%s", meters->pattern);
	if (pattern_parse(&meters->fits, address)) {
		return ctl_say(meters->ctl, CTL_USAGE, "'%s' is not a pattern", meters->pattern);
	}
	snprintf(address, sizeof(address), "/stream/%s/info", meters->pattern);
	status = ctl_get(meters->ctl, strcmp(meters->pattern, "*") == 0 ? "/stream/list" : address,
			 &answers);
	status = status ? status : ctl_judge(meters->ctl, &answers);
	ctl_answers_clear(&answers);
	return status;
}

int ctl_meters(struct ctl *ctl, int count, char **args)
{
	struct meters meters = { .ctl = ctl, .pattern = count ? args[0] : "*" };
	struct ctl_follow follow = {
		.ctl = ctl,
		.address = "/subscribe/meters",
		.what = meters.pattern,
		.on_message = on_message,
		.on_tick = on_tick,
		.arg = &meters,
	};
	int status;

	if (count > 1) {
		return ctl_usage(ctl);
	}
	if (!ctl_is_part(meters.pattern)) {
		return ctl_say(ctl, CTL_USAGE, "'%s' is not an id", meters.pattern);
	}
	setlocale(LC_CTYPE, "");
	meters.screen = !ctl->json && !ctl->once && isatty(STDOUT_FILENO);
	meters.look = (struct ctl_look){ .width = 80,
					 .colour = meters.screen,
					 .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 };
	follow.tick_s = tick_of(&meters);
	/* Each peak is the highest since the last one sent: ask for no more than are shown. */
	follow.interval_ms = ctl->once ? ONCE_MS
				       : (int32_t)fmax(20.0, fmin(1000.0 * follow.tick_s, 1000.0));
	status = check(&meters);
	if (status) {
		return status;
	}
	ask(&meters, ctl_link_now_s());
	if (meters.screen) {
		enter(&meters);
		follow.on_screen = on_screen;
		follow.keys = meters.keys;
		follow.on_key = on_key;
		meters.look.chosen = meters.keys ? meters.chosen : NULL;
	}
	status = ctl_follow(&follow);
	leave(&meters);
	ctl_bars_clear(&meters.bars);
	return status;
}

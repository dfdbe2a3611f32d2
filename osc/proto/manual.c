/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the manual page xenjack-osc(7) during the build: copies docs/xenjack-osc.7.in, with the
 * addresses of osc/proto/table.h in place of the line @ADDRESSES@.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/proto/table.h"

static const char place[] = "@ADDRESSES@\n";

/* Headings, each above the row it names. */
static const struct {
	enum table_name name;
	const char *title;
} headings[] = {
	{ TABLE_PING, "The daemon" },
	{ TABLE_STREAM_LIST, "Streams" },
	{ TABLE_GUEST_LIST, "Guests as a whole" },
	{ TABLE_PORT_LIST, "Ports and connections" },
	{ TABLE_PATCH_LIST, "Patches and settings" },
	{ TABLE_JACK_XRUNS, "JACK" },
	{ TABLE_SUBSCRIBE, "Subscriptions" },
	{ TABLE_REPLY, "Sent by the daemon" },
};

static const struct {
	unsigned access;
	const char *name;
} accesses[] = {
	{ TABLE_GET, "get" },
	{ TABLE_SET, "set" },
	{ TABLE_CALL, "call" },
	{ TABLE_SEND, "sent" },
};

/* Text between macros: one sentence per line, and nothing that roff takes for a request. */
static void put_text(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at == '-') {
			fputs("\\-", stdout);
		} else if (strchr(".?", *at) && at[1] == ' ') {
			printf("%c\n", *at++);
		} else if (*at == '/' && (at == text || at[-1] == ' ')) {
			/* An address: keep roff from hyphenating it. */
			fputs("\\%/", stdout);
		} else {
			putchar(*at);
		}
	}
	putchar('\n');
}

/* A path as macro arguments: <id> is a placeholder (Ar), everything else is literal (Ic). */
static void put_path(const char *path)
{
	const char *open;

	while ((open = strchr(path, '<'))) {
		const char *close = strchr(open, '>');

		printf("Ic %.*s Ns Ar %.*s", (int)(open - path), path, (int)(close - open - 1),
		       open + 1);
		path = close + 1;
		fputs(*path ? " Ns " : "", stdout);
	}
	if (*path) {
		printf("Ic %s", path);
	}
}

static void put_head(const struct table_row *row)
{
	unsigned takes = table_takes(row), needs = table_needs(row);
	const char *comma = "";

	fputs(".It ", stdout);
	put_path(row->path);
	for (unsigned i = 0; i < takes; i++) {
		printf(i >= needs || row->access & TABLE_GET ? " Oo Ar %s Oc" : " Ar %s",
		       row->args[i].name);
	}
	fputs(" Pq ", stdout);
	for (unsigned i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
		if (row->access & accesses[i].access) {
			printf("%s%s", comma, accesses[i].name);
			comma = " , ";
		}
	}
	puts(row->local ? " , local" : "");
}

static void put_args(const struct table_row *row)
{
	unsigned takes = table_takes(row);

	for (unsigned i = 0; i < takes; i++) {
		const struct table_arg *arg = &row->args[i];

		printf("%s\n.Ar %s :\n", i ? ";" : ".It Takes", arg->name);
		if (arg->type == 'T') {
			fputs("i, 0 or 1", stdout);
		} else if (arg->min != 0.0f || arg->max != 0.0f) {
			printf("%c, %s%g to %g%s%s", arg->type, arg->min < 0.0f ? "\\-" : "",
			       (double)(arg->min < 0.0f ? -arg->min : arg->min), (double)arg->max,
			       arg->unit ? " " : "", arg->unit ? arg->unit : "");
		} else {
			putchar(arg->type);
		}
	}
	fputs(takes ? "\n" : "", stdout);
}

/* "f...:name" is one value per channel, "*:name" any number of any types. */
static void put_answer(const struct table_row *row)
{
	const char *at = row->answer;

	if (!at) {
		return;
	}
	printf(".It %s\n", row->list ? "Lists" : row->access & TABLE_SEND ? "Carries" : "Returns");
	while (*at) {
		size_t type = strcspn(at, ":"), name = strcspn(at + type + 1, " ");
		const char *next = at + type + 1 + name;

		if (*at != '*') {
			printf("%c\n", *at);
		}
		printf(".Ar %.*s%s\n", (int)name, at + type + 1,
		       type > 1 ? " No for each channel"
		       : *next	? " ,"
				: "");
		at = next + (*next == ' ');
	}
}

static void put_row(const struct table_row *row)
{
	put_head(row);
	put_text(row->text);
	if (row->answer || table_takes(row)) {
		puts(".Bl -tag -width Returns -compact");
		put_args(row);
		put_answer(row);
		puts(".El");
	}
}

static void put_rows(void)
{
	unsigned heading = 0;

	for (unsigned name = 0; name < TABLE_COUNT; name++) {
		if (heading < sizeof(headings) / sizeof(headings[0]) &&
		    headings[heading].name == name) {
			printf("%s.Ss %s\n.Bl -tag -width Ds\n", name ? ".El\n" : "",
			       headings[heading++].title);
		}
		put_row(table_row((enum table_name)name));
	}
	puts(".El");
}

int main(int argc, char **argv)
{
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
	unsigned places = 0;
	char line[1024];

	if (!in) {
		fprintf(stderr, "usage: manual docs/xenjack-osc.7.in: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof(line), in)) {
		if (strcmp(line, place) == 0) {
			put_rows();
			places++;
		} else {
			fputs(line, stdout);
		}
	}
	fclose(in);
	return places == 1 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

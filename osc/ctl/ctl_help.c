/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "osc/ctl/ctl.h"
#include "osc/proto/topic.h"

static const char intro[] = "usage: xenjackctl [OPTION...] COMMAND [ARGUMENT...]\n"
			    "Controls a running xenjackd.\n\n";

static const char options[] =
	"\n"
	"  --socket PATH        the daemon's socket ($XENJACK_OSC or /run/xenjack/osc.sock)\n"
	"  --udp HOST:PORT, --url osc.udp://HOST:PORT, --url osc.tcp://HOST:PORT\n"
	"  --json               print JSON\n"
	"  --timeout SECONDS    how long to wait for an answer (5)\n"
	"  --once               meters: print once\n"
	"  --interval SECONDS   meters: how often to draw or print\n"
	"  --timestamps         watch: the time before each event\n"
	"  --reconnect          watch: wait for the daemon while it is not there\n"
	"  --version, --help\n"
	"\n"
	"ID is a stream's id, as in `xenjackctl list`, or a pattern: 'vm*.main', '{daw,synth}.*'.\n"
	"For gain, fader and mute, 'GUEST.*' is the guest as a whole, with all streams it ever has.\n"
	"`xenjackctl help /` describes the addresses that `raw` takes.\n";

static void show_commands(const struct ctl *ctl)
{
	fputs(intro, stdout);
	for (const struct ctl_command *one = ctl->commands; one->name; one++) {
		size_t width = strlen(one->name) + 1 + strlen(one->usage);

		printf("  %s %s", one->name, one->usage);
		printf(width < 36 ? "%*s%s\n" : "\n%*s%s\n", width < 36 ? 37 - (int)width : 39, "",
		       one->text);
	}
	fputs(options, stdout);
}

static void show_topics(void)
{
	fputs("\nTopics:\n", stdout);
	for (unsigned i = 0; i < TOPIC_COUNT; i++) {
		const struct topic *topic = topic_at((enum topic_name)i);

		printf("    %-10s %s\n", topic->name, topic->text);
	}
}

static void show_arguments(const struct table_row *row)
{
	for (unsigned i = 0; i < table_takes(row); i++) {
		const struct table_arg *arg = &row->args[i];

		printf(" %s%s:%c", arg->optional ? "[" : "", arg->name,
		       arg->type == 'T' ? 'i' : arg->type);
		if (arg->type == 'T') {
			fputs(" 0 or 1", stdout);
		} else if (arg->min < arg->max) {
			printf(" %g..%g", (double)arg->min, (double)arg->max);
		}
		printf("%s%s%s", arg->unit ? " " : "", arg->unit ? arg->unit : "",
		       arg->optional ? "]" : "");
	}
}

static void show_row(const struct table_row *row)
{
	fputs(row->path, stdout);
	show_arguments(row);
	fputs("\n    ", stdout);
	if (row->access & TABLE_SEND) {
		fputs("sent by the daemon. ", stdout);
	} else if (row->access & TABLE_SET) {
		fputs((row->access & TABLE_GET) ? "get, set. " : "set. ", stdout);
	}
	printf("%s\n", row->text);
	if (row->answer) {
		printf("    %s %s\n", row->list ? "Each item:" : "Answer:", row->answer);
	}
}

/* Shows the rows at and below an address. */
static bool show_rows(const char *address)
{
	bool found = false;
	const struct table_row *exact = ctl_row(address, 0);
	size_t length = strlen(address);

	for (unsigned name = 0; name < TABLE_COUNT; name++) {
		const struct table_row *row = table_row((enum table_name)name);

		if (row == exact || (strncmp(row->path, address, length) == 0 &&
				     (address[length - 1] == '/' || row->path[length] == '/'))) {
			printf("%s", found ? "\n" : "");
			show_row(row);
			found = true;
		}
	}
	return found;
}

int ctl_help(struct ctl *ctl, int count, char **args)
{
	const struct ctl_command *command;

	if (!count) {
		show_commands(ctl);
		return CTL_OK;
	}
	if (count > 1) {
		return ctl_usage(ctl);
	}
	if (*args[0] == '/') {
		return show_rows(args[0]) ? CTL_OK
					  : ctl_say(ctl, CTL_USAGE, "%s: no such address", args[0]);
	}
	command = ctl_find(ctl, args[0]);
	if (!command) {
		return ctl_say(ctl, CTL_USAGE, "%s: no such command", args[0]);
	}
	printf("xenjackctl %s %s\n    %s\n", command->name, command->usage, command->text);
	if (command->run == ctl_watch) {
		show_topics();
	}
	if (command->row) {
		fputc('\n', stdout);
		show_row(table_row(command->row));
	}
	return CTL_OK;
}

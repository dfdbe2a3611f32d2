/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl.h"
#include "osc/ctl_show.h"

static int one_more(struct ctl *ctl, const char *address, const char *type, double value)
{
	struct ctl_answers answers = { 0 };
	lo_message message = lo_message_new();
	int status;

	if (*type == 'f') {
		lo_message_add_float(message, (float)value);
	} else {
		lo_message_add_int32(message, (int32_t)value);
	}
	status = ctl_ask(ctl, address, message, 0, &answers);
	status = status ? status : ctl_judge(ctl, &answers);
	if (ctl->json && status == CTL_REFUSED) {
		ctl_show_errors(&answers, stdout);
	}
	lo_message_free(message);
	ctl_answers_clear(&answers);
	return status;
}

/* gain ID +=3: what was set is then asked for, as a level that is set is. */
static int gain(struct ctl *ctl, int count, char **args)
{
	const char *text = count == 2 ? args[1] : "";
	char address[320];
	double value;
	int status;

	if (strncmp(text, "+=", 2) != 0 && strncmp(text, "-=", 2) != 0) {
		return ctl_run_row(ctl, TABLE_STREAM_GAIN, count, args);
	}
	if (!ctl_parse_number(text + 2, &value)) {
		return ctl_say(ctl, CTL_USAGE, "'%s' is no number", text + 2);
	}
	if (!*args[0] || strpbrk(args[0], "/ #") || strlen(args[0]) > 200) {
		return ctl_say(ctl, CTL_USAGE, "'%s' is no id", args[0]);
	}
	snprintf(address, sizeof(address), "/stream/%s/db_delta", args[0]);
	status = one_more(ctl, address, "f", *text == '-' ? -value : value);
	return status || !ctl->json ? status : ctl_run_row(ctl, TABLE_STREAM_GAIN, 1, args);
}

/* Each stream's own state is turned round. */
static int toggle(struct ctl *ctl, char **args)
{
	struct ctl_answers answers = { 0 };
	char address[320];
	int status;

	if (!*args[0] || strpbrk(args[0], "/ #") || strlen(args[0]) > 200) {
		return ctl_say(ctl, CTL_USAGE, "'%s' is no id", args[0]);
	}
	snprintf(address, sizeof(address), "/stream/%s/mute", args[0]);
	status = ctl_get(ctl, address, &answers);
	status = status ? status : ctl_judge(ctl, &answers);
	for (unsigned i = 0; !status && i < answers.count; i++) {
		const struct ctl_answer *answer = &answers.all[i];

		if (answer->count == 1) {
			status = one_more(ctl, answer->address, "i",
					  answer->values[0].number == 0.0);
		}
	}
	ctl_answers_clear(&answers);
	return status || !ctl->json ? status : ctl_run_row(ctl, TABLE_STREAM_MUTE, 1, args);
}

static int mute(struct ctl *ctl, int count, char **args)
{
	if (count == 2 && strcmp(args[1], "toggle") == 0) {
		return toggle(ctl, args);
	}
	return ctl_run_row(ctl, TABLE_STREAM_MUTE, count, args);
}

static int solo(struct ctl *ctl, int count, char **args)
{
	if (count == 1 && strcmp(args[0], "clear") == 0) {
		return ctl_run_row(ctl, TABLE_SOLO_CLEAR, 0, args);
	}
	return ctl_run_row(ctl, TABLE_STREAM_SOLO, count, args);
}

static int disconnect(struct ctl *ctl, int count, char **args)
{
	return ctl_run_row(ctl, count == 1 ? TABLE_DISCONNECT_ALL : TABLE_DISCONNECT, count, args);
}

static int patch(struct ctl *ctl, int count, char **args)
{
	static const struct {
		const char *word;
		enum table_name row;
	} words[] = {
		{ "list", TABLE_PATCH_LIST },	  { "store", TABLE_PATCH_STORE },
		{ "recall", TABLE_PATCH_RECALL }, { "delete", TABLE_PATCH_DELETE },
		{ "auto", TABLE_PATCH_AUTO },
	};

	for (size_t i = 0; count && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(args[0], words[i].word) == 0) {
			return ctl_run_row(ctl, words[i].row, count - 1, args + 1);
		}
	}
	return ctl_usage(ctl);
}

/* A port's name has a ':' in it, an id has none; an id of a port is for ctl's other commands. */
static int latency(struct ctl *ctl, int count, char **args)
{
	bool port = count && strchr(args[0], ':') && !ctl_is_pattern(args[0]);

	return ctl_run_row(ctl, port ? TABLE_JACK_LATENCY : TABLE_STREAM_LATENCY, count, args);
}

static int stats(struct ctl *ctl, int count, char **args)
{
	if (count && strcmp(args[0], "reset") == 0) {
		return ctl_run_row(ctl, TABLE_STATS_RESET, count - 1, args + 1);
	}
	return ctl_run_row(ctl, TABLE_STREAM_STATS, count, args);
}

static int by_row(struct ctl *ctl, int count, char **args)
{
	return ctl_run_row(ctl, ctl_command(ctl->command)->row, count, args);
}

const struct ctl_command ctl_commands[] = {
	{ "status", "", "how the daemon and JACK go", by_row, TABLE_STATUS },
	{ "list", "", "all streams, and their levels", ctl_list, 0 },
	{ "info", "ID", "what a stream is", by_row, TABLE_STREAM_INFO },
	{ "ports", "[PATTERN [in|out]]", "JACK's ports", by_row, TABLE_PORT_LIST },
	{ "connections", "[PORT]", "connections, of all guests or of a port", by_row,
	  TABLE_PORT_CONNECTIONS },
	{ "connect", "SOURCE DESTINATION", "connect two ports", by_row, TABLE_CONNECT },
	{ "disconnect", "SOURCE DESTINATION | PORT | ID",
	  "cut a connection, or all of a port or a stream", disconnect, 0 },
	{ "gain", "ID [DB | +=DB | -=DB | -inf]", "a stream's level", gain, 0 },
	{ "trim", "ID CHANNEL [DB]", "the level of a channel beside that", by_row,
	  TABLE_STREAM_TRIM },
	{ "fader", "ID [0..1]", "the level, as the way of a fader", by_row, TABLE_STREAM_FADER },
	{ "mute", "ID [on|off|toggle]", "silence a stream, its level is kept", mute, 0 },
	{ "solo", "ID [on|off] | clear", "silence all other playback streams", solo, 0 },
	{ "meters", "[PATTERN]", "levels as they are now, until q or Ctrl-C", ctl_meters, 0 },
	{ "watch", "[TOPIC,TOPIC...]", "print what happens, a line each", ctl_watch, 0 },
	{ "patch", "list | store NAME | recall NAME | delete NAME | auto [on|off]",
	  "sets of connections that are kept under a name", patch, 0 },
	{ "save", "[NAME]",
	  "write at once what is remembered; or connections and levels, by a name", by_row,
	  TABLE_STATE_SAVE },
	{ "load", "[NAME]", "read it again", by_row, TABLE_STATE_LOAD },
	{ "latency", "ID | PORT", "how long sound is under way", latency, 0 },
	{ "stats", "ID | reset [ID]", "what a stream has counted; reset: from 0 again", stats, 0 },
	{ "kick", "ID", "close a stream though its guest has not asked for it", by_row,
	  TABLE_STREAM_KICK },
	{ "raw", "ADDRESS [ARGUMENT...]",
	  "send any message; i: f: s: before an argument set its type", ctl_raw, 0 },
	{ "help", "[COMMAND | ADDRESS]", "this, or more of one", ctl_help, 0 },
	{ "completion", "bash", "a script that completes commands, ids and ports", ctl_completion,
	  0 },
	{ NULL, NULL, NULL, NULL, 0 },
};

const struct ctl_command *ctl_command(const char *name)
{
	for (const struct ctl_command *one = ctl_commands; one->name; one++) {
		if (strcmp(one->name, name) == 0) {
			return one;
		}
	}
	return NULL;
}

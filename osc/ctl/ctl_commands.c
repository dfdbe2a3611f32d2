/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl.h"
#include "osc/ctl/ctl_guest.h"
#include "osc/ctl/ctl_text.h"

/* Which row a level's command means, and where: a stream's, a pattern of streams', or a guest's. */
struct target {
	bool guest;
	char part[CTL_ID_SIZE]; /* an id, a pattern, or a guest's name */
	char *args[3];		/* the command's, with the part as the first */
};

static int aim(struct ctl *ctl, struct target *target, int count, char **args)
{
	const char *text = count ? args[0] : "";

	target->guest = ctl_guest_parse(text, target->part, sizeof(target->part));
	if (!target->guest) {
		snprintf(target->part, sizeof(target->part), "%s", text);
	}
	for (int i = 0; i < 3; i++) {
		target->args[i] = i && i < count ? args[i] : target->part;
	}
	if (count && !target->guest && !ctl_is_part(text)) {
		return ctl_say(ctl, CTL_USAGE, "'%s' is not an id", text);
	}
	return count > 3 ? ctl_usage(ctl) : CTL_OK;
}

/* Whether one of the streams that were asked about is this guest's. */
static bool has_stream(const struct ctl_answers *answers, const char *guest)
{
	for (unsigned i = 0; i < answers->count; i++) {
		const struct ctl_answer *answer = &answers->all[i];
		const char *leaf = strrchr(answer->address, '/');

		if (leaf && strcmp(leaf, "/info") == 0 && answer->count && answer->values[0].text &&
		    strcmp(answer->values[0].text, guest) == 0) {
			return true;
		}
	}
	return false;
}

/* Prints a line for each guest of these streams that has a level of its own. */
static int note_guests(struct ctl *ctl, const char *id)
{
	struct ctl_field field = { .name = "gain_dB" };
	struct ctl_answers answers = { 0 };
	char address[320], number[CTL_NUMBER_SIZE];
	int status;

	snprintf(address, sizeof(address), "/stream/%s/info", id);
	status = ctl_get(ctl, "/guest/list", &answers);
	status = status ? status : ctl_get(ctl, address, &answers);
	for (unsigned i = 0; !status && i < answers.count; i++) {
		const struct ctl_answer *item = &answers.all[i];

		if (!ctl_guest_is_item(item) || !ctl_guest_is_set(item) ||
		    !has_stream(&answers, item->values[CTL_GUEST_NAME].text)) {
			continue;
		}
		fputs("guest ", stdout);
		ctl_text_put(stdout, item->values[CTL_GUEST_NAME].text);
		printf(" as a whole: %s dB%s\n",
		       ctl_value_text(&item->values[CTL_GUEST_GAIN], &field, number),
		       item->values[CTL_GUEST_MUTED].number != 0.0 ? ", muted" : "");
	}
	ctl_answers_clear(&answers);
	return status;
}

/* Runs the stream's row or the guest's. Text about streams also says what holds for their guests.
 */
static int run_aimed(struct ctl *ctl, struct target *target, int count, enum table_name stream,
		     enum table_name guest)
{
	int status = ctl_run_row(ctl, target->guest ? guest : stream, count, target->args);

	return status || ctl->json || target->guest || count != 1 ? status
								  : note_guests(ctl, target->part);
}

/* A change; JSON then shows the new gain, as after a plain set. */
static int change_gain(struct ctl *ctl, struct target *target, double db)
{
	char address[CTL_ID_SIZE + 32];
	int status;

	snprintf(address, sizeof(address), "/%s/%s/db_delta", target->guest ? "guest" : "stream",
		 target->part);
	status = ctl_set(ctl, address, 'f', db);
	return status || !ctl->json
		       ? status
		       : run_aimed(ctl, target, 1, TABLE_STREAM_GAIN, TABLE_GUEST_GAIN);
}

static int gain(struct ctl *ctl, int count, char **args)
{
	struct target target;
	double db;
	int status = aim(ctl, &target, count, args);

	if (!status && count == 2 && ctl_parse_gain(args[1], &db) == CTL_GAIN_CHANGE) {
		return change_gain(ctl, &target, db);
	}
	return status ? status
		      : run_aimed(ctl, &target, count, TABLE_STREAM_GAIN, TABLE_GUEST_GAIN);
}

static int fader(struct ctl *ctl, int count, char **args)
{
	struct target target;
	int status = aim(ctl, &target, count, args);

	return status ? status
		      : run_aimed(ctl, &target, count, TABLE_STREAM_FADER, TABLE_GUEST_FADER);
}

static int mute(struct ctl *ctl, int count, char **args)
{
	struct target target;
	int status = aim(ctl, &target, count, args);

	return status ? status
		      : run_aimed(ctl, &target, count, TABLE_STREAM_MUTE, TABLE_GUEST_MUTE);
}

static int solo(struct ctl *ctl, int count, char **args)
{
	if (count == 1 && strcmp(args[0], "clear") == 0) {
		return ctl_run_row(ctl, TABLE_SOLO_CLEAR, 0, args);
	}
	return ctl_run_row(ctl, TABLE_STREAM_SOLO, count, args);
}

/* Whether an argument is a pattern, where the daemon wants one id: a port of a program has a ':'.
 */
static bool is_many(int count, char **args)
{
	return count && ctl_is_pattern(args[0]) && !strchr(args[0], ':');
}

static int say_many(struct ctl *ctl)
{
	return ctl_say(ctl, CTL_USAGE, "takes one ID, not a pattern");
}

static int disconnect(struct ctl *ctl, int count, char **args)
{
	if (count == 1 && is_many(count, args)) {
		return say_many(ctl);
	}
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

/* A JACK port's name contains ':', a stream's id does not. Port ids are not for this command. */
static int latency(struct ctl *ctl, int count, char **args)
{
	bool port = count && strchr(args[0], ':') && !ctl_is_pattern(args[0]);

	return ctl_run_row(ctl, port ? TABLE_JACK_LATENCY : TABLE_STREAM_LATENCY, count, args);
}

static int stats(struct ctl *ctl, int count, char **args)
{
	if (count && strcmp(args[0], "reset") == 0) {
		if (is_many(count - 1, args + 1)) {
			return say_many(ctl);
		}
		return ctl_run_row(ctl, TABLE_STATS_RESET, count - 1, args + 1);
	}
	return ctl_run_row(ctl, TABLE_STREAM_STATS, count, args);
}

static int kick(struct ctl *ctl, int count, char **args)
{
	return is_many(count, args) ? say_many(ctl)
				    : ctl_run_row(ctl, TABLE_STREAM_KICK, count, args);
}

static int by_row(struct ctl *ctl, int count, char **args)
{
	return ctl_run_row(ctl, ctl->command->row, count, args);
}

const struct ctl_command ctl_commands[] = {
	{ "status", "", "state of the daemon and of JACK", by_row, TABLE_STATUS, NULL },
	{ "list", "", "all streams with their levels", ctl_list, 0, NULL },
	{ "info", "ID", "a stream's guest, channels, rate and format", by_row, TABLE_STREAM_INFO,
	  "IDS" },
	{ "ports", "[PATTERN [in|out]]", "JACK's ports", by_row, TABLE_PORT_LIST, "PORTS|in out" },
	{ "connections", "[PORT]", "connections of all guests or of a port", by_row,
	  TABLE_PORT_CONNECTIONS, "PORTS" },
	{ "connect", "SOURCE DESTINATION", "connect two ports, or two streams' ports in pairs",
	  by_row, TABLE_CONNECT, "SOURCES|SINKS" },
	{ "disconnect", "SOURCE DESTINATION | PORT | ID",
	  "cut a connection, or all of a port or stream", disconnect, TABLE_DISCONNECT,
	  "PORTS IDS|SINKS" },
	{ "guests", "", "guests, with the gain and mute of each as a whole", by_row,
	  TABLE_GUEST_LIST, NULL },
	{ "gain", "ID [DB | DB+ | DB- | +=DB | -=DB | -inf]",
	  "the gain, of a stream or, by GUEST.*, of a guest, or a change", gain, 0, "IDS GUESTS" },
	{ "trim", "ID CHANNEL [DB]", "one channel's gain; it adds to the stream's", by_row,
	  TABLE_STREAM_TRIM, "IDS" },
	{ "fader", "ID [0..1]", "the gain, as a fader position", fader, 0, "IDS GUESTS" },
	{ "mute", "ID [on|off|toggle]", "mute a stream or, by GUEST.*, a guest; the gain is kept",
	  mute, 0, "IDS GUESTS|on off toggle" },
	{ "solo", "ID [on|off|toggle] | clear", "silence playback streams that are not solo", solo,
	  0, "IDS clear|on off toggle" },
	{ "meters", "[PATTERN]", "live levels, until q or Ctrl-C", ctl_meters, 0, "IDS" },
	{ "watch", "[TOPIC,TOPIC...]", "print events as they happen", ctl_watch, 0, "TOPICS" },
	{ "clients", "", "who is subscribed, to what and for how long", by_row, TABLE_CLIENTS,
	  NULL },
	{ "patch", "list | store NAME | recall NAME | delete NAME | auto [on|off|toggle]",
	  "connections stored under a name", patch, 0, "list store recall delete auto|PATCHES" },
	{ "save", "[NAME]", "write the state files now; with NAME, store patch and levels", by_row,
	  TABLE_STATE_SAVE, "PATCHES" },
	{ "load", "[NAME]", "read the state files again; with NAME, recall patch and levels",
	  by_row, TABLE_STATE_LOAD, "PATCHES" },
	{ "latency", "ID | PORT", "latency of a stream or of a JACK port", latency, 0,
	  "IDS PORTS" },
	{ "stats", "ID | reset [ID]", "a stream's counters; reset: start again from 0", stats, 0,
	  "IDS reset|IDS" },
	{ "kick", "ID", "close a guest's open stream", kick, 0, "IDS" },
	{ "raw", "ADDRESS [ARGUMENT...]",
	  "send any OSC message; i:, f: or s: forces an argument's type", ctl_raw, 0, "ADDRESSES" },
	{ "help", "[COMMAND | ADDRESS]", "this list, or details of a command or address", ctl_help,
	  0, "COMMANDS ADDRESSES" },
	{ "completion", "bash | zsh | fish", "a script that completes commands, ids and ports",
	  ctl_completion, 0, "bash zsh fish" },
	{ NULL, NULL, NULL, NULL, 0, NULL },
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl.h"
#include "osc/ctl/ctl_show.h"

/* Commands that are a row of the table: the first arguments fill in <id> and <channel>. */

#define ADDRESS_MAX (2 * LIMITS_PART_MAX + 64)

static bool parse_flag(const char *text, int32_t *value)
{
	static const char *const words[][2] = {
		{ "off", "on" }, { "0", "1" }, { "no", "yes" }, { "false", "true" }
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (*value = 0; *value < 2; ++*value) {
			if (strcmp(text, words[i][*value]) == 0) {
				return true;
			}
		}
	}
	return false;
}

/* A gain that is set; `gain` itself also takes changes. */
static int parse_gain(struct ctl *ctl, const char *text, double *db)
{
	switch (ctl_parse_gain(text, db)) {
	case CTL_GAIN_SET:
		return CTL_OK;
	case CTL_GAIN_CHANGE:
		return ctl_say(ctl, CTL_USAGE, "'%s' is a change, and this can only be set", text);
	case CTL_GAIN_AMBIGUOUS:
		return ctl_say(ctl, CTL_USAGE,
			       "'%s' could be a gain or a change: 3 and -3 are the gain itself, 3+ "
			       "raises it, 3- lowers it",
			       text);
	default:
		return ctl_say(ctl, CTL_USAGE, "'%s' is not a gain in dB", text);
	}
}

/* Any other number. A '+' before it would look like a change. */
static int parse_plain(struct ctl *ctl, const char *text, double *number)
{
	return *text != '+' && ctl_parse_number(text, number)
		       ? CTL_OK
		       : ctl_say(ctl, CTL_USAGE, "'%s' is not a number", text);
}

static int add_argument(struct ctl *ctl, lo_message message, const struct table_arg *arg,
			const char *text)
{
	double number = 0.0;
	int32_t whole;
	int status;

	switch (arg->type) {
	case 's':
		lo_message_add_string(message, text);
		return CTL_OK;
	case 'T':
		if (!parse_flag(text, &whole)) {
			return ctl_say(ctl, CTL_USAGE, "'%s' is neither on nor off", text);
		}
		lo_message_add_int32(message, whole);
		return CTL_OK;
	default:
		status = arg->unit && strcmp(arg->unit, "dB") == 0
				 ? parse_gain(ctl, text, &number)
				 : parse_plain(ctl, text, &number);
		lo_message_add_float(message, (float)number);
		return status;
	}
}

/* Fills in the parts in <> from the arguments. Returns how many; -1: has printed an error. */
static int fill_path(struct ctl *ctl, const char *path, int count, char **args, char *address)
{
	int taken = 0;
	size_t length = 0;

	while (*path && length < ADDRESS_MAX) {
		if (*path != '<') {
			address[length++] = *path++;
			continue;
		}
		if (taken == count) {
			ctl_usage(ctl);
			return -1;
		}
		if (!ctl_is_part(args[taken])) {
			ctl_say(ctl, CTL_USAGE, "'%s' is not an id", args[taken]);
			return -1;
		}
		length += (size_t)snprintf(address + length, ADDRESS_MAX - length, "%s",
					   args[taken++]);
		path = strchr(path, '>') + 1;
	}
	address[length < ADDRESS_MAX ? length : ADDRESS_MAX - 1] = '\0';
	return taken;
}

/* Whether a reply says more than that it was done. */
static bool tells(const struct table_row *row)
{
	static const enum table_name silent[] = { TABLE_CONNECT,      TABLE_DISCONNECT,
						  TABLE_PATCH_DELETE, TABLE_STATE_SAVE,
						  TABLE_STATE_LOAD,   TABLE_SOLO_CLEAR };

	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		if (row == table_row(silent[i])) {
			return false;
		}
	}
	return true;
}

/* After a set, JSON shows the new value; text shows nothing. */
static int show(struct ctl *ctl, const struct table_row *row, const char *address, bool set,
		struct ctl_answers *answers)
{
	bool many = ctl_is_pattern(address);
	int status;

	if (!ctl->json) {
		if (!set && tells(row)) {
			ctl_show_text(answers, many, stdout);
		}
		return CTL_OK;
	}
	if (set && (row->access & TABLE_GET)) {
		ctl_answers_clear(answers);
		status = ctl_get(ctl, address, answers);
		if (status) {
			return status;
		}
	}
	ctl_show_json(answers, many, stdout);
	return CTL_OK;
}

static int ask_and_show(struct ctl *ctl, const struct table_row *row, const char *address,
			lo_message message)
{
	struct ctl_answers answers = { 0 };
	unsigned count = (unsigned)lo_message_get_argc(message);
	int status = ctl_ask(ctl, address, message, ctl_wanted(row->path, count), &answers);

	status = status ? status : ctl_judge(ctl, &answers);
	if (!status) {
		status = show(ctl, row, address, count && (row->access & TABLE_SET), &answers);
	}
	ctl_answers_clear(&answers);
	return status;
}

int ctl_set(struct ctl *ctl, const char *address, char type, double value)
{
	struct ctl_answers answers = { 0 };
	lo_message message = lo_message_new();
	int status;

	if (type == 'f') {
		lo_message_add_float(message, (float)value);
	} else {
		lo_message_add_int32(message, (int32_t)value);
	}
	status = ctl_ask(ctl, address, message, 0, &answers);
	status = status ? status : ctl_judge(ctl, &answers);
	lo_message_free(message);
	ctl_answers_clear(&answers);
	return status;
}

static bool is_toggle(const struct table_row *row, const char *text)
{
	return row->args[0].type == 'T' && (row->access & TABLE_GET) && strcmp(text, "toggle") == 0;
}

/* Toggles each of those that a pattern means on its own. */
static int toggle(struct ctl *ctl, const struct table_row *row, const char *address)
{
	struct ctl_answers answers = { 0 };
	int status = ctl_get(ctl, address, &answers);

	status = status ? status : ctl_judge(ctl, &answers);
	for (unsigned i = 0; !status && i < answers.count; i++) {
		const struct ctl_answer *answer = &answers.all[i];

		if (answer->count == 1) {
			status = ctl_set(ctl, answer->address, 'i',
					 answer->values[0].number == 0.0);
		}
	}
	status = status ? status : show(ctl, row, address, true, &answers);
	ctl_answers_clear(&answers);
	return status;
}

int ctl_run_row(struct ctl *ctl, enum table_name name, int count, char **args)
{
	const struct table_row *row = table_row(name);
	char address[ADDRESS_MAX];
	int taken = fill_path(ctl, row->path, count, args, address), status = CTL_OK;
	bool question = taken == count && (row->access & TABLE_GET);
	lo_message message;

	if (taken < 0) {
		return CTL_USAGE;
	}
	count -= taken, args += taken;
	if (count == 1 && is_toggle(row, args[0])) {
		return toggle(ctl, row, address);
	}
	if (!question &&
	    ((unsigned)count < table_needs(row) || (unsigned)count > table_takes(row))) {
		return ctl_usage(ctl);
	}
	message = lo_message_new();
	for (int i = 0; i < count && !status; i++) {
		status = add_argument(ctl, message, &row->args[i], args[i]);
	}
	status = status ? status : ask_and_show(ctl, row, address, message);
	lo_message_free(message);
	return status;
}

/* --- any message */

static int add_raw(struct ctl *ctl, lo_message message, const char *text)
{
	char type = text[0] && text[1] == ':' ? text[0] : '\0', *end;
	const char *value = type == 'i' || type == 'f' || type == 's' ? text + 2 : text;
	double number;
	long whole;

	errno = 0;
	whole = strtol(value, &end, 10);
	if (value == text) {
		type = end != value && !*end && !errno && whole == (int32_t)whole ? 'i'
		       : ctl_parse_number(value, &number)			  ? 'f'
										  : 's';
	} else if (type == 'i' && (end == value || *end || errno || whole != (int32_t)whole)) {
		return ctl_say(ctl, CTL_USAGE, "'%s' is not a 32-bit integer", value);
	}
	if (type == 'i') {
		lo_message_add_int32(message, (int32_t)whole);
	} else if (type == 's') {
		lo_message_add_string(message, value);
	} else if (ctl_parse_number(value, &number)) {
		lo_message_add_float(message, (float)number);
	} else {
		return ctl_say(ctl, CTL_USAGE, "'%s' is not a number", value);
	}
	return CTL_OK;
}

static bool is_address(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at <= ' ' || *at > '~' || *at == '#') {
			return false;
		}
	}
	return *text == '/' && text[1];
}

int ctl_raw(struct ctl *ctl, int count, char **args)
{
	struct ctl_answers answers = { 0 };
	int status = CTL_OK;
	lo_message message;

	if (!count) {
		return ctl_usage(ctl);
	}
	if (!is_address(args[0])) {
		return ctl_say(ctl, CTL_USAGE, "'%s' is not an address", args[0]);
	}
	message = lo_message_new();
	for (int i = 1; i < count && !status; i++) {
		status = add_raw(ctl, message, args[i]);
	}
	if (!status) {
		status = ctl_ask(ctl, args[0], message, ctl_wanted(args[0], (unsigned)count - 1),
				 &answers);
	}
	for (unsigned i = 0; !ctl->json && i < answers.count; i++) {
		ctl_show_line(&answers.all[i], NULL, false, stdout);
	}
	status = status ? status : ctl_judge(ctl, &answers);
	if (!status && ctl->json) {
		ctl_show_json(&answers, true, stdout);
	}
	lo_message_free(message);
	ctl_answers_clear(&answers);
	return status;
}

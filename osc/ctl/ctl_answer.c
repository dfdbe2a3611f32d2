/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl_answer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/proto/part.h"
#include "osc/proto/table.h"

static void *or_end(void *memory)
{
	if (!memory) {
		fputs("xenjackctl: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return memory;
}

void *ctl_alloc(void *old, size_t size)
{
	return or_end(realloc(old, size ? size : 1));
}

char *ctl_format(const char *format, va_list arguments)
{
	char *text;

	return or_end(vasprintf(&text, format, arguments) < 0 ? NULL : text);
}

char *ctl_text(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = ctl_format(format, arguments);
	va_end(arguments);
	return text;
}

void ctl_answers_add(struct ctl_answers *answers, const struct packet_message *message)
{
	struct ctl_answer *answer;

	if (answers->count == answers->room) {
		answers->room = answers->room ? 2 * answers->room : 16;
		answers->all = ctl_alloc(answers->all, answers->room * sizeof(struct ctl_answer));
	}
	answer = &answers->all[answers->count++];
	answer->address = ctl_text("%s", message->address);
	answer->count = message->count;
	answer->values = ctl_alloc(NULL, message->count * sizeof(struct ctl_value));
	for (unsigned i = 0; i < message->count; i++) {
		struct ctl_value *value = &answer->values[i];
		const char *text = packet_text(message, i);

		*value = (struct ctl_value){ .type = message->types[i] };
		if (text || packet_number(message, i, &value->number)) {
			value->type = 's';
			value->text = ctl_text("%s", text ? text : "");
		} else if (!strchr("if", value->type)) {
			value->type = value->type == 'd' ? 'f' : 'i';
		}
	}
}

void ctl_answers_clear(struct ctl_answers *answers)
{
	for (unsigned i = 0; i < answers->count; i++) {
		for (unsigned k = 0; k < answers->all[i].count; k++) {
			free(answers->all[i].values[k].text);
		}
		free(answers->all[i].values);
		free(answers->all[i].address);
	}
	free(answers->all);
	*answers = (struct ctl_answers){ 0 };
}

/* --- the table */

/* Parts in <> match any part, so that an address from the table matches itself. */
static bool row_fits(const char *path, const char *address)
{
	while (*path && *address) {
		size_t wanted = strcspn(path + 1, "/"), have = strcspn(address + 1, "/");

		if (path[1] != '<' &&
		    (wanted != have || memcmp(path + 1, address + 1, have) != 0)) {
			return false;
		}
		path += 1 + wanted, address += 1 + have;
	}
	return !*path && !*address;
}

static unsigned words_of(const char *answer)
{
	unsigned count = answer && *answer;

	for (; answer && *answer; answer++) {
		count += *answer == ' ';
	}
	return count;
}

const struct table_row *ctl_row(const char *address, unsigned count)
{
	const struct table_row *first = NULL;

	for (unsigned name = 0; name < TABLE_COUNT; name++) {
		const struct table_row *row = table_row((enum table_name)name);

		if (strcmp(row->path, address) == 0 && !strchr(row->path, '<')) {
			return row;
		}
		/* Two events share an address; the number of values distinguishes them. */
		if (row_fits(row->path, address) && (!first || words_of(row->answer) == count)) {
			first = row;
		}
	}
	return first;
}

bool ctl_is_error(const struct ctl_answer *answer)
{
	return strcmp(answer->address, "/error") == 0 && answer->count >= 3 &&
	       answer->values[0].text && answer->values[2].text;
}

static bool is_reply(const struct ctl_answer *answer)
{
	return strcmp(answer->address, "/reply") == 0 && answer->count && answer->values[0].text;
}

static bool is_part(const struct ctl_answer *answer, const char *what)
{
	const struct table_row *row;

	if (!is_reply(answer) || answer->count < 2 || !answer->values[1].text) {
		return false;
	}
	row = ctl_row(answer->values[0].text, answer->count);
	return row && row->list && strcmp(answer->values[1].text, what) == 0;
}

bool ctl_is_item(const struct ctl_answer *answer)
{
	return is_part(answer, "item");
}

bool ctl_is_end(const struct ctl_answer *answer)
{
	return is_part(answer, "end");
}

const char *ctl_about(const struct ctl_answer *answer, const struct table_row **row,
		      unsigned *first)
{
	const char *address = is_reply(answer) ? answer->values[0].text : answer->address;

	*first = ctl_is_item(answer) || ctl_is_end(answer) ? 2 : is_reply(answer);
	*row = ctl_row(address, answer->count);
	return address;
}

bool ctl_field(const struct table_row *row, unsigned index, struct ctl_field *field)
{
	static const char *const flags[] = { "muted",	 "mute", "solo",     "on",
					     "realtime", "ours", "physical", "done" };
	const char *at = row && row->answer ? row->answer : "*:";
	size_t length;

	for (;; at += strcspn(at, " ") + 1) {
		field->repeated = strncmp(at + 1, "...", 3) == 0;
		if (!index || field->repeated || !at[strcspn(at, " ")]) {
			break;
		}
		index--;
	}
	if (*at == '*' || (index && !field->repeated)) {
		return false;
	}
	at = strchr(at, ':') + 1;
	length = strcspn(at, " ");
	snprintf(field->name, sizeof(field->name), "%.*s", (int)length, at);
	field->flag = false;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		field->flag |= strcmp(field->name, flags[i]) == 0;
	}
	return true;
}

/* --- parts of addresses, and values */

bool ctl_id_of(const char *address, char *id, size_t size)
{
	static const char head[] = "/stream/";
	const char *at = address + strlen(head);

	if (strncmp(address, head, strlen(head)) != 0 || !strchr(at, '/')) {
		return false;
	}
	snprintf(id, size, "%.*s", (int)strcspn(at, "/"), at);
	return true;
}

bool ctl_name_of(const char *address, char *name, size_t size)
{
	static const char head[] = "/guest/";
	const char *at = address + strlen(head);

	return strncmp(address, head, strlen(head)) == 0 && strchr(at, '/') &&
	       part_text(at, strcspn(at, "/"), name, size);
}

unsigned ctl_channel_of(const char *address)
{
	const char *last = strrchr(address, '/');
	char id[CTL_ID_SIZE];

	return ctl_id_of(address, id, sizeof(id)) && last && isdigit((unsigned char)last[1])
		       ? (unsigned)strtoul(last + 1, NULL, 10)
		       : 0;
}

const char *ctl_value_text(const struct ctl_value *value, const struct ctl_field *field,
			   char number[CTL_NUMBER_SIZE])
{
	if (value->type == 's') {
		bool direction = field && strcmp(field->name, "direction") == 0;

		return direction && strcmp(value->text, "p") == 0   ? "playback"
		       : direction && strcmp(value->text, "c") == 0 ? "capture"
								    : value->text;
	}
	if (field && field->flag) {
		return value->number != 0.0 ? "yes" : "no";
	}
	if (field && strstr(field->name, "_dB") && value->number <= (double)TABLE_DB_MIN) {
		return "-inf";
	}
	if (field && value->number < 0.0 && strcmp(field->name, "connections") == 0) {
		return value->number == -2.0 ? "of a later version" : "not readable";
	}
	if (value->type == 'i') {
		snprintf(number, CTL_NUMBER_SIZE, "%.0f", value->number);
	} else {
		bool fine = field && strcmp(field->name, "position") == 0;

		snprintf(number, CTL_NUMBER_SIZE, fine ? "%.4f" : "%.1f", value->number);
	}
	return number;
}

bool ctl_is_pattern(const char *text)
{
	return strpbrk(text, "*?[{") != NULL;
}

const struct ctl_answer *ctl_answers_find(const struct ctl_answers *answers, const char *id,
					  const char *leaf)
{
	for (unsigned i = 0; i < answers->count; i++) {
		const struct ctl_answer *answer = &answers->all[i];
		const char *last = strrchr(answer->address, '/');
		char have[CTL_ID_SIZE];

		if (answer->count && last && strcmp(last + 1, leaf) == 0 &&
		    ctl_id_of(answer->address, have, sizeof(have)) && strcmp(have, id) == 0) {
			return answer;
		}
	}
	return NULL;
}

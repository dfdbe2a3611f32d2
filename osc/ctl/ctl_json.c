/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "osc/ctl/ctl_bars.h"
#include "osc/ctl/ctl_guest.h"
#include "osc/ctl/ctl_list.h"
#include "osc/ctl/ctl_show.h"
#include "osc/ctl/ctl_text.h"

/* A float has 7 digits: with these, 0.1 is printed as 0.1. */
#define PRECISION 7

/* null for what is not UTF-8, which JSON cannot represent. */
static json_t *text_of(const char *text)
{
	json_t *string = json_string(text);

	return string ? string : json_null();
}

static json_t *value_of(const struct ctl_value *value, const struct ctl_field *field)
{
	if (value->type == 's') {
		return text_of(value->text);
	}
	if (field && field->flag) {
		return json_boolean(value->number != 0.0);
	}
	return value->type == 'i' ? json_integer((json_int_t)value->number)
				  : json_real(value->number);
}

static void add_fields(json_t *object, const struct ctl_answer *answer, const struct table_row *row,
		       unsigned first)
{
	json_t *rest = json_array();

	for (unsigned i = first; i < answer->count; i++) {
		struct ctl_field field;
		bool known = ctl_field(row, i - first, &field);
		json_t *value = value_of(&answer->values[i], known ? &field : NULL);

		if (!known) {
			json_array_append_new(rest, value);
		} else if (field.repeated) {
			json_t *list = json_object_get(object, field.name);

			if (!list) {
				list = json_array();
				json_object_set_new(object, field.name, list);
			}
			json_array_append_new(list, value);
		} else {
			json_object_set_new(object, field.name, value);
		}
	}
	if (json_array_size(rest)) {
		json_object_set(object, "arguments", rest);
	}
	json_decref(rest);
}

static json_t *object_of(const struct ctl_answer *answer)
{
	const struct table_row *row;
	unsigned first, channel;
	const char *about = ctl_about(answer, &row, &first);
	json_t *object = json_object();
	char id[CTL_ID_SIZE], name[CTL_GUEST_SIZE];

	if (!ctl_is_item(answer)) {
		json_object_set_new(object, "address", json_string(about));
		channel = ctl_channel_of(about);
		if (ctl_id_of(about, id, sizeof(id))) {
			json_object_set_new(object, "id", json_string(id));
		}
		if (ctl_name_of(about, name, sizeof(name))) {
			json_object_set_new(object, "guest", text_of(name));
		}
		if (channel) {
			json_object_set_new(object, "channel", json_integer(channel));
		}
	}
	add_fields(object, answer, row, first);
	return object;
}

/* JSON may hold DEL and C1's control characters as they are, and a terminal would obey them. */
static void put(FILE *out, const char *text)
{
	for (; *text; text++) {
		const unsigned char *at = (const unsigned char *)text;
		bool high = at[0] == 0xC2 && at[1] < 0xA0;

		if (high || *at == 0x7F) {
			fprintf(out, "\\u%04x", (unsigned)at[high]);
			text += high;
		} else {
			fputc(*text, out);
		}
	}
}

static void print(json_t *document, size_t flags, FILE *out)
{
	char *text = json_dumps(document, JSON_REAL_PRECISION(PRECISION) | flags);

	put(out, text ? text : "");
	fputc('\n', out);
	fflush(out);
	free(text);
	json_decref(document);
}

void ctl_show_json(const struct ctl_answers *answers, bool many, FILE *out)
{
	json_t *all = json_array();
	json_t *only;
	bool list = many;

	for (unsigned i = 0; i < answers->count; i++) {
		const struct ctl_answer *answer = &answers->all[i];

		list |= ctl_is_end(answer);
		if (!ctl_is_end(answer) && !ctl_is_error(answer)) {
			json_array_append_new(all, object_of(answer));
		}
	}
	if (list) {
		print(all, JSON_INDENT(2), out);
		return;
	}
	only = json_array_size(all) ? json_incref(json_array_get(all, 0)) : json_object();
	json_decref(all);
	print(only, JSON_INDENT(2), out);
}

void ctl_show_line(const struct ctl_answer *answer, const char *time, bool json, FILE *out)
{
	if (json) {
		json_t *object = json_object();

		if (time) {
			json_object_set_new(object, "time", json_string(time));
		}
		json_object_update_missing_new(object, object_of(answer));
		print(object, JSON_COMPACT, out);
		return;
	}
	if (time) {
		fprintf(out, "%s ", time);
	}
	ctl_text_put(out, answer->address);
	for (unsigned i = 0; i < answer->count; i++) {
		const struct ctl_value *value = &answer->values[i];
		const struct table_row *row = ctl_row(answer->address, answer->count);
		struct ctl_field field;
		char number[CTL_NUMBER_SIZE];

		/* Texts and flags as they were sent, not as words for people. */
		fputc(' ', out);
		ctl_text_put(out, ctl_value_text(value,
						 value->type != 's' && ctl_field(row, i, &field) &&
								 !field.flag
							 ? &field
							 : NULL,
						 number));
	}
	fputc('\n', out);
	fflush(out);
}

void ctl_show_errors(const struct ctl_answers *answers, FILE *out)
{
	json_t *errors = json_array();

	for (unsigned i = 0; i < answers->count; i++) {
		const struct ctl_answer *answer = &answers->all[i];

		if (ctl_is_error(answer)) {
			json_array_append_new(errors,
					      json_pack("{s:o, s:i, s:o}", "address",
							text_of(answer->values[0].text), "code",
							(int)answer->values[1].number, "text",
							text_of(answer->values[2].text)));
		}
	}
	print(json_pack("{s:o}", "errors", errors), JSON_INDENT(2), out);
}

void ctl_show_failure(int code, const char *text, FILE *out)
{
	print(json_pack("{s:[{s:s, s:i, s:o}]}", "errors", "address", "", "code", code, "text",
			text_of(text)),
	      JSON_COMPACT, out);
}

/* --- the list of streams, with further answers about each */

static json_t *array_of(const struct ctl_answer *answer, bool flags)
{
	json_t *array = json_array();

	for (unsigned i = 0; answer && i < answer->count; i++) {
		json_array_append_new(array, flags ? json_boolean(answer->values[i].number != 0.0)
						   : json_real(answer->values[i].number));
	}
	return array;
}

/* What is set for the guest as a whole. */
static json_t *whole_of(double gain_db, bool muted)
{
	return json_pack("{s:f, s:b}", "gain_dB", gain_db, "muted", muted);
}

static void add_guest(json_t *object, const struct ctl_answers *more, const char *id)
{
	const char *name = ctl_guest_of_stream(more, id);
	const struct ctl_answer *guest = ctl_guest_find(more, name);

	/* The list of xenjackd 0.1.0 does not say it. */
	if (name && !json_object_get(object, "guest")) {
		json_object_set_new(object, "guest", text_of(name));
	}
	json_object_set_new(object, "whole_guest",
			    whole_of(guest ? guest->values[CTL_GUEST_GAIN].number : 0.0,
				     guest && guest->values[CTL_GUEST_MUTED].number != 0.0));
}

void ctl_list_json(const struct ctl_answers *list, const struct ctl_answers *more, FILE *out)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < list->count; i++) {
		json_t *object;
		const char *id;
		const struct ctl_answer *solo;

		if (!ctl_is_item(&list->all[i])) {
			continue;
		}
		object = object_of(&list->all[i]);
		id = json_string_value(json_object_get(object, "id"));
		id = id ? id : "";
		solo = ctl_answers_find(more, id, "solo");
		json_object_set_new(object, "solo",
				    json_boolean(solo && solo->values[0].number != 0.0));
		json_object_set_new(object, "guest_volume_dB",
				    array_of(ctl_answers_find(more, id, "guest_volume"), false));
		json_object_set_new(object, "guest_mute",
				    array_of(ctl_answers_find(more, id, "guest_mute"), true));
		add_guest(object, more, id);
		json_array_append_new(all, object);
	}
	print(all, JSON_INDENT(2), out);
}

/* --- meters */

static json_t *level_of(const struct ctl_level *level)
{
	return json_pack("{s:f, s:f, s:f}", "peak_dBFS", level->peak, "rms_dBFS", level->rms,
			 "hold_dBFS", level->hold);
}

void ctl_bars_json(const struct ctl_bars *bars, bool compact)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < bars->count; i++) {
		const struct ctl_strip *strip = &bars->strips[i];
		json_t *channels = json_array();

		for (unsigned c = 0; c < strip->channels; c++) {
			json_array_append_new(channels, level_of(&strip->levels[c]));
		}
		json_array_append_new(
			all, json_pack("{s:s, s:s, s:o, s:f, s:f, s:f, s:f, s:f, s:b, s:o, s:o}",
				       "id", strip->id, "state", strip->state, "channels", channels,
				       "fill_frames", strip->fill, "ring_frames", strip->ring,
				       "underruns", strip->underruns, "overruns", strip->overruns,
				       "gain_dB", strip->gain_db, "muted", strip->muted, "guest",
				       text_of(strip->guest), "whole_guest",
				       whole_of(strip->guest_db, strip->guest_muted)));
	}
	print(all, compact ? JSON_COMPACT : JSON_INDENT(2), stdout);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers from the daemon, and the names of their values, from osc/proto/table.h. Texts are as they
 * were sent, byte for byte: print them with osc/ctl/ctl_text.h. Answers are the caller's. Running
 * out of memory ends the program.
 */
#ifndef XENJACK_CTL_ANSWER_H
#define XENJACK_CTL_ANSWER_H

#include <stdarg.h>

#include "osc/proto/limits.h"
#include "osc/proto/packet.h"
#include "osc/proto/table.h"

struct ctl_value {
	char type; /* i, f or s; anything without such a value is s */
	double number;
	char *text; /* of s */
};

struct ctl_answer {
	char *address;
	unsigned count;
	struct ctl_value *values;
};

struct ctl_answers {
	unsigned count, room;
	struct ctl_answer *all;
};

/* A value of an answer, as the table describes it. */
struct ctl_field {
	char name[32]; /* "gain_dB" */
	bool flag;     /* 0 or 1 */
	bool repeated; /* it and all after it have this name */
};

void ctl_answers_add(struct ctl_answers *answers, const struct packet_message *message);

/* Frees all; accepts a zeroed one. */
void ctl_answers_clear(struct ctl_answers *answers);

/* The row of a real address or of one from the table, with this many values; or NULL. */
const struct table_row *ctl_row(const char *address, unsigned count);

/* The address that an answer is about, its row, and the index of its first own value. */
const char *ctl_about(const struct ctl_answer *answer, const struct table_row **row,
		      unsigned *first);

/* Describes the n-th value; false: not in the table. */
bool ctl_field(const struct table_row *row, unsigned index, struct ctl_field *field);

bool ctl_is_error(const struct ctl_answer *answer);
/* Whether it is an item of a list, or its end. */
bool ctl_is_item(const struct ctl_answer *answer);
bool ctl_is_end(const struct ctl_answer *answer);

/* Room for a stream's id or a pattern of ids, and for a guest's name. */
#define CTL_ID_SIZE (LIMITS_PART_MAX + 1)
#define CTL_GUEST_SIZE (LIMITS_GUEST_MAX + 1)
/* Room for a number as text. */
#define CTL_NUMBER_SIZE 64u

/* The id in an address, if it has one. */
bool ctl_id_of(const char *address, char *id, size_t size);
/* The name of the guest in an address, if it has one. */
bool ctl_name_of(const char *address, char *name, size_t size);
/* The channel in it, counted from 1; or 0. */
unsigned ctl_channel_of(const char *address);

/* A value for people: its text, a word such as -inf or yes, or a number with few digits. */
const char *ctl_value_text(const struct ctl_value *value, const struct ctl_field *field,
			   char number[CTL_NUMBER_SIZE]);

/* A stream's answer from /stream/<id>/<leaf>, if it has values; or NULL. */
const struct ctl_answer *ctl_answers_find(const struct ctl_answers *answers, const char *id,
					  const char *leaf);

/* Whether a text contains wildcards. */
bool ctl_is_pattern(const char *text);

/* --- memory; the program ends if there is none */

/* realloc */
void *ctl_alloc(void *old, size_t size);

/* A text to free. */
char *ctl_format(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
char *ctl_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

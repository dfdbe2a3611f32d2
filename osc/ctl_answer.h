/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came from the daemon, kept, and what its parts are called: the names are those of
 * osc/table.h. Control characters, which a port's name may have, are '?' in it: a terminal would
 * obey them. Answers are the caller's. No memory ends the program.
 */
#ifndef XENJACK_CTL_ANSWER_H
#define XENJACK_CTL_ANSWER_H

#include "osc/packet.h"
#include "osc/table.h"

struct ctl_value {
	char type; /* i, f, s; what has no value of these is s */
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

/* A part of an answer, by the table. */
struct ctl_field {
	char name[32]; /* "gain_dB" */
	bool flag;     /* 0 or 1 */
	bool repeated; /* it and all behind it are of this name */
};

void ctl_answers_add(struct ctl_answers *answers, const struct packet_message *message);

/* Frees all; accepts a zeroed one. */
void ctl_answers_clear(struct ctl_answers *answers);

/* The row of an address as it comes or is written in the table, with so many values; or NULL. */
const struct table_row *ctl_row(const char *address, unsigned count);

/* The address that an answer is about, its row, and where its own values begin. */
const char *ctl_about(const struct ctl_answer *answer, const struct table_row **row,
		      unsigned *first);

/* What the n-th value is called; false: the table says nothing of it. */
bool ctl_field(const struct table_row *row, unsigned index, struct ctl_field *field);

bool ctl_is_error(const struct ctl_answer *answer);
/* An item of a list; its end; or neither. */
bool ctl_is_item(const struct ctl_answer *answer);
bool ctl_is_end(const struct ctl_answer *answer);

/* The id in an address, if it has one. */
bool ctl_id_of(const char *address, char *id, size_t size);
/* The channel in it, from 1, or 0. */
unsigned ctl_channel_of(const char *address);

/* A value as people read it: -inf, yes, a number's digits. */
void ctl_value_text(const struct ctl_value *value, const struct ctl_field *field, char *text,
		    size_t size);

/* Whether a text is a pattern. */
bool ctl_is_pattern(const char *text);

/* Memory, or the end of the program. */
void *ctl_alloc(void *old, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of xenjackctl share: the options, the connection, and how a question is asked.
 * One thread. A struct ctl is main's. What is asked returns an exit status; whoever returns
 * another than 0 has said why on standard error.
 */
#ifndef XENJACK_CTL_H
#define XENJACK_CTL_H

#include "osc/ctl_answer.h"
#include "osc/ctl_link.h"
#include "osc/table.h"

/* The exit statuses of the manual. */
enum ctl_status {
	CTL_OK,
	CTL_REFUSED, /* the daemon said no */
	CTL_USAGE,
	CTL_ABSENT, /* there is no daemon, or it does not answer */
};

struct ctl {
	const char *where; /* a path or a URL */
	const char *command;
	char subject[256]; /* the command's arguments */
	bool json, once;
	double timeout_s, interval_s; /* interval_s 0: the command's own */
	struct ctl_link link;	      /* opened by the first question */
	int32_t synced;		      /* the last number asked for */
};

struct ctl_command {
	const char *name, *usage, *text;
	int (*run)(struct ctl *ctl, int count, char **args); /* args without the command */
	enum table_name row; /* what ctl_run_row does, where there is no more to it */
};

/* In the order of the manual; the last has no name. In ctl_commands.c. */
extern const struct ctl_command ctl_commands[];
const struct ctl_command *ctl_command(const char *name);

/* Says "xenjackctl: COMMAND: ..." on standard error, and returns the status. */
int ctl_say(const struct ctl *ctl, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same of a part of the command: what was refused. Returns CTL_REFUSED. */
int ctl_say_of(const struct ctl *ctl, const char *what, const char *text);

/* How the command is used, as an error. */
int ctl_usage(const struct ctl *ctl);

/* --- questions, ctl_ask.c */

/* Connects if that is still to be done. */
int ctl_connect(struct ctl *ctl);

/*
 * Sends one message and gathers what comes until the daemon has done it: `wanted` answers that end
 * something, and the /synced behind them. Errors are among the answers.
 */
int ctl_ask(struct ctl *ctl, const char *address, lo_message message, unsigned wanted,
	    struct ctl_answers *answers);

/* The same, of a row's question without arguments. */
int ctl_get(struct ctl *ctl, const char *address, struct ctl_answers *answers);

/* How many answers end what a message does at an address with so many arguments. */
unsigned ctl_wanted(const char *address, unsigned count);

/* Says the first error among them in words, and what there is instead; CTL_OK: there is none. */
int ctl_judge(struct ctl *ctl, const struct ctl_answers *answers);

/* --- commands */

int ctl_run_row(struct ctl *ctl, enum table_name name, int count, char **args);
int ctl_list(struct ctl *ctl, int count, char **args);
int ctl_meters(struct ctl *ctl, int count, char **args);
int ctl_watch(struct ctl *ctl, int count, char **args);
int ctl_raw(struct ctl *ctl, int count, char **args);
int ctl_help(struct ctl *ctl, int count, char **args);
int ctl_completion(struct ctl *ctl, int count, char **args);

/* A level: a number or "-inf". False: it is none. */
bool ctl_parse_number(const char *text, double *value);

#endif

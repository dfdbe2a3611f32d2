/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of xenjackctl: the options, the connection, and how to ask the daemon. One
 * thread. main() owns the struct ctl. Functions that ask return an exit status; if it is not 0,
 * they have explained it on standard error and, with --json, as a document on standard output.
 */
#ifndef XENJACK_CTL_H
#define XENJACK_CTL_H

#include "osc/ctl/ctl_answer.h"
#include "osc/ctl/ctl_link.h"
#include "osc/proto/table.h"

/* The exit statuses of the manual. */
enum ctl_status {
	CTL_OK,
	CTL_REFUSED, /* the daemon refused */
	CTL_USAGE,
	CTL_ABSENT, /* no daemon, or it does not answer */
};

struct ctl_command;

struct ctl {
	const char *where;		    /* a path or a URL */
	const struct ctl_command *commands; /* all; the last has no name */
	const struct ctl_command *command;  /* the one that runs; NULL until it is known */
	char *subject;			    /* the command's arguments, */
	char *const *args;		    /* and each of them, NULL after the last */
	bool json, once, timestamps, reconnect;
	double timeout_s, interval_s; /* interval_s 0: the command's own */
	struct ctl_link link;	      /* opened by the first question */
	int32_t synced;		      /* the number of the last /sync */
};

struct ctl_command {
	const char *name, *usage, *text;
	int (*run)(struct ctl *ctl, int count, char **args); /* args without the command */
	enum table_name row; /* for ctl_run_row, if that is all the command does */
	const char *takes;   /* what completes its arguments, see ctl_completion.c; or NULL */
};

/* In the order of the manual; the last has no name. In ctl_commands.c. */
extern const struct ctl_command ctl_commands[];

/* --- options, ctl_options.c */

/*
 * Takes the options from arguments that end with NULL. They may stand anywhere; a single '-' may
 * begin a level. Leaves the others in args, `count` of them. Returns an exit status, or -1 to go
 * on.
 */
int ctl_options_take(struct ctl *ctl, char **args, int *count);

/* Whether there is such an option and it takes a value. */
bool ctl_options_valued(const char *name);

/* Prints their names. */
void ctl_options_print(void);

/* --- ctl_parse.c and ctl_say.c, below the commands */

/* NULL: no such command. */
const struct ctl_command *ctl_find(const struct ctl *ctl, const char *name);

/* Prints "xenjackctl: COMMAND: ..." on standard error, and returns the status. */
int ctl_say(const struct ctl *ctl, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for a daemon that is not there or does not answer, for -errno. Returns CTL_ABSENT. */
int ctl_absent(const struct ctl *ctl, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints "xenjackctl: COMMAND WHAT: TEXT" about what was refused. Returns CTL_REFUSED. */
int ctl_say_of(const struct ctl *ctl, const char *what, const char *text);

/* Prints the command's usage, as an error. Returns CTL_USAGE. */
int ctl_usage(const struct ctl *ctl);

/* Whether a text is an id or a pattern: it can be a part of an address. */
bool ctl_is_part(const char *text);

/* A number, or "-inf", which is silence. False: neither. */
bool ctl_parse_number(const char *text, double *value);

/*
 * A gain as it is typed, "dB" behind it or not: 3, -3 and -inf are the gain itself; 3+, 3-, +=3 and
 * -=3 change it. A leading '+' could mean either.
 */
enum ctl_gain {
	CTL_GAIN_NONE, /* not a gain */
	CTL_GAIN_AMBIGUOUS,
	CTL_GAIN_SET,
	CTL_GAIN_CHANGE,
};
enum ctl_gain ctl_parse_gain(const char *text, double *db);

/* --- questions, ctl_ask.c */

/* Connects, unless it is connected already. */
int ctl_connect(struct ctl *ctl);

/*
 * Sends one message and collects answers until the daemon is done: until `wanted` of them that are
 * not items of a list, and the /synced after them. Errors are among the answers.
 */
int ctl_ask(struct ctl *ctl, const char *address, lo_message message, unsigned wanted,
	    struct ctl_answers *answers);

/* The same for an address without arguments. */
int ctl_get(struct ctl *ctl, const char *address, struct ctl_answers *answers);

/* How many answers other than items an address gives to a message with this many arguments. */
unsigned ctl_wanted(const char *address, unsigned count);

/* Sets a number at an address, of type 'f' or 'i', without showing it. */
int ctl_set(struct ctl *ctl, const char *address, char type, double value);

/* Explains the first error among them, and what exists instead; CTL_OK: no errors. */
int ctl_judge(struct ctl *ctl, const struct ctl_answers *answers);

/* --- commands */

int ctl_run_row(struct ctl *ctl, enum table_name name, int count, char **args);
int ctl_list(struct ctl *ctl, int count, char **args);
int ctl_meters(struct ctl *ctl, int count, char **args);
int ctl_watch(struct ctl *ctl, int count, char **args);
int ctl_raw(struct ctl *ctl, int count, char **args);
int ctl_help(struct ctl *ctl, int count, char **args);
int ctl_completion(struct ctl *ctl, int count, char **args);

#endif

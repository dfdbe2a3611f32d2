/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of options, and what is done with the value of one, whose place in struct config is
 * `field`. Private to config*.c. Any thread; allocates nothing.
 */
#ifndef XENJACK_CONFIG_OPTION_H
#define XENJACK_CONFIG_OPTION_H

#include <stddef.h>

#include "src/daemon/config.h"

/* A section "guest NAME" has the options of [guest], for one guest. */
#define CONFIG_GUEST "guest"

/* Its options are rules. */
#define CONFIG_ROUTE "route"

enum config_kind {
	CONFIG_TEXT,   /* array of char; at least min characters */
	CONFIG_PATH,   /* as text; absolute: a daemon's working directory may be anywhere */
	CONFIG_FOLDER, /* as a path; made by the daemon if it is missing */
	CONFIG_GROUP,  /* as text */
	CONFIG_PREFIX, /* as text; of OSC addresses */
	CONFIG_HOSTS,  /* as text; addresses, separated by blanks or commas */
	CONFIG_NETS,   /* as text; as allow_parse says */
	CONFIG_NUMBER, /* uint32_t, min to max */
	CONFIG_CHOICE, /* int-sized enum or bool: index into `words` */
};

struct config_option {
	const char *section, *name;
	enum config_kind kind;
	size_t offset, size;
	const char *standard; /* the default, as written in a file */
	uint32_t min, max;
	const char *words[6]; /* of a choice */
	bool live;	      /* a running daemon can change it: config_take */
};

/* The compiler sees to it that this is the size of the table. */
#define CONFIG_OPTION_COUNT 33u

/* In the order of their sections. */
extern const struct config_option config_options[CONFIG_OPTION_COUNT];

/* NULL if there is no such option. */
const struct config_option *config_option_find(const char *section, const char *name);

/* Where its value is, for all guests. */
void *config_option_field(const struct config_option *option, const struct config *config);

/* Where its value is in a guest's own section. */
void *config_option_of_guest(const struct config_option *option, const struct config_guest *guest);

/* Sets a value, or returns false and changes nothing if it is not valid. */
bool config_option_set(const struct config_option *option, void *field, const char *value);

/* Describes the valid values, for an error message. */
void config_option_describe(const struct config_option *option, char *text, size_t size);

/* Whether two values are equal. */
bool config_option_is_equal(const struct config_option *option, const void *a, const void *b);

/* Writes the option with its value, as a line of a file that would reproduce it. */
void config_option_put(const struct config_option *option, const void *field, FILE *file);

#endif

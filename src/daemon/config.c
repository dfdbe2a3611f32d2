/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/config.h"

#include <errno.h>
#include <string.h>

#include <ini.h>

#include "src/daemon/config_machine.h"
#include "src/daemon/config_option.h"
#include "src/daemon/config_text.h"

/* State while reading a file. */
struct reading {
	struct config *config;
	const char *path;
	FILE *file;
	int line;
	char separator;			       /* '=' or ':', where inih ends a name */
	char guest[CONFIG_GUEST_NAME_MAX + 1]; /* NAME of the last line "[guest NAME]" */
	/* That set an option, for all and for each guest; or 0. */
	int lines[1 + CONFIG_GUESTS_MAX][CONFIG_OPTION_COUNT];
	int errors;
};

static void complain(struct reading *reading, const char *text, const char *what)
{
	reading->errors++;
	log_error("%s:%d: %s: %s", reading->path, reading->line, what, text);
}

static void complain_of(struct reading *reading, const char *text, size_t length, const char *what)
{
	char part[80];

	snprintf(part, sizeof(part), "%.*s", (int)length, text);
	complain(reading, part, what);
}

static void complain_of_quotes(struct reading *reading, const char *name, const char *value)
{
	char text[400];

	snprintf(text, sizeof(text), "%.190s = %.190s", name, value);
	complain(reading, text, "quotes would be part of the name; write");
}

/* Appends a word to a list of those that would be right. */
static void append(char *list, size_t size, const char *word)
{
	size_t length = strlen(list);

	snprintf(list + length, size - length, "%s%s", length ? " " : "", word);
}

static void complain_of_section(struct reading *reading, const char *name, size_t length)
{
	char list[80] = "", what[120];
	const char *last = "";

	for (unsigned i = 0; i < CONFIG_OPTION_COUNT; i++) {
		if (strcmp(config_options[i].section, last) != 0) {
			append(list, sizeof(list), config_options[i].section);
		}
		last = config_options[i].section;
	}
	append(list, sizeof(list), CONFIG_ROUTE);
	snprintf(what, sizeof(what), "no such section (%s)", list);
	complain_of(reading, name, length, what);
}

static void complain_of_option(struct reading *reading, const char *section, const char *name)
{
	char list[120] = "", what[160];

	for (unsigned i = 0; i < CONFIG_OPTION_COUNT; i++) {
		if (strcmp(config_options[i].section, section) == 0) {
			append(list, sizeof(list), config_options[i].name);
		}
	}
	snprintf(what, sizeof(what),
		 *section ? "no such option in [%.20s] (%s)"
			  : "an option before the first [section]",
		 section, list);
	complain(reading, name, what);
}

static bool is_section(const char *name, size_t length)
{
	bool known = length == strlen(CONFIG_ROUTE) && memcmp(name, CONFIG_ROUTE, length) == 0;

	for (unsigned i = 0; i < CONFIG_OPTION_COUNT && !known; i++) {
		known = strlen(config_options[i].section) == length &&
			memcmp(name, config_options[i].section, length) == 0;
	}
	return known;
}

/*
 * Checks a line that begins with '['. inih tells us of a section only with its first option, cuts
 * its name to 49 bytes, and ignores what is behind the first ']': the options of "[guest a]b]"
 * would be another guest's.
 */
static void note_section(struct reading *reading, const char *text)
{
	const char *name = text + 1, *guest = name + strlen(CONFIG_GUEST " ");
	size_t length = strcspn(name, "]");
	const char *rest = name + length + (name[length] != '\0');

	if (strncmp(name, CONFIG_GUEST " ", strlen(CONFIG_GUEST " ")) == 0) {
		snprintf(reading->guest, sizeof(reading->guest), "%.*s",
			 (int)(length - strlen(CONFIG_GUEST " ")), guest);
		if (config_text_unquote(reading->guest)) {
			complain(reading, reading->guest,
				 "quotes would be part of the name; write");
		}
	} else if (name[length] && !is_section(name, length)) {
		complain_of_section(reading, name, length);
	}
	rest += strspn(rest, " \t\r\n");
	if (*rest && *rest != ';' && *rest != '#') {
		complain_of(reading, rest, strcspn(rest, "\r\n"),
			    "behind a section's ]; write on the next line");
	}
}

/* Checks any other line. Leaves none to inih that is no option: it would tell of the first only. */
static void note_option(struct reading *reading, char *text)
{
	reading->separator = text[strcspn(text, "=:")];
	if (!reading->separator && text[strspn(text, " \t\r\n")]) {
		complain_of(reading, text, strcspn(text, "\r\n"),
			    "neither [section] nor name = value");
		*text = '\0';
	}
}

/* Where a line begins: behind the mark with which some editors begin a file in UTF-8. */
static const char *skip_mark(const struct reading *reading, const char *text)
{
	static const char mark[] = "\xef\xbb\xbf";

	return reading->line == 1 && strncmp(text, mark, strlen(mark)) == 0 ? text + strlen(mark)
									    : text;
}

/*
 * Counts lines, because Debian's build of inih does not pass the line number to its handler. Also
 * discards the rest of a line that is too long for inih's buffer: inih would read it as a new line.
 */
static char *read_line(char *text, int size, void *arg)
{
	struct reading *reading = arg;
	const char *start;
	int c;

	reading->line++;
	if (!fgets(text, size, reading->file)) {
		return NULL;
	}
	if (strlen(text) == (size_t)size - 1 && text[size - 2] != '\n') {
		for (c = 0; c != EOF && c != '\n';) {
			c = getc(reading->file);
		}
		complain(reading, "the rest is ignored", "line too long");
	}
	start = skip_mark(reading, text);
	/* inih would take an indented line as a continuation of the last value. */
	start += strspn(start, " \t");
	memmove(text, start, strlen(start) + 1);
	if (*text == '[') {
		note_section(reading, text);
	} else {
		config_text_cut(text);
		note_option(reading, text);
	}
	return text;
}

/* Finds or adds the guest of a section "guest NAME"; NULL, logged, if that is impossible. */
static struct config_guest *take_guest(struct reading *reading, const char *name)
{
	struct config *config = reading->config;
	struct config_guest *guest;

	for (unsigned i = 0; i < config->guest_count; i++) {
		if (strcmp(config->guests[i].name, name) == 0) {
			return &config->guests[i];
		}
	}
	if (!*name || config->guest_count == CONFIG_GUESTS_MAX) {
		complain(reading, name, "guest name missing, or too many guests");
		return NULL;
	}
	guest = &config->guests[config->guest_count++];
	snprintf(guest->name, sizeof(guest->name), "%s", name);
	return guest;
}

/*
 * inih ends a name at the first '=' or ':'. If that is the ':' of a JACK name in the left side of a
 * rule, the value begins with the rest of that side.
 */
static void add_route(struct reading *reading, const char *name, const char *value)
{
	struct config *config = reading->config;
	const char *right = value, *wrong = "too many rules";
	char left[2 * ROUTE_PATTERN_MAX], sink[INI_MAX_LINE], what[160], rule[400];

	snprintf(left, sizeof(left), "%s", name);
	if (reading->separator == ':') {
		size_t length = strcspn(value, "=");

		right = value[length] ? value + length + 1 : "";
		right += strspn(right, " \t");
		while (length && strchr(" \t", value[length - 1])) {
			length--;
		}
		snprintf(left, sizeof(left), "%s:%.*s", name, (int)length, value);
	}
	snprintf(sink, sizeof(sink), "%s", right);
	config_text_unescape(left);
	config_text_unescape(sink);
	if (config_text_unquote(left) | config_text_unquote(sink)) {
		complain_of_quotes(reading, left, sink);
		return;
	}
	if (config->route_count < ROUTE_COUNT_MAX) {
		wrong = route_parse(&config->routes[config->route_count], left, sink);
		config->route_count += !wrong;
	}
	if (wrong) {
		snprintf(what, sizeof(what), "[route] %s", wrong);
		snprintf(rule, sizeof(rule), "%.190s = %.190s", left, sink);
		complain(reading, rule, what);
	}
}

static int *line_of(struct reading *reading, const struct config_option *option,
		    const struct config_guest *guest)
{
	return &reading->lines[guest ? 1 + (guest - reading->config->guests) : 0]
			      [option - config_options];
}

/* Sets an option, for one guest or for all (NULL). */
static void set_option(struct reading *reading, const struct config_option *option,
		       struct config_guest *guest, const char *text)
{
	void *field = guest ? config_option_of_guest(option, guest)
			    : config_option_field(option, reading->config);
	char value[INI_MAX_LINE], what[160], wanted[80];
	int *line = line_of(reading, option, guest);

	snprintf(value, sizeof(value), "%s", text);
	config_text_unescape(value);
	if (config_text_unquote(value)) {
		complain_of_quotes(reading, option->name, value);
		return;
	}
	if (!config_option_set(option, field, value)) {
		config_option_describe(option, wanted, sizeof(wanted));
		snprintf(what, sizeof(what), "[%.20s] %.20s must be %s", option->section,
			 option->name, wanted);
	} else if (*line) {
		snprintf(what, sizeof(what), "[%.20s] %.20s is set in line %d already; delete one",
			 option->section, option->name, *line);
	} else {
		*line = reading->line;
		return;
	}
	complain(reading, value, what);
}

static int on_option(void *arg, const char *section, const char *name, const char *value)
{
	bool of_one = strncmp(section, CONFIG_GUEST " ", sizeof(CONFIG_GUEST)) == 0;
	const struct config_option *option = config_option_find(of_one ? CONFIG_GUEST : section,
								name);
	struct reading *reading = arg;
	struct config_guest *guest = NULL;

	if (strcmp(section, CONFIG_ROUTE) == 0) {
		add_route(reading, name, value);
		return 1;
	}
	if (!option && *section && !of_one && !is_section(section, strlen(section))) {
		return 1; /* note_section has complained */
	}
	if (!option) {
		complain_of_option(reading, of_one ? CONFIG_GUEST : section, name);
		return 1;
	}
	if (of_one) {
		guest = take_guest(reading, reading->guest);
		if (!guest) {
			return 1;
		}
	}
	set_option(reading, option, guest, value);
	return 1;
}

void config_init(struct config *config)
{
	memset(config, 0, sizeof(*config));
	for (unsigned i = 0; i < CONFIG_OPTION_COUNT; i++) {
		config_option_set(&config_options[i],
				  config_option_field(&config_options[i], config),
				  config_options[i].standard);
	}
}

const struct config_guest *config_guest(const struct config *config, const char *name)
{
	for (unsigned i = 0; i < config->guest_count; i++) {
		if (strcmp(config->guests[i].name, name) == 0) {
			return &config->guests[i];
		}
	}
	return &config->guest;
}

/* Gives guests' own sections what [guest] says, before them or behind them. */
static void inherit(struct reading *reading)
{
	struct config *config = reading->config;

	for (unsigned i = 0; i < config->guest_count * CONFIG_OPTION_COUNT; i++) {
		const struct config_option *option = &config_options[i % CONFIG_OPTION_COUNT];
		struct config_guest *guest = &config->guests[i / CONFIG_OPTION_COUNT];

		if (strcmp(option->section, CONFIG_GUEST) == 0 &&
		    !*line_of(reading, option, guest)) {
			memcpy(config_option_of_guest(option, guest),
			       config_option_field(option, config), option->size);
		}
	}
}

/* What the file sets; that a default does without is logged when it happens. */
static void check_machine(struct reading *reading, bool network)
{
	char culprit[CONFIG_LIST_MAX + 1], what[160];

	for (unsigned i = 0; i < CONFIG_OPTION_COUNT; i++) {
		const struct config_option *option = &config_options[i];
		const char *wrong = NULL;

		reading->line = *line_of(reading, option, NULL);
		if (reading->line) {
			wrong = config_machine_check(reading->config, option, network, culprit);
		}
		if (wrong) {
			snprintf(what, sizeof(what), "[%.20s] %.20s: %.100s", option->section,
				 option->name, wrong);
			complain(reading, culprit, what);
		}
	}
}

int config_load(struct config *config, const char *path, enum config_machine machine)
{
	struct reading reading = { .config = config, .path = path };
	int status;

	reading.file = fopen(path, "re");
	if (!reading.file) {
		int err = errno;

		if (err != ENOENT) {
			log_error("%s: %s", path, strerror(err));
		}
		return -err;
	}
	status = ini_parse_stream(read_line, &reading, on_option, &reading);
	inherit(&reading);
	if (ferror(reading.file)) {
		/* What was read of it is not what its author meant. */
		log_error("%s: cannot be read to its end", path);
		reading.errors++;
	}
	fclose(reading.file);
	if (status > 0) {
		reading.line = status;
		complain(&reading, "neither [section] nor name = value", "syntax");
	}
	if (machine != CONFIG_ANY) {
		check_machine(&reading, machine == CONFIG_NOW);
	}
	return status || reading.errors ? -EINVAL : 0;
}

/* --- changes while the daemon runs */

void config_take(struct config *config, const struct config *next)
{
	struct config old = *config;

	*config = *next;
	for (unsigned i = 0; i < CONFIG_OPTION_COUNT; i++) {
		const struct config_option *option = &config_options[i];
		const void *before = config_option_field(option, &old);

		if (!option->live &&
		    !config_option_is_equal(option, before, config_option_field(option, next))) {
			memcpy(config_option_field(option, config), before, option->size);
			log_notice("[%s] %s changes only when xenjackd restarts", option->section,
				   option->name);
		}
	}
}

static void dump_guest(const struct config_guest *guest, FILE *file)
{
	fprintf(file, "\n[" CONFIG_GUEST " %s]\n", guest->name);
	for (unsigned i = 0; i < CONFIG_OPTION_COUNT; i++) {
		if (strcmp(config_options[i].section, CONFIG_GUEST) == 0) {
			config_option_put(&config_options[i],
					  config_option_of_guest(&config_options[i], guest), file);
		}
	}
}

void config_dump(const struct config *config, FILE *file)
{
	const char *section = "";

	for (unsigned i = 0; i < CONFIG_OPTION_COUNT; i++) {
		if (strcmp(section, config_options[i].section) != 0) {
			fprintf(file, "%s[%s]\n", *section ? "\n" : "", config_options[i].section);
			section = config_options[i].section;
		}
		config_option_put(&config_options[i],
				  config_option_field(&config_options[i], config), file);
	}
	for (unsigned i = 0; i < config->guest_count; i++) {
		dump_guest(&config->guests[i], file);
	}
	for (unsigned i = 0; i < config->route_count; i++) {
		fputs(i ? "" : "\n[" CONFIG_ROUTE "]\n", file);
		config_text_put(config->routes[i].left, file);
		fputs(" = ", file);
		config_text_put(config->routes[i].right, file);
		fputc('\n', file);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "osc/server/allow.h"
#include "src/daemon/config_text.h"
#include "src/sound/pcm.h"

enum kind {
	TEXT,	/* array of char; at least min characters */
	PATH,	/* as TEXT; absolute: a daemon's working directory may be anywhere */
	PREFIX, /* as TEXT; of OSC addresses */
	HOSTS,	/* as TEXT; addresses, separated by blanks or commas */
	NETS,	/* as TEXT; as allow_parse says */
	NUMBER, /* uint32_t, min to max */
	CHOICE, /* int-sized enum or bool: index into `words` */
};

struct option {
	const char *section, *name;
	enum kind kind;
	size_t offset, size;
	const char *standard; /* the default, as written in a file */
	uint32_t min, max;
	const char *words[6]; /* of CHOICE */
	bool live;	      /* a running daemon can change it: config_take */
};

#define FIELD(name) offsetof(struct config, name), sizeof(((struct config *)NULL)->name)

/* A section "guest NAME" has the options of [guest], for one guest. */
#define GUEST "guest"

/* Its options are rules. */
#define ROUTE "route"

/* The run directory: what does not outlive a reboot. */
#define RUN "/run/xenjack"

static const struct option options[] = {
	{ "jack", "server", TEXT, FIELD(jack_server), "", 0, 0, { NULL }, false },
	{ "jack",
	  "clients",
	  CHOICE,
	  FIELD(jack_shared),
	  "per-card",
	  0,
	  0,
	  { "per-card", "shared", NULL },
	  false },
	{ "jack",
	  "autoconnect",
	  CHOICE,
	  FIELD(jack_autoconnect),
	  "playback",
	  0,
	  0,
	  { "none", "playback", NULL },
	  true },
	{ "jack",
	  "metadata",
	  CHOICE,
	  FIELD(jack_metadata),
	  "auto",
	  0,
	  0,
	  { "auto", "yes", "no", NULL },
	  false },
	/* The ranges that jackd itself accepts. */
	{ "jack", "rate", NUMBER, FIELD(jack_rate_hz), "48000", 1000, 768000, { NULL }, false },
	{ "jack", "period", NUMBER, FIELD(jack_period_frames), "1024", 16, 8192, { NULL }, false },
	/* jackd has fewer than 65536 ports: a port's number has 16 bits. */
	{ "jack", "port-max", NUMBER, FIELD(jack_port_max), "2048", 64, 65535, { NULL }, true },
	{ "limits", "cards", NUMBER, FIELD(limit_cards), "8", 1, 64, { NULL }, true },
	{ "limits", "streams", NUMBER, FIELD(limit_streams), "16", 1, 64, { NULL }, true },
	{ "limits",
	  "channels",
	  NUMBER,
	  FIELD(limit_channels),
	  "32",
	  1,
	  PCM_CHANNELS_MAX,
	  { NULL },
	  true },
	/* The maximum is what xen/shbuf maps. */
	{ "limits", "buffer", NUMBER, FIELD(limit_buffer_kib), "4096", 4, 65536, { NULL }, true },
	{ "limits", "ports", NUMBER, FIELD(limit_ports), "128", 1, 65535, { NULL }, true },
	{ "limits",
	  "memory",
	  NUMBER,
	  FIELD(limit_memory_kib),
	  "65536",
	  4,
	  16777216,
	  { NULL },
	  true },
	/* The default is what Xen's own default allows: 1024 frames of 256 entries. */
	{ "limits",
	  "mappings",
	  NUMBER,
	  FIELD(limit_mappings),
	  "262144",
	  1024,
	  1073741824,
	  { NULL },
	  true },
	/* Linux sends up to 25 at once when a device is opened. */
	{ "limits",
	  "requests",
	  NUMBER,
	  FIELD(limit_requests),
	  "32000",
	  100,
	  1000000,
	  { NULL },
	  true },
	{ "limits", "resampling", NUMBER, FIELD(limit_resampling), "25", 1, 100, { NULL }, true },
	{ GUEST,
	  "resample",
	  CHOICE,
	  FIELD(guest.resample),
	  "no",
	  0,
	  0,
	  { "no", "fast", "yes", "best", NULL },
	  true },
	{ GUEST,
	  "new",
	  CHOICE,
	  FIELD(guest.new_streams),
	  "connected",
	  0,
	  0,
	  { "connected", "silent", "unconnected", NULL },
	  true },
	{ "osc", "port", NUMBER, FIELD(osc_port), "7200", 0, 65535, { NULL }, false },
	{ "osc", "socket", PATH, FIELD(osc_socket), RUN "/osc.sock", 0, 0, { NULL }, false },
	{ "osc", "group", TEXT, FIELD(osc_group), "audio", 0, 0, { NULL }, false },
	{ "osc", "url", PATH, FIELD(osc_url), RUN "/osc.url", 0, 0, { NULL }, false },
	{ "osc", "prefix", PREFIX, FIELD(osc_prefix), "", 0, 0, { NULL }, false },
	{ "osc", "listen", HOSTS, FIELD(osc_listen), "", 0, 0, { NULL }, false },
	{ "osc", "allow", NETS, FIELD(osc_allow), "", 0, 0, { NULL }, true },
	{ "osc",
	  "local",
	  CHOICE,
	  FIELD(osc_local_all),
	  "levels",
	  0,
	  0,
	  { "levels", "all", NULL },
	  true },
	{ "osc",
	  "remote",
	  CHOICE,
	  FIELD(osc_remote_all),
	  "levels",
	  0,
	  0,
	  { "levels", "all", NULL },
	  true },
	{ "osc", "rate", NUMBER, FIELD(osc_rate), "200", 10, 100000, { NULL }, true },
	{ "daemon", "run", PATH, FIELD(daemon_run), RUN, 1, 0, { NULL }, false },
	/* Empty: nowhere, the default with --sim. */
	{ "daemon", "state", PATH, FIELD(daemon_state), "/var/lib/xenjack", 0, 0, { NULL }, false },
	{ "daemon",
	  "sandbox",
	  CHOICE,
	  FIELD(daemon_sandbox),
	  "yes",
	  0,
	  0,
	  { "no", "yes", NULL },
	  false },
	{ "log",
	  "level",
	  CHOICE,
	  FIELD(log_level),
	  "notice",
	  0,
	  0,
	  { "error", "warning", "notice", "info", "debug", NULL },
	  true },
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

/* State while reading a file. */
struct reading {
	struct config *config;
	const char *path;
	FILE *file;
	int line;
	char separator;					/* '=' or ':', where inih ends a name */
	char guest[CONFIG_GUEST_NAME_MAX + 1];		/* NAME of the last line "[guest NAME]" */
	int lines[1 + CONFIG_GUESTS_MAX][OPTION_COUNT]; /* that set all's, each guest's; or 0 */
	int errors;
};

static void complain(struct reading *reading, const char *text, const char *what)
{
	reading->errors++;
	log_error("%s:%d: %s: %s", reading->path, reading->line, what, text);
}

static bool set_number(const struct option *option, void *field, const char *value)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(value, &end, 10);
	/* strtoul would accept a sign and leading blanks. */
	if (*value < '0' || *value > '9' || *end || errno || number < option->min ||
	    number > option->max) {
		return false;
	}
	*(uint32_t *)field = (uint32_t)number;
	return true;
}

static bool set_choice(const struct option *option, void *field, const char *value)
{
	for (unsigned i = 0; option->words[i]; i++) {
		if (strcmp(option->words[i], value) == 0) {
			if (option->size == sizeof(bool)) {
				*(bool *)field = i;
			} else {
				*(enum log_level *)field = (enum log_level)i;
			}
			return true;
		}
	}
	return false;
}

/* Empty, or parts of letters, digits, '_' and '-', each after a '/'. */
static bool is_prefix(const char *text)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_-";

	while (*text == '/' && strspn(text + 1, good)) {
		text += 1 + strspn(text + 1, good);
	}
	return !*text;
}

static bool is_hosts(const char *text)
{
	char copy[INI_MAX_LINE], *rest = copy, *address;
	struct in6_addr ignored;
	bool good = true;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((address = strsep(&rest, " \t,"))) {
		good &= !*address || inet_pton(AF_INET, address, &ignored) == 1 ||
			inet_pton(AF_INET6, address, &ignored) == 1;
	}
	return good;
}

static bool is_nets(const char *text)
{
	struct allow ignored = { 0 };

	return !allow_parse(&ignored, text);
}

static bool set(const struct option *option, void *field, const char *value)
{
	switch (option->kind) {
	case TEXT:
	case PATH:
	case PREFIX:
	case HOSTS:
	case NETS:
		if (strlen(value) >= option->size || strlen(value) < option->min ||
		    (option->kind == PATH && *value && *value != '/') ||
		    (option->kind == PREFIX && !is_prefix(value)) ||
		    (option->kind == HOSTS && !is_hosts(value)) ||
		    (option->kind == NETS && !is_nets(value))) {
			return false;
		}
		memcpy(field, value, strlen(value) + 1);
		return true;
	case NUMBER:
		return set_number(option, field, value);
	case CHOICE:
		return set_choice(option, field, value);
	}
	return false;
}

/* Describes the valid values of an option, for an error message. */
static void describe(const struct option *option, char *text, size_t size)
{
	size_t length = 0;

	if (option->kind == TEXT || option->kind == PATH) {
		snprintf(text, size, "%s of at most %zu bytes",
			 option->kind == PATH ? "an absolute path" : "text", option->size - 1);
	} else if (option->kind == PREFIX) {
		snprintf(text, size,
			 "like /xen or /a/b, of letters, digits, _ and -, at most %zu bytes",
			 option->size - 1);
	} else if (option->kind == HOSTS || option->kind == NETS) {
		snprintf(text, size, "%s of at most %zu bytes",
			 option->kind == HOSTS ? "addresses, such as 0.0.0.0 fd00::1,"
					       : "networks, such as 10.0.0.0/8 fd00::1,",
			 option->size - 1);
	} else if (option->kind == NUMBER) {
		snprintf(text, size, "a number from %u to %u", option->min, option->max);
	}
	for (unsigned i = 0; option->kind == CHOICE && option->words[i]; i++) {
		length += (size_t)snprintf(text + length, size - length, "%s%s", i ? " or " : "",
					   option->words[i]);
	}
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

	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].section, last) != 0) {
			append(list, sizeof(list), options[i].section);
		}
		last = options[i].section;
	}
	append(list, sizeof(list), ROUTE);
	snprintf(what, sizeof(what), "no such section (%s)", list);
	complain_of(reading, name, length, what);
}

static void complain_of_option(struct reading *reading, const char *section, const char *name)
{
	char list[120] = "", what[160];

	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].section, section) == 0) {
			append(list, sizeof(list), options[i].name);
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
	bool known = length == strlen(ROUTE) && memcmp(name, ROUTE, length) == 0;

	for (unsigned i = 0; i < OPTION_COUNT && !known; i++) {
		known = strlen(options[i].section) == length &&
			memcmp(name, options[i].section, length) == 0;
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
	const char *name = text + 1, *guest = name + strlen(GUEST " ");
	size_t length = strcspn(name, "]");
	const char *rest = name + length + (name[length] != '\0');

	if (strncmp(name, GUEST " ", strlen(GUEST " ")) == 0) {
		snprintf(reading->guest, sizeof(reading->guest), "%.*s",
			 (int)(length - strlen(GUEST " ")), guest);
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

static void *field_of(const struct option *option, const struct config *config)
{
	return (char *)(uintptr_t)config + option->offset;
}

/* The field of an option in a guest's own section. */
static void *field_of_guest(const struct option *option, const struct config_guest *guest)
{
	return (char *)(uintptr_t)guest + option->offset - offsetof(struct config, guest);
}

static const struct option *find_option(const char *section, const char *name)
{
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].section, section) == 0 &&
		    strcmp(options[i].name, name) == 0) {
			return &options[i];
		}
	}
	return NULL;
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

static int *line_of(struct reading *reading, const struct option *option,
		    const struct config_guest *guest)
{
	return &reading->lines[guest ? 1 + (guest - reading->config->guests) : 0][option - options];
}

/* Sets an option, for one guest or for all (NULL). */
static void set_option(struct reading *reading, const struct option *option,
		       struct config_guest *guest, const char *text)
{
	void *field = guest ? field_of_guest(option, guest) : field_of(option, reading->config);
	char value[INI_MAX_LINE], what[160], wanted[80];
	int *line = line_of(reading, option, guest);

	snprintf(value, sizeof(value), "%s", text);
	config_text_unescape(value);
	if (config_text_unquote(value)) {
		complain_of_quotes(reading, option->name, value);
		return;
	}
	if (!set(option, field, value)) {
		describe(option, wanted, sizeof(wanted));
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
	bool of_one = strncmp(section, GUEST " ", sizeof(GUEST)) == 0;
	const struct option *option = find_option(of_one ? GUEST : section, name);
	struct reading *reading = arg;
	struct config_guest *guest = NULL;

	if (strcmp(section, ROUTE) == 0) {
		add_route(reading, name, value);
		return 1;
	}
	if (!option && *section && !of_one && !is_section(section, strlen(section))) {
		return 1; /* note_section has complained */
	}
	if (!option) {
		complain_of_option(reading, of_one ? GUEST : section, name);
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
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		set(&options[i], field_of(&options[i], config), options[i].standard);
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

	for (unsigned i = 0; i < config->guest_count * OPTION_COUNT; i++) {
		const struct option *option = &options[i % OPTION_COUNT];
		struct config_guest *guest = &config->guests[i / OPTION_COUNT];

		if (strcmp(option->section, GUEST) == 0 && !*line_of(reading, option, guest)) {
			memcpy(field_of_guest(option, guest), field_of(option, config),
			       option->size);
		}
	}
}

int config_load(struct config *config, const char *path)
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
	return status || reading.errors ? -EINVAL : 0;
}

/* --- changes while the daemon runs */

static bool is_equal(const struct option *option, const void *a, const void *b)
{
	return option->kind == NUMBER || option->kind == CHOICE ? memcmp(a, b, option->size) == 0
								: strcmp(a, b) == 0;
}

bool config_is_live(const char *section, const char *name)
{
	const struct option *option = find_option(section, name);

	return option && option->live;
}

void config_take(struct config *config, const struct config *next)
{
	struct config old = *config;

	*config = *next;
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options[i];
		const void *before = field_of(option, &old);

		if (!option->live && !is_equal(option, before, field_of(option, next))) {
			memcpy(field_of(option, config), before, option->size);
			log_notice("[%s] %s changes only when xenjackd restarts", option->section,
				   option->name);
		}
	}
}

static void dump_value(const struct option *option, const void *field, FILE *file)
{
	fprintf(file, "%s = ", option->name);
	switch (option->kind) {
	case TEXT:
	case PATH:
	case PREFIX:
	case HOSTS:
	case NETS:
		config_text_put(field, file);
		break;
	case NUMBER:
		fprintf(file, "%u", *(const uint32_t *)field);
		break;
	case CHOICE:
		fputs(option->words[option->size == sizeof(bool)
					    ? (unsigned)*(const bool *)field
					    : (unsigned)*(const enum log_level *)field],
		      file);
		break;
	}
	fputc('\n', file);
}

static void dump_guest(const struct config_guest *guest, FILE *file)
{
	fprintf(file, "\n[" GUEST " %s]\n", guest->name);
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].section, GUEST) == 0) {
			dump_value(&options[i], field_of_guest(&options[i], guest), file);
		}
	}
}

void config_dump(const struct config *config, FILE *file)
{
	const char *section = "";

	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(section, options[i].section) != 0) {
			fprintf(file, "%s[%s]\n", *section ? "\n" : "", options[i].section);
			section = options[i].section;
		}
		dump_value(&options[i], field_of(&options[i], config), file);
	}
	for (unsigned i = 0; i < config->guest_count; i++) {
		dump_guest(&config->guests[i], file);
	}
	for (unsigned i = 0; i < config->route_count; i++) {
		fputs(i ? "" : "\n[" ROUTE "]\n", file);
		config_text_put(config->routes[i].left, file);
		fputs(" = ", file);
		config_text_put(config->routes[i].right, file);
		fputc('\n', file);
	}
}

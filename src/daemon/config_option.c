/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/config_option.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "osc/server/allow.h"
#include "src/daemon/config_text.h"
#include "src/sound/pcm.h"

#define FIELD(name) offsetof(struct config, name), sizeof(((struct config *)NULL)->name)

/* The run directory: what does not outlive a reboot. */
#define RUN "/run/xenjack"

const struct config_option config_options[] = {
	{ "jack", "server", CONFIG_TEXT, FIELD(jack_server), "", 0, 0, { NULL }, false },
	{ "jack",
	  "clients",
	  CONFIG_CHOICE,
	  FIELD(jack_shared),
	  "per-card",
	  0,
	  0,
	  { "per-card", "shared", NULL },
	  false },
	{ "jack",
	  "autoconnect",
	  CONFIG_CHOICE,
	  FIELD(jack_autoconnect),
	  "playback",
	  0,
	  0,
	  { "none", "playback", NULL },
	  true },
	{ "jack",
	  "metadata",
	  CONFIG_CHOICE,
	  FIELD(jack_metadata),
	  "auto",
	  0,
	  0,
	  { "auto", "yes", "no", NULL },
	  false },
	/* The ranges that jackd itself accepts. */
	{ "jack",
	  "rate",
	  CONFIG_NUMBER,
	  FIELD(jack_rate_hz),
	  "48000",
	  1000,
	  768000,
	  { NULL },
	  false },
	{ "jack",
	  "period",
	  CONFIG_NUMBER,
	  FIELD(jack_period_frames),
	  "1024",
	  16,
	  8192,
	  { NULL },
	  false },
	/* jackd has fewer than 65536 ports: a port's number has 16 bits. */
	{ "jack",
	  "port-max",
	  CONFIG_NUMBER,
	  FIELD(jack_port_max),
	  "2048",
	  64,
	  65535,
	  { NULL },
	  true },
	{ "limits", "cards", CONFIG_NUMBER, FIELD(limit_cards), "8", 1, 64, { NULL }, true },
	{ "limits", "streams", CONFIG_NUMBER, FIELD(limit_streams), "16", 1, 64, { NULL }, true },
	{ "limits",
	  "channels",
	  CONFIG_NUMBER,
	  FIELD(limit_channels),
	  "32",
	  1,
	  PCM_CHANNELS_MAX,
	  { NULL },
	  true },
	/* The maximum is what xen/shbuf maps. */
	{ "limits",
	  "buffer",
	  CONFIG_NUMBER,
	  FIELD(limit_buffer_kib),
	  "4096",
	  4,
	  65536,
	  { NULL },
	  true },
	{ "limits", "ports", CONFIG_NUMBER, FIELD(limit_ports), "128", 1, 65535, { NULL }, true },
	{ "limits",
	  "memory",
	  CONFIG_NUMBER,
	  FIELD(limit_memory_kib),
	  "65536",
	  4,
	  16777216,
	  { NULL },
	  true },
	/* The default is what Xen's own default allows: 1024 frames of 256 entries. */
	{ "limits",
	  "mappings",
	  CONFIG_NUMBER,
	  FIELD(limit_mappings),
	  "262144",
	  1024,
	  1073741824,
	  { NULL },
	  true },
	/* Linux sends up to 25 at once when a device is opened. */
	{ "limits",
	  "requests",
	  CONFIG_NUMBER,
	  FIELD(limit_requests),
	  "32000",
	  100,
	  1000000,
	  { NULL },
	  true },
	{ "limits",
	  "resampling",
	  CONFIG_NUMBER,
	  FIELD(limit_resampling),
	  "25",
	  1,
	  100,
	  { NULL },
	  true },
	{ CONFIG_GUEST,
	  "resample",
	  CONFIG_CHOICE,
	  FIELD(guest.resample),
	  "no",
	  0,
	  0,
	  { "no", "fast", "yes", "best", NULL },
	  true },
	{ CONFIG_GUEST,
	  "new",
	  CONFIG_CHOICE,
	  FIELD(guest.new_streams),
	  "connected",
	  0,
	  0,
	  { "connected", "silent", "unconnected", NULL },
	  true },
	{ "osc", "port", CONFIG_NUMBER, FIELD(osc_port), "7200", 0, 65535, { NULL }, false },
	{ "osc", "socket", CONFIG_PATH, FIELD(osc_socket), RUN "/osc.sock", 0, 0, { NULL }, false },
	{ "osc", "group", CONFIG_GROUP, FIELD(osc_group), "audio", 0, 0, { NULL }, false },
	{ "osc", "url", CONFIG_PATH, FIELD(osc_url), RUN "/osc.url", 0, 0, { NULL }, false },
	{ "osc", "prefix", CONFIG_PREFIX, FIELD(osc_prefix), "", 0, 0, { NULL }, false },
	{ "osc", "listen", CONFIG_HOSTS, FIELD(osc_listen), "", 0, 0, { NULL }, false },
	{ "osc", "allow", CONFIG_NETS, FIELD(osc_allow), "", 0, 0, { NULL }, true },
	{ "osc", "trusted", CONFIG_NETS, FIELD(osc_trusted), "", 0, 0, { NULL }, true },
	{ "osc",
	  "local",
	  CONFIG_CHOICE,
	  FIELD(osc_local_all),
	  "levels",
	  0,
	  0,
	  { "levels", "all", NULL },
	  true },
	{ "osc",
	  "remote",
	  CONFIG_CHOICE,
	  FIELD(osc_remote_all),
	  "levels",
	  0,
	  0,
	  { "levels", "all", NULL },
	  true },
	{ "osc", "rate", CONFIG_NUMBER, FIELD(osc_rate), "200", 10, 100000, { NULL }, true },
	{ "daemon", "run", CONFIG_FOLDER, FIELD(daemon_run), RUN, 1, 0, { NULL }, false },
	/* Empty: nowhere, the default with --sim. */
	{ "daemon",
	  "state",
	  CONFIG_FOLDER,
	  FIELD(daemon_state),
	  "/var/lib/xenjack",
	  0,
	  0,
	  { NULL },
	  false },
	{ "daemon",
	  "sandbox",
	  CONFIG_CHOICE,
	  FIELD(daemon_sandbox),
	  "yes",
	  0,
	  0,
	  { "no", "yes", NULL },
	  false },
	{ "log",
	  "level",
	  CONFIG_CHOICE,
	  FIELD(log_level),
	  "notice",
	  0,
	  0,
	  { "error", "warning", "notice", "info", "debug", NULL },
	  true },
};

void *config_option_field(const struct config_option *option, const struct config *config)
{
	return (char *)(uintptr_t)config + option->offset;
}

void *config_option_of_guest(const struct config_option *option, const struct config_guest *guest)
{
	return (char *)(uintptr_t)guest + option->offset - offsetof(struct config, guest);
}

const struct config_option *config_option_find(const char *section, const char *name)
{
	for (unsigned i = 0; i < CONFIG_OPTION_COUNT; i++) {
		if (strcmp(config_options[i].section, section) == 0 &&
		    strcmp(config_options[i].name, name) == 0) {
			return &config_options[i];
		}
	}
	return NULL;
}

static bool set_number(const struct config_option *option, void *field, const char *value)
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

static bool set_choice(const struct config_option *option, void *field, const char *value)
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

static bool is_path(const struct config_option *option)
{
	return option->kind == CONFIG_PATH || option->kind == CONFIG_FOLDER;
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
	char copy[CONFIG_LIST_MAX + 1], *rest = copy, *address;
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

/* Whether its field is an array of char. */
static bool is_text(const struct config_option *option)
{
	return option->kind != CONFIG_NUMBER && option->kind != CONFIG_CHOICE;
}

static bool set_text(const struct config_option *option, void *field, const char *value)
{
	if (strlen(value) >= option->size || strlen(value) < option->min ||
	    (is_path(option) && *value && *value != '/') ||
	    (option->kind == CONFIG_PREFIX && !is_prefix(value)) ||
	    (option->kind == CONFIG_HOSTS && !is_hosts(value)) ||
	    (option->kind == CONFIG_NETS && !is_nets(value))) {
		return false;
	}
	memcpy(field, value, strlen(value) + 1);
	return true;
}

bool config_option_set(const struct config_option *option, void *field, const char *value)
{
	return is_text(option)		       ? set_text(option, field, value)
	       : option->kind == CONFIG_NUMBER ? set_number(option, field, value)
					       : set_choice(option, field, value);
}

void config_option_describe(const struct config_option *option, char *text, size_t size)
{
	size_t length = 0;

	if (is_path(option) || option->kind == CONFIG_TEXT || option->kind == CONFIG_GROUP) {
		snprintf(text, size, "%s of at most %zu bytes",
			 is_path(option) ? "an absolute path" : "text", option->size - 1);
	} else if (option->kind == CONFIG_PREFIX) {
		snprintf(text, size,
			 "like /xen or /a/b, of letters, digits, _ and -, at most %zu bytes",
			 option->size - 1);
	} else if (option->kind == CONFIG_HOSTS || option->kind == CONFIG_NETS) {
		snprintf(text, size, "%s of at most %zu bytes",
			 option->kind == CONFIG_HOSTS ? "addresses, such as 0.0.0.0 fd00::1,"
						      : "networks, such as 10.0.0.0/8 fd00::1,",
			 option->size - 1);
	} else if (option->kind == CONFIG_NUMBER) {
		snprintf(text, size, "a number from %u to %u", option->min, option->max);
	}
	for (unsigned i = 0; option->kind == CONFIG_CHOICE && option->words[i]; i++) {
		length += (size_t)snprintf(text + length, size - length, "%s%s", i ? " or " : "",
					   option->words[i]);
	}
}

bool config_option_is_equal(const struct config_option *option, const void *a, const void *b)
{
	return is_text(option) ? strcmp(a, b) == 0 : memcmp(a, b, option->size) == 0;
}

void config_option_put(const struct config_option *option, const void *field, FILE *file)
{
	fprintf(file, "%s = ", option->name);
	if (is_text(option)) {
		config_text_put(field, file);
	} else if (option->kind == CONFIG_NUMBER) {
		fprintf(file, "%u", *(const uint32_t *)field);
	} else {
		fputs(option->words[option->size == sizeof(bool)
					    ? (unsigned)*(const bool *)field
					    : (unsigned)*(const enum log_level *)field],
		      file);
	}
	fputc('\n', file);
}

bool config_is_live(const char *section, const char *name)
{
	const struct config_option *option = config_option_find(section, name);

	return option && option->live;
}

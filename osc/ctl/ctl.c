/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET "/run/xenjack/osc.sock"
#define TIMEOUT_S 5.0

enum option_name {
	OPTION_SOCKET,
	OPTION_UDP,
	OPTION_URL,
	OPTION_JSON,
	OPTION_ONCE,
	OPTION_TIMEOUT,
	OPTION_INTERVAL,
	OPTION_TIMESTAMPS,
	OPTION_RECONNECT,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct {
	const char *name;
	bool valued;
	enum option_name option;
} options[] = {
	{ "--socket", true, OPTION_SOCKET },
	{ "--udp", true, OPTION_UDP },
	{ "--url", true, OPTION_URL },
	{ "--json", false, OPTION_JSON },
	{ "--once", false, OPTION_ONCE },
	{ "--timeout", true, OPTION_TIMEOUT },
	{ "--interval", true, OPTION_INTERVAL },
	{ "--version", false, OPTION_VERSION },
	{ "--timestamps", false, OPTION_TIMESTAMPS },
	{ "--reconnect", false, OPTION_RECONNECT },
	{ "--help", false, OPTION_HELP },
	{ "-h", false, OPTION_HELP },
};

static bool parse_positive(const char *text, double *value)
{
	return ctl_parse_number(text, value) && *value > 0.0;
}

/* Takes one option. Returns an exit status, or -1 to go on. */
static int take(struct ctl *ctl, enum option_name option, const char *value)
{
	static char url[320];
	char none[2] = "";
	char *nothing[] = { none };

	switch (option) {
	case OPTION_URL:
		if (!strstr(value, "://")) {
			return ctl_say(ctl, CTL_USAGE, "'%s' is not a URL", value);
		}
		ctl->where = value;
		return -1;
	case OPTION_SOCKET:
		ctl->where = value;
		return -1;
	case OPTION_UDP:
		snprintf(url, sizeof(url), "osc.udp://%s", value);
		ctl->where = url;
		return -1;
	case OPTION_JSON:
		ctl->json = true;
		return -1;
	case OPTION_TIMESTAMPS:
		ctl->timestamps = true;
		return -1;
	case OPTION_RECONNECT:
		ctl->reconnect = true;
		return -1;
	case OPTION_ONCE:
		ctl->once = true;
		return -1;
	case OPTION_TIMEOUT:
		return parse_positive(value, &ctl->timeout_s)
			       ? -1
			       : ctl_say(ctl, CTL_USAGE, "'%s' is not a time in seconds", value);
	case OPTION_INTERVAL:
		return parse_positive(value, &ctl->interval_s)
			       ? -1
			       : ctl_say(ctl, CTL_USAGE, "'%s' is not a time in seconds", value);
	case OPTION_VERSION:
		puts("xenjackctl " XENJACK_VERSION);
		return CTL_OK;
	default:
		return ctl_help(ctl, 0, nothing);
	}
}

/* Options may stand anywhere; a single '-' may begin a level. Leaves the rest in args. */
static int parse(struct ctl *ctl, char **args, int *count)
{
	int kept = 0, status = -1;
	bool over = false;

	for (int i = 1; args[i] && status < 0; i++) {
		size_t length = strcspn(args[i], "="), k = 0;

		if (over || (strncmp(args[i], "--", 2) != 0 && strcmp(args[i], "-h") != 0)) {
			args[kept++] = args[i];
			continue;
		}
		if (!args[i][2] && args[i][1] == '-') {
			over = true;
			continue;
		}
		while (k < sizeof(options) / sizeof(options[0]) &&
		       (strlen(options[k].name) != length ||
			strncmp(args[i], options[k].name, length) != 0)) {
			k++;
		}
		if (k == sizeof(options) / sizeof(options[0]) ||
		    (args[i][length] && !options[k].valued) ||
		    (!args[i][length] && options[k].valued && !args[i + 1])) {
			fprintf(stderr,
				"xenjackctl: %s: unknown option, or missing or unexpected value\n",
				args[i]);
			return ctl_usage(ctl);
		}
		if (!options[k].valued) {
			status = take(ctl, options[k].option, NULL);
		} else if (args[i][length]) {
			status = take(ctl, options[k].option, args[i] + length + 1);
		} else {
			status = take(ctl, options[k].option, args[++i]);
		}
	}
	*count = kept;
	return status;
}

/* The words with blanks between them; to be freed. */
static char *join(int count, char **words)
{
	char *text = ctl_text("%s", "");

	for (int i = 0; i < count; i++) {
		char *longer = ctl_text("%s%s%s", text, i ? " " : "", words[i]);

		free(text);
		text = longer;
	}
	return text;
}

/* Output that was lost is a failure, also what was flushed before. */
static int finish(const struct ctl *ctl, int status)
{
	bool lost = fflush(stdout) || ferror(stdout);

	return lost && !status ? ctl_say(ctl, CTL_REFUSED, "cannot write to standard output")
			       : status;
}

/* With --sim, xenjackd puts its socket beside that of the guests. */
static const char *standard_place(void)
{
	static char beside[256];
	const char *given = getenv("XENJACK_OSC"), *sim = getenv("XENJACK_SIM"), *slash;

	if (given && *given) {
		return given;
	}
	if (!sim || !*sim) {
		return SOCKET;
	}
	slash = strrchr(sim, '/');
	snprintf(beside, sizeof(beside), "%.*sosc.sock", slash ? (int)(slash + 1 - sim) : 0, sim);
	return beside;
}

int main(int argc, char **argv)
{
	struct ctl ctl = {
		.where = standard_place(),
		.timeout_s = TIMEOUT_S,
		.commands = ctl_commands,
	};
	const struct ctl_command *command;
	int count = 0, status = argc ? parse(&ctl, argv, &count) : CTL_USAGE;

	if (status >= 0) {
		return finish(&ctl, status);
	}
	if (!count) {
		return ctl_usage(&ctl);
	}
	command = ctl_find(&ctl, argv[0]);
	if (!command) {
		fprintf(stderr, "xenjackctl: %s: no such command\n", argv[0]);
		return ctl_usage(&ctl);
	}
	ctl.command = command;
	argv[count] = NULL;
	ctl.args = argv + 1;
	ctl.subject = join(count - 1, argv + 1);
	status = command->run(&ctl, count - 1, argv + 1);
	ctl_link_close(&ctl.link);
	free(ctl.subject);
	return finish(&ctl, status);
}

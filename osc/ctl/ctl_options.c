/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "osc/ctl/ctl.h"

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

bool ctl_options_valued(const char *name)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(options[i].name, name) == 0) {
			return options[i].valued;
		}
	}
	return false;
}

void ctl_options_print(void)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		puts(options[i].name);
	}
}

int ctl_options_take(struct ctl *ctl, char **args, int *count)
{
	int kept = 0, status = -1;
	bool over = false;

	for (int i = 0; args[i] && status < 0; i++) {
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

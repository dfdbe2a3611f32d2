/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "osc/ctl/ctl.h"
#include "osc/ctl/ctl_show.h"
#include "osc/ctl/ctl_text.h"

/* In JSON, too, unless the daemon's own errors are shown there. Frees the text. */
static void say(const struct ctl *ctl, int code, char *text)
{
	if (ctl->json && code) {
		ctl_show_failure(code, text, stdout);
	}
	fflush(stdout);
	fprintf(stderr, "xenjackctl: %s%s", ctl->command ? ctl->command->name : "",
		ctl->command ? ": " : "");
	ctl_text_put(stderr, text);
	fputc('\n', stderr);
	free(text);
}

int ctl_say(const struct ctl *ctl, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(ctl, status == CTL_USAGE ? EINVAL : 0, ctl_format(format, arguments));
	va_end(arguments);
	return status;
}

int ctl_absent(const struct ctl *ctl, int err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(ctl, -err, ctl_format(format, arguments));
	va_end(arguments);
	return CTL_ABSENT;
}

int ctl_say_of(const struct ctl *ctl, const char *what, const char *text)
{
	fflush(stdout);
	fprintf(stderr, "xenjackctl: %s ", ctl->command->name);
	ctl_text_put(stderr, what);
	fputs(": ", stderr);
	ctl_text_put(stderr, text);
	fputc('\n', stderr);
	return CTL_REFUSED;
}

int ctl_usage(const struct ctl *ctl)
{
	char *text = ctl->command ? ctl_text("usage: xenjackctl %s %s", ctl->command->name,
					     ctl->command->usage)
				  : ctl_text("usage: xenjackctl [OPTION...] COMMAND [ARGUMENT...]");

	if (ctl->json) {
		ctl_show_failure(EINVAL, text, stdout);
	}
	fprintf(stderr, "%s\n%s", text,
		ctl->command ? "" : "`xenjackctl help` lists the commands.\n");
	free(text);
	return CTL_USAGE;
}

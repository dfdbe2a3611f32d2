/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "osc/ctl/ctl.h"
#include "osc/ctl/ctl_text.h"

int ctl_say(const struct ctl *ctl, int status, const char *format, ...)
{
	va_list arguments;
	char *text;

	fflush(stdout);
	fprintf(stderr, "xenjackctl: %s%s", ctl->command ? ctl->command->name : "",
		ctl->command ? ": " : "");
	va_start(arguments, format);
	text = ctl_format(format, arguments);
	va_end(arguments);
	ctl_text_put(stderr, text);
	free(text);
	fputc('\n', stderr);
	return status;
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
	if (ctl->command) {
		fprintf(stderr, "usage: xenjackctl %s %s\n", ctl->command->name,
			ctl->command->usage);
	} else {
		fputs("usage: xenjackctl [OPTION...] COMMAND [ARGUMENT...]\n"
		      "`xenjackctl help` lists the commands.\n",
		      stderr);
	}
	return CTL_USAGE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>

#include "osc/ctl/ctl.h"

int ctl_say(const struct ctl *ctl, int status, const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "xenjackctl: %s%s", ctl->command ? ctl->command->name : "",
		ctl->command ? ": " : "");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return status;
}

int ctl_say_of(const struct ctl *ctl, const char *what, const char *text)
{
	fflush(stdout);
	fprintf(stderr, "xenjackctl: %s %s: %s\n", ctl->command->name, what, text);
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

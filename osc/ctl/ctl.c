/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET "/run/xenjack/osc.sock"
#define TIMEOUT_S 5.0

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
	int count = 0, status = argc ? ctl_options_take(&ctl, argv + 1, &count) : CTL_USAGE;

	if (status >= 0) {
		return finish(&ctl, status);
	}
	if (!count) {
		return ctl_usage(&ctl);
	}
	argv++;
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

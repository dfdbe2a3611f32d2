/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/sim/hv_sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int hv_sim_default_path(char *path, size_t size)
{
	const char *given = getenv("XENJACK_SIM");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int length;

	if (given != NULL && given[0] != '\0') {
		length = snprintf(path, size, "%s", given);
	} else if (runtime != NULL && runtime[0] != '\0') {
		length = snprintf(path, size, "%s/xenjack/sim.sock", runtime);
	} else {
		length = snprintf(path, size, "/run/xenjack/sim.sock");
	}
	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

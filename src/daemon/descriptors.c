/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "src/base/log.h"

void descriptors_raise(void)
{
	struct rlimit limit;
	int err = getrlimit(RLIMIT_NOFILE, &limit);

	limit.rlim_cur = limit.rlim_max;
	err = err ? err : setrlimit(RLIMIT_NOFILE, &limit);
	if (err) {
		log_info("cannot raise the limit of file descriptors: %s", strerror(errno));
	}
}

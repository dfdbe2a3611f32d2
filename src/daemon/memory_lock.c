/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/memory_lock.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/log.h"

/* More of the stack than the main thread ever uses. */
#define STACK_BYTES (256u * 1024)

#define REMEDY "set RLIMIT_MEMLOCK to infinity (LimitMEMLOCK=infinity, or ulimit -l unlimited)"

/* Whether the limit does not hold for us. No libcap for one bit. */
static bool is_above_limit(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK));
}

/* A locked stack that cannot grow, because the limit is reached, would end the process. */
static void __attribute__((noinline)) touch_stack(void)
{
	volatile char deep[STACK_BYTES];

	for (unsigned i = 0; i < sizeof(deep); i += 512) {
		deep[i] = 0;
	}
}

void memory_lock_all(void)
{
	struct rlimit limit = { 0, 0 };
	bool limited = getrlimit(RLIMIT_MEMLOCK, &limit) ||
		       (limit.rlim_cur != RLIM_INFINITY && !is_above_limit());

	touch_stack();
	if (mlockall(MCL_CURRENT) || (!limited && mlockall(MCL_FUTURE | MCL_ONFAULT))) {
		log_notice("cannot lock memory: %s; " REMEDY, strerror(errno));
	} else if (limited) {
		log_notice("memory that is allocated from now on is not locked, as only %llu KiB "
			   "may be; " REMEDY,
			   (unsigned long long)limit.rlim_cur / 1024);
	}
}

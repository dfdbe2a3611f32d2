/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For LD_PRELOAD: the daemon's first look at a wait, libev's in its main loop, becomes another
 * program, as an attacker would have it. The program makes the file that FORBIDDEN_FILE names.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
	char *file = getenv("FORBIDDEN_FILE");
	char touch[] = "touch";
	char *const arguments[] = { touch, file, NULL };

	if (file) {
		unsetenv("LD_PRELOAD");
		execv("/usr/bin/touch", arguments);
	}
	return (int)syscall(SYS_epoll_pwait, fd, events, count, timeout, NULL, 8);
}

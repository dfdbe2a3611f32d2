/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/dirlock.h"
#include "src/base/log.h"

#define PID_FILE "pid"

/* Reads a process id for a message; digits only, because any program may have written it. */
static void read_pid(int dir, char *text, size_t size)
{
	int fd = openat(dir, PID_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	text[strspn(text, "0123456789")] = '\0';
	if (fd >= 0) {
		close(fd);
	}
}

static void write_pid(int dir)
{
	int fd = openat(dir, PID_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0) {
		log_debug("cannot write the pid file: %s", strerror(errno));
	}
	if (fd >= 0) {
		close(fd);
	}
}

/* The daemon trusts what it finds in the directory, so nobody else must be able to write there. */
static int check_owner(int dir)
{
	struct stat st;

	if (fstat(dir, &st)) {
		return -errno;
	}
	return (st.st_uid != geteuid() && st.st_uid != 0) || (st.st_mode & (S_IWGRP | S_IWOTH))
		       ? -EPERM
		       : 0;
}

static int lock_or_say_who(int dir, const char *path)
{
	int lock = dirlock_take(dir);

	if (lock == -EWOULDBLOCK) {
		char pid[16];

		read_pid(dir, pid, sizeof(pid));
		log_error("another xenjackd is running (process %s) and has locked %s",
			  *pid ? pid : "unknown", path);
	}
	return lock;
}

static int open_locked(const char *path, int *lock)
{
	int dir, error;

	if (mkdir(path, 0751) && errno != EEXIST) {
		return -errno;
	}
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		return -errno;
	}
	error = check_owner(dir);
	error = error ? error : lock_or_say_who(dir, path);
	if (error < 0) {
		close(dir);
		return error;
	}
	*lock = error;
	write_pid(dir);
	return dir;
}

int rundir_open(const char *path, int *lock)
{
	int dir;

	*lock = -1;
	dir = open_locked(path, lock);
	if (dir < 0 && dir != -EWOULDBLOCK) {
		log_warning("%s: %s; no handover, and no lock against a second daemon", path,
			    dir == -EPERM ? "others may write to it" : strerror(-dir));
	}
	return dir;
}

void rundir_close(int dir, int lock)
{
	if (dir >= 0) {
		unlinkat(dir, PID_FILE, 0);
		close(dir);
		close(lock);
	}
}

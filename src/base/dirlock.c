/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/dirlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int dirlock_take(int dir)
{
	int lock = openat(dir, DIRLOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = lock < 0 ? -errno : 0;

	if (!err && flock(lock, LOCK_EX | LOCK_NB)) {
		err = -errno;
		close(lock);
	}
	return err ? err : lock;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/statefile_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/dirlock.h"
#include "src/base/log.h"
#include "src/base/statefile.h"

/* Whether it is empty or holds state and nothing else, as far as names tell: not /var/lib or /tmp.
 */
static bool holds_only_state(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool only = stream != NULL;

	if (!stream) {
		if (fd >= 0) {
			close(fd);
		}
		return false;
	}
	while (only && (entry = readdir(stream))) {
		only = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		       strcmp(entry->d_name, DIRLOCK_FILE) == 0 || strstr(entry->d_name, ".json");
	}
	closedir(stream);
	return only;
}

/* Daemons up to 0.1.0 made the directory readable for everyone. */
static void tighten(int dir, const char *path)
{
	struct stat st;

	if (fstat(dir, &st) || !(st.st_mode & 077)) {
		return;
	}
	if (st.st_uid != geteuid() || !holds_only_state(dir) || fchmod(dir, 0700)) {
		log_warning("%s: open to other users (mode %03o); use a directory of its own with "
			    "mode 0700",
			    path, (unsigned)st.st_mode & 0777);
	}
}

/*
 * Two daemons that replace the same file would each lose what the other has learnt. A directory in
 * which we may not write, or that has no room for a lock, is good for reading at least.
 */
static int take_lock(int dir, const char *path)
{
	int lock = dirlock_take(dir);

	if (lock == -EROFS || lock == -EACCES || lock == -EPERM || lock == -ENOSPC ||
	    lock == -EDQUOT) {
		log_warning("%s: cannot lock it: %s; nothing can be saved there now", path,
			    strerror(-lock));
		return -1;
	}
	return lock;
}

/* As statefile_open, but logs no failure. */
static int try_open(const char *path, int *lock)
{
	int dir = mkdir(path, 0700) && errno != EEXIST ? -1 : 0, err;

	dir = dir ? dir : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*lock = -1;
	if (dir < 0) {
		return -errno;
	}
	err = take_lock(dir, path);
	if (err < -1) {
		close(dir);
		return err;
	}
	tighten(dir, path);
	*lock = err;
	return dir;
}

static const char *words(int err)
{
	return err == -EWOULDBLOCK ? "in use by another xenjackd" : strerror(-err);
}

int statefile_open(const char *path, int *lock)
{
	int dir = try_open(path, lock);

	if (dir < 0) {
		log_warning("%s: %s; no state will be saved", path, words(dir));
	}
	return dir;
}

void statefile_close(int dir, int lock)
{
	if (dir >= 0) {
		close(dir);
	}
	if (lock >= 0) {
		close(lock);
	}
}

/* --- while it may come and go */

void statefile_dir_open(struct statefile_dir *dir, const char *path)
{
	*dir = (struct statefile_dir){ .path = path };
	dir->fd = statefile_open(path, &dir->lock);
	if (dir->fd < 0 && dir->fd != -EWOULDBLOCK) {
		dir->err = dir->fd;
		/* Nothing can be opened in it: -ENOMEDIUM for whatever is done. */
		dir->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
}

static bool is_same(const struct statefile_dir *dir)
{
	struct stat here, there;

	return stat(dir->path, &there) == 0 && fstat(dir->fd, &here) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static void complain(struct statefile_dir *dir, int err)
{
	if (err != dir->err) {
		log_error("%s: %s; what would be saved there is remembered until it can be",
			  dir->path, words(err));
	}
	dir->err = err;
}

/* Threads that use the descriptors meanwhile use the one or the other. */
static void replace(int *old, int fresh)
{
	if (*old < 0 || fresh < 0) {
		if (*old >= 0) {
			close(*old);
		}
		*old = fresh;
		return;
	}
	(void)dup3(fresh, *old, O_CLOEXEC);
	close(fresh);
}

bool statefile_dir_look(struct statefile_dir *dir)
{
	int fresh, lock;

	if (dir->fd < 0) {
		return false;
	}
	if (is_same(dir)) {
		dir->err = 0;
		if (dir->lock < 0) {
			dir->lock = dirlock_take(dir->fd);
		}
		return false;
	}
	fresh = try_open(dir->path, &lock);
	if (fresh < 0) {
		complain(dir, fresh);
		return false;
	}
	replace(&dir->fd, fresh);
	replace(&dir->lock, lock);
	dir->err = 0;
	log_warning("%s: was gone, and is there again; what is remembered is saved in it",
		    dir->path);
	return true;
}

void statefile_dir_close(struct statefile_dir *dir)
{
	statefile_close(dir->fd, dir->lock);
	dir->fd = dir->lock = -1;
}

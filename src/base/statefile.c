/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/statefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/dirlock.h"
#include "src/base/log.h"

const char statefile_no_memory[] = "out of memory";

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

int statefile_open(const char *path, int *lock)
{
	int dir = mkdir(path, 0700) && errno != EEXIST ? -1 : 0, err;

	dir = dir ? dir : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = dir < 0 ? -errno : 0;
	if (!err) {
		tighten(dir, path);
		/* Two daemons that replace the same file would each lose what the other has
		 * learnt. */
		err = dirlock_take(dir);
	}
	*lock = err < 0 ? -1 : err;
	if (err < 0) {
		log_warning("%s: %s; no state will be saved", path,
			    err == -EWOULDBLOCK ? "in use by another xenjackd" : strerror(-err));
		if (dir >= 0) {
			close(dir);
		}
		return err;
	}
	return dir;
}

void statefile_close(int dir, int lock)
{
	if (dir >= 0) {
		close(dir);
		close(lock);
	}
}

bool statefile_is_name(const char *text)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_.-";
	size_t length = strlen(text);

	return length > 0 && length <= STATEFILE_NAME_MAX && text[0] != '.' &&
	       strspn(text, good) == length;
}

/* "connections.json.new" */
static void beside(char path[NAME_MAX + 1], const struct statefile *file, const char *suffix)
{
	snprintf(path, NAME_MAX + 1, "%s%s", file->name, suffix);
}

/*
 * Reads the whole file, NUL-terminated, for free(). NULL and errno: ENOENT, or EFBIG if it is too
 * large or not a regular file.
 */
static char *read_file(const struct statefile *file, int dir)
{
	/* O_NONBLOCK: opening a FIFO would wait. */
	int fd = openat(dir, file->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t length = 0;
	ssize_t got = 1;
	struct stat status;
	char *text = NULL;
	int err;

	if (fd < 0) {
		return NULL;
	}
	err = fstat(fd, &status) ? errno : 0;
	if (!err && (!S_ISREG(status.st_mode) || status.st_size > (off_t)file->bytes_max)) {
		err = EFBIG;
	}
	text = err ? NULL : calloc(1, (size_t)status.st_size + 1);
	while (text && got > 0 && length < (size_t)status.st_size) {
		got = read(fd, text + length, (size_t)status.st_size - length);
		length += got > 0 ? (size_t)got : 0;
	}
	if (!err && (!text || got < 0)) {
		err = errno;
		free(text);
		text = NULL;
	}
	close(fd);
	errno = err;
	return text;
}

static int put_aside(const struct statefile *file, int dir, const char *wrong)
{
	char aside[NAME_MAX + 1];
	int err;

	beside(aside, file, ".damaged");
	err = renameat(dir, file->name, dir, aside) ? errno : 0;
	if (err) {
		log_error("%s: %s; cannot move it aside: %s; %s are neither loaded nor saved",
			  file->name, wrong, strerror(err), file->holds);
	} else {
		log_error("%s: %s; moved aside as %s, no %s loaded", file->name, wrong, aside,
			  file->holds);
	}
	return err ? -err : -EBADMSG;
}

/* For a file that may be undamaged. */
static int leave(const struct statefile *file, int err)
{
	log_error("cannot read %s: %s; %s are neither loaded nor saved", file->name, strerror(err),
		  file->holds);
	return -err;
}

static const char *understand(const struct statefile *file, json_t *root, statefile_take *take,
			      void *arg)
{
	json_t *content = file->key ? json_object_get(root, file->key) : root;
	json_int_t version = json_integer_value(json_object_get(root, "version"));

	if (version > file->version) {
		return "written by a later version of xenjackd";
	}
	if (version < file->oldest) {
		return "unsupported version";
	}
	return content ? take(arg, content, (int)version) : "its content is missing";
}

int statefile_load(const struct statefile *file, int dir, statefile_take *take, void *arg)
{
	char *text = read_file(file, dir);
	const char *wrong;
	json_error_t error;
	json_t *root;

	if (!text && errno == ENOENT) {
		return 0;
	}
	if (!text && errno != EFBIG) {
		return leave(file, errno);
	}
	if (!text) {
		return put_aside(file, dir, "too large, or not a regular file");
	}
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	wrong = root ? understand(file, root, take, arg) : error.text;
	if (!root && json_error_code(&error) == json_error_out_of_memory) {
		wrong = statefile_no_memory;
	}
	json_decref(root);
	free(text);
	if (wrong == statefile_no_memory) {
		return leave(file, ENOMEM);
	}
	return wrong ? put_aside(file, dir, wrong) : 0;
}

static int write_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t length = strlen(text);
	int err = 0;

	if (fd < 0) {
		return -errno;
	}
	while (length && !err) {
		ssize_t put = write(fd, text, length);

		if (put >= 0) {
			text += put;
			length -= (size_t)put;
		} else if (errno != EINTR) {
			err = -errno;
		}
	}
	/* Before the rename: after a power cut, the name must not refer to an empty file. */
	err = !err && fsync(fd) ? -errno : err;
	return close(fd) && !err ? -errno : err;
}

/* The file's root. Takes over the content, even on failure. */
static json_t *wrap(const struct statefile *file, json_t *content)
{
	json_t *root;

	if (file->key) {
		return json_pack("{s:i, s:o}", "version", file->version, file->key, content);
	}
	root = json_pack("{s:i}", "version", file->version);
	if (json_object_update_missing(root, content)) {
		json_decref(root);
		root = NULL;
	}
	json_decref(content);
	return root;
}

int statefile_save(const struct statefile *file, int dir, json_t *content)
{
	json_t *root = wrap(file, content);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	char fresh[NAME_MAX + 1];
	int err;

	json_decref(root);
	beside(fresh, file, ".new");
	err = text ? write_file(dir, fresh, text) : -ENOMEM;
	free(text);
	if (!err && renameat(dir, fresh, dir, file->name)) {
		err = -errno;
	}
	if (err) {
		unlinkat(dir, fresh, 0);
	} else if (fsync(dir)) {
		err = -errno;
	}
	return err;
}

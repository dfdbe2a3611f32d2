/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/log.h"

int statefile_open(const char *path)
{
	int dir = mkdir(path, 0755) && errno != EEXIST ? -1 : 0;

	dir = dir ? dir : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Two that replace one file would take turns in forgetting what the other learnt. */
	if (dir >= 0 && flock(dir, LOCK_EX | LOCK_NB)) {
		int err = errno;

		close(dir);
		dir = -1;
		errno = err;
	}
	if (dir < 0) {
		dir = -errno;
		log_warning("%s: %s; nothing is remembered over a restart of xenjackd", path,
			    dir == -EWOULDBLOCK ? "another xenjackd uses it" : strerror(-dir));
	}
	return dir;
}

void statefile_close(int dir)
{
	if (dir >= 0) {
		close(dir);
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

/* The whole file, NUL behind it, for free(). NULL and errno: ENOENT, EFBIG if it is no state. */
static char *read_file(const struct statefile *file, int dir)
{
	/* Not blocking: at a FIFO it would wait. */
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
		log_error("%s: %s, and it can not be put aside: %s; %s are not remembered over a "
			  "restart of xenjackd",
			  file->name, wrong, strerror(err), file->holds);
	} else {
		log_error("%s: %s; it is put aside as %s, and no %s are remembered", file->name,
			  wrong, aside, file->holds);
	}
	return err ? -err : -EBADMSG;
}

typedef const char *take_fn(void *arg, json_t *content);

static const char *understand(const struct statefile *file, const json_t *root, take_fn *take,
			      void *arg)
{
	json_t *content = json_object_get(root, file->key);

	if (json_integer_value(json_object_get(root, "version")) != file->version) {
		return "it is of another version";
	}
	return content ? take(arg, content) : "what it should hold is not there";
}

int statefile_load(const struct statefile *file, int dir, take_fn *take, void *arg)
{
	char *text = read_file(file, dir);
	const char *wrong;
	json_error_t error;
	json_t *root;

	if (!text && errno == ENOENT) {
		return 0;
	}
	if (!text && errno != EFBIG) {
		int err = errno;

		log_error("%s: %s; %s are not remembered over a restart of xenjackd", file->name,
			  strerror(err), file->holds);
		return -err;
	}
	if (!text) {
		return put_aside(file, dir, "it is too large, or no file");
	}
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	wrong = root ? understand(file, root, take, arg) : error.text;
	json_decref(root);
	free(text);
	return wrong ? put_aside(file, dir, wrong) : 0;
}

static int write_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
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
	/* Before the name is the file's: after a power cut it must not name an empty one. */
	err = !err && fsync(fd) ? -errno : err;
	return close(fd) && !err ? -errno : err;
}

int statefile_save(const struct statefile *file, int dir, json_t *content)
{
	/* Takes the content, also where it fails. */
	json_t *root = json_pack("{s:i, s:o}", "version", file->version, file->key, content);
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

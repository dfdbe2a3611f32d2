/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/log.h"

/* So many damaged files have another cause than ours. */
#define ASIDE_MAX 1000u

const char statefile_no_memory[] = "out of memory";

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

/* --- errors */

static bool is_removed(int dir)
{
	struct stat st;

	return fstat(dir, &st) || st.st_nlink == 0;
}

int statefile_error(int dir, int err)
{
	switch (err) {
	case -ENOENT:
		return is_removed(dir) ? -ENOMEDIUM : err;
	case -ENOTDIR:
	case -EBADF:
		return -ENOMEDIUM;
	case -EACCES:
	case -EPERM:
		return -EMEDIUMTYPE;
	case -ENOSPC:
		return -EDQUOT;
	default:
		return err;
	}
}

const char *statefile_strerror(int err)
{
	switch (err) {
	case -ENOMEDIUM:
		return "the state directory is gone or cannot be used";
	case -EMEDIUMTYPE:
		return "the state directory or a file in it is another user's";
	case -EDQUOT:
		return "the disk is full";
	case -EMLINK:
		return "too many files of this name are kept already";
	default:
		return strerror(-err);
	}
}

/* --- what was not understood */

const char *statefile_aside(int loaded)
{
	if (loaded == 0) {
		return NULL;
	}
	return loaded == STATEFILE_IN_PART || loaded == -EBADMSG ? ".damaged"
	       : loaded == -EPROTO				 ? ".later"
								 : ".unread";
}

/* Renames a file unless there is one of the new name. */
static int rename_new(int dir, const char *from, const char *to)
{
	int err = renameat2(dir, from, dir, to, RENAME_NOREPLACE) ? -errno : 0;

	/* The file system cannot do both at once. */
	if (err == -EINVAL) {
		err = faccessat(dir, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? -EEXIST
		      : renameat(dir, from, dir, to)			 ? -errno
									 : 0;
	}
	return err;
}

const char *statefile_find(const struct statefile *file, int dir)
{
	return faccessat(dir, file->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? ".unread" : NULL;
}

int statefile_put_aside(const struct statefile *file, int dir, const char *aside)
{
	char name[NAME_MAX + 1], suffix[32];
	int err = -EEXIST;

	for (unsigned n = 1; err == -EEXIST && n < ASIDE_MAX; n++) {
		snprintf(suffix, sizeof(suffix), n > 1 ? "%s-%u" : "%s", aside, n);
		beside(name, file, suffix);
		err = rename_new(dir, file->name, name);
	}
	if (!err) {
		log_warning("%s: kept as %s", file->name, name);
	}
	err = err == -EEXIST ? -EMLINK : statefile_error(dir, err);
	return err == -ENOENT ? 0 : err;
}

static int complain(const struct statefile *file, int err, const char *wrong)
{
	if (file->holds) {
		log_error("%s: %s; no %s loaded, and the file is kept", file->name, wrong,
			  file->holds);
	}
	return err;
}

static int understand(const struct statefile *file, json_t *root, statefile_take *take, void *arg,
		      unsigned *left_out)
{
	json_t *content = file->key ? json_object_get(root, file->key) : root;
	json_int_t version = json_integer_value(json_object_get(root, "version"));
	const char *wrong = "its content is missing";

	if (version > file->version) {
		return complain(file, -EPROTO, "written by a later version of xenjackd");
	}
	if (version < file->oldest) {
		return complain(file, -EBADMSG, "unsupported version");
	}
	wrong = content ? take(arg, content, (int)version, left_out) : wrong;
	if (wrong) {
		return complain(file, wrong == statefile_no_memory ? -ENOMEM : -EBADMSG, wrong);
	}
	return 0;
}

/* Of what is there twice, the last counts, and the rest was not understood. */
static json_t *parse(const char *text, json_error_t *error, unsigned *left_out)
{
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, error);

	if (!root && json_error_code(error) == json_error_duplicate_key) {
		*left_out = 1;
		root = json_loads(text, 0, error);
	}
	return root;
}

int statefile_load(const struct statefile *file, int dir, statefile_take *take, void *arg)
{
	char *text = read_file(file, dir);
	unsigned left_out = 0;
	json_error_t error;
	json_t *root;
	int err;

	if (!text && errno == EFBIG) {
		return complain(file, -EBADMSG, "too large, or not a regular file");
	}
	if (!text) {
		err = statefile_error(dir, -errno);
		return err == -ENOENT ? 0 : complain(file, err, statefile_strerror(err));
	}
	root = parse(text, &error, &left_out);
	if (root) {
		err = understand(file, root, take, arg, &left_out);
	} else if (json_error_code(&error) == json_error_out_of_memory) {
		err = complain(file, -ENOMEM, statefile_no_memory);
	} else {
		err = complain(file, -EBADMSG, error.text);
	}
	json_decref(root);
	free(text);
	if (!err && left_out && file->holds) {
		log_error("%s: %u of its entries make no sense and are left out; the file is kept",
			  file->name, left_out);
	}
	return !err && left_out ? STATEFILE_IN_PART : err;
}

/* --- saving */

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

int statefile_save(const struct statefile *file, int dir, json_t *content, const char *aside)
{
	json_t *root = wrap(file, content);
	char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	char fresh[NAME_MAX + 1];
	int err;

	json_decref(root);
	beside(fresh, file, ".new");
	err = text ? write_file(dir, fresh, text) : -ENOMEM;
	free(text);
	if (!err && aside) {
		err = statefile_put_aside(file, dir, aside);
	}
	if (!err && renameat(dir, fresh, dir, file->name)) {
		err = -errno;
	}
	if (err) {
		unlinkat(dir, fresh, 0);
	} else if (fsync(dir)) {
		err = -errno;
	}
	return statefile_error(dir, err);
}

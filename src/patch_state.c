/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "src/log.h"
#include "src/patch_memory.h"

#define STATE_FILE "connections.json"
#define NEW_FILE STATE_FILE ".new"
#define ASIDE_FILE STATE_FILE ".damaged"
/* The entries that there can be, their longest names escaped byte for byte. */
#define STATE_BYTES_MAX (PATCH_MEMORY_MAX * (2 * PATCH_ID_MAX * 6 + 64))
#define STATE_VERSION 1

int patch_open_state(const char *path)
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
		log_warning("%s: %s; connections are not remembered over a restart of xenjackd",
			    path,
			    dir == -EWOULDBLOCK ? "another xenjackd uses it" : strerror(-dir));
	}
	return dir;
}

/* The whole file, NUL behind it, for free(). NULL and errno: ENOENT, EFBIG if it is no state. */
static char *read_state(int dir)
{
	/* Not blocking: at a FIFO it would wait. */
	int fd = openat(dir, STATE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t length = 0;
	ssize_t got = 1;
	struct stat status;
	char *text = NULL;
	int err;

	if (fd < 0) {
		return NULL;
	}
	err = fstat(fd, &status) ? errno : 0;
	if (!err && (!S_ISREG(status.st_mode) || status.st_size > (off_t)STATE_BYTES_MAX)) {
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

/* Takes all that a state file says, or says what is wrong with it. */
static const char *take_state(struct patch *patch, const json_t *root)
{
	const json_t *list = json_object_get(root, "connections");
	size_t i;
	json_t *item;

	if (json_integer_value(json_object_get(root, "version")) != STATE_VERSION) {
		return "it is of another version";
	}
	if (!json_is_array(list)) {
		return "it has no connections";
	}
	json_array_foreach(list, i, item)
	{
		const char *from = json_string_value(json_object_get(item, "from"));
		const char *to = json_string_value(json_object_get(item, "to"));
		const json_t *connected = json_object_get(item, "connected");

		if (!from || !to || !json_is_boolean(connected) ||
		    patch_learn(patch, from, to, json_is_true(connected))) {
			return "a connection in it makes no sense";
		}
	}
	return NULL;
}

static int put_aside(int dir, const char *wrong)
{
	int err = renameat(dir, STATE_FILE, dir, ASIDE_FILE) ? errno : 0;

	if (err) {
		log_error(STATE_FILE ": %s, and it can not be put aside: %s; connections are not "
				     "remembered over a restart of xenjackd",
			  wrong, strerror(err));
	} else {
		log_error(STATE_FILE ": %s; it is put aside as " ASIDE_FILE
				     ", and no connection is remembered",
			  wrong);
	}
	return -err;
}

int patch_load(struct patch *patch, int dir)
{
	char *text = read_state(dir);
	const char *wrong = NULL;
	json_error_t error;
	json_t *root;

	if (!text && errno == ENOENT) {
		return 0;
	}
	if (!text && errno != EFBIG) {
		int err = errno;

		log_error(STATE_FILE ": %s; connections are not remembered over a restart of "
				     "xenjackd",
			  strerror(err));
		return -err;
	}
	if (!text) {
		return put_aside(dir, "it is too large, or no file");
	}
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	wrong = root ? take_state(patch, root) : error.text;
	if (wrong) {
		while (patch->entry_count) {
			const struct patch_entry *last = &patch->entries[patch->entry_count - 1];

			patch_forget(patch, last->from, last->to);
		}
	}
	json_decref(root);
	free(text);
	return wrong ? put_aside(dir, wrong) : 0;
}

static char *print_state(const struct patch *patch)
{
	json_t *list = json_array();
	json_t *root = json_pack("{s:i, s:o}", "version", STATE_VERSION, "connections", list);
	char *text;

	for (unsigned i = 0; i < patch->entry_count; i++) {
		const struct patch_entry *entry = &patch->entries[i];

		/* JACK's names are bytes; one that is no UTF-8 is left out, and nothing else. */
		(void)json_array_append_new(list,
					    json_pack("{s:s, s:s, s:b}", "from", entry->from, "to",
						      entry->to, "connected", entry->connected));
	}
	text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	json_decref(root);
	return text;
}

static int write_file(int dir, const char *text)
{
	int fd = openat(dir, NEW_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
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

int patch_save(const struct patch *patch, int dir)
{
	char *text = print_state(patch);
	int err = text ? write_file(dir, text) : -ENOMEM;

	free(text);
	if (!err && renameat(dir, NEW_FILE, dir, STATE_FILE)) {
		err = -errno;
	}
	if (err) {
		unlinkat(dir, NEW_FILE, 0);
	} else if (fsync(dir)) {
		err = -errno;
	}
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/log.h"

bool fuzz_accepted;

void fuzz_fail(const char *file, int line, const char *broken)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, broken);
	abort();
}

static void discard(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	(void)line;
}

void fuzz_begin(void)
{
	log_set_level(LOG_DEBUG);
	log_set_sink(discard, NULL);
	fuzz_accepted = false;
}

/* --- input as text */

struct fuzz_text fuzz_text(const uint8_t *data, size_t size)
{
	return (struct fuzz_text){ (const char *)data, (const char *)data + size };
}

bool fuzz_next(struct fuzz_text *text, char *line, size_t size)
{
	size_t left = (size_t)(text->end - text->at), length;
	const char *newline = left ? memchr(text->at, '\n', left) : NULL;

	if (!left) {
		return false;
	}
	left = newline ? (size_t)(newline - text->at) : left;
	length = left < size ? left : size - 1;
	memcpy(line, text->at, length);
	line[length] = '\0';
	text->at += left + (newline ? 1 : 0);
	return true;
}

static void parse_numbers(struct fuzz_line *line, const char *text)
{
	while (line->count < FUZZ_NUMBERS_MAX) {
		uint64_t number = 0;

		text += strspn(text, " ");
		if (*text < '0' || *text > '9') {
			return;
		}
		for (; *text >= '0' && *text <= '9'; text++) {
			number = number * 10 + (uint64_t)(*text - '0');
		}
		line->numbers[line->count++] = number;
	}
}

bool fuzz_next_line(struct fuzz_text *text, struct fuzz_line *line)
{
	char raw[256];

	while (fuzz_next(text, raw, sizeof(raw))) {
		size_t length = strcspn(raw, " ");

		if (length) {
			*line = (struct fuzz_line){ .count = 0 };
			snprintf(line->word, sizeof(line->word), "%.*s", (int)length, raw);
			parse_numbers(line, raw + length);
			return true;
		}
	}
	return false;
}

/* --- files */

static char folder[] = "/dev/shm/fuzz.XXXXXX";
static bool made;

static void remove_folder(void)
{
	DIR *stream = opendir(folder);
	const struct dirent *entry;

	while (stream && (entry = readdir(stream))) {
		(void)unlinkat(dirfd(stream), entry->d_name, 0);
	}
	if (stream) {
		closedir(stream);
	}
	(void)rmdir(folder);
}

const char *fuzz_folder(void)
{
	if (!made) {
		FUZZ_CHECK(mkdtemp(folder));
		atexit(remove_folder);
		made = true;
	}
	return folder;
}

void fuzz_write_file(const char *name, const void *data, size_t size)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", fuzz_folder(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
	close(fd);
}

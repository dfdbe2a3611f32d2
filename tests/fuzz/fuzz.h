/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all fuzz targets share. A target is a file with LLVMFuzzerTestOneInput, which feeds bytes
 * from outside to the product and aborts when the product breaks a promise. driver.c runs a target
 * over files and variants of them; libFuzzer (tests/fuzz/run) and AFL++ drive the same function.
 *
 * Where it can, a target reads text, so that a person can read and write its corpus: each line is a
 * word and numbers. What does not parse is skipped. Targets are deterministic and single-threaded,
 * and leave nothing behind from one input to the next.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Whether the target took the last input, for a target that tells good input from bad. The driver
 * compares it with the file's name: good-... or bad-...
 */
extern bool fuzz_accepted;

#define FUZZ_CHECK(condition)                                      \
	do {                                                       \
		if (!(condition)) {                                \
			fuzz_fail(__FILE__, __LINE__, #condition); \
		}                                                  \
	} while (0)

_Noreturn void fuzz_fail(const char *file, int line, const char *broken);

/* Discards log lines, after formatting them; begins a new input. */
void fuzz_begin(void);

/* --- input as text */

#define FUZZ_NUMBERS_MAX 12u

struct fuzz_text {
	const char *at, *end;
};

struct fuzz_line {
	char word[16]; /* cut if longer */
	unsigned count;
	uint64_t numbers[FUZZ_NUMBERS_MAX]; /* decimal, modulo 2^64; those that are missing are 0 */
};

struct fuzz_text fuzz_text(const uint8_t *data, size_t size);

/* The next line, NUL-terminated and cut to size - 1, without its newline; false at the end. */
bool fuzz_next(struct fuzz_text *text, char *line, size_t size);

/* The next line that begins with a word; false at the end. */
bool fuzz_next_line(struct fuzz_text *text, struct fuzz_line *line);

/* --- files */

/* A directory of this process in memory, made once and removed at exit. */
const char *fuzz_folder(void);

/* Writes a file there. */
void fuzz_write_file(const char *name, const void *data, size_t size);

#endif

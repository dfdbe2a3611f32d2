/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handover memory: it is found again after its process has died; nothing else is taken for it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/handover.h"
#include "src/base/log.h"
#include "src/base/rt.h"
#include "tests/unit/base/step_fixture.h"

#define BLOCK 200u
#define COUNT 3u

static const struct handover_layout layout = { .number = 7, .count = COUNT, .block_size = BLOCK };
static char path[] = "/tmp/test_keep.XXXXXX";
static int dir;

static int set_up(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	strcpy(strrchr(path, '.'), ".XXXXXX");
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlinkat(dir, "card-5-0", 0);
	unlinkat(dir, "card-6-1", 0);
	unlinkat(dir, "elsewhere", 0);
	close(dir);
	return rmdir(path);
}

static bool open_card(struct handover *handover, const struct handover_layout *with, bool adopt)
{
	bool adopted;

	assert_int_equal(handover_open(handover, dir, 5, 0, with, adopt, &adopted), 0);
	return adopted;
}

static void fill(const struct handover *handover)
{
	for (uint32_t n = 0; n < COUNT; n++) {
		memset(handover_block(handover, n), (int)n + 1, BLOCK);
	}
}

static void expect_blocks(const struct handover *handover, bool filled)
{
	for (uint32_t n = 0; n < COUNT; n++) {
		const unsigned char *block = handover_block(handover, n);

		assert_int_equal((uintptr_t)block % RT_CACHE_LINE, 0);
		for (unsigned i = 0; i < BLOCK; i++) {
			assert_int_equal(block[i], filled ? n + 1 : 0);
		}
	}
}

/* Whether opening it again with this layout finds what was kept. */
static bool found(const struct handover_layout *with)
{
	struct handover handover;
	bool adopted = open_card(&handover, with, true);

	handover_close(&handover, false);
	return adopted;
}

static void open_and_fill(void)
{
	struct handover handover;

	open_card(&handover, &layout, false);
	fill(&handover);
}

static void test_killed(void **state)
{
	struct handover handover;
	pid_t child = step_begin(open_and_fill);

	(void)state;
	step_on(child);
	step_kill(child);
	assert_true(open_card(&handover, &layout, true));
	expect_blocks(&handover, true);
	handover_close(&handover, false);
}

/* --- killed at any instruction while making the file */

#define FILE_MAX 4096

static bool adopts; /* what the child does */

static void make_anew(void)
{
	const struct handover_layout other = { .number = 8, .count = COUNT, .block_size = BLOCK };
	struct handover handover;

	open_card(&handover, adopts ? &other : &layout, adopts);
}

/* Reads the file; -1 if there is none. */
static ssize_t read_card(char *text)
{
	int fd = openat(dir, "card-5-0", O_RDONLY);
	ssize_t size = -1;

	if (fd >= 0) {
		size = read(fd, text, FILE_MAX);
		close(fd);
	}
	return size;
}

/* The next daemon finds the old content, or only zeroes, or no valid file. */
static void inherit(const char *text, ssize_t size, uint32_t number)
{
	const struct handover_layout with = { .number = number,
					      .count = COUNT,
					      .block_size = BLOCK };
	bool was_there = number == layout.number;
	int heirs, fd;
	struct handover handover;
	bool adopted;

	assert_int_equal(mkdirat(dir, "heirs", 0700), 0);
	heirs = openat(dir, "heirs", O_RDONLY | O_DIRECTORY);
	fd = openat(heirs, "card-5-0", O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, text, (size_t)size), size);
	close(fd);
	assert_int_equal(handover_open(&handover, heirs, 5, 0, &with, true, &adopted), 0);
	expect_blocks(&handover,
		      was_there && adopted && *(const char *)handover_block(&handover, 0));
	handover_close(&handover, true);
	close(heirs);
	assert_int_equal(unlinkat(dir, "heirs", AT_REMOVEDIR), 0);
}

static void test_killed_at_any_instruction(void **state)
{
	static char last[FILE_MAX], now[FILE_MAX];

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		ssize_t last_size = -1, size;
		unsigned instructions = 0, states = 0;
		struct handover handover;
		pid_t child;

		adopts = round;
		open_card(&handover, &layout, false);
		fill(&handover);
		handover_close(&handover, false);
		child = step_begin(make_anew);
		do {
			size = read_card(now);
			if (size >= 0 && (size != last_size || memcmp(now, last, (size_t)size))) {
				inherit(now, size, 7);
				inherit(now, size, 8);
				memcpy(last, now, (size_t)size);
				last_size = size;
				states++;
			}
			instructions++;
		} while (step_next(child));
		step_kill(child);
		assert_true(found(round ? &(struct handover_layout){ 8, COUNT, BLOCK } : &layout));
		printf("  %u instructions, %u states\n", instructions, states);
	}
}

static void test_fresh_is_zero(void **state)
{
	struct handover handover;

	(void)state;
	assert_false(open_card(&handover, &layout, true));
	expect_blocks(&handover, false);
	fill(&handover);
	handover_close(&handover, false);
	assert_false(open_card(&handover, &layout, false));
	expect_blocks(&handover, false);
	handover_close(&handover, false);
}

static void test_forgotten(void **state)
{
	struct handover handover;

	(void)state;
	open_card(&handover, &layout, false);
	handover_close(&handover, true);
	assert_int_equal(faccessat(dir, "card-5-0", F_OK, 0), -1);
	assert_false(found(&layout));
}

static void test_another_layout(void **state)
{
	const struct handover_layout others[] = {
		{ .number = 8, .count = COUNT, .block_size = BLOCK },
		{ .number = 7, .count = COUNT + 1, .block_size = BLOCK },
		{ .number = 7, .count = COUNT, .block_size = BLOCK + 200 },
		/* same file size */
		{ .number = 7, .count = COUNT, .block_size = BLOCK + 1 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct handover handover;

		open_card(&handover, &layout, false);
		handover_close(&handover, false);
		assert_true(found(&layout));
		assert_false(found(&others[i]));
		/* The file was made anew for the other layout. */
		assert_false(found(&layout));
	}
}

/* A file that is too short would cause SIGBUS in a cycle. */
static void test_not_ours(void **state)
{
	struct handover handover;
	int fd;

	(void)state;
	open_card(&handover, &layout, false);
	handover_close(&handover, false);
	fd = openat(dir, "card-5-0", O_RDWR);
	assert_int_equal(ftruncate(fd, 64), 0);
	close(fd);
	assert_false(found(&layout));

	assert_int_equal(renameat(dir, "card-5-0", dir, "elsewhere"), 0);
	assert_int_equal(symlinkat("elsewhere", dir, "card-5-0"), 0);
	assert_false(found(&layout));

	unlinkat(dir, "card-5-0", 0);
	assert_int_equal(mkfifoat(dir, "card-5-0", 0600), 0);
	assert_false(found(&layout));
	assert_true(found(&layout));
}

static void test_no_directory(void **state)
{
	struct handover handover;
	bool adopted = true;

	(void)state;
	assert_int_equal(handover_open(&handover, -1, 5, 0, &layout, true, &adopted), 0);
	assert_false(adopted);
	expect_blocks(&handover, false);
	fill(&handover);
	handover_close(&handover, true);
	handover_close(&handover, true);
}

static bool wants_five(void *arg, uint32_t domid, uint32_t devid)
{
	(*(unsigned *)arg)++;
	return domid == 5 && devid == 0;
}

static void test_sweep(void **state)
{
	unsigned asked = 0;
	struct handover handover;
	bool adopted;

	(void)state;
	open_card(&handover, &layout, false);
	handover_close(&handover, false);
	handover_open(&handover, dir, 6, 1, &layout, false, &adopted);
	handover_close(&handover, false);
	close(openat(dir, "elsewhere", O_CREAT | O_RDWR, 0600));
	close(openat(dir, "card-5-00", O_CREAT | O_RDWR, 0600));
	handover_sweep(dir, wants_five, &asked);
	assert_int_equal(asked, 2);
	assert_int_equal(faccessat(dir, "card-5-0", F_OK, 0), 0);
	assert_int_equal(faccessat(dir, "card-6-1", F_OK, 0), -1);
	assert_int_equal(faccessat(dir, "elsewhere", F_OK, 0), 0);
	assert_int_equal(unlinkat(dir, "card-5-00", 0), 0);
}

#define KEEP(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEEP(test_killed),    KEEP(test_fresh_is_zero),
		KEEP(test_forgotten), KEEP(test_another_layout),
		KEEP(test_not_ours),  KEEP(test_no_directory),
		KEEP(test_sweep),     KEEP(test_killed_at_any_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that outlives its process: what is found again, and what must not be taken for it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/keep.h"
#include "src/log.h"
#include "src/rt.h"

#define BLOCK 200u
#define COUNT 3u

static const struct keep_layout layout = { .number = 7, .count = COUNT, .block_size = BLOCK };
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

static bool open_card(struct keep *keep, const struct keep_layout *with, bool adopt)
{
	bool adopted;

	assert_int_equal(keep_open(keep, dir, 5, 0, with, adopt, &adopted), 0);
	return adopted;
}

static void fill(const struct keep *keep)
{
	for (uint32_t n = 0; n < COUNT; n++) {
		memset(keep_block(keep, n), (int)n + 1, BLOCK);
	}
}

static void expect_blocks(const struct keep *keep, bool filled)
{
	for (uint32_t n = 0; n < COUNT; n++) {
		const unsigned char *block = keep_block(keep, n);

		assert_int_equal((uintptr_t)block % RT_CACHE_LINE, 0);
		for (unsigned i = 0; i < BLOCK; i++) {
			assert_int_equal(block[i], filled ? n + 1 : 0);
		}
	}
}

/* Whether another look with this layout finds what was kept. */
static bool found(const struct keep_layout *with)
{
	struct keep keep;
	bool adopted = open_card(&keep, with, true);

	keep_close(&keep, false);
	return adopted;
}

static void test_killed(void **state)
{
	struct keep keep;
	int status;
	pid_t child = fork();

	(void)state;
	if (!child) {
		open_card(&keep, &layout, false);
		fill(&keep);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true(open_card(&keep, &layout, true));
	expect_blocks(&keep, true);
	keep_close(&keep, false);
}

static void test_fresh_is_zero(void **state)
{
	struct keep keep;

	(void)state;
	assert_false(open_card(&keep, &layout, true));
	expect_blocks(&keep, false);
	fill(&keep);
	keep_close(&keep, false);
	assert_false(open_card(&keep, &layout, false));
	expect_blocks(&keep, false);
	keep_close(&keep, false);
}

static void test_forgotten(void **state)
{
	struct keep keep;

	(void)state;
	open_card(&keep, &layout, false);
	keep_close(&keep, true);
	assert_int_equal(faccessat(dir, "card-5-0", F_OK, 0), -1);
	assert_false(found(&layout));
}

static void test_another_layout(void **state)
{
	const struct keep_layout others[] = {
		{ .number = 8, .count = COUNT, .block_size = BLOCK },
		{ .number = 7, .count = COUNT + 1, .block_size = BLOCK },
		{ .number = 7, .count = COUNT, .block_size = BLOCK + 200 },
		/* the same size of file */
		{ .number = 7, .count = COUNT, .block_size = BLOCK + 1 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct keep keep;

		open_card(&keep, &layout, false);
		keep_close(&keep, false);
		assert_true(found(&layout));
		assert_false(found(&others[i]));
		/* It was made anew for the other one. */
		assert_false(found(&layout));
	}
}

/* A file that is too short would be a SIGBUS in a cycle. */
static void test_not_ours(void **state)
{
	struct keep keep;
	int fd;

	(void)state;
	open_card(&keep, &layout, false);
	keep_close(&keep, false);
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
	struct keep keep;
	bool adopted = true;

	(void)state;
	assert_int_equal(keep_open(&keep, -1, 5, 0, &layout, true, &adopted), 0);
	assert_false(adopted);
	expect_blocks(&keep, false);
	fill(&keep);
	keep_close(&keep, true);
	keep_close(&keep, true);
}

static bool wants_five(void *arg, uint32_t domid, uint32_t devid)
{
	(*(unsigned *)arg)++;
	return domid == 5 && devid == 0;
}

static void test_sweep(void **state)
{
	unsigned asked = 0;
	struct keep keep;
	bool adopted;

	(void)state;
	open_card(&keep, &layout, false);
	keep_close(&keep, false);
	keep_open(&keep, dir, 6, 1, &layout, false, &adopted);
	keep_close(&keep, false);
	close(openat(dir, "elsewhere", O_CREAT | O_RDWR, 0600));
	close(openat(dir, "card-5-00", O_CREAT | O_RDWR, 0600));
	keep_sweep(dir, wants_five, &asked);
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
		KEEP(test_killed),	   KEEP(test_fresh_is_zero), KEEP(test_forgotten),
		KEEP(test_another_layout), KEEP(test_not_ours),	     KEEP(test_no_directory),
		KEEP(test_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

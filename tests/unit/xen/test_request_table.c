/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the tables of docs/requests.md and carries them out: the stream ring must do what the
 * document says. A row that is missing here or in the document is a failure.
 */
#include <glob.h>
#include <stdio.h>

#include "tests/unit/xen/request_rows.h"

#define DOCUMENT "docs/requests.md"
#define LINE_MAX_BYTES 1024

static const char *const state_names[STATES] = {
	[CLOSED] = "closed", [HALTED] = "halted", [RUNNING] = "running", [PAUSED] = "paused"
};

/* --- the document */

struct cell {
	int status;
	enum state next;
};

static struct cell cells[ROWS][STATES];
static char *document;

static int read_document(void **state)
{
	FILE *file = fopen(DOCUMENT, "r");
	long size = 0;

	(void)state;
	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) <= 0) {
		fail_msg("no %s: run this in the source root", DOCUMENT);
	}
	rewind(file);
	document = calloc(1, (size_t)size + 1);
	assert_int_equal(fread(document, 1, (size_t)size, file), size);
	fclose(file);
	return 0;
}

/* The n-th cell of a table's line, without surrounding blanks. */
static bool cell_text(const char *line, unsigned n, char *text)
{
	size_t length;

	for (unsigned i = 0; i < n; i++) {
		line = strchr(line + 1, '|');
		if (!line) {
			return false;
		}
	}
	line += 1 + strspn(line + 1, " ");
	length = strcspn(line, "|\n");
	if (line[length] != '|' || length >= LINE_MAX_BYTES) {
		return false;
	}
	while (length && line[length - 1] == ' ') {
		length--;
	}
	memcpy(text, line, length);
	text[length] = 0;
	return true;
}

/* The first line below the table's header, then each next one; NULL after the last. */
static const char *first_line(const char *head)
{
	const char *line = strstr(document, head);

	assert_non_null(line);
	return strchr(strchr(line, '\n') + 1, '\n') + 1;
}

static const char *next_line(const char *line)
{
	line = strchr(line, '\n') + 1;
	return *line == '|' ? line : NULL;
}

static enum state state_of(const char *name)
{
	for (unsigned i = 0; i < STATES; i++) {
		if (!strcmp(name, state_names[i])) {
			return (enum state)i;
		}
	}
	fail_msg("%s: no state", name);
	return CLOSED;
}

static unsigned row_of(const char *name)
{
	for (unsigned i = 0; i < ROWS; i++) {
		if (!strcmp(name, request_rows[i].name)) {
			return i;
		}
	}
	fail_msg("%s: no request that this test knows", name);
	return 0;
}

static struct cell parse_cell(const char *text, enum state from)
{
	static const struct {
		const char *name;
		int status;
	} statuses[] = { { "0", 0 }, { "EINVAL", -XEN_EINVAL }, { "EOPNOTSUPP", -XEN_EOPNOTSUPP } };
	const char *arrow = strstr(text, " → ");
	size_t length = arrow ? (size_t)(arrow - text) : strlen(text);

	for (unsigned i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		if (length == strlen(statuses[i].name) && !memcmp(text, statuses[i].name, length)) {
			return (struct cell){ statuses[i].status,
					      arrow ? state_of(arrow + strlen(" → ")) : from };
		}
	}
	fail_msg("%s: no status", text);
	return (struct cell){ 0 };
}

/* Expects a test in tests/unit that is named `file.function`. */
static void expect_test(const char *name)
{
	char path[LINE_MAX_BYTES], wanted[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	int file_length = (int)strcspn(name, ".");
	bool found = false;
	glob_t files;
	FILE *file;

	snprintf(path, sizeof(path), "tests/unit/*/%.*s.c", file_length, name);
	snprintf(wanted, sizeof(wanted), "static void %s(void **state)\n", name + file_length + 1);
	file = glob(path, 0, NULL, &files) ? NULL : fopen(files.gl_pathv[0], "r");
	globfree(&files);
	while (file && !found && fgets(line, sizeof(line), file)) {
		found = !strcmp(line, wanted);
	}
	if (file) {
		fclose(file);
	}
	if (!found) {
		fail_msg("%s: no such test", name);
	}
}

static void expect_tests(char *names)
{
	unsigned count = 0;

	for (char *name = strtok(names, "` "); name; name = strtok(NULL, "` ")) {
		expect_test(name);
		count++;
	}
	assert_true(count > 0);
}

static void test_table_is_whole(void **state)
{
	bool seen[ROWS] = { false };

	(void)state;
	for (const char *line = first_line("| Request |"); line; line = next_line(line)) {
		char text[LINE_MAX_BYTES];
		unsigned row;

		assert_true(cell_text(line, 0, text));
		row = row_of(text);
		assert_false(seen[row]);
		seen[row] = true;
		for (unsigned i = 0; i < STATES; i++) {
			assert_true(cell_text(line, 1 + i, text));
			cells[row][i] = parse_cell(text, (enum state)i);
		}
		assert_true(cell_text(line, 1 + STATES, text));
		expect_tests(text);
	}
	for (unsigned i = 0; i < ROWS; i++) {
		if (!seen[i]) {
			fail_msg("%s: not in " DOCUMENT, request_rows[i].name);
		}
	}
}

/* --- carrying it out */

static const char *const setting_names[] = { "", ", JACK away", ", in a cycle",
					     ", JACK away, in a cycle" };

static void begin(enum pcm_dir dir, unsigned setting)
{
	open_dir(dir);
	stream_ring_activate(&ring, !(setting & 1));
	callback_inside = setting & 2;
}

static void end(void)
{
	callback_inside = false;
	close_all(NULL);
}

/* Sends one request, which must do what its cell says. */
static void expect_cell(unsigned row, unsigned variant, unsigned setting)
{
	enum state from = request_state();
	struct cell cell = cells[row][from];
	int status = request_rows[row].ask(variant);

	if (status != cell.status || request_state() != cell.next) {
		fail_msg("%s (%u) when %s%s: %d, then %s", request_rows[row].name, variant,
			 state_names[from], setting_names[setting], status,
			 state_names[request_state()]);
	}
	request_check();
}

static void reach(enum state state)
{
	static const enum row way[] = { OPEN, START, PAUSE };

	for (unsigned i = 0; i < (unsigned)state; i++) {
		assert_int_equal(request_rows[way[i]].ask(0), 0);
		request_cycle();
	}
	assert_int_equal(request_state(), state);
}

static void test_every_cell(void **state)
{
	unsigned count = 0;

	(void)state;
	for (unsigned n = 0; n < 4 * PCM_DIRS * ROWS * STATES; n++) {
		unsigned setting = n % 4, row = n / 4 % ROWS, from = n / 4 / ROWS % STATES;

		begin((enum pcm_dir)(n / 4 / ROWS / STATES), setting);
		for (unsigned variant = 0; variant < request_rows[row].variants; variant++) {
			if (request_state() != (enum state)from) {
				request_rows[CLOSE].ask(0);
				reach((enum state)from);
			}
			expect_cell(row, variant, setting);
			count++;
		}
		end();
	}
	printf("%u requests\n", count);
}

static void test_any_order(void **state)
{
	bool seen[ROWS][STATES] = { { false } };

	(void)state;
	srand(3);
	for (unsigned n = 0; n < 2 * PCM_DIRS; n++) {
		begin((enum pcm_dir)(n % PCM_DIRS), 0);
		for (unsigned i = 0; i < 30000; i++) {
			unsigned row = (unsigned)rand() % ROWS;
			unsigned variant = (unsigned)rand() % request_rows[row].variants;

			/* Random requests rarely lead to RUNNING: prefer those that do. */
			row = rand() % 3 ? row : request_state() == CLOSED ? OPEN : START;
			variant %= request_rows[row].variants;
			if (rand() % 20 == 0) {
				callback_inside = rand() % 2;
				stream_ring_activate(&ring, rand() % 4);
			}
			seen[row][request_state()] = true;
			expect_cell(row, variant, ring.active ? 0 : 1);
			request_cycle();
		}
		end();
	}
	for (unsigned i = 0; i < ROWS * STATES; i++) {
		assert_true(seen[i / STATES][i % STATES]);
	}
}

static void test_sequences(void **state)
{
	unsigned count = 0;

	(void)state;
	for (const char *line = first_line("| Sequence |"); line; line = next_line(line)) {
		char text[LINE_MAX_BYTES], ends[LINE_MAX_BYTES];

		assert_true(cell_text(line, 0, text) && cell_text(line, 1, ends));
		for (unsigned n = 0; n < 4 * PCM_DIRS; n++) {
			char steps[LINE_MAX_BYTES], *rest = steps;

			strcpy(steps, text);
			begin((enum pcm_dir)(n / 4), n % 4);
			for (char *step; (step = strsep(&rest, ",")) != NULL;) {
				expect_cell(row_of(step + strspn(step, " ")), 0, n % 4);
				request_cycle();
			}
			assert_string_equal(state_names[request_state()], ends);
			end();
		}
		count++;
	}
	assert_true(count > 0);
}

static int free_document(void **state)
{
	(void)state;
	free(document);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* first: the others use the table it reads */
		cmocka_unit_test(test_table_is_whole),
		cmocka_unit_test(test_every_cell),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_sequences),
	};

	return cmocka_run_group_tests(tests, read_document, free_document);
}

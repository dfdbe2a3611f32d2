/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/mixer/jack_request.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void free_request(struct jack_request *request)
{
	for (unsigned i = 0; i < request->row_count; i++) {
		free((char *)(uintptr_t)request->rows[i].name);
		free((char *)(uintptr_t)request->rows[i].other);
	}
	free(request->rows);
	free(request->a);
	free(request->b);
	free(request);
}

/* Copies a string, or NULL. Sets *err if out of memory. */
static char *copy(const char *text, int *err)
{
	char *fresh = text ? strdup(text) : NULL;

	*err = text && !fresh ? -ENOMEM : *err;
	return fresh;
}

struct jack_request *jack_request_create(enum jack_request_verb verb, const char *a, const char *b,
					 jack_request_done *done, void *arg)
{
	struct jack_request *request = calloc(1, sizeof(*request));
	int err = 0;

	if (!request) {
		return NULL;
	}
	request->verb = verb;
	request->a = copy(a, &err);
	request->b = copy(b, &err);
	request->done = done;
	request->arg = arg;
	if (err) {
		free_request(request);
		return NULL;
	}
	return request;
}

/* Makes room for one more row: 16 at first, doubled at 16, 32, 64 … */
static bool reserve(struct jack_request *request)
{
	unsigned count = request->row_count;
	struct jack_request_row *rows;

	if (count & (count - 1) || (count && count < 16)) {
		return true;
	}
	rows = reallocarray(request->rows, count ? 2 * (size_t)count : 16, sizeof(*rows));
	request->rows = rows ? rows : request->rows;
	return rows;
}

void jack_request_add(struct jack_request *request, const struct jack_request_row *row)
{
	struct jack_request_row fresh = *row;

	if (request->row_count == JACK_REQUEST_ROWS_MAX) {
		return;
	}
	if (!reserve(request)) {
		request->err = -ENOMEM;
		return;
	}
	fresh.name = copy(row->name, &request->err);
	fresh.other = copy(row->other, &request->err);
	request->rows[request->row_count++] = fresh;
	request->count = request->row_count;
}

void jack_request_finish(struct jack_request *request)
{
	const struct jack_request_answer answer = {
		.err = request->err,
		.count = request->count,
		.rows = request->rows,
	};

	if (request->done) {
		request->done(request->arg, &answer);
	}
	free_request(request);
}

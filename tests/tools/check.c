/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* How far around a break to search for where the pattern resumes: several guest buffers. */
#define SEARCH_FRAMES 70000

int check_init(struct check *c, const struct pattern *p, enum pattern_view view,
	       unsigned int segments)
{
	*c = (struct check){
		.pattern = *p,
		.view = view,
		.max = segments,
		.resumes = -1,
		.segments = calloc(segments, sizeof(*c->segments)),
	};
	return c->segments ? 0 : -ENOMEM;
}

void check_finish(struct check *c)
{
	free(c->segments);
	c->segments = NULL;
}

static bool silent(const struct check *c, const uint32_t *words)
{
	for (unsigned int i = 0; i < c->pattern.channels; i++) {
		if (!pattern_silent(c->pattern.format, c->view, words[i])) {
			return false;
		}
	}
	return true;
}

static bool matches(const struct check *c, unsigned int segment, uint64_t frame,
		    const uint32_t *words)
{
	struct pattern p = c->pattern;

	p.seed += segment;
	for (unsigned int i = 0; i < p.channels; i++) {
		if (words[i] != pattern_word(&p, c->view, frame, i)) {
			return false;
		}
	}
	return true;
}

static int64_t locate(const struct check *c, const uint32_t *words)
{
	uint64_t middle = c->next ? c->segments[c->next - 1].length : 0;
	uint64_t first = middle > SEARCH_FRAMES ? middle - SEARCH_FRAMES : 0;

	for (uint64_t frame = first; frame < middle + SEARCH_FRAMES; frame++) {
		if (matches(c, c->next ? c->next - 1 : 0, frame, words)) {
			return (int64_t)frame;
		}
	}
	return -1;
}

static bool begins(struct check *c, const uint32_t *words)
{
	for (unsigned int k = c->next; k < c->max; k++) {
		if (matches(c, k, 0, words)) {
			c->segments[k] = (struct check_segment){ .at = c->now, .length = 1 };
			c->next = k + 1;
			return true;
		}
	}
	return false;
}

void check_feed(struct check *c, const uint32_t *words)
{
	struct check_segment *now = c->inside ? &c->segments[c->next - 1] : NULL;

	if (now && matches(c, c->next - 1, now->length, words)) {
		now->length++;
	} else if (silent(c, words)) {
		c->inside = false;
		c->lead += c->now == c->lead;
	} else {
		c->inside = begins(c, words);
		if (!c->inside && c->bad++ == 0) {
			c->first_bad = c->now;
			c->resumes = locate(c, words);
		}
	}
	c->now++;
}

void check_skip(struct check *c, uint64_t frames)
{
	if (c->now == c->lead) {
		c->lead += frames;
	}
	c->now += frames;
	c->inside = c->inside && !frames;
}

uint64_t check_total(const struct check *c)
{
	uint64_t total = 0;

	for (unsigned int k = 0; k < c->max; k++) {
		total += c->segments[k].length;
	}
	return total;
}

bool check_ok(const struct check *c, uint64_t expected)
{
	uint64_t total = check_total(c);

	return !c->bad && total && (!expected || total == expected);
}

void check_print(const struct check *c, uint64_t expected, FILE *out)
{
	uint64_t total = check_total(c), end = c->lead;

	fprintf(out, "\"lead_silence\":%" PRIu64 ",\"frames\":%" PRIu64, c->lead, total);
	if (expected) {
		fprintf(out, ",\"missing\":%" PRId64, (int64_t)(expected - total));
	}
	fprintf(out, ",\"bad\":%" PRIu64 ",\"first_bad\":%" PRId64 ",\"resumes_at\":%" PRId64,
		c->bad, c->bad ? (int64_t)c->first_bad : -1, c->resumes);
	fprintf(out, ",\"lengths\":[");
	for (unsigned int k = 0; k < c->max; k++) {
		fprintf(out, "%s%" PRIu64, k ? "," : "", c->segments[k].length);
	}
	fprintf(out, "],\"gaps\":[");
	for (unsigned int k = 0; k < c->max; k++) {
		const struct check_segment *s = &c->segments[k];

		fprintf(out, "%s%" PRId64, k ? "," : "", s->length ? (int64_t)(s->at - end) : -1);
		end = s->length ? s->at + s->length : end;
	}
	fprintf(out, "],\"ok\":%s", check_ok(c, expected) ? "true" : "false");
}

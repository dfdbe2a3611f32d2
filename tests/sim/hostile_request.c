/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that no honest front end sends: numbers, order, page directories. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/hostile.h"
#include "tests/sim/raw.h"

#define SIZE 16384u
#define PERIOD (SIZE / 4)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void refused(int status, const char *what, unsigned which)
{
	raw_check(status == RAW_EINVAL, "%s, number %u: status %d", what, which, status);
}

static void done(int status, const char *what)
{
	raw_check(status == 0, "%s: status %d", what, status);
}

/* --- offsets and lengths */

static const uint32_t outside[][2] = {
	{ SIZE, 4 },
	{ SIZE + 4, 0 },
	{ 0, SIZE + 4 },
	{ SIZE - 4, 8 },
	{ 0, UINT32_MAX },
	{ 4, UINT32_MAX },
	{ UINT32_MAX, 4 },
	{ UINT32_MAX - 3, 8 },
	{ 0x80000000, 0x80000000 },
	{ 0x7fffffff, 0x7fffffff },
	{ UINT32_MAX, UINT32_MAX },
};

static void move_outside(struct front *front, uint8_t operation, uint8_t other)
{
	for (unsigned i = 0; i < COUNT(outside); i++) {
		refused(raw_move(front, operation, outside[i][0], outside[i][1]), "outside", i);
	}
	refused(raw_move(front, other, 0, 4), "the other direction", 0);
	done(raw_move(front, operation, 0, SIZE), "all of the buffer");
}

static void outside_the_buffer(void)
{
	struct raw raw;

	raw_connect(&raw, "evil");
	raw_alloc(&raw.out, SIZE);
	raw_alloc(&raw.in, SIZE);
	done(raw_open(&raw.out, PERIOD), "OPEN");
	done(raw_open(&raw.in, PERIOD), "OPEN");
	move_outside(&raw.out, XENSND_OP_WRITE, XENSND_OP_READ);
	move_outside(&raw.in, XENSND_OP_READ, XENSND_OP_WRITE);
	done(raw_trigger(&raw.out, XENSND_OP_TRIGGER_START), "START");
	done(raw_trigger(&raw.in, XENSND_OP_TRIGGER_START), "START");
	move_outside(&raw.out, XENSND_OP_WRITE, XENSND_OP_READ);
	move_outside(&raw.in, XENSND_OP_READ, XENSND_OP_WRITE);
	done(raw_simple(&raw.out, XENSND_OP_CLOSE), "CLOSE");
	done(raw_simple(&raw.in, XENSND_OP_CLOSE), "CLOSE");
	raw_finish(&raw);
}

/* --- order */

static void not_open(struct front *front)
{
	refused(raw_move(front, XENSND_OP_WRITE, 0, 4), "WRITE before OPEN", 0);
	refused(raw_move(front, XENSND_OP_READ, 0, 4), "READ before OPEN", 0);
	refused(raw_trigger(front, XENSND_OP_TRIGGER_START), "START before OPEN", 0);
	refused(raw_trigger(front, XENSND_OP_TRIGGER_PAUSE), "PAUSE before OPEN", 0);
	refused(raw_trigger(front, XENSND_OP_TRIGGER_RESUME), "RESUME before OPEN", 0);
	/* Linux undoes a failed START this way, and closes what it never opened. */
	done(raw_trigger(front, XENSND_OP_TRIGGER_STOP), "STOP before OPEN");
	done(raw_simple(front, XENSND_OP_CLOSE), "CLOSE before OPEN");
}

static void before_open(void)
{
	struct raw raw;

	raw_connect(&raw, "evil");
	not_open(&raw.out);
	not_open(&raw.in);
	raw_alloc(&raw.out, SIZE);
	done(raw_open(&raw.out, PERIOD), "OPEN");
	done(raw_simple(&raw.out, XENSND_OP_CLOSE), "CLOSE");
	not_open(&raw.out);
	raw_finish(&raw);
}

static void start_twice(void)
{
	struct raw raw;
	uint32_t made;

	raw_connect(&raw, "evil");
	raw_alloc(&raw.out, SIZE);
	done(raw_open(&raw.out, PERIOD), "OPEN");
	raw_start(&raw.out);
	for (unsigned i = 0; i < 3; i++) {
		done(raw_trigger(&raw.out, XENSND_OP_TRIGGER_START), "START again");
		raw_await_events(&raw.out, 2);
	}
	raw_check(raw.out.went_back == 0, "positions went back");
	/* One stream has one event per cycle, and no cycle is shorter than 64 frames. */
	raw_check(raw.out.last_frame >= (raw.out.channel->events - 1) * 64,
		  "%lu events for %lu frames", (unsigned long)raw.out.channel->events,
		  (unsigned long)raw.out.last_frame);
	done(raw_simple(&raw.out, XENSND_OP_CLOSE), "CLOSE");
	made = raw_events_made(&raw.out);
	raw_sleep_ms(60);
	raw_check(raw_events_made(&raw.out) == made, "events after CLOSE was answered");
	raw_finish(&raw);
}

static void open_twice(void)
{
	struct front second;
	struct raw raw;
	long before;

	raw_connect(&raw, "evil");
	before = raw_mappings(&raw);
	second = raw.out;
	raw_alloc(&raw.out, SIZE);
	raw_alloc(&second, SIZE / 2);
	for (unsigned i = 0; i < 20; i++) {
		done(raw_open(&raw.out, PERIOD), "OPEN");
		raw_check_mapped(&raw, &raw.out, SIZE / HV_PAGE_SIZE, before + 1, "OPEN");
		if (i % 2) {
			done(raw_trigger(&raw.out, XENSND_OP_TRIGGER_START), "START");
		}
		done(raw_open(&second, PERIOD / 2), "OPEN again");
		raw_check_mapped(&raw, &raw.out, 0, before + 1, "OPEN again");
	}
	done(raw_simple(&raw.out, XENSND_OP_CLOSE), "CLOSE");
	raw_check_mapped(&raw, &second, 0, before, "CLOSE");
	raw_finish(&raw);
}

/* --- operations and triggers that do not exist */

static void unknown_operations(void)
{
	struct raw raw;
	int status;

	raw_connect(&raw, "evil");
	raw_alloc(&raw.out, SIZE);
	done(raw_open(&raw.out, PERIOD), "OPEN");
	for (unsigned i = XENSND_OP_HW_PARAM_QUERY + 1; i < 256; i++) {
		status = raw_simple(&raw.out, (uint8_t)i);
		raw_check(status == RAW_EOPNOTSUPP, "operation %u: status %d", i, status);
	}
	for (unsigned i = XENSND_OP_TRIGGER_RESUME + 1; i < 256; i++) {
		refused(raw_trigger(&raw.out, (uint8_t)i), "TRIGGER", i);
	}
	raw_finish(&raw);
}

/* --- the parameters of OPEN */

struct bad_open {
	uint32_t rate, format, channels, size, period;
};

static void open_numbers(void)
{
	static const struct bad_open bad[] = {
		{ 0, 2, 2, SIZE, PERIOD },
		{ 44100, 2, 2, SIZE, PERIOD },
		{ UINT32_MAX, 2, 2, SIZE, PERIOD },
		{ 48000, 22, 2, SIZE, PERIOD },
		{ 48000, 255, 2, SIZE, PERIOD },
		{ 48000, 2, 0, SIZE, PERIOD },
		{ 48000, 2, 3, SIZE, PERIOD },
		{ 48000, 2, 255, SIZE, PERIOD },
		{ 48000, 2, 2, 0, 0 },
		{ 48000, 2, 2, 4, 4 },
		{ 48000, 2, 2, SIZE - 1, 0 },
		{ 48000, 2, 2, UINT32_MAX, 4 },
		{ 48000, 2, 2, UINT32_MAX - 3, 4 },
		{ 48000, 2, 2, 0x80000000, 4 },
		{ 48000, 2, 2, SIZE, 3 },
		{ 48000, 2, 2, SIZE, SIZE + 4 },
		{ 48000, 2, 2, SIZE, UINT32_MAX },
	};
	struct xensnd_req request;
	struct raw raw;
	long before;

	raw_connect(&raw, "evil");
	before = raw_mappings(&raw);
	raw_alloc(&raw.out, SIZE);
	for (unsigned i = 0; i < COUNT(bad); i++) {
		request = raw_open_request(&raw.out, bad[i].period);
		request.op.open.pcm_rate = bad[i].rate;
		request.op.open.pcm_format = (uint8_t)bad[i].format;
		request.op.open.pcm_channels = (uint8_t)bad[i].channels;
		request.op.open.buffer_sz = bad[i].size;
		refused(raw_ask(&raw.out, &request), "OPEN", i);
		refused(raw_trigger(&raw.out, XENSND_OP_TRIGGER_START), "START after it", i);
	}
	raw_check_mapped(&raw, &raw.out, 0, before, "bad OPENs");
	done(raw_open(&raw.out, PERIOD), "a good OPEN after them");
	raw_finish(&raw);
}

static void tiny_period(void)
{
	struct raw raw;

	raw_connect(&raw, "evil");
	raw_alloc(&raw.out, SIZE);
	/*
	 * One frame: positions still come once per JACK cycle, whatever the guest wants. */
	done(raw_open(&raw.out, RAW_FRAME_BYTES), "OPEN");
	raw_start(&raw.out);
	raw_await_events(&raw.out, 10);
	raw_check(raw.out.last_frame >= (raw.out.channel->events - 1) * 64,
		  "%lu events for %lu frames", (unsigned long)raw.out.channel->events,
		  (unsigned long)raw.out.last_frame);
	done(raw_simple(&raw.out, XENSND_OP_CLOSE), "CLOSE");
	/* 0: the protocol's "no positions". */
	done(raw_open(&raw.out, 0), "OPEN");
	raw_listen_ms(&raw.out, 20);
	raw.out.channel->events = 0;
	done(raw_trigger(&raw.out, XENSND_OP_TRIGGER_START), "START");
	raw_listen_ms(&raw.out, 100);
	raw_check(raw.out.channel->events == 0, "%lu events that were not requested",
		  (unsigned long)raw.out.channel->events);
	raw_finish(&raw);
}

/* --- page directories */

/* The reference of a page whose grant has ended. */
static uint32_t ended_grant(struct domain *domain)
{
	uint32_t page = (uint32_t)domain_alloc(domain, 1), reference;

	domain_grant(domain, page, 1);
	reference = domain_ref(domain, page);
	domain_revoke(domain, page, 1);
	return reference;
}

static void few_references(void)
{
	struct xensnd_req request;
	uint32_t *sh_words, first, last, ended;
	unsigned count;
	struct raw raw;
	long before;

	raw_connect(&raw, "evil");
	raw_alloc(&raw.out, SIZE);
	before = raw_mappings(&raw);
	sh_words = domain_page(raw.domain, raw.out.directory_page);
	first = sh_words[1];
	last = sh_words[4];
	ended = ended_grant(raw.domain);
	const uint32_t bad[] = { ended, HV_SIM_PAGES, 0x7fffffff, 0x80000000, UINT32_MAX, 0, 1 };

	/* A toolstack grants the last two: the pages of a real guest's console and xenstore. */
	count = COUNT(bad) - (domain_sees_uses(raw.domain) ? 0 : 2);
	for (unsigned i = 0; i < count; i++) {
		/* The last of the buffer's pages, the first, the directory itself. */
		sh_words[4] = bad[i];
		refused(raw_open(&raw.out, PERIOD), "last reference", i);
		sh_words[4] = last;
		sh_words[1] = bad[i];
		refused(raw_open(&raw.out, PERIOD), "first reference", i);
		sh_words[1] = first;
		request = raw_open_request(&raw.out, PERIOD);
		request.op.open.gref_directory = bad[i];
		refused(raw_ask(&raw.out, &request), "directory", i);
		raw_check_mapped(&raw, &raw.out, 0, before, "bad references");
	}
	/* The buffer's size is what OPEN says, not what was allocated. */
	request = raw_open_request(&raw.out, PERIOD);
	request.op.open.buffer_sz = 2 * SIZE;
	refused(raw_ask(&raw.out, &request), "half of the references", 0);
	done(raw_open(&raw.out, PERIOD), "a good OPEN after them");
	raw_finish(&raw);
}

static void cyclic_directory(void)
{
	/* Two directory pages' worth, and some more. */
	const uint32_t size = 1030 * HV_PAGE_SIZE;
	struct xensnd_req request;
	uint32_t *sh_words;
	struct raw raw;
	int status;
	long before;

	raw_connect(&raw, "evil");
	raw_alloc(&raw.out, size);
	before = raw_mappings(&raw);
	sh_words = domain_page(raw.domain, raw.out.directory_page);
	done(raw_open(&raw.out, PERIOD), "OPEN of two directory pages");
	done(raw_simple(&raw.out, XENSND_OP_CLOSE), "CLOSE");
	sh_words[0] = 0;
	refused(raw_open(&raw.out, PERIOD), "a directory that ends too early", 0);
	sh_words[0] = domain_ref(raw.domain, raw.out.directory_page);
	/*
	 * The directory is its own next page: the walk must end, whatever the answer. */
	status = raw_open(&raw.out, PERIOD);
	raw_check(status == 0 || status == RAW_EINVAL, "a cyclic directory: status %d", status);
	raw_check(domain_uses(raw.domain, raw.out.directory_page) == 0,
		  "a cyclic directory stays mapped");
	done(raw_simple(&raw.out, XENSND_OP_CLOSE), "CLOSE");
	/* A cycle after the entries that are needed is never followed. */
	request = raw_open_request(&raw.out, PERIOD);
	request.op.open.buffer_sz = SIZE;
	done(raw_ask(&raw.out, &request), "OPEN of a small buffer");
	done(raw_simple(&raw.out, XENSND_OP_CLOSE), "CLOSE");
	raw_check_mapped(&raw, &raw.out, 0, before, "CLOSE");
	raw_finish(&raw);
}

/* --- random requests */

static uint32_t any_number(uint32_t limit)
{
	static const uint32_t odd[] = { 0, 1, 4, SIZE - 4, SIZE, SIZE + 4, 0x80000000, UINT32_MAX };

	return rand() % 3 ? (uint32_t)rand() % limit / 4 * 4 : odd[(unsigned)rand() % COUNT(odd)];
}

static void rage_once(struct front *front)
{
	struct xensnd_req request = raw_open_request(front, PERIOD);
	unsigned dice = (unsigned)rand() % 16;

	request.operation = dice < 10 ? (uint8_t)dice : XENSND_OP_TRIGGER;
	if (request.operation == XENSND_OP_TRIGGER) {
		request.op.trigger.type = (uint8_t)(rand() % 5);
	} else if (request.operation == XENSND_OP_READ || request.operation == XENSND_OP_WRITE) {
		request.op.rw.offset = any_number(SIZE);
		request.op.rw.length = any_number(SIZE);
	} else if (request.operation == XENSND_OP_OPEN && rand() % 4 == 0) {
		request.op.open.period_sz = any_number(SIZE);
	} else if (request.operation == XENSND_OP_HW_PARAM_QUERY) {
		memset(&request.op.hw_param, rand() % 2 ? 0xff : 0, sizeof(request.op.hw_param));
	}
	raw_ask(front, &request);
}

void hostile_request_rage(unsigned seed)
{
	struct raw raw;

	srand(seed);
	raw_connect(&raw, "evil");
	raw_alloc(&raw.out, SIZE);
	raw_alloc(&raw.in, SIZE);
	printf("raging\n");
	fflush(stdout);
	while (!raw_failures) {
		rage_once(rand() % 2 ? &raw.out : &raw.in);
	}
}

static void anything(void)
{
	unsigned failures = raw_failures;
	struct raw raw;

	srand(1);
	raw_connect(&raw, "evil");
	raw_alloc(&raw.out, SIZE);
	raw_alloc(&raw.in, SIZE);
	for (unsigned i = 0; i < 5000 && raw_failures == failures; i++) {
		rage_once(i % 2 ? &raw.out : &raw.in);
	}
	raw_finish(&raw);
}

const struct hostile_case hostile_request_cases[] = {
	{ "outside-the-buffer", outside_the_buffer },
	{ "before-open", before_open },
	{ "start-twice", start_twice },
	{ "open-twice", open_twice },
	{ "unknown-operations", unknown_operations },
	{ "open-numbers", open_numbers },
	{ "tiny-period", tiny_period },
	{ "few-references", few_references },
	{ "cyclic-directory", cyclic_directory },
	{ "anything", anything },
	{ 0 },
};

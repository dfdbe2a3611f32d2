/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bad deeds in the shared pages: indices, floods, events that nobody takes, revoked grants. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/rt.h"
#include "tests/sim/hostile.h"
#include "tests/sim/raw.h"

#define SIZE 16384u
#define PERIOD (SIZE / 4)
#define SLOTS 32u /* of a ring page */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void start(struct front *front)
{
	raw_alloc(front, SIZE);
	raw_check(raw_open(front, PERIOD) == 0, "OPEN");
	raw_start(front);
}

static void stop(struct raw *raw, struct front *front)
{
	raw_check(raw_simple(front, XENSND_OP_CLOSE) == 0, "CLOSE");
	for (uint32_t i = 0; i < front->buffer_pages; i++) {
		raw_check(domain_uses(raw->domain, front->buffer_page + i) == 0,
			  "page %u is still mapped after CLOSE", i);
	}
}

/* --- the ring's indices */

static void jump(uint32_t by)
{
	struct raw raw;
	struct channel *channel;

	raw_connect(&raw, "evil");
	start(&raw.out);
	channel = raw.out.channel;
	rt_sh_store(&channel->ring.sring->req_prod, channel->ring.req_prod_pvt + by);
	domain_notify(&channel->ring_port);
	/* The ring is no longer served; the card's other one is. */
	for (unsigned i = 0; i < 50; i++) {
		raw_check(raw_simple(&raw.in, XENSND_OP_CLOSE) == 0, "the other ring");
	}
	raw_check(rt_sh_load(&channel->ring.sring->rsp_prod) == channel->ring.req_prod_pvt,
		  "answers without a request after a jump by %u", by);
	rt_sh_store(&channel->ring.sring->req_prod, channel->ring.req_prod_pvt);
	/* After a new connection, the ring is served again. */
	raw_reload(&raw);
	start(&raw.out);
	stop(&raw, &raw.out);
	raw_finish(&raw);
}

static void index_jumps(void)
{
	static const uint32_t jumps[] = { SLOTS + 1, 1000, 0x80000000, UINT32_MAX };

	for (unsigned i = 0; i < COUNT(jumps); i++) {
		jump(jumps[i]);
	}
}

/* --- floods */

/* The life of a stream, with nonsense in between; it wraps in the 32 slots at every place. */
static const struct {
	uint8_t operation, trigger;
} deeds[] = {
	{ XENSND_OP_OPEN, 0 },
	{ XENSND_OP_TRIGGER, XENSND_OP_TRIGGER_START },
	{ XENSND_OP_WRITE, 0 },
	{ XENSND_OP_TRIGGER, XENSND_OP_TRIGGER_PAUSE },
	{ 200, 0 },
	{ XENSND_OP_TRIGGER, XENSND_OP_TRIGGER_RESUME },
	{ XENSND_OP_READ, 0 },
	{ XENSND_OP_TRIGGER, XENSND_OP_TRIGGER_STOP },
	{ XENSND_OP_CLOSE, 0 },
	{ XENSND_OP_TRIGGER, XENSND_OP_TRIGGER_START },
	{ XENSND_OP_OPEN, 0 },
	{ XENSND_OP_TRIGGER, XENSND_OP_TRIGGER_START },
	{ XENSND_OP_OPEN, 0 },
	{ XENSND_OP_TRIGGER, XENSND_OP_TRIGGER_START },
	{ XENSND_OP_CLOSE, 0 },
};

/* Whether a deed must succeed; the others are refused, or depend on what came before. */
static bool honest(unsigned deed)
{
	return deed < 3 || deed == 7 || deed == 8 || deed == 12;
}

/* Waits until the answers have reached this index. */
static bool flood_wait(struct channel *channel, uint32_t until)
{
	struct pollfd answers = { .fd = channel->ring_port.to_guest, .events = POLLIN };
	struct xen_sndif_sring *sh_ring = channel->ring.sring;

	while (rt_sh_load(&sh_ring->rsp_prod) != until) {
		if (until - rt_sh_load(&sh_ring->rsp_prod) > SLOTS ||
		    poll(&answers, 1, CHANNEL_TIMEOUT_MS) <= 0) {
			raw_check(false, "%u requests, %u answers", until,
				  rt_sh_load(&sh_ring->rsp_prod));
			return false;
		}
		domain_notified(&channel->ring_port);
	}
	return true;
}

/* Sends a whole ring of requests at once; checks that each is answered once, in order. */
static bool flood_round(struct front *front)
{
	struct xen_sndif_front_ring *ring = &front->channel->ring;
	uint32_t first = ring->req_prod_pvt;
	struct xensnd_req request;
	struct xensnd_resp answer;
	unsigned deed;
	int notify;

	for (uint32_t i = 0; i < SLOTS; i++) {
		deed = (first + i) % COUNT(deeds);
		request = raw_open_request(front, PERIOD);
		request.operation = deeds[deed].operation;
		if (request.operation == XENSND_OP_TRIGGER) {
			request.op.trigger.type = deeds[deed].trigger;
		} else if (request.operation == XENSND_OP_WRITE) {
			request.op.rw = (struct xensnd_rw_req){ .offset = 0, .length = PERIOD };
		}
		request.id = (uint16_t)(first + i);
		*RING_GET_REQUEST(ring, first + i) = request;
	}
	ring->req_prod_pvt += SLOTS;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(ring, notify);
	if (notify) {
		domain_notify(&front->channel->ring_port);
	}
	if (!flood_wait(front->channel, first + SLOTS)) {
		return false;
	}
	for (uint32_t i = 0; i < SLOTS; i++) {
		deed = (first + i) % COUNT(deeds);
		answer = *RING_GET_RESPONSE(ring, first + i);
		raw_check(answer.id == (uint16_t)(first + i) && answer.status <= 0 &&
				  (answer.status == 0 || !honest(deed)) &&
				  answer.operation == deeds[deed].operation,
			  "request %u, deed %u: answer %u to operation %u, status %d", first + i,
			  deed, answer.id, answer.operation, answer.status);
	}
	ring->rsp_cons = ring->req_prod_pvt;
	return true;
}

static void request_flood(void)
{
	int64_t end_ns;
	struct raw raw;
	unsigned rounds = 0, failures = raw_failures;

	raw_connect(&raw, "evil");
	start(&raw.out);
	stop(&raw, &raw.out);
	end_ns = stats_now_ns() + INT64_C(1000000000);
	while ((stats_now_ns() < end_ns || rounds <= 10) && raw_failures == failures &&
	       flood_round(&raw.out)) {
		rounds++;
	}
	printf("    %u requests, each answered once, in 1 s\n", rounds * SLOTS);
	raw_finish(&raw);
}

static void notification_flood(void)
{
	int64_t end_ns;
	struct raw raw;
	unsigned long times = 0;
	uint32_t answers;

	raw_connect(&raw, "evil");
	start(&raw.out);
	answers = rt_sh_load(&raw.out.channel->ring.sring->rsp_prod);
	end_ns = stats_now_ns() + INT64_C(500000000);
	while (stats_now_ns() < end_ns) {
		domain_notify(&raw.out.channel->ring_port);
		domain_notify(&raw.out.channel->evt_port);
		domain_notify(&raw.in.channel->ring_port);
		times += 3;
	}
	raw_check(rt_sh_load(&raw.out.channel->ring.sring->rsp_prod) == answers,
		  "answers without a request");
	stop(&raw, &raw.out);
	printf("    %lu notifications in half a second\n", times);
	raw_finish(&raw);
}

/* --- positions */

static unsigned waiting(const struct front *front)
{
	return raw_events_made(front) - raw_events_taken(front);
}

static void deaf(void)
{
	struct raw raw;
	uint64_t frames;
	uint32_t made;

	raw_connect(&raw, "evil");
	start(&raw.out);
	for (unsigned ms = 0; ms < RAW_PATIENCE_MS && waiting(&raw.out) < XENSND_IN_RING_LEN;
	     ms += 10) {
		raw_sleep_ms(10);
	}
	made = raw_events_made(&raw.out);
	raw_check(waiting(&raw.out) == XENSND_IN_RING_LEN,
		  "%u events wait in a page with room for %u", waiting(&raw.out),
		  (unsigned)XENSND_IN_RING_LEN);
	raw_sleep_ms(100);
	raw_check(raw_events_made(&raw.out) == made, "a full page got more events");
	frames = raw.out.last_frame;
	raw_await_events(&raw.out, XENSND_IN_RING_LEN + 10);
	/* The ids must have no gap: Linux would not take any event after it. */
	raw_check(raw.out.channel->events_lost == 0, "%lu events with a wrong id",
		  (unsigned long)raw.out.channel->events_lost);
	raw_check(raw.out.last_frame > frames + XENSND_IN_RING_LEN * UINT64_C(64),
		  "the position stood still");
	raw_check(raw.out.went_back == 0, "positions went back");
	stop(&raw, &raw.out);
	raw_finish(&raw);
}

static void forged_positions(void)
{
	static const uint32_t forged[] = { 1, 64, 1000, 0x80000000, UINT32_MAX };
	struct xensnd_event_page *sh_page;
	struct raw raw;

	raw_connect(&raw, "evil");
	start(&raw.out);
	sh_page = raw.out.channel->sh_evt;
	for (unsigned i = 0; i < COUNT(forged); i++) {
		/* Ahead of what was produced: the page looks full. */
		rt_sh_store(&sh_page->in_cons, raw_events_made(&raw.out) + forged[i] + 20);
		/* The guest can write the back end's index, too: the back end must not rely on it.
		 */
		rt_sh_store(&sh_page->in_prod, rand() % 2 ? 0 : UINT32_MAX);
		raw_sleep_ms(30);
		raw_trigger(&raw.out, XENSND_OP_TRIGGER_START);
	}
	/* Honest again: events go on, with consecutive ids. */
	rt_sh_store(&sh_page->in_cons, raw.out.channel->evt_id);
	raw_sleep_ms(30);
	raw_await_events(&raw.out, 6);
	raw_check(raw.out.channel->events_lost == 0, "%lu events with a wrong id",
		  (unsigned long)raw.out.channel->events_lost);
	stop(&raw, &raw.out);
	raw_finish(&raw);
}

/* --- grants */

static void revoked_grants(void)
{
	struct raw raw;
	struct channel *channel;
	unsigned mapped;

	raw_connect(&raw, "evil");
	start(&raw.out);
	channel = raw.out.channel;
	mapped = domain_revoke(raw.domain, raw.out.buffer_page, raw.out.buffer_pages);
	raw_check(mapped == raw.out.buffer_pages, "%u pages were mapped", mapped);
	domain_revoke(raw.domain, raw.out.directory_page, 1);
	domain_revoke(raw.domain, channel->ring_page, 1);
	domain_revoke(raw.domain, channel->evt_page, 1);
	memset(raw.out.sh_buffer, 0x5a, SIZE);
	raw_await_events(&raw.out, 6);
	stop(&raw, &raw.out);
	raw_check(raw_open(&raw.out, PERIOD) == RAW_EINVAL, "OPEN without grants");
	domain_grant(raw.domain, raw.out.directory_page, 1);
	raw_check(raw_open(&raw.out, PERIOD) == RAW_EINVAL, "OPEN with a grant for the directory");
	domain_grant(raw.domain, raw.out.buffer_page, raw.out.buffer_pages);
	raw_check(raw_open(&raw.out, PERIOD) == 0, "OPEN with all grants");
	stop(&raw, &raw.out);
	/* The daemon unmaps the ring's pages, and cannot map them again. */
	raw_check(device_unload(raw.device) == 0, "cannot unload the driver");
	raw_check(domain_uses(raw.domain, channel->ring_page) == 0,
		  "the ring's page is still mapped");
	raw_finish(&raw);
}

/* As revoked_grants for a real guest, whose pages go with their grants. */
static void ended_grants(void)
{
	struct xensnd_req request;
	struct raw raw;

	raw_connect(&raw, "evil");
	start(&raw.out);
	request = raw_open_request(&raw.out, PERIOD);
	stop(&raw, &raw.out);
	front_free(&raw.out);
	raw_check(raw_ask(&raw.out, &request) == RAW_EINVAL, "OPEN of grants that have ended");
	start(&raw.out);
	/* While the daemon plays it: Linux keeps a page until nobody has it mapped. */
	request = raw_open_request(&raw.out, PERIOD);
	front_free(&raw.out);
	raw_await_events(&raw.out, 6);
	raw_check(raw_simple(&raw.out, XENSND_OP_CLOSE) == 0, "CLOSE");
	start(&raw.out);
	stop(&raw, &raw.out);
	raw_finish(&raw);
}

/* Writes random words to shared pages while they are in use. */
static void scribble(void)
{
	int64_t end_ns;
	struct raw raw;
	uint32_t *sh_pages[4], *sh_word;

	for (unsigned round = 0; round < 4; round++) {
		raw_connect(&raw, "evil");
		start(&raw.out);
		start(&raw.in);
		sh_pages[0] = raw.out.channel->sh_evt;
		sh_pages[1] = raw.in.channel->sh_evt;
		sh_pages[2] = domain_page(raw.domain, raw.out.channel->ring_page);
		sh_pages[3] = domain_page(raw.domain, raw.out.buffer_page);
		srand(round);
		end_ns = stats_now_ns() + INT64_C(250000000);
		while (stats_now_ns() < end_ns) {
			for (unsigned i = 0; i < 1000; i++) {
				sh_word = sh_pages[rand() % 4] + rand() % 1024;
				*(volatile uint32_t *)sh_word = (uint32_t)rand() * 3u;
			}
			domain_notify(&raw.out.channel->ring_port);
		}
		raw_finish(&raw);
	}
	/* The daemon is alive, and serves an honest guest as always. */
	raw_connect(&raw, "evil");
	start(&raw.out);
	stop(&raw, &raw.out);
	raw_finish(&raw);
}

/* --- publish and retire as fast as possible */

struct churn {
	pthread_t thread;
	struct raw *raw;
	struct front *front;
	int64_t end_ns;
	uint32_t size;
	unsigned seed;
	unsigned long opens, starts;
};

static void churn_start(struct churn *churn)
{
	static const uint8_t ways[] = { XENSND_OP_TRIGGER_STOP, XENSND_OP_TRIGGER_PAUSE,
					XENSND_OP_TRIGGER_RESUME };
	unsigned way = (unsigned)rand_r(&churn->seed) % (COUNT(ways) + 1);
	uint8_t move = churn->front == &churn->raw->out ? XENSND_OP_WRITE : XENSND_OP_READ;

	churn->starts++;
	raw_check(raw_trigger(churn->front, XENSND_OP_TRIGGER_START) == 0, "START");
	raw_check(raw_move(churn->front, move, 0, churn->size / 4) == 0, "moving a period");
	if (rand_r(&churn->seed) % 8 == 0) {
		raw_listen_ms(churn->front, (unsigned)rand_r(&churn->seed) % 4);
	}
	if (way < COUNT(ways)) {
		raw_check(raw_trigger(churn->front, ways[way]) == 0, "TRIGGER");
	}
}

static void *churn_run(void *arg)
{
	struct churn *churn = arg;
	uint32_t made;

	raw_alloc(churn->front, churn->size);
	while (stats_now_ns() < churn->end_ns && !raw_failures) {
		churn->opens++;
		/* A new stream begins at 0, or after events that its guest has not taken yet. */
		churn->front->last_bytes = 0;
		raw_check(raw_open(churn->front, churn->size / 4) == 0, "OPEN");
		for (unsigned i = (unsigned)rand_r(&churn->seed) % 4; i > 0; i--) {
			churn_start(churn);
		}
		stop(churn->raw, churn->front);
		made = raw_events_made(churn->front);
		if (churn->opens % 16 == 0) {
			raw_sleep_ms(3);
		}
		raw_check(raw_events_made(churn->front) == made, "an event after CLOSE");
	}
	return NULL;
}

void hostile_ring_churn(unsigned seconds)
{
	struct churn churns[2];
	struct raw raw;

	raw_connect(&raw, "churn");
	for (unsigned i = 0; i < 2; i++) {
		churns[i] = (struct churn){ .raw = &raw,
					    .front = i ? &raw.in : &raw.out,
					    .size = SIZE / 2 * raw_channels,
					    .end_ns = stats_now_ns() +
						      seconds * INT64_C(1000000000),
					    .seed = i + 1 };
		raw_check(pthread_create(&churns[i].thread, NULL, churn_run, &churns[i]) == 0,
			  "cannot start a thread");
	}
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(churns[i].thread, NULL);
		raw_check(churns[i].opens > 100 && churns[i].front->channel->events_lost == 0 &&
				  churns[i].front->went_back == 0,
			  "%lu opens, %lu events with wrong ids, %lu positions that went back",
			  churns[i].opens, (unsigned long)churns[i].front->channel->events_lost,
			  (unsigned long)churns[i].front->went_back);
	}
	printf("    opened %lu and %lu times, started %lu and %lu times in %u s; %lu and %lu events\n",
	       churns[0].opens, churns[1].opens, churns[0].starts, churns[1].starts, seconds,
	       (unsigned long)churns[0].front->channel->events,
	       (unsigned long)churns[1].front->channel->events);
	raw_finish(&raw);
}

const struct hostile_case hostile_ring_cases[] = {
	{ "index-jumps", index_jumps },
	{ "request-flood", request_flood },
	{ "notification-flood", notification_flood },
	{ "deaf", deaf },
	{ "forged-positions", forged_positions },
	{ "revoked-grants", revoked_grants },
	{ "ended-grants", ended_grants },
	{ "scribble", scribble },
	{ 0 },
};

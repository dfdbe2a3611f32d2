/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bad deeds in xenstore: rubbish names, states and references, and far too many of everything. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/hostile.h"
#include "tests/sim/raw.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CARDS 8u	 /* the daemon's limit per guest */
#define CARDS_MANY 16u	 /* the simulated toolstack's limit */
#define DOMAINS_MANY 40u /* times CARDS_MANY is hundreds of cards */

static void node_path(char path[DEVICE_STREAM_PATH_MAX], const struct device *device,
		      const char *directory, const char *node)
{
	snprintf(path, DEVICE_STREAM_PATH_MAX, "%.100s/%.20s",
		 directory ? directory : device->front, node);
}

static void put(struct device *device, const char *directory, const char *node, const char *value)
{
	char path[DEVICE_STREAM_PATH_MAX];

	node_path(path, device, directory, node);
	domain_write(device->domain, path, value);
}

static int back_state(struct device *device)
{
	char path[DEVICE_STREAM_PATH_MAX];

	node_path(path, device, device->back, "state");
	return (int)domain_read_number(device->domain, path, 0);
}

static bool await_state(struct device *device, int state)
{
	for (unsigned ms = 0; ms < RAW_PATIENCE_MS && back_state(device) != state; ms += 5) {
		raw_sleep_ms(5);
	}
	return back_state(device) == state;
}

/* --- names */

/* What shells, ALSA, JACK, printf, paths and terminals might interpret. */
static const char *const labels[] = {
	"ALSA<file:|touch %s>",
	"pulse<a>;alsa<hw:0>propname:propvalue",
	"$(touch %s)",
	"`touch %s`; touch %s &",
	"%%n%%n%%n%%s%%s%%s",
	"../../../../%s",
	"system:playback_1",
	"a\nb\tc\x01\x7f\x1b[2J",
	"\xff\xfe\xc3\x28",
	"",
	"same",
	"same",
	"pcm1-0",
	"   ",
	"-r",
	"*",
};

static struct device *hostile_names(const char *name, const char *file, struct domain **domain)
{
	char text[2040];
	struct device *device;

	*domain = domain_open(raw_socket, name);
	device = *domain ? device_create(*domain, 0) : NULL;
	if (!device) {
		raw_check(false, "cannot create a domain called \"%s\"", name);
		exit(1);
	}
	for (unsigned i = 0; i < COUNT(labels); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), labels[i], file, file);
#pragma GCC diagnostic pop
		device_add(device, i / 8, i % 2 ? PCM_CAPTURE : PCM_PLAYBACK, text);
	}
	/* A label as long as a node can be. */
	memset(text, 'A', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put(device, device->streams[15].path, "unique-id", text);
	raw_check(device_attach(device) == 0 && raw_await_connection(device, 1),
		  "a card with strange names does not connect");
	return device;
}

static void strange_names(void)
{
	const char *file = getenv("HOSTILE_FILE");
	char name[64];
	struct device *device, *other;
	struct domain *domain, *other_domain;

	snprintf(name, sizeof(name), "evil|%%n%%s:$(touch x)/../\x01\n");
	device = hostile_names(name, file ? file : "x", &domain);
	/* Nodes of a connected card change: nobody reads them before it connects again. */
	for (unsigned i = 0; i < 16; i++) {
		put(device, device->streams[i].path, "unique-id", "ALSA<file:|touch y>");
		put(device, device->streams[i].path, "type", "x");
		put(device, device->streams[i].path, "channels-max", "99999999");
	}
	raw_check(device->back_state == 4 && back_state(device) == 4, "the back end's state is %d",
		  back_state(device));
	/* The same name again. */
	other = hostile_names(name, file ? file : "x", &other_domain);
	hostile_hold();
	domain_close(domain);
	domain_close(other_domain);
	free(device);
	free(other);
}

/* --- states */

static void rubbish_states(void)
{
	static const char *const states[] = {
		"garbage", "",	 "-1",	"9",	"4294967300",
		"04",	   "4 ", "0x4", "1\n4", "99999999999999999999",
	};
	struct raw raw;

	for (unsigned i = 0; i < COUNT(states); i++) {
		raw_connect(&raw, "evil");
		raw_alloc(&raw.out, 16384);
		raw_check(raw_open(&raw.out, 4096) == 0, "OPEN");
		raw_check(raw_trigger(&raw.out, XENSND_OP_TRIGGER_START) == 0, "START");
		put(raw.device, NULL, "state", states[i]);
		raw_check(await_state(raw.device, XenbusStateClosed),
			  "state \"%s\": the back end's state is %d", states[i],
			  back_state(raw.device));
		/* Every card can connect again. */
		raw_check(raw_await_connection(raw.device, 2), "state \"%s\": no second connection",
			  states[i]);
		raw_finish(&raw);
	}
}

/* --- references */

static const char *const reference_nodes[] = { "ring-ref", "event-channel", "evt-ring-ref",
					       "evt-event-channel" };

/* Writes the four nodes, one of them rubbish or missing. */
static void publish(struct device *device, const char *node, const char *value)
{
	struct device_stream *stream = &device->streams[0];
	const uint32_t good[] = { domain_ref(device->domain, stream->channel.ring_page),
				  stream->channel.ring_port.number,
				  domain_ref(device->domain, stream->channel.evt_page),
				  stream->channel.evt_port.number };
	char text[16], path[DEVICE_STREAM_PATH_MAX];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "%u", good[i]);
		put(device, stream->path, reference_nodes[i],
		    node && strcmp(node, reference_nodes[i]) == 0 && value ? value : text);
	}
	if (node && !value) {
		node_path(path, device, stream->path, node);
		domain_remove(device->domain, path);
	}
	put(device, NULL, "state", "3");
}

struct bad_reference {
	const char *node, *value;
};

/*
 * Publishes good nodes until the card connects. The back end must have seen state 1 before state 3;
 * nothing shows that it has, and a slow one sees both at once, as no change.
 */
static bool correct(struct device *device)
{
	for (unsigned ms = 20; ms < RAW_PATIENCE_MS; ms *= 2) {
		put(device, NULL, "state", "1");
		raw_sleep_ms(ms);
		publish(device, NULL, NULL);
		for (unsigned i = 0; i < 10 && back_state(device) != XenbusStateConnected; i++) {
			raw_sleep_ms(ms);
		}
		if (back_state(device) == XenbusStateConnected) {
			return true;
		}
	}
	return false;
}

static void rubbish_cards(const struct bad_reference *bad)
{
	struct domain *domain = domain_open(raw_socket, "evil");
	struct device *devices[CARDS];

	for (unsigned i = 0; i < CARDS; i++) {
		devices[i] = device_create(domain, i);
		device_add(devices[i], 0, PCM_PLAYBACK, "out");
		domain_attach(domain, i);
		raw_check(await_state(devices[i], XenbusStateInitWait), "card %u: state %d", i,
			  back_state(devices[i]));
		channel_init(&devices[i]->streams[0].channel, domain);
		publish(devices[i], bad[i].node, bad[i].value);
	}
	/* The last card is good: when it is connected, the others have been handled. */
	raw_check(await_state(devices[CARDS - 1], XenbusStateConnected), "the good card");
	for (unsigned i = 0; i < CARDS - 1; i++) {
		raw_check(back_state(devices[i]) == XenbusStateInitWait,
			  "%s \"%s\": the back end's state is %d", bad[i].node,
			  bad[i].value ? bad[i].value : "(missing)", back_state(devices[i]));
	}
	for (unsigned i = 0; i < CARDS; i++) {
		raw_check(back_state(devices[i]) == XenbusStateConnected || correct(devices[i]),
			  "%s \"%s\": corrected, but the state is %d", bad[i].node,
			  bad[i].value ? bad[i].value : "(missing)", back_state(devices[i]));
		free(devices[i]);
	}
	domain_close(domain);
}

static void rubbish_references(void)
{
	static const struct bad_reference bad[][CARDS] = {
		{ { "ring-ref", "garbage" },
		  { "ring-ref", "" },
		  { "ring-ref", "16384" },
		  { "ring-ref", "-5" },
		  { "ring-ref", "99999999999999999999" },
		  { "ring-ref", "4294967295" },
		  { "ring-ref", NULL },
		  { NULL, NULL } },
		{ { "evt-ring-ref", "1e3" },
		  { "evt-ring-ref", "16384" },
		  { "evt-ring-ref", NULL },
		  { "event-channel", "0" },
		  { "event-channel", "4294967295" },
		  { "evt-event-channel", "999999" },
		  { "evt-event-channel", "garbage" },
		  { NULL, NULL } },
	};

	rubbish_cards(bad[0]);
	rubbish_cards(bad[1]);
}

/* --- far too many */

static struct device *wide_card(struct domain *domain, unsigned devid, unsigned pcms,
				unsigned streams)
{
	struct device *device = device_create(domain, devid);

	for (unsigned p = 0; p < pcms; p++) {
		for (unsigned s = 0; s < streams; s++) {
			char node[32];

			snprintf(node, sizeof(node), "%u/%u/type", p, s);
			device_set(device, node, "p");
		}
	}
	domain_attach(domain, devid);
	await_state(device, XenbusStateInitWait);
	put(device, NULL, "state", "3");
	return device;
}

static void too_many_streams(void)
{
	static const unsigned sizes[][2] = { { 9, 1 }, { 1, 9 }, { 60, 1 }, { 1, 300 }, { 8, 8 } };
	struct domain *domain = domain_open(raw_socket, "evil");
	struct device *devices[COUNT(sizes)];

	for (unsigned i = 0; i < COUNT(sizes); i++) {
		devices[i] = wide_card(domain, i, sizes[i][0], sizes[i][1]);
	}
	raw_sleep_ms(300);
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		raw_check(back_state(devices[i]) == XenbusStateInitWait,
			  "%u PCM devices of %u streams: the back end's state is %d", sizes[i][0],
			  sizes[i][1], back_state(devices[i]));
		free(devices[i]);
	}
	domain_close(domain);
}

static void too_many_cards(void)
{
	struct domain *domains[DOMAINS_MANY];
	struct device *device;
	struct raw raw;
	int64_t begin_ns;
	unsigned served = 0, refused = 0;

	for (unsigned d = 0; d < DOMAINS_MANY; d++) {
		domains[d] = domain_open(raw_socket, "evil");
		for (unsigned i = 0; domains[d] && i < CARDS_MANY; i++) {
			domain_attach(domains[d], i);
		}
	}
	device = device_create(domains[0], CARDS - 1);
	raw_check(await_state(device, XenbusStateInitWait), "the last card within the limit");
	free(device);
	raw_sleep_ms(300);
	for (unsigned i = 0; i < CARDS_MANY; i++) {
		device = device_create(domains[0], i);
		served += back_state(device) == XenbusStateInitWait;
		refused += back_state(device) == XenbusStateInitialising;
		free(device);
	}
	raw_check(served == CARDS && refused == CARDS_MANY - CARDS,
		  "%u cards of one guest are served and %u refused", served, refused);
	for (unsigned d = 0; d < DOMAINS_MANY; d++) {
		domain_close(domains[d]);
	}
	begin_ns = stats_now_ns();
	raw_connect(&raw, "evil");
	printf("    %u cards gone, a new one connected after %ld ms\n", DOMAINS_MANY * CARDS_MANY,
	       (long)((stats_now_ns() - begin_ns) / 1000000));
	raw_finish(&raw);
}

/* A toolstack gives every new card a higher number: the limit counts only cards that exist. */
static void cards_in_turn(void)
{
	struct domain *domain = domain_open(raw_socket, "evil");
	struct device *devices[CARDS_MANY];

	for (unsigned i = 0; i < CARDS_MANY; i++) {
		devices[i] = device_create(domain, i);
	}
	for (unsigned i = 0; i < CARDS; i++) {
		domain_attach(domain, i);
		raw_check(await_state(devices[i], XenbusStateInitWait), "card %u: state %d", i,
			  back_state(devices[i]));
	}
	domain_attach(domain, CARDS);
	for (unsigned i = CARDS + 1; i < CARDS_MANY; i++) {
		domain_detach(domain, i - CARDS - 1);
		raw_check(await_state(devices[i - CARDS - 1], 0), "card %u: state %d",
			  i - CARDS - 1, back_state(devices[i - CARDS - 1]));
		domain_attach(domain, i);
		raw_check(await_state(devices[i], XenbusStateInitWait), "card %u: state %d", i,
			  back_state(devices[i]));
	}
	raw_check(back_state(devices[CARDS]) == XenbusStateInitialising, "card %u: state %d", CARDS,
		  back_state(devices[CARDS]));
	for (unsigned i = 0; i < CARDS_MANY; i++) {
		free(devices[i]);
	}
	domain_close(domain);
}

const struct hostile_case hostile_store_cases[] = {
	{ "strange-names", strange_names },
	{ "rubbish-states", rubbish_states },
	{ "rubbish-references", rubbish_references },
	{ "too-many-streams", too_many_streams },
	{ "too-many-cards", too_many_cards },
	{ "cards-in-turn", cards_in_turn },
	{ 0 },
};

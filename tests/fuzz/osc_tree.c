/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets for the whole tree of addresses, with a mixer behind it and a JACK that answers in turn
 * with rows, a count and an error. Each packet comes twice, from this host and from another.
 * Answers are well-formed and fit a datagram; levels stay on their scale; another host asks nothing
 * of JACK that it must not; no request is left without an answer.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/server/tree.h"
#include "src/mixer/mixer.h"
#include "tests/fuzz/fuzz.h"

#define STREAMS 3u
/* One channel, two, and as many as there can be. */
static const uint32_t channels[STREAMS] = { 1, 2, PCM_CHANNELS_MAX };

static struct mixer mixer;
static struct tree tree;
static struct jack_request *sent[MIXER_REQUESTS_MAX];
static unsigned sent_count;
static bool local; /* the peer is on this host */

/* --- what surrounds the tree */

static void on_answer(void *arg, const struct socket_peer *peer, const void *data, size_t size)
{
	(void)arg;
	FUZZ_CHECK(peer->link == 7 && size <= PACKET_OUT_MAX && packet_check(data, size) == 0);
}

static void on_request(void *arg, struct jack_request *request)
{
	(void)arg;
	switch (request->verb) {
	case JACK_REQUEST_PORTS:
	case JACK_REQUEST_CONNECTIONS:
	case JACK_REQUEST_PATCHES:
	case JACK_REQUEST_LATENCY:
		break;
	case JACK_REQUEST_AUTO:
		FUZZ_CHECK(local || !request->a);
		break;
	default:
		FUZZ_CHECK(local);
	}
	FUZZ_CHECK(sent_count < MIXER_REQUESTS_MAX);
	sent[sent_count++] = request;
}

static int on_subscribe(const struct tree_call *call)
{
	tree_reply(call, "s", "subscribed");
	return 0;
}

static void on_look(struct tree *looking)
{
	mixer_want_meters(looking->mixer, true);
}

static float on_peak(const struct tree_call *call, uint32_t channel)
{
	FUZZ_CHECK(channel < call->stream->channels);
	return fmaxf(meter_take_peak(&call->stream->strip.meter, channel), 0.0f);
}

static void answer_requests(void)
{
	for (unsigned i = 0; i < sent_count; i++) {
		struct jack_request *request = sent[i];

		for (unsigned row = 0; i % 3 == 0 && row < 5; row++) {
			jack_request_add(request, &(struct jack_request_row){
							  .name = "daw:main_1",
							  .other = row % 2 ? "" : "system:out",
							  .numbers = { row, UINT32_MAX } });
		}
		request->err = i % 3 == 2 ? -EEXIST : request->err;
		mixer_answer(&mixer, request);
	}
	sent_count = 0;
}

/* --- the packet */

static void on_message(void *arg, const struct packet_message *message)
{
	const struct socket_peer peer = { .kind = SOCKET_TCP, .local = local, .link = 7 };

	(void)arg;
	tree_handle(&tree, &peer, message);
}

static bool on_scale(float db)
{
	return isfinite(db) && db >= FADER_DB_MIN && db <= FADER_DB_MAX;
}

static void check_levels(const struct card *card)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		const struct fader *fader = &card->streams[i].strip.fader;

		FUZZ_CHECK(on_scale(fader->gain_db) && on_scale(fader->guest_db));
		for (uint32_t c = 0; c < fader->channels; c++) {
			FUZZ_CHECK(on_scale(fader->trim_db[c]));
		}
	}
}

static struct card *make_card(void)
{
	static const char *const labels[STREAMS] = { "main", "mic", "pcm0-2" };
	struct card *card = card_create(STREAMS);

	FUZZ_CHECK(card);
	snprintf(card->name, sizeof(card->name), "daw");
	snprintf(card->guest, sizeof(card->guest), "daw");
	for (unsigned i = 0; i < STREAMS; i++) {
		card->streams[i].dir = i == 1 ? PCM_CAPTURE : PCM_PLAYBACK;
		card->streams[i].channels = channels[i];
		snprintf(card->streams[i].label, sizeof(card->streams[i].label), "%s", labels[i]);
	}
	card_arrange(card);
	FUZZ_CHECK(mixer_init(&mixer) == 0 && mixer_add(&mixer, card) == 0);
	mixer.hooks.send = on_request;
	mixer.jack = (struct mixer_jack){ .state = MIXER_JACK_UP, .server = "default" };
	tree = (struct tree){ .mixer = &mixer,
			      .send = on_answer,
			      .subscribe = on_subscribe,
			      .look = on_look,
			      .peak = on_peak,
			      .prefix = "",
			      .jack_version = "1.9.21" };
	return card;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct card *card;
	int count = 0;

	fuzz_begin();
	if (packet_check(data, size)) {
		return 0;
	}
	card = make_card();
	for (unsigned i = 0; i < 2; i++) {
		local = i == 0;
		tree.calls = 0;
		count = packet_each(data, size, on_message, NULL);
		check_levels(card);
	}
	fuzz_accepted = count >= 0;
	answer_requests();
	FUZZ_CHECK(!tree.pendings && !tree.pending_count && !mixer.request_count);
	mixer_remove(&mixer, card);
	mixer_finish(&mixer);
	card_destroy(card);
	return 0;
}

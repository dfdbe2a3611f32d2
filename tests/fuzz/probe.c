/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The xenstore nodes of a card, as tests/fuzz/nodes.h reads them. A card that is made keeps within
 * the limits, its labels are clean and unique, and its references are those that the nodes hold.
 */
#include <string.h>

#include "tests/fuzz/nodes.h"
#include "xen/probe.h"

static const char label_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789_-";

static const char name_chars[] = "@~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789_-.";

static const struct probe_limits all_limits[] = {
	{ CARD_STREAMS_MAX, PCM_CHANNELS_MAX, 4u << 20 },
	{ 3, 2, 65536 },
};

static void check_label(const struct card *card, const struct stream *stream)
{
	const char *label = stream->label;

	FUZZ_CHECK(*label && strlen(label) <= CARD_LABEL_MAX);
	FUZZ_CHECK(strspn(label, label_chars) == strlen(label));
	for (unsigned i = 0; i < card->stream_count; i++) {
		const struct stream *other = &card->streams[i];

		FUZZ_CHECK(other == stream || strcmp(label, other->label) != 0);
	}
}

static void check_card(struct card *card, const struct probe_limits *limits)
{
	FUZZ_CHECK(card->stream_count > 0 && card->stream_count <= limits->streams);
	FUZZ_CHECK(card->sides[0].stream_count + card->sides[1].stream_count == card->stream_count);
	for (unsigned i = 0; i < card->stream_count; i++) {
		const struct stream *stream = &card->streams[i];

		check_label(card, stream);
		FUZZ_CHECK(stream->channels > 0 && stream->channels <= limits->channels);
		FUZZ_CHECK(stream->buffer_bytes_max > 0 &&
			   stream->buffer_bytes_max <= limits->buffer_bytes);
	}
}

static void check_name(struct hv *hv)
{
	char guest[GUEST_NAME_MAX + 1], name[CARD_NAME_MAX + 1];

	FUZZ_CHECK(!probe_guest(hv, NODES_DOMID, guest) || !*guest);
	FUZZ_CHECK(memchr(guest, '\0', sizeof(guest)));
	guest_name_of_card(name, &(struct guest_name_card){ guest, NODES_DOMID, NODES_DEVID, 1 });
	FUZZ_CHECK(*name && strspn(name, name_chars) == strlen(name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake_store *store;

	fuzz_begin();
	store = nodes_create(data, size);
	for (unsigned i = 0; i < sizeof(all_limits) / sizeof(all_limits[0]); i++) {
		const struct probe_limits *limits = &all_limits[i];
		struct card *card = probe_card(&store->hv, NODES_DOMID, NODES_DEVID, NODES_FRONTEND,
					       limits);

		if (card) {
			fuzz_accepted = true;
			check_card(card, limits);
			FUZZ_CHECK(probe_is_current(&store->hv, card, NODES_FRONTEND));
			card_destroy(card);
		}
	}
	check_name(&store->hv);
	fake_store_destroy(store);
	return 0;
}

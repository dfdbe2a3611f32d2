/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/ports.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

void ports_readable_name(char name[PORTS_READABLE_MAX], const struct card *card,
			 const struct stream *stream, uint32_t channel, bool many)
{
	int length = many ? snprintf(name, PORTS_READABLE_MAX, "%s ", card->name) : 0;
	size_t room = PORTS_READABLE_MAX - (size_t)length;

	if (stream->channels == 2) {
		snprintf(name + length, room, "%s %s", stream->label,
			 channel == 0 ? "left" : "right");
	} else {
		snprintf(name + length, room, "%s %u", stream->label, channel + 1);
	}
}

static jack_port_t *register_port(jack_client_t *client, const struct card *card,
				  const struct stream *stream, uint32_t channel, bool many)
{
	unsigned long flags = stream->dir == PCM_PLAYBACK ? JackPortIsOutput : JackPortIsInput;
	char name[CARD_NAME_MAX + CARD_LABEL_MAX + 16];
	char readable[PORTS_READABLE_MAX], alias[CARD_NAME_MAX + 8 + PORTS_READABLE_MAX];
	jack_port_t *port;

	snprintf(name, sizeof(name), "%s%s%s_%u", many ? card->name : "", many ? "." : "",
		 stream->label, channel + 1);
	ports_readable_name(readable, card, stream, channel, many);
	snprintf(alias, sizeof(alias), "%s:%s", jack_get_client_name(client), readable);
	/* Terminal: sound begins or ends here. Not physical: programs grab those. */
	port = jack_port_register(client, name, JACK_DEFAULT_AUDIO_TYPE, flags | JackPortIsTerminal,
				  0);
	if (port) {
		jack_port_set_alias(port, alias);
	}
	return port;
}

int ports_register(jack_client_t *client, const struct card *card, enum pcm_dir dir, bool many,
		   const _Atomic uint32_t *freewheel, uint32_t seen)
{
	const struct side *side = &card->sides[dir];
	unsigned i;
	uint32_t c;

	for (i = 0; i < side->stream_count; i++) {
		struct stream *stream = side->streams[i];

		latency_forget(&stream->latency);
		for (c = 0; c < stream->channels; c++) {
			if (atomic_load(freewheel) != seen) {
				return -EAGAIN;
			}
			stream->ports[c] = register_port(client, card, stream, c, many);
			if (!stream->ports[c]) {
				return -ENOSPC;
			}
		}
	}
	return 0;
}

bool ports_connected(const struct card *card, enum pcm_dir dir)
{
	const struct side *side = &card->sides[dir];
	bool connected = false;

	for (unsigned i = 0; i < side->stream_count; i++) {
		for (uint32_t c = 0; c < side->streams[i]->channels; c++) {
			const jack_port_t *port = side->streams[i]->ports[c];

			connected |= port && jack_port_connected(port) > 0;
		}
	}
	return connected;
}

void ports_unregister(jack_client_t *client, const struct card *card, enum pcm_dir dir)
{
	const struct side *side = &card->sides[dir];
	unsigned i;
	uint32_t c;

	for (i = 0; i < side->stream_count; i++) {
		for (c = 0; c < side->streams[i]->channels; c++) {
			void **port = &side->streams[i]->ports[c];

			if (*port) {
				jack_port_unregister(client, *port);
				*port = NULL;
			}
		}
	}
}

static void tell_stream(const struct stream *stream)
{
	jack_latency_callback_mode_t mode = stream->dir == PCM_PLAYBACK ? JackCaptureLatency
									: JackPlaybackLatency;
	jack_latency_range_t range = { stream->latency.told.min, stream->latency.told.max };

	for (uint32_t c = 0; c < stream->channels; c++) {
		jack_port_set_latency_range(stream->ports[c], mode, &range);
	}
}

bool ports_renew_latency(const struct card *card, enum pcm_dir dir, uint32_t cycle_frames)
{
	const struct side *side = &card->sides[dir];
	bool changed = false;

	for (unsigned i = 0; i < side->stream_count; i++) {
		if (latency_renew(&side->streams[i]->latency, dir, cycle_frames)) {
			tell_stream(side->streams[i]);
			changed = true;
		}
	}
	return changed;
}

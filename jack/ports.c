/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/ports.h"

#include <errno.h>
#include <stdio.h>

static jack_port_t *register_port(jack_client_t *client, const struct card *card,
				  const struct slot *slot, uint32_t channel, bool many)
{
	unsigned long flags = slot->dir == PCM_PLAYBACK ? JackPortIsOutput : JackPortIsInput;
	char name[CARD_NAME_MAX + CARD_LABEL_MAX + 16];
	char alias[CARD_NAME_MAX + CARD_LABEL_MAX + 16];
	jack_port_t *port;

	snprintf(name, sizeof(name), "%s%s%s_%u", many ? card->name : "", many ? "." : "",
		 slot->label, channel + 1);
	snprintf(alias, sizeof(alias), "%s:%s %u", card->guest, slot->label, channel + 1);
	/* Terminal, since sound begins or ends here; not physical: programs grab those. */
	port = jack_port_register(client, name, JACK_DEFAULT_AUDIO_TYPE, flags | JackPortIsTerminal,
				  0);
	if (port) {
		jack_port_set_alias(port, alias);
	}
	return port;
}

int ports_register(jack_client_t *client, const struct card *card, enum pcm_dir dir, bool many)
{
	const struct side *side = &card->sides[dir];
	unsigned i;
	uint32_t c;

	for (i = 0; i < side->slot_count; i++) {
		struct slot *slot = side->slots[i];

		latency_forget(&slot->latency);
		for (c = 0; c < slot->channels; c++) {
			slot->ports[c] = register_port(client, card, slot, c, many);
			if (!slot->ports[c]) {
				return -ENOSPC;
			}
		}
	}
	return 0;
}

void ports_unregister(jack_client_t *client, const struct card *card, enum pcm_dir dir)
{
	const struct side *side = &card->sides[dir];
	unsigned i;
	uint32_t c;

	for (i = 0; i < side->slot_count; i++) {
		for (c = 0; c < side->slots[i]->channels; c++) {
			void **port = &side->slots[i]->ports[c];

			if (*port) {
				jack_port_unregister(client, *port);
				*port = NULL;
			}
		}
	}
}

static void tell_slot(const struct slot *slot)
{
	jack_latency_callback_mode_t mode = slot->dir == PCM_PLAYBACK ? JackCaptureLatency
								      : JackPlaybackLatency;
	jack_latency_range_t range = { slot->latency.told.min, slot->latency.told.max };

	for (uint32_t c = 0; c < slot->channels; c++) {
		jack_port_set_latency_range(slot->ports[c], mode, &range);
	}
}

bool ports_renew_latency(const struct card *card, enum pcm_dir dir, uint32_t cycle_frames)
{
	const struct side *side = &card->sides[dir];
	bool changed = false;

	for (unsigned i = 0; i < side->slot_count; i++) {
		if (latency_renew(&side->slots[i]->latency, dir, cycle_frames)) {
			tell_slot(side->slots[i]);
			changed = true;
		}
	}
	return changed;
}

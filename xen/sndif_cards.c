/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "xen/sndif_parts.h"

/* Opens every wire; *adopt becomes false unless all of them go on where they were. */
static int open_wires(struct station *station, bool *adopt)
{
	const struct keep_layout layout = {
		.number = WIRE_KEPT_NUMBER,
		.count = station->count,
		.block_size = sizeof(struct wire_kept),
	};
	struct sndif *sndif = station->sndif;
	struct card *card = station->card;
	bool kept;
	int err = keep_open(&station->keep, sndif->run_dir, card->domid, card->devid, &layout,
			    *adopt, &kept);

	*adopt = kept;
	for (unsigned i = 0; i < station->count && !err; i++) {
		struct wire *wire = &station->wires[i];
		bool adopted = kept;

		err = wire_open(wire, sndif->hv, sndif->requests, card, &card->slots[i],
				keep_block(&station->keep, i), &adopted);
		wire_retune(wire, &sndif->clock);
		err = err ? err : portmap_set(&sndif->ports, wire->port, wire);
		*adopt &= adopted;
	}
	return err;
}

void sndif_free_station(struct station *station)
{
	struct sndif *sndif = station->sndif;
	bool leave = station->state == STATION_LEFT;

	for (unsigned i = 0; i < station->count; i++) {
		struct wire *wire = &station->wires[i];

		portmap_clear(&sndif->ports, wire->port, wire);
		wire_close(wire, leave);
	}
	keep_close(&station->keep, !leave);
	budget_drop(station->budget);
	station->card->io = NULL;
	free(station);
}

void sndif_attach(struct sndif *sndif, struct card *card, bool adopt)
{
	struct station *station = calloc(1,
					 sizeof(*station) + card->slot_count * sizeof(struct wire));
	int err;

	if (!station) {
		sndif_answer(sndif, MAIL_ATTACHED, card, -ENOMEM, 0);
		return;
	}
	station->sndif = sndif;
	station->card = card;
	station->count = card->slot_count;
	card->io = station;
	station->budget = budget_hold(&sndif->budgets, card->domid, nullclock_now_ns());
	err = station->budget ? open_wires(station, &adopt) : -ENOMEM;
	if (err) {
		/* First: ctl may free the card as soon as it has the answer. */
		sndif_free_station(station);
		sndif_answer(sndif, MAIL_ATTACHED, card, err, 0);
		return;
	}
	sndif_answer(sndif, MAIL_ATTACHED, card, 0, adopt);
	station->next = sndif->stations;
	sndif->stations = station;
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		nullclock_add(sndif->nullclock, &station->sides[dir], &card->sides[dir], station);
	}
	/* What a guest asked before we were there; its notification went nowhere. */
	sndif_serve_all(sndif);
}

void sndif_detach(struct sndif *sndif, struct card *card, bool leave)
{
	struct station *station = card->io;

	if (!station) {
		sndif_answer(sndif, MAIL_DETACHED, card, 0, 0);
		return;
	}
	station->state = leave ? STATION_LEFT : STATION_LEAVING;
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		nullclock_remove(sndif->nullclock, &station->sides[dir]);
	}
	for (unsigned i = 0; i < station->count; i++) {
		wire_activate(&station->wires[i], false);
	}
	sndif_settle(sndif);
}

void sndif_set_clock(struct sndif *sndif, uint32_t rate_hz, uint32_t period_frames)
{
	sndif->clock = (struct wire_clock){ rate_hz, period_frames };
	nullclock_set(sndif->nullclock, rate_hz, period_frames);
	for (struct station *station = sndif->stations; station; station = station->next) {
		for (unsigned i = 0; i < station->count; i++) {
			wire_retune(&station->wires[i], &sndif->clock);
		}
	}
	sndif_settle(sndif);
}

void sndif_obey_desk(struct station *station)
{
	struct card *card = station->card;
	uint64_t kicked;

	/* Before it is read: what is set from here on comes with another letter. */
	atomic_exchange(&card->moved, false);
	kicked = atomic_exchange(&card->kicked, 0);
	for (unsigned i = 0; i < station->count; i++) {
		struct wire *wire = &station->wires[i];

		if (wire->stream) {
			gain_set_level(&wire->stream->gain, &wire->slot->strip.fader);
		}
		if (kicked & UINT64_C(1) << i) {
			wire_kick(wire);
		}
	}
	if (kicked) {
		sndif_settle(station->sndif);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests as a whole. A handler that sets may remove the guest: it must not look at it afterwards.
 */
#include <stdio.h>

#include "osc/proto/part.h"
#include "osc/server/tree.h"
#include "src/base/guest_name.h"

/* The escape of one byte. */
#define ESCAPE_SIZE 3u

bool tree_guest_part(const struct guest *guest, char *part, size_t size)
{
	const char *name = guest->name;
	size_t head = 0;

	/* /guest/dom7 is domain 7 without a name, not a guest that is really called so. */
	if (!guest->nameless && guest_name_is_nameless(name) && size > ESCAPE_SIZE) {
		head = (size_t)snprintf(part, size, "%%%02X", (unsigned char)*name++);
	}
	return part_of(name, part + head, size - head);
}

static float number(const struct tree_call *call)
{
	double value = 0.0;

	(void)packet_number(call->message, 0, &value);
	return (float)value;
}

/* Setting a guest's level sets a fader for each of its streams. */
static void count_work(const struct tree_call *call)
{
	call->tree->calls += call->guest->stream_count;
}

static int list(const struct tree_call *call)
{
	const struct guest_list *guests = &call->tree->mixer->guests;

	for (unsigned i = 0; i < guests->count; i++) {
		const struct guest *guest = guests->all[i];

		tree_reply(call, "ssifi", "item", guest->name, (int32_t)guest->stream_count,
			   (double)guest->gain_db, (int32_t)guest->muted);
	}
	tree_reply(call, "si", "end", (int32_t)guests->count);
	return 0;
}

static int gain(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	if (!call->count) {
		return packet_put(call->out, call->path, "f", (double)call->guest->gain_db);
	}
	count_work(call);
	return mixer_set_guest_gain(mixer, call->guest, number(call));
}

static int fader(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	if (!call->count) {
		return packet_put(call->out, call->path, "f",
				  (double)fader_position_of_db(call->guest->gain_db));
	}
	count_work(call);
	return mixer_set_guest_gain(mixer, call->guest, fader_db_of_position(number(call)));
}

static int db_delta(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	count_work(call);
	return mixer_set_guest_gain(mixer, call->guest, call->guest->gain_db + number(call));
}

static int mute(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	if (!call->count) {
		return packet_put(call->out, call->path, "i", (int32_t)call->guest->muted);
	}
	count_work(call);
	return mixer_set_guest_muted(mixer, call->guest, number(call) != 0.0f);
}

tree_handler *const tree_guest_handlers[TABLE_COUNT] = {
	[TABLE_GUEST_LIST] = list,	   [TABLE_GUEST_GAIN] = gain, [TABLE_GUEST_FADER] = fader,
	[TABLE_GUEST_DB_DELTA] = db_delta, [TABLE_GUEST_MUTE] = mute,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "osc/tree.h"
#include "src/latency.h"

static const struct strip *strip_of(const struct tree_call *call)
{
	return &call->stream->slot->strip;
}

static const char *direction_of(const struct control_stream *stream)
{
	return stream->slot->dir == PCM_PLAYBACK ? "p" : "c";
}

static const char *state_of(const struct sight *sight)
{
	static const char *const names[] = {
		[SIGHT_CLOSED] = "closed",
		[SIGHT_OPEN] = "open",
		[SIGHT_RUNNING] = "running",
	};

	return names[atomic_load_explicit(&((struct sight *)(uintptr_t)sight)->state,
					  memory_order_acquire)];
}

static bool is_open(const struct sight *sight)
{
	return sight->state != SIGHT_CLOSED;
}

static double number(const struct tree_call *call)
{
	double value = 0.0;

	(void)packet_number(call->message, 0, &value);
	return value;
}

/* An answer at the address that was asked, as a set would be. */
static int say(const struct tree_call *call, lo_message message)
{
	int err = message ? packet_add(call->out, call->path, message) : -ENOMEM;

	lo_message_free(message);
	return err;
}

static int say_float(const struct tree_call *call, double value)
{
	return packet_put(call->out, call->path, "f", value);
}

static int say_whole(const struct tree_call *call, int32_t value)
{
	return packet_put(call->out, call->path, "i", value);
}

/* --- what they are */

static int list(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;
	unsigned count;
	const struct control_stream *streams = control->ops->streams(control->self, &count);

	for (unsigned i = 0; i < count; i++) {
		const struct slot *slot = streams[i].slot;
		const struct strip *strip = &slot->strip;

		tree_reply(call, "ssssiifis", "item", streams[i].id, direction_of(&streams[i]),
			   state_of(&strip->sight), (int32_t)slot->channels,
			   is_open(&strip->sight) ? (int32_t)strip->sight.rate_hz : 0,
			   (double)strip->fader.gain_db, (int32_t)strip->fader.muted, slot->label);
	}
	tree_reply(call, "si", "end", (int32_t)count);
	return 0;
}

static int info(const struct tree_call *call)
{
	const struct control_stream *stream = call->stream;
	const struct sight *sight = &strip_of(call)->sight;
	bool open = is_open(sight);

	return packet_put(call->out, call->path, "sissiissi", stream->card->guest,
			  (int32_t)stream->card->domid, stream->slot->label, direction_of(stream),
			  (int32_t)stream->slot->channels, open ? (int32_t)sight->rate_hz : 0,
			  open ? pcm_name(sight->format) : "", stream->card->name,
			  open ? (int32_t)sight->period_frames : 0);
}

/* --- levels */

static int gain(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;

	if (!call->count) {
		return say_float(call, (double)strip_of(call)->fader.gain_db);
	}
	control->ops->set_gain(control->self, call->stream, (float)number(call));
	return 0;
}

static int fader(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;

	if (!call->count) {
		return say_float(call, (double)fader_way_of_db(strip_of(call)->fader.gain_db));
	}
	control->ops->set_gain(control->self, call->stream, fader_db_of_way((float)number(call)));
	return 0;
}

static int trim(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;

	if (!call->count) {
		return say_float(call, (double)strip_of(call)->fader.trim_db[call->channel]);
	}
	control->ops->set_trim(control->self, call->stream, call->channel, (float)number(call));
	return 0;
}

static int db_delta(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;

	control->ops->set_gain(control->self, call->stream,
			       strip_of(call)->fader.gain_db + (float)number(call));
	return 0;
}

static int mute(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;

	if (!call->count) {
		return say_whole(call, strip_of(call)->fader.muted);
	}
	control->ops->set_muted(control->self, call->stream, number(call) != 0.0);
	return 0;
}

static int solo(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;

	if (!call->count) {
		return say_whole(call, strip_of(call)->fader.solo);
	}
	control->ops->set_solo(control->self, call->stream, number(call) != 0.0);
	return 0;
}

static int solo_clear(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;
	int32_t cleared = 0;
	unsigned count;
	const struct control_stream *streams = control->ops->streams(control->self, &count);

	for (unsigned i = 0; i < count && (!call->count || number(call) != 0.0); i++) {
		cleared += streams[i].slot->strip.fader.solo;
		control->ops->set_solo(control->self, &streams[i], false);
	}
	tree_reply(call, "i", cleared);
	return 0;
}

static int guest_volume(const struct tree_call *call)
{
	const struct sight *sight = &strip_of(call)->sight;
	lo_message message = lo_message_new();

	for (uint32_t c = 0; message && is_open(sight) && c < sight->channels; c++) {
		lo_message_add_float(message, (float)sight->volume_mdb[c] / 1000.0f);
	}
	return say(call, message);
}

static int guest_mute(const struct tree_call *call)
{
	const struct sight *sight = &strip_of(call)->sight;
	lo_message message = lo_message_new();

	for (uint32_t c = 0; message && is_open(sight) && c < sight->channels; c++) {
		lo_message_add_int32(message, sight->muted[c]);
	}
	return say(call, message);
}

/* --- meters and counters */

static int meter(const struct tree_call *call)
{
	lo_message message = lo_message_new();

	call->tree->look(call->tree);
	for (uint32_t c = 0; message && c < call->stream->slot->channels; c++) {
		lo_message_add_float(message, fader_db_of_amplitude(call->tree->peak(call, c)));
	}
	return say(call, message);
}

float tree_rms_db(const struct control_stream *stream, uint32_t channel)
{
	const struct strip *strip = &stream->slot->strip;

	return fader_db_of_amplitude(
		strip->sight.state == SIGHT_RUNNING ? meter_rms(&strip->meter, channel) : 0.0f);
}

static int rms(const struct tree_call *call)
{
	lo_message message = lo_message_new();

	call->tree->look(call->tree);
	for (uint32_t c = 0; message && c < call->stream->slot->channels; c++) {
		lo_message_add_float(message, tree_rms_db(call->stream, c));
	}
	return say(call, message);
}

static int fill(const struct tree_call *call)
{
	const struct sight *sight = &strip_of(call)->sight;
	bool open = is_open(sight);

	return packet_put(call->out, call->path, "ii", open ? sight->fill_frames : 0,
			  open ? (int32_t)sight->ring_frames : 0);
}

static int latency(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;
	const struct slot *slot = call->stream->slot;
	const struct sight *sight = &slot->strip.sight;
	struct control_status status;
	struct latency_range range;

	control->ops->get_status(control->self, &status);
	if (!status.period_frames || !status.rate_hz) {
		return -ENOTCONN;
	}
	range = latency_find(&slot->latency, slot->dir, status.period_frames);
	return packet_put(call->out, call->path, "iiiif",
			  is_open(sight) ? (int32_t)sight->ring_frames : 0,
			  is_open(sight) ? (int32_t)sight->resampler_frames : 0, (int32_t)range.min,
			  (int32_t)range.max, 1000.0 * range.max / status.rate_hz);
}

/* As far as a 32-bit number goes, and then from 0 again. */
static int32_t count_of(uint64_t count)
{
	return (int32_t)(count & INT32_MAX);
}

static int stats(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;
	struct control_stats now;

	control->ops->get_stats(control->self, call->stream, &now);
	return packet_put(call->out, call->path, "iiiii", count_of(now.cycles),
			  count_of(now.underruns), count_of(now.overruns),
			  count_of(now.positions_lost), count_of(now.throttled));
}

static int stats_reset(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;
	const char *id = call->count ? packet_text(call->message, 0) : NULL;
	int32_t reset = 0;
	unsigned count;
	const struct control_stream *streams = control->ops->streams(control->self, &count);

	for (unsigned i = 0; i < count; i++) {
		if (!id || strcmp(streams[i].id, id) == 0) {
			control->ops->reset_stats(control->self, &streams[i]);
			reset++;
		}
	}
	if (id && !reset) {
		return -ENOENT;
	}
	tree_reply(call, "i", reset);
	return 0;
}

static int kick(const struct tree_call *call)
{
	const struct control *control = &call->tree->control;

	bool open = is_open(&strip_of(call)->sight) && (!call->count || number(call) != 0.0);

	if (open) {
		control->ops->kick(control->self, call->stream);
	}
	tree_reply(call, "i", (int32_t)open);
	return 0;
}

tree_handler *const tree_stream_handlers[TABLE_COUNT] = {
	[TABLE_STREAM_LIST] = list,
	[TABLE_STREAM_INFO] = info,
	[TABLE_STREAM_GAIN] = gain,
	[TABLE_STREAM_FADER] = fader,
	[TABLE_STREAM_TRIM] = trim,
	[TABLE_STREAM_DB_DELTA] = db_delta,
	[TABLE_STREAM_MUTE] = mute,
	[TABLE_STREAM_SOLO] = solo,
	[TABLE_SOLO_CLEAR] = solo_clear,
	[TABLE_STREAM_GUEST_VOLUME] = guest_volume,
	[TABLE_STREAM_GUEST_MUTE] = guest_mute,
	[TABLE_STREAM_METER] = meter,
	[TABLE_STREAM_RMS] = rms,
	[TABLE_STREAM_FILL] = fill,
	[TABLE_STREAM_LATENCY] = latency,
	[TABLE_STREAM_STATS] = stats,
	[TABLE_STATS_RESET] = stats_reset,
	[TABLE_STREAM_KICK] = kick,
};

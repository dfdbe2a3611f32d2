/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "osc/server/tree.h"
#include "src/sound/latency.h"

static const struct strip *strip_of(const struct tree_call *call)
{
	return &call->stream->strip;
}

static const char *direction_of(struct stream *stream)
{
	return stream->dir == PCM_PLAYBACK ? "p" : "c";
}

static const char *state_of(const struct stream_status *status)
{
	static const char *const names[] = {
		[STREAM_CLOSED] = "closed",
		[STREAM_OPEN] = "open",
		[STREAM_RUNNING] = "running",
	};

	return names[atomic_load_explicit(&status->state, memory_order_acquire)];
}

static bool is_open(const struct stream_status *status)
{
	return status->state != STREAM_CLOSED;
}

static double number(const struct tree_call *call)
{
	double value = 0.0;

	(void)packet_number(call->message, 0, &value);
	return value;
}

/* Answers from the address that was asked, in the form of a set. */
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

/* --- list and info */

static int list(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;
	struct stream *const *streams = mixer->streams;
	unsigned count = mixer->count;

	for (unsigned i = 0; i < count; i++) {
		const struct stream *stream = streams[i];
		const struct strip *strip = &stream->strip;

		tree_reply(call, "ssssiifiss", "item", streams[i]->id, direction_of(streams[i]),
			   state_of(&strip->status), (int32_t)stream->channels,
			   is_open(&strip->status) ? (int32_t)strip->status.rate_hz : 0,
			   (double)strip->fader.gain_db, (int32_t)strip->fader.muted, stream->label,
			   card_guest(stream->card));
	}
	tree_reply(call, "si", "end", (int32_t)count);
	return 0;
}

/* The JACK client that has the stream's ports; empty if none has. */
static void name_client(const struct tree_call *call, char name[GUEST_NAME_CLIENT_MAX + 1])
{
	const struct stream *stream = call->stream;
	const struct card *card = stream->card;
	unsigned attempt = atomic_load(&card->sides[stream->dir].client);

	*name = '\0';
	if (attempt) {
		guest_name_of_client(
			name, call->tree->mixer->jack.shared ? GUEST_NAME_SHARED : card->name,
			stream->dir == PCM_CAPTURE, attempt);
	}
}

static int info(const struct tree_call *call)
{
	char client[GUEST_NAME_CLIENT_MAX + 1];
	struct stream *stream = call->stream;
	const struct stream_status *status = &strip_of(call)->status;
	bool open = is_open(status);

	name_client(call, client);
	return packet_put(call->out, call->path, "sissiissi",
			  mixer_guest_of(call->tree->mixer, stream->card)->name,
			  (int32_t)stream->card->domid, stream->label, direction_of(stream),
			  (int32_t)stream->channels, open ? (int32_t)status->rate_hz : 0,
			  open ? pcm_name(status->format) : "", client,
			  open ? (int32_t)status->period_frames : 0);
}

/* --- levels */

static int gain(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	if (!call->count) {
		return say_float(call, (double)strip_of(call)->fader.gain_db);
	}
	mixer_set_gain(mixer, call->stream, (float)number(call));
	return 0;
}

static int fader(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	if (!call->count) {
		return say_float(call, (double)fader_position_of_db(strip_of(call)->fader.gain_db));
	}
	mixer_set_gain(mixer, call->stream, fader_db_of_position((float)number(call)));
	return 0;
}

static int trim(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	if (!call->count) {
		return say_float(call, (double)strip_of(call)->fader.trim_db[call->channel]);
	}
	mixer_set_trim(mixer, call->stream, call->channel, (float)number(call));
	return 0;
}

static int db_delta(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	mixer_set_gain(mixer, call->stream, strip_of(call)->fader.gain_db + (float)number(call));
	return 0;
}

static int mute(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	if (!call->count) {
		return say_whole(call, strip_of(call)->fader.muted);
	}
	mixer_set_muted(mixer, call->stream, number(call) != 0.0);
	return 0;
}

static int solo(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;

	if (!call->count) {
		return say_whole(call, strip_of(call)->fader.solo);
	}
	mixer_set_solo(mixer, call->stream, number(call) != 0.0);
	return 0;
}

static int solo_clear(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;
	int32_t cleared = 0;
	struct stream *const *streams = mixer->streams;
	unsigned count = mixer->count;

	for (unsigned i = 0; i < count && (!call->count || number(call) != 0.0); i++) {
		cleared += streams[i]->strip.fader.solo;
		mixer_set_solo(mixer, streams[i], false);
	}
	tree_reply(call, "i", cleared);
	return 0;
}

static int guest_volume(const struct tree_call *call)
{
	const struct stream_status *status = &strip_of(call)->status;
	lo_message message = lo_message_new();

	for (uint32_t c = 0; message && is_open(status) && c < status->channels; c++) {
		lo_message_add_float(message, (float)status->volume_mdb[c] / 1000.0f);
	}
	return say(call, message);
}

static int guest_mute(const struct tree_call *call)
{
	const struct stream_status *status = &strip_of(call)->status;
	lo_message message = lo_message_new();

	for (uint32_t c = 0; message && is_open(status) && c < status->channels; c++) {
		lo_message_add_int32(message, status->muted[c]);
	}
	return say(call, message);
}

/* --- meters and counters */

static int meter(const struct tree_call *call)
{
	lo_message message = lo_message_new();

	call->tree->look(call->tree);
	for (uint32_t c = 0; message && c < call->stream->channels; c++) {
		lo_message_add_float(message, fader_db_of_amplitude(call->tree->peak(call, c)));
	}
	return say(call, message);
}

float tree_rms_db(struct stream *stream, uint32_t channel)
{
	const struct strip *strip = &stream->strip;

	return fader_db_of_amplitude(
		strip->status.state == STREAM_RUNNING ? meter_rms(&strip->meter, channel) : 0.0f);
}

static int rms(const struct tree_call *call)
{
	lo_message message = lo_message_new();

	call->tree->look(call->tree);
	for (uint32_t c = 0; message && c < call->stream->channels; c++) {
		lo_message_add_float(message, tree_rms_db(call->stream, c));
	}
	return say(call, message);
}

static int fill(const struct tree_call *call)
{
	const struct stream_status *status = &strip_of(call)->status;
	bool open = is_open(status);

	return packet_put(call->out, call->path, "ii", open ? status->fill_frames : 0,
			  open ? (int32_t)status->ring_frames : 0);
}

static int latency(const struct tree_call *call)
{
	const struct mixer_jack *jack = &call->tree->mixer->jack;
	const struct stream *stream = call->stream;
	const struct stream_status *status = &stream->strip.status;
	struct latency_range range;

	if (!jack->period_frames || !jack->rate_hz) {
		return -ENOTCONN;
	}
	range = latency_find(&stream->latency, stream->dir, jack->period_frames);
	return packet_put(
		call->out, call->path, "iiiif", is_open(status) ? (int32_t)status->ring_frames : 0,
		is_open(status) ? (int32_t)status->resampler_frames : 0, (int32_t)range.min,
		(int32_t)range.max, 1000.0 * range.max / jack->rate_hz);
}

/* Wraps to 0 after 2^31 - 1. */
static int32_t count_of(uint64_t count)
{
	return (int32_t)(count & INT32_MAX);
}

static int stats(const struct tree_call *call)
{
	const struct strip_stats now = mixer_get_stats(call->stream);

	return packet_put(call->out, call->path, "iiiii", count_of(now.cycles),
			  count_of(now.underruns), count_of(now.overruns),
			  count_of(now.positions_lost), count_of(now.throttled));
}

static int stats_reset(const struct tree_call *call)
{
	struct mixer *mixer = call->tree->mixer;
	const char *id = call->count ? packet_text(call->message, 0) : NULL;
	int32_t reset = 0;
	struct stream *const *streams = mixer->streams;
	unsigned count = mixer->count;

	for (unsigned i = 0; i < count; i++) {
		if (!id || strcmp(streams[i]->id, id) == 0) {
			mixer_reset_stats(streams[i]);
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
	struct mixer *mixer = call->tree->mixer;

	bool open = is_open(&strip_of(call)->status) && (!call->count || number(call) != 0.0);

	if (open) {
		mixer_kick(mixer, call->stream);
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

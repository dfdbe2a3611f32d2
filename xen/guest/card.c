/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/card.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/base/log.h"

/* As long as libxl waits for the back end, which normally connects within a second. */
#define CONNECT_MS 10000

/* --- sounds */

bool card_sounds_open(struct card_sounds *sounds, const struct options *options)
{
	struct sound_params *params = &sounds->params;

	sounds->options = options;
	params->format = options->format;
	params->channels = options->channels;
	params->rate_hz = options->rate_hz;
	if (options->play != NULL) {
		sounds->first = sound_source_file(options->play, params);
		if (sounds->first == NULL) {
			return false;
		}
	}
	params->format = params->format == PCM_UNKNOWN ? PCM_S16_LE : params->format;
	params->channels = params->channels == 0 ? 2 : params->channels;
	params->rate_hz = params->rate_hz == 0 ? 48000 : params->rate_hz;
	if (options->record != NULL) {
		sounds->sink = sound_sink_open(options->record, params);
	}
	return sounds->sink != NULL || options->record == NULL;
}

int card_sounds_close(struct card_sounds *sounds)
{
	sound_source_close(sounds->first);
	sounds->first = NULL;
	return sound_sink_close(sounds->sink);
}

/* Returns what the guest's n-th playback stream plays; the caller owns it. */
static struct sound_source *source_take(struct card_sounds *sounds, unsigned number)
{
	const struct options *options = sounds->options;
	struct sound_source *first = sounds->first;

	if (options->tone_hz > 0) {
		return sound_source_tone(options->tone_hz, &sounds->params);
	}
	if (options->ramp) {
		return sound_source_ramp(number, &sounds->params);
	}
	sounds->first = NULL;
	return first != NULL ? first : sound_source_file(options->play, &sounds->params);
}

/* --- configuration */

/* Writes what the guest's vsnd line would have to contain for this sound. */
static int configure(struct card *card)
{
	const struct options *options = card->sounds->options;
	const struct sound_params *params = &card->sounds->params;
	uint32_t frame_bytes = pcm_frame_bytes(params->format, params->channels);
	uint32_t period = options->period == 0 ? 1024 : options->period;
	uint32_t buffer = options->buffer == 0 ? 4 * period : options->buffer;
	char text[16];
	int result;

	if (options->lazy) {
		return 0;
	}
	snprintf(text, sizeof(text), "%u", params->rate_hz);
	result = device_set(card->device, XENSND_FIELD_SAMPLE_RATES, text);
	result |= device_set(card->device, XENSND_FIELD_SAMPLE_FORMATS, pcm_name(params->format));
	snprintf(text, sizeof(text), "%u", params->channels);
	result |= device_set(card->device, XENSND_FIELD_CHANNELS_MAX, text);
	/* At least Linux's default. */
	buffer = buffer * frame_bytes < 64 * 1024 ? 64 * 1024 : buffer * frame_bytes;
	snprintf(text, sizeof(text), "%u", buffer);
	result |= device_set(card->device, XENSND_FIELD_BUFFER_SIZE, text);
	return result;
}

/* Adds the streams of a PCM device in one direction; only the card's first has a label. */
static bool streams_add(struct card *card, unsigned pcm, enum pcm_dir dir, const char *label)
{
	unsigned i;

	for (i = 0; i < card->sounds->options->streams; i++) {
		if (device_add(card->device, pcm, dir, pcm + i == 0 ? label : NULL) == NULL) {
			return false;
		}
	}
	return true;
}

static bool pcms_add(struct card *card)
{
	const struct options *options = card->sounds->options;
	const char *out = options->label_out, *in = options->label_in;
	bool neither = !options_plays(options) && !options_records(options);
	bool outs = options_plays(options) || neither || out != NULL;
	bool ins = options_records(options) || neither || in != NULL;
	unsigned pcm;

	for (pcm = 0; pcm < options->pcms; pcm++) {
		if (outs && !streams_add(card, pcm, PCM_PLAYBACK, out == NULL ? "main" : out)) {
			return false;
		}
		if (ins && !streams_add(card, pcm, PCM_CAPTURE, in == NULL ? "in" : in)) {
			return false;
		}
	}
	return true;
}

/* --- players */

static bool is_wanted(const struct card *card, enum pcm_dir dir)
{
	const struct options *options = card->sounds->options;

	return dir == PCM_PLAYBACK ? options_plays(options) : options_records(options);
}

bool card_startable(const struct card *card)
{
	return card->count == 0 && card->device->state == XenbusStateConnected &&
	       (is_wanted(card, PCM_PLAYBACK) || is_wanted(card, PCM_CAPTURE));
}

static struct player *player_make(struct card *card, struct device_stream *stream, unsigned number)
{
	struct player *player = &card->players[card->count];
	bool plays = stream->dir == PCM_PLAYBACK;

	snprintf(player->name, sizeof(player->name), "card %u, pcm%u-%u, %s", card->device->devid,
		 stream->pcm, stream->index, plays ? "playback" : "capture");
	player->options = card->sounds->options;
	player->stream = stream;
	player->number = number;
	player->sound = card->sounds->params;
	player->source = plays && !player->options->loop ? source_take(card->sounds, number) : NULL;
	player->sink = card->sounds->sink;
	player->stop = card->stop;
	player->done = card->sounds->done;
	player->quit = &card->quit;
	card->count++;
	return player;
}

static void player_go(struct card *card, struct player *player)
{
	bool mute = player->stream->dir == PCM_PLAYBACK && player->source == NULL &&
		    player->mate == NULL;
	int result = mute ? -EIO : player_start(player);

	if (result < 0) {
		log_error("%s: cannot start: %s", player->name, strerror(-result));
		sound_source_close(player->source);
		card->result = result;
		card->count--;
		return;
	}
	card->running++;
}

/* The playback player comes first: it has the thread, and card_join looks for it there. */
static unsigned loop_start(struct card *card)
{
	struct player *players[PCM_DIRS];

	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		unsigned i = 0;

		while (card->device->streams[i].dir != (enum pcm_dir)dir) {
			i++;
		}
		players[dir] = player_make(card, &card->device->streams[i], 0);
	}
	players[PCM_PLAYBACK]->mate = players[PCM_CAPTURE];
	player_go(card, players[PCM_PLAYBACK]);
	return card->running;
}

unsigned card_start(struct card *card)
{
	const struct options *options = card->sounds->options;
	unsigned first = card->device->devid * options->pcms * options->streams, i;
	unsigned numbers[] = { [PCM_PLAYBACK] = first, [PCM_CAPTURE] = first };
	struct device_stream *stream;

	if (options->loop) {
		return loop_start(card);
	}
	for (i = 0; i < card->device->stream_count; i++) {
		stream = &card->device->streams[i];
		if (is_wanted(card, stream->dir)) {
			player_go(card, player_make(card, stream, numbers[stream->dir]++));
		}
	}
	return card->running;
}

void card_stop(struct card *card)
{
	eventfd_write(card->stop, 1);
}

void card_join(struct card *card)
{
	int result;

	while (card->running > 0) {
		card->running--;
		result = player_join(&card->players[card->running]);
		card->result = card->result == 0 ? result : card->result;
	}
}

/* --- life */

/* The device is being removed: as Linux does, waits until the programs have closed it. */
static void device_gone(void *arg)
{
	struct card *card = arg;

	card_stop(card);
	card_join(card);
}

struct card *card_create(struct domain *domain, uint32_t devid, struct card_sounds *sounds)
{
	struct card *card = calloc(1, sizeof(*card));

	if (card == NULL) {
		log_error("out of memory: cannot create the card");
		return NULL;
	}
	card->sounds = sounds;
	card->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	card->device = device_create(domain, devid);
	if (card->stop < 0 || card->device == NULL || !pcms_add(card) || configure(card) != 0) {
		log_error("cannot create card %u", devid);
		card_destroy(card);
		return NULL;
	}
	card->device->gone = device_gone;
	card->device->arg = card;
	return card;
}

void card_destroy(struct card *card)
{
	if (card == NULL) {
		return;
	}
	device_destroy(card->device);
	if (card->stop >= 0) {
		close(card->stop);
	}
	free(card);
}

int card_attach(struct card *card)
{
	int result = device_attach(card->device);

	if (result < 0) {
		log_error("cannot attach card %u: %s", card->device->devid, strerror(-result));
		return result;
	}
	result = device_run(card->device, XenbusStateConnected, CONNECT_MS);
	if (result < 0) {
		log_error("card %u: the back end does not connect: %s, its state is %d",
			  card->device->devid,
			  result == -EPIPE ? "the daemon is gone" : "no answer",
			  card->device->back_state);
	}
	return result;
}

int card_detach(struct card *card)
{
	int result;

	card->quit = true;
	result = device_detach(card->device);
	card->detached = true;
	if (result < 0) {
		log_error("cannot detach card %u: %s", card->device->devid, strerror(-result));
	}
	return result;
}

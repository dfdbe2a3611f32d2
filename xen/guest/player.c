/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/player.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "src/base/log.h"
#include "xen/guest/loop.h"

/* Much longer than any period: a timeout means that something is wrong. */
#define WAIT_MS 10000

static int player_open(struct player *player)
{
	const struct options *options = player->options;
	struct params params = { .format = player->sound.format,
				 .rate_hz = player->sound.rate_hz,
				 .channels = player->sound.channels,
				 .period = options->period,
				 .buffer = options->buffer };
	struct alsa *alsa = &player->alsa;
	int result;

	alsa_open(alsa, player->stream, player->stop);
	result = alsa_hw_params(alsa, &params);
	if (result < 0) {
		return result;
	}
	/* As aplay and arecord do. */
	alsa->start_threshold = player->stream->dir == PCM_PLAYBACK ? params.buffer : 1;
	if (options->start_threshold != 0) {
		alsa->start_threshold = options->start_threshold;
	}
	player->period = calloc(params.period, alsa->front.frame_bytes);
	if (player->period == NULL) {
		return -ENOMEM;
	}
	player->limit = options->frames;
	if (options->duration_s > 0) {
		player->limit = (uint64_t)(options->duration_s * params.rate_hz);
	}
	log_info("%s: %s, %u channels, %u Hz, period %u, buffer %u", player->name,
		 pcm_name(params.format), params.channels, params.rate_hz, params.period,
		 params.buffer);
	ramp_check_init(&player->check, params.format, params.channels, ramp_step(player->number));
	return alsa_prepare(alsa);
}

/* Recovers from an xrun and returns 0 to go on; passes on any other error. */
static int recover(struct player *player, int64_t result)
{
	if (result != -EPIPE) {
		return (int)result;
	}
	log_info("%s: xrun after %llu frames", player->name, (unsigned long long)player->moved);
	result = alsa_prepare(&player->alsa);
	if (result == 0 && player->stream->dir == PCM_CAPTURE) {
		result = alsa_start(&player->alsa);
	}
	return (int)result;
}

/* Makes the program late now and then, as --stall-every says. */
static void stall(struct player *player)
{
	const struct params *params = &player->alsa.front.params;
	uint64_t every = (uint64_t)player->options->stall_every * params->period;

	if (every != 0 && player->moved / every > player->stalls) {
		player->stalls = (unsigned)(player->moved / every);
		alsa_idle(&player->alsa, params->buffer * INT64_C(1500000000) / params->rate_hz);
	}
}

static uint32_t next_count(const struct player *player)
{
	uint32_t period = player->alsa.front.params.period;

	if (player->limit != 0 && player->limit - player->moved < period) {
		return (uint32_t)(player->limit - player->moved);
	}
	return period;
}

static int play_period(struct player *player, uint32_t count)
{
	uint32_t done = 0, bytes = player->alsa.front.frame_bytes;
	int64_t moved;
	int result;

	while (done < count) {
		moved = alsa_write(&player->alsa, player->period + (size_t)done * bytes,
				   count - done);
		if (moved < 0) {
			result = recover(player, moved);
			if (result < 0) {
				return result;
			}
			continue;
		}
		done += (uint32_t)moved;
	}
	return 0;
}

static int play(struct player *player)
{
	uint32_t period = player->alsa.front.params.period, count, got;
	int result = 0;

	while (result == 0 && (count = next_count(player)) > 0) {
		if (player->alsa.state == ALSA_RUNNING) {
			result = recover(player, alsa_wait(&player->alsa, WAIT_MS));
		}
		if (result < 0) {
			break;
		}
		got = sound_source_fill(player->source, player->period, count);
		if (got == 0) {
			break;
		}
		/* Like aplay, fill the last period with silence. */
		pcm_silence(player->alsa.front.params.format,
			    player->period + (size_t)got * player->alsa.front.frame_bytes,
			    player->alsa.front.frame_bytes, period - got);
		result = play_period(player, period);
		player->moved += got;
		stall(player);
	}
	/* An xrun while draining is a normal end. */
	result = result == 0 ? alsa_drain(&player->alsa) : result;
	return result == -EPIPE ? 0 : result;
}

static int record(struct player *player)
{
	uint32_t count;
	int64_t got;
	int result = alsa_start(&player->alsa);

	while (result == 0 && (count = next_count(player)) > 0) {
		result = recover(player, alsa_wait(&player->alsa, WAIT_MS));
		if (result < 0) {
			break;
		}
		got = alsa_read(&player->alsa, player->period, count);
		if (got < 0) {
			result = recover(player, got);
			continue;
		}
		if (player->sink != NULL) {
			sound_sink_add(player->sink, player->period, (uint32_t)got);
		}
		ramp_check_add(&player->check, player->period, (uint32_t)got);
		player->moved += (uint32_t)got;
		stall(player);
	}
	if (result == 0) {
		alsa_drop(&player->alsa);
	}
	return result;
}

/* Opens and closes the mate, which shares this thread. */
static int loop(struct player *player)
{
	struct player *mate = player->mate;
	int result = player_open(mate), closed;

	if (result == 0) {
		result = loop_run(player, mate);
	}
	closed = alsa_close(&mate->alsa);
	free(mate->period);
	mate->period = NULL;
	return result == 0 ? closed : result;
}

static void *player_run(void *arg)
{
	struct player *player = arg;
	int result = player_open(player), closed;

	if (result == 0 && player->mate != NULL) {
		result = loop(player);
	} else if (result == 0) {
		result = player->stream->dir == PCM_PLAYBACK ? play(player) : record(player);
	}
	if (result == -ENODEV && *player->quit) {
		result = 0;
	}
	closed = alsa_close(&player->alsa);
	result = result == 0 ? closed : result;
	if (result < 0) {
		log_error("%s: %s", player->name,
			  result == -ENODEV ? "the card was removed" : strerror(-result));
	}
	player->result = result;
	free(player->period);
	player->period = NULL;
	eventfd_write(player->done, 1);
	return NULL;
}

int player_start(struct player *player)
{
	return -pthread_create(&player->thread, NULL, player_run, player);
}

int player_join(struct player *player)
{
	pthread_join(player->thread, NULL);
	sound_source_close(player->source);
	player->source = NULL;
	return player->result;
}

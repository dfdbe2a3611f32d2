/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

static const char *const operations[CHANNEL_OPS] = {
	[XENSND_OP_OPEN] = "OPEN",
	[XENSND_OP_CLOSE] = "CLOSE",
	[XENSND_OP_READ] = "READ",
	[XENSND_OP_WRITE] = "WRITE",
	[XENSND_OP_SET_VOLUME] = "SET_VOLUME",
	[XENSND_OP_GET_VOLUME] = "GET_VOLUME",
	[XENSND_OP_MUTE] = "MUTE",
	[XENSND_OP_UNMUTE] = "UNMUTE",
	[XENSND_OP_TRIGGER] = "TRIGGER",
	[XENSND_OP_HW_PARAM_QUERY] = "HW_PARAM_QUERY",
};

static const char *direction(const struct player *player)
{
	return player->stream->dir == PCM_PLAYBACK ? "playback" : "capture";
}

static double wakeups_per_period(const struct alsa *alsa)
{
	uint64_t periods = alsa->front.params.period == 0
				   ? 0
				   : alsa->passed / alsa->front.params.period;

	return periods == 0 ? 0 : (double)alsa->wakeups / (double)periods;
}

static double us(uint64_t ns)
{
	return (double)ns / 1000;
}

/* --- text */

void report_ramp(const struct player *player)
{
	const struct ramp_check *check = &player->check;

	fprintf(stderr,
		"%s: ramp %s: %" PRIu64 " frames in order, %" PRIu64 " jumps (%" PRIu64
		" frames lost, %" PRIu64 " repeated), %" PRIu64 " gaps (%" PRIu64
		" silent frames), %" PRIu64 " altered; silence before %" PRIu64
		" and after %" PRIu64 "\n",
		player->name, ramp_check_passed(check) ? "passed" : "failed", check->good,
		check->jumps, check->lost, check->repeated, check->gaps, check->silent,
		check->altered, check->leading, check->trailing);
}

static void text_one(const struct player *player)
{
	const struct channel *channel = &player->stream->channel;
	const struct alsa *alsa = &player->alsa;
	const struct params *params = &alsa->front.params;
	const struct stats *stats;
	unsigned i;

	printf("%s: %s, %u channels, %u Hz, period %u, buffer %u frames\n", player->name,
	       pcm_name(params->format), params->channels, params->rate_hz, params->period,
	       params->buffer);
	printf("  frames %" PRIu64 ", xruns %" PRIu64 ", wake-ups %" PRIu64
	       ", wake-ups per period %.3f\n",
	       player->moved, alsa->xruns, alsa->wakeups, wakeups_per_period(alsa));
	printf("  events %" PRIu64 ", out of order %" PRIu64 ", positions that went back %" PRIu64
	       ", request timeouts %" PRIu64 "\n",
	       channel->events, channel->events_lost + channel->events_beyond,
	       alsa->front.went_back, channel->timeouts);
	for (i = 0; i < CHANNEL_OPS; i++) {
		stats = &channel->round_trips[i];
		if (stats->count > 0) {
			printf("  %-14s %8" PRIu64 " times, p50 %.1f us, p99 %.1f us, "
			       "max %.1f us\n",
			       operations[i], stats->count, us(stats_percentile(stats, 50)),
			       us(stats_percentile(stats, 99)), us(stats->max_ns));
		}
	}
}

void report_text(const struct card *cards)
{
	const struct card *card;
	unsigned i;

	for (card = cards; card != NULL; card = card->next) {
		printf("domain %u, card %u, connected %u times, pages not unmapped in time %u\n",
		       domain_id(card->device->domain), card->device->devid,
		       card->device->connections, card->device->still_mapped);
		for (i = 0; i < card->count; i++) {
			text_one(&card->players[i]);
		}
	}
}

/* --- JSON */

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *json_trips(const struct channel *channel)
{
	json_t *trips = json_object(), *trip;
	const struct stats *stats;
	unsigned i;

	for (i = 0; i < CHANNEL_OPS; i++) {
		stats = &channel->round_trips[i];
		if (stats->count == 0) {
			continue;
		}
		trip = json_object();
		json_object_set_new(trip, "count", number(stats->count));
		json_object_set_new(trip, "p50_us", json_real(us(stats_percentile(stats, 50))));
		json_object_set_new(trip, "p99_us", json_real(us(stats_percentile(stats, 99))));
		json_object_set_new(trip, "max_us", json_real(us(stats->max_ns)));
		json_object_set_new(trips, operations[i], trip);
	}
	return trips;
}

static json_t *json_ramp(const struct ramp_check *check)
{
	json_t *ramp = json_object();

	json_object_set_new(ramp, "passed", json_boolean(ramp_check_passed(check)));
	json_object_set_new(ramp, "good", number(check->good));
	json_object_set_new(ramp, "jumps", number(check->jumps));
	json_object_set_new(ramp, "lost", number(check->lost));
	json_object_set_new(ramp, "repeated", number(check->repeated));
	json_object_set_new(ramp, "gaps", number(check->gaps));
	json_object_set_new(ramp, "silent", number(check->silent));
	json_object_set_new(ramp, "altered", number(check->altered));
	json_object_set_new(ramp, "leading", number(check->leading));
	json_object_set_new(ramp, "trailing", number(check->trailing));
	return ramp;
}

static json_t *json_one(uint32_t devid, const struct player *player)
{
	const struct channel *channel = &player->stream->channel;
	const struct alsa *alsa = &player->alsa;
	const struct params *params = &alsa->front.params;
	json_t *stream = json_object();

	json_object_set_new(stream, "card", number(devid));
	json_object_set_new(stream, "pcm", number(player->stream->pcm));
	json_object_set_new(stream, "stream", number(player->stream->index));
	json_object_set_new(stream, "direction", json_string(direction(player)));
	json_object_set_new(stream, "format", json_string(pcm_name(params->format)));
	json_object_set_new(stream, "channels", number(params->channels));
	json_object_set_new(stream, "rate_hz", number(params->rate_hz));
	json_object_set_new(stream, "period", number(params->period));
	json_object_set_new(stream, "buffer", number(params->buffer));
	json_object_set_new(stream, "result", json_integer(player->result));
	json_object_set_new(stream, "frames", number(player->moved));
	json_object_set_new(stream, "passed", number(alsa->passed));
	json_object_set_new(stream, "periods", number(alsa->periods));
	json_object_set_new(stream, "xruns", number(alsa->xruns));
	json_object_set_new(stream, "wakeups", number(alsa->wakeups));
	json_object_set_new(stream, "wakeups_per_period", json_real(wakeups_per_period(alsa)));
	json_object_set_new(stream, "events", number(channel->events));
	json_object_set_new(stream, "events_lost", number(channel->events_lost));
	json_object_set_new(stream, "events_beyond", number(channel->events_beyond));
	json_object_set_new(stream, "went_back", number(alsa->front.went_back));
	json_object_set_new(stream, "timeouts", number(channel->timeouts));
	json_object_set_new(stream, "still_mapped", number(alsa->front.still_mapped));
	json_object_set_new(stream, "round_trips", json_trips(channel));
	if (player->options->check_ramp && player->stream->dir == PCM_CAPTURE) {
		json_object_set_new(stream, "ramp", json_ramp(&player->check));
	}
	return stream;
}

void report_json(const struct card *cards)
{
	json_t *report = json_object(), *streams = json_array();
	unsigned domid = 0, connections = 0, still_mapped = 0, i;
	const struct card *card;

	for (card = cards; card != NULL; card = card->next) {
		domid = domain_id(card->device->domain);
		connections += card->device->connections;
		still_mapped += card->device->still_mapped;
		for (i = 0; i < card->count; i++) {
			json_array_append_new(streams,
					      json_one(card->device->devid, &card->players[i]));
		}
	}
	json_object_set_new(report, "domid", number(domid));
	json_object_set_new(report, "connections", number(connections));
	json_object_set_new(report, "still_mapped", number(still_mapped));
	json_object_set_new(report, "streams", streams);
	json_dumpf(report, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(report);
}

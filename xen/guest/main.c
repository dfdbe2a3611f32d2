/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/log.h"
#include "xen/guest/device.h"
#include "xen/guest/options.h"
#include "xen/guest/player.h"
#include "xen/guest/report.h"
#include "xen/guest/sound.h"

/* libxl would wait this long for the back end, and it connects within a second. */
#define CONNECT_MS 10000

/* One of each direction. */
#define PLAYERS_MAX 2u

struct guest {
	struct options options;
	struct sound_params sound;
	struct sound_source *source;
	struct sound_sink *sink;
	struct domain *domain;
	struct device *device;
	struct device_stream *out, *in;
	int signals, stop, done;
	_Atomic bool quit;
	struct player players[PLAYERS_MAX];
	unsigned count;	  /* players made */
	unsigned running; /* of them */
	int result;	  /* the first failure */
};

static void failed(struct guest *guest, int result)
{
	if (guest->result == 0) {
		guest->result = result;
	}
}

/* --- players */

static void players_join(struct guest *guest)
{
	while (guest->running > 0) {
		guest->running--;
		failed(guest, player_join(&guest->players[guest->running]));
	}
}

/* The card goes: Linux waits until the programs have closed it. */
static void card_gone(void *arg)
{
	struct guest *guest = arg;

	eventfd_write(guest->stop, 1);
	players_join(guest);
}

static void player_add(struct guest *guest, struct device_stream *stream)
{
	struct player *player = &guest->players[guest->count];
	int result;

	player->options = &guest->options;
	player->stream = stream;
	player->sound = guest->sound;
	player->source = guest->source;
	player->sink = guest->sink;
	player->stop = guest->stop;
	player->done = guest->done;
	player->quit = &guest->quit;
	result = player_start(player);
	if (result < 0) {
		log_error("no thread: %s", strerror(-result));
		failed(guest, result);
		return;
	}
	guest->count++;
	guest->running++;
}

/* --- configuration */

static bool sounds_open(struct guest *guest)
{
	const struct options *options = &guest->options;
	struct sound_params *sound = &guest->sound;

	sound->format = options->format;
	sound->channels = options->channels;
	sound->rate_hz = options->rate_hz;
	if (options->play != NULL) {
		guest->source = sound_source_file(options->play, sound);
		if (guest->source == NULL) {
			return false;
		}
	}
	sound->format = sound->format == PCM_UNKNOWN ? PCM_S16_LE : sound->format;
	sound->channels = sound->channels == 0 ? 2 : sound->channels;
	sound->rate_hz = sound->rate_hz == 0 ? 48000 : sound->rate_hz;
	if (options->tone_hz > 0) {
		guest->source = sound_source_tone(options->tone_hz, sound);
	} else if (options->ramp) {
		guest->source = sound_source_ramp(sound);
	}
	if (options->record != NULL) {
		guest->sink = sound_sink_open(options->record, sound);
	}
	return (guest->source != NULL || !options_plays(options)) &&
	       (guest->sink != NULL || options->record == NULL);
}

/* What a vsnd line in the guest's configuration would say, so that the sound can be played. */
static int configure(struct guest *guest)
{
	const struct options *options = &guest->options;
	uint32_t frame_bytes = pcm_frame_bytes(guest->sound.format, guest->sound.channels);
	uint32_t period = options->period == 0 ? 1024 : options->period;
	uint32_t buffer = options->buffer == 0 ? 4 * period : options->buffer;
	char text[16];
	int result;

	if (options->lazy) {
		return 0;
	}
	snprintf(text, sizeof(text), "%u", guest->sound.rate_hz);
	result = device_set(guest->device, XENSND_FIELD_SAMPLE_RATES, text);
	result |= device_set(guest->device, XENSND_FIELD_SAMPLE_FORMATS,
			     pcm_name(guest->sound.format));
	snprintf(text, sizeof(text), "%u", guest->sound.channels);
	result |= device_set(guest->device, XENSND_FIELD_CHANNELS_MAX, text);
	/* Linux's default, if that is enough. */
	buffer = buffer * frame_bytes < 64 * 1024 ? 64 * 1024 : buffer * frame_bytes;
	snprintf(text, sizeof(text), "%u", buffer);
	result |= device_set(guest->device, XENSND_FIELD_BUFFER_SIZE, text);
	return result;
}

static bool streams_add(struct guest *guest)
{
	const struct options *options = &guest->options;
	bool plays = options_plays(options), records = options_records(options);
	bool neither = !plays && !records;

	if (plays || neither || options->label_out != NULL) {
		guest->out = device_add(guest->device, 0, PCM_PLAYBACK,
					options->label_out == NULL ? "main" : options->label_out);
		if (guest->out == NULL) {
			return false;
		}
	}
	if (records || neither || options->label_in != NULL) {
		guest->in = device_add(guest->device, 0, PCM_CAPTURE,
				       options->label_in == NULL ? "in" : options->label_in);
		if (guest->in == NULL) {
			return false;
		}
	}
	return true;
}

/* --- life */

static bool guest_connect(struct guest *guest)
{
	int result;

	guest->domain = domain_open(guest->options.socket, guest->options.name);
	if (guest->domain == NULL) {
		return false;
	}
	guest->device = device_create(guest->domain, 0);
	if (guest->device == NULL) {
		return false;
	}
	guest->device->gone = card_gone;
	guest->device->arg = guest;
	if (!streams_add(guest)) {
		return false;
	}
	result = configure(guest);
	if (result == 0) {
		result = device_attach(guest->device);
	}
	if (result < 0) {
		log_error("attaching the card: %s", strerror(-result));
		return false;
	}
	result = device_run(guest->device, XenbusStateConnected, CONNECT_MS);
	if (result < 0) {
		log_error("the back end does not connect: %s, its state is %d",
			  result == -EPIPE ? "the daemon is gone" : "no answer",
			  guest->device->back_state);
		return false;
	}
	return true;
}

/* Until the players have ended, or a signal comes, or the daemon goes. */
static void guest_live(struct guest *guest, bool forever)
{
	struct pollfd fds[] = { { .fd = domain_fd(guest->domain), .events = POLLIN },
				{ .fd = guest->signals, .events = POLLIN },
				{ .fd = guest->done, .events = POLLIN } };
	eventfd_t ended = 0, more;
	int result;

	while (forever || ended < guest->running) {
		/* The time-out is for an event that came while a player waited for an answer. */
		if (poll(fds, 3, 200) < 0) {
			break;
		}
		if ((fds[1].revents & POLLIN) != 0) {
			guest->quit = true;
			break;
		}
		if (eventfd_read(guest->done, &more) == 0) {
			ended += more;
		}
		result = device_run(guest->device, -1, 0);
		if (result < 0 && result != -EAGAIN) {
			log_error("the daemon is gone");
			failed(guest, result);
			break;
		}
	}
	if (ended < guest->running) {
		eventfd_write(guest->stop, 1);
	}
	players_join(guest);
}

static int guest_open(struct guest *guest)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	guest->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	guest->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	guest->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (guest->signals < 0 || guest->stop < 0 || guest->done < 0) {
		log_error("no descriptors: %s", strerror(errno));
		return -errno;
	}
	return 0;
}

static void guest_close(struct guest *guest)
{
	sound_source_close(guest->source);
	if (sound_sink_close(guest->sink) < 0) {
		log_error("%s is not complete", guest->options.record);
		failed(guest, -EIO);
	}
	device_destroy(guest->device);
	domain_close(guest->domain);
	close(guest->signals);
	close(guest->stop);
	close(guest->done);
}

static void guest_report(struct guest *guest)
{
	unsigned i;

	for (i = 0; i < guest->count; i++) {
		if (guest->options.check_ramp && guest->players[i].stream == guest->in) {
			report_ramp(&guest->players[i].check);
			failed(guest, ramp_check_passed(&guest->players[i].check) ? 0 : -EIO);
		}
	}
	if (guest->options.json) {
		report_json(guest->device, guest->players, guest->count);
	} else if (guest->options.stats) {
		report_text(guest->device, guest->players, guest->count);
	}
}

static void guest_run(struct guest *guest)
{
	const struct options *options = &guest->options;
	bool plays = options_plays(options), records = options_records(options);

	if (!sounds_open(guest) || !guest_connect(guest)) {
		failed(guest, -EIO);
		return;
	}
	log_info("domain %u is connected", domain_id(guest->domain));
	if (plays && guest->out != NULL) {
		player_add(guest, guest->out);
	}
	if (records && guest->in != NULL) {
		player_add(guest, guest->in);
	}
	guest_live(guest, false);
	if (!guest->quit && guest->result == 0 && (options->keep || guest->count == 0)) {
		guest_live(guest, true);
	}
	guest_report(guest);
	if (guest->result != -EPIPE && device_shutdown(guest->device) < 0) {
		log_warning("the back end has not closed the card");
	}
}

int main(int argc, char **argv)
{
	static struct guest guest;

	options_parse(&guest.options, argc, argv);
	if (guest_open(&guest) < 0) {
		return EXIT_FAILURE;
	}
	guest_run(&guest);
	guest_close(&guest);
	return guest.result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

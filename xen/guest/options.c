/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"

#ifndef XENJACK_VERSION
#define XENJACK_VERSION "unknown"
#endif

/* Above the rate of any JACK server and any converter. */
#define RATE_MAX 768000.0
#define FRAMES_MAX 16777216.0

/* Limits of the simulated toolstack and the daemon; a PCM device has eight streams. */
#define CARDS_MAX 16.0
#define PCMS_MAX 8.0
#define STREAMS_MAX 4.0

enum {
	SOCKET = 1,
	NAME,
	PLAY,
	TONE,
	RAMP,
	RECORD,
	CHECK_RAMP,
	LOOP,
	DURATION,
	FRAMES,
	FORMAT,
	CHANNELS,
	RATE,
	PERIOD,
	BUFFER,
	START_THRESHOLD,
	LABEL_OUT,
	LABEL_IN,
	CARDS,
	PCMS,
	STREAMS,
	STALL_EVERY,
	WAIT,
	KEEP,
	LAZY,
	STATS,
	JSON,
	VERBOSE,
	HELP,
	VERSION,
};

static const struct option table[] = {
	{ "socket", required_argument, NULL, SOCKET },
	{ "name", required_argument, NULL, NAME },
	{ "play", required_argument, NULL, PLAY },
	{ "tone", required_argument, NULL, TONE },
	{ "ramp", no_argument, NULL, RAMP },
	{ "record", required_argument, NULL, RECORD },
	{ "check-ramp", no_argument, NULL, CHECK_RAMP },
	{ "loop", no_argument, NULL, LOOP },
	{ "duration", required_argument, NULL, DURATION },
	{ "frames", required_argument, NULL, FRAMES },
	{ "format", required_argument, NULL, FORMAT },
	{ "channels", required_argument, NULL, CHANNELS },
	{ "rate", required_argument, NULL, RATE },
	{ "period", required_argument, NULL, PERIOD },
	{ "buffer", required_argument, NULL, BUFFER },
	{ "start-threshold", required_argument, NULL, START_THRESHOLD },
	{ "label-out", required_argument, NULL, LABEL_OUT },
	{ "label-in", required_argument, NULL, LABEL_IN },
	{ "cards", required_argument, NULL, CARDS },
	{ "pcms", required_argument, NULL, PCMS },
	{ "streams", required_argument, NULL, STREAMS },
	{ "stall-every", required_argument, NULL, STALL_EVERY },
	{ "wait", no_argument, NULL, WAIT },
	{ "keep", no_argument, NULL, KEEP },
	{ "lazy", no_argument, NULL, LAZY },
	{ "stats", no_argument, NULL, STATS },
	{ "json", no_argument, NULL, JSON },
	{ "verbose", no_argument, NULL, VERBOSE },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
	"usage: xenjack-guest [options]\n"
	"A simulated guest for `xenjackd --sim`. With nothing to play or record, it connects\n"
	"and stays.\n"
	"\n"
	"  --play FILE           play a sound file; FILE.raw: frames as in guest memory\n"
	"  --tone HZ             play a sine\n"
	"  --ramp                play a counter, in which every frame can be checked\n"
	"  --record FILE         record to a WAV file; FILE.raw: frames as in guest memory\n"
	"  --check-ramp          record, and check that a ramp arrives\n"
	"  --loop                play what is recorded, immediately\n"
	"  --duration S          stop after S seconds; --frames N: after N frames\n"
	"  --format NAME         s16_le, u8, s24_be, float64_le, mu_law ...: any sndif format\n"
	"  --channels N, --rate HZ\n"
	"  --period FRAMES, --buffer FRAMES, --start-threshold FRAMES\n"
	"  --label-out NAME      the playback stream's unique-id (default: main)\n"
	"  --label-in NAME       the capture stream's unique-id (default: in)\n"
	"  --cards N, --pcms N, --streams N\n"
	"                        cards; PCM devices per card; streams per PCM device and\n"
	"                        direction\n"
	"  --stall-every N       every N periods, sleep through a buffer, then recover\n"
	"  --lazy                leave the configuration nodes to the daemon\n"
	"  --wait                play and record only after SIGUSR1\n"
	"  --keep                stay connected afterwards until a signal arrives\n"
	"  --stats, --json       print statistics, as text or as JSON\n"
	"  --name NAME           the guest's name (default: guest)\n"
	"  --socket PATH         the daemon's socket\n"
	"  --verbose             more log lines\n"
	"  --help, --version\n"
	"\n"
	"SIGUSR2 detaches the last card; the next SIGUSR2 attaches it again.\n";

__attribute__((noreturn)) static void refuse(const char *option, const char *argument)
{
	fprintf(stderr, "xenjack-guest: --%s %s: invalid value; see --help\n", option, argument);
	exit(2);
}

/* Parses a number above 0. */
static double number(const char *option, const char *argument, double max)
{
	char *end;
	double value = strtod(argument, &end);

	if (end == argument || *end != '\0' || !(value > 0) || value > max) {
		refuse(option, argument);
	}
	return value;
}

static uint32_t whole(const char *option, const char *argument, double max)
{
	double value = number(option, argument, max);

	if (value != (double)(uint32_t)value) {
		refuse(option, argument);
	}
	return (uint32_t)value;
}

/* Returns whether it was one of these. */
static bool parse_flag(struct options *options, int option)
{
	switch (option) {
	case RAMP:
		options->ramp = true;
		return true;
	case CHECK_RAMP:
		options->check_ramp = true;
		return true;
	case LOOP:
		options->loop = true;
		return true;
	case WAIT:
		options->wait = true;
		return true;
	case KEEP:
		options->keep = true;
		return true;
	case LAZY:
		options->lazy = true;
		return true;
	case STATS:
		options->stats = true;
		return true;
	case JSON:
		options->json = true;
		return true;
	case VERBOSE:
		log_set_level(log_enabled(LOG_INFO) ? LOG_DEBUG : LOG_INFO);
		return true;
	case HELP:
		fputs(usage, stdout);
		exit(0);
	case VERSION:
		puts("xenjack-guest " XENJACK_VERSION);
		exit(0);
	default:
		return false;
	}
}

static bool parse_text(struct options *options, int option, const char *argument)
{
	switch (option) {
	case SOCKET:
		options->socket = argument;
		return true;
	case NAME:
		options->name = argument;
		return true;
	case PLAY:
		options->play = argument;
		return true;
	case RECORD:
		options->record = argument;
		return true;
	case LABEL_OUT:
		options->label_out = argument;
		return true;
	case LABEL_IN:
		options->label_in = argument;
		return true;
	default:
		return false;
	}
}

static void parse_value(struct options *options, int option, const char *name, const char *argument)
{
	switch (option) {
	case TONE:
		options->tone_hz = number(name, argument, RATE_MAX);
		break;
	case DURATION:
		options->duration_s = number(name, argument, 1e9);
		break;
	case FRAMES:
		options->frames = (uint64_t)number(name, argument, 1e15);
		break;
	case FORMAT:
		options->format = pcm_find(argument);
		if (options->format == PCM_UNKNOWN) {
			refuse(name, argument);
		}
		break;
	case CHANNELS:
		options->channels = whole(name, argument, PCM_CHANNELS_MAX);
		break;
	case RATE:
		options->rate_hz = whole(name, argument, RATE_MAX);
		break;
	case PERIOD:
		options->period = whole(name, argument, FRAMES_MAX);
		break;
	case BUFFER:
		options->buffer = whole(name, argument, FRAMES_MAX);
		break;
	case START_THRESHOLD:
		options->start_threshold = whole(name, argument, FRAMES_MAX);
		break;
	case CARDS:
		options->cards = whole(name, argument, CARDS_MAX);
		break;
	case PCMS:
		options->pcms = whole(name, argument, PCMS_MAX);
		break;
	case STREAMS:
		options->streams = whole(name, argument, STREAMS_MAX);
		break;
	default:
		options->stall_every = whole(name, argument, FRAMES_MAX);
	}
}

bool options_plays(const struct options *options)
{
	return options->play != NULL || options->tone_hz > 0 || options->ramp || options->loop;
}

bool options_records(const struct options *options)
{
	return options->record != NULL || options->check_ramp || options->loop;
}

void options_parse(struct options *options, int argc, char **argv)
{
	int option, index;

	memset(options, 0, sizeof(*options));
	options->name = "guest";
	options->format = PCM_UNKNOWN;
	options->cards = options->pcms = options->streams = 1;
	while ((option = getopt_long(argc, argv, "", table, &index)) != -1) {
		if (option == '?') {
			exit(2);
		}
		if (!parse_flag(options, option) && !parse_text(options, option, optarg)) {
			parse_value(options, option, table[index].name, optarg);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "xenjack-guest: unknown argument %s; see --help\n", argv[optind]);
		exit(2);
	}
	if ((options->record != NULL || options->loop) &&
	    options->cards * options->pcms * options->streams > 1) {
		fputs("xenjack-guest: --record and --loop work with one stream only\n", stderr);
		exit(2);
	}
	if ((options->play != NULL) + (options->tone_hz > 0) + options->ramp + options->loop > 1) {
		fputs("xenjack-guest: use only one of --play, --tone, --ramp, --loop\n", stderr);
		exit(2);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pattern gen   -f FORMAT -c CHANNELS -n FRAMES [-s SEED] [-l FRAMES]  writes raw samples to
 *     standard output, after -l silent frames
 * pattern check -f FORMAT -c CHANNELS -n FRAMES [-s SEED] FILE  is FILE silence, then the pattern,
 *     FRAMES frames of it (0: any number), then silence? Prints one JSON line; exit status 0: yes,
 *     1: no.
 * pattern name  -f FORMAT  prints ALSA's name for it
 * FORMAT is s16, u8, s24_be, float64, mu_law ... (pattern.h), or ALSA's name.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_FRAMES 1024

static int usage(void)
{
	fprintf(stderr, "usage: pattern gen|check|name -f FORMAT -c CHANNELS -n FRAMES [-s SEED] "
			"[-l FRAMES] [FILE]\n");
	return 2;
}

static unsigned char raw[CHUNK_FRAMES * PATTERN_CHANNELS_MAX * PATTERN_BYTES_MAX];

static int gen(const struct pattern *p, uint64_t lead, uint64_t frames)
{
	size_t frame_bytes = p->channels * pattern_sample_bytes(p->format), count;

	for (uint64_t done = 0; done < lead + frames; done += count) {
		uint64_t left = done < lead ? lead - done : lead + frames - done;

		count = left < CHUNK_FRAMES ? left : CHUNK_FRAMES;
		if (done < lead) {
			pattern_fill_silence(p, count, raw);
		} else {
			pattern_fill(p, done - lead, count, raw);
		}
		if (fwrite(raw, frame_bytes, count, stdout) != count) {
			perror("pattern: standard output");
			return 2;
		}
	}
	return fflush(stdout) ? 2 : 0;
}

static int check(const struct pattern *p, uint64_t frames, FILE *file)
{
	static uint32_t words[CHUNK_FRAMES * PATTERN_CHANNELS_MAX];
	size_t count, frame_bytes = p->channels * pattern_sample_bytes(p->format);
	struct check c;

	if (check_init(&c, p, PATTERN_GUEST, 1)) {
		return 2;
	}
	while ((count = fread(raw, frame_bytes, CHUNK_FRAMES, file)) > 0) {
		pattern_decode(p, raw, count, words);
		for (size_t i = 0; i < count; i++) {
			check_feed(&c, words + i * p->channels);
		}
	}

	bool ok = check_ok(&c, frames);

	putchar('{');
	check_print(&c, frames, stdout);
	puts("}");
	check_finish(&c);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct pattern p = { .channels = 2 };
	uint64_t frames = 0, lead = 0;
	int option, format = -1;

	if (argc < 2) {
		return usage();
	}
	optind = 2;
	while ((option = getopt(argc, argv, "f:c:n:s:l:")) != -1) {
		switch (option) {
		case 'f':
			format = pattern_parse_format(optarg, &p.format);
			break;
		case 'c':
			p.channels = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			frames = strtoull(optarg, NULL, 10);
			break;
		case 's':
			p.seed = strtoull(optarg, NULL, 10);
			break;
		case 'l':
			lead = strtoull(optarg, NULL, 10);
			break;
		default:
			return usage();
		}
	}
	if (!format && !strcmp(argv[1], "name")) {
		puts(pattern_alsa_name(p.format));
		return 0;
	}
	if (format || !p.channels || p.channels > PATTERN_CHANNELS_MAX) {
		return usage();
	}
	if (!strcmp(argv[1], "gen") && frames && optind == argc) {
		return gen(&p, lead, frames);
	}
	if (strcmp(argv[1], "check") || optind + 1 != argc) {
		return usage();
	}

	FILE *file = fopen(argv[optind], "rb");

	if (!file) {
		perror(argv[optind]);
		return 2;
	}

	int status = check(&p, frames, file);

	fclose(file);
	return status;
}

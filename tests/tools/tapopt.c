/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tapopt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int parse_ports(struct tapopt *o, char **names, int count)
{
	size_t length = count ? strlen(names[0]) : 0;
	bool prefix = count == 1 && length && names[0][length - 1] == '_';

	if (!prefix && count != (int)o->pattern.channels) {
		return -EINVAL;
	}
	for (unsigned int c = 0; c < o->pattern.channels; c++) {
		int size = prefix ? snprintf(o->ports[c], PORT_NAME_SIZE, "%s%u", names[0], c + 1)
				  : snprintf(o->ports[c], PORT_NAME_SIZE, "%s", names[c]);

		if (size >= PORT_NAME_SIZE) {
			return -EINVAL;
		}
	}
	return 0;
}

static int set(struct tapopt *o, int option, char *value)
{
	uint64_t number = value ? strtoull(value, NULL, 10) : 0;

	switch (option) {
	case 'c':
		o->pattern.channels = (unsigned int)number;
		break;
	case 'f':
		return pattern_parse_format(value, &o->pattern.format);
	case 'n':
		o->frames = number;
		break;
	case 's':
		o->pattern.seed = number;
		break;
	case 'k':
		o->segments = (unsigned int)number;
		break;
	case 'm':
		o->room = number;
		break;
	case 'i':
		o->idle = number;
		break;
	case 'd':
		o->delay = number;
		break;
	case 't':
		o->timeout_s = (unsigned int)number;
		break;
	case 'g':
		o->wait_for_go = true;
		break;
	case 'N':
		o->name = value;
		break;
	case 'o':
		o->write = value;
		break;
	case 'r':
		o->read = value;
		break;
	default:
		return -EINVAL;
	}
	return 0;
}

int tapopt_parse(struct tapopt *o, int argc, char **argv)
{
	static const char *const modes[] = { "rec", "check", "play" };
	bool format = false;
	int option;

	for (o->mode = MODE_REC; strcmp(argv[1], modes[o->mode]) != 0; o->mode++) {
		if (o->mode == MODE_PLAY) {
			return -EINVAL;
		}
	}
	optind = 2;
	while ((option = getopt(argc, argv, "c:f:n:s:k:m:i:d:gt:N:o:r:")) != -1) {
		if (set(o, option, optarg)) {
			return -EINVAL;
		}
		format |= option == 'f';
	}
	if (!o->pattern.channels || o->pattern.channels > PATTERN_CHANNELS_MAX || !o->segments ||
	    (o->mode != MODE_REC && !format) || (o->mode == MODE_REC && !o->write) ||
	    (o->mode != MODE_CHECK && !o->frames)) {
		return -EINVAL;
	}
	if (!o->room) {
		o->room = o->frames + 4 * 48000;
	}
	return o->read && o->mode == MODE_CHECK ? 0 : parse_ports(o, argv + optind, argc - optind);
}

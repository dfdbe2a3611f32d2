/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: one table of options (config.c) drives defaults, parsing, range checks,
 * --dump-config and the table in xenjack.conf(5). ctl. An INI file, read by inih; every error in
 * it is logged as FILE:LINE: text.
 */
#ifndef XENJACK_CONFIG_H
#define XENJACK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "src/log.h"

#define CONFIG_TEXT_MAX 63
#define CONFIG_PATH_MAX 107 /* a socket's */

struct config {
	char jack_server[CONFIG_TEXT_MAX + 1]; /* empty: JACK's default */
	bool jack_autoconnect;		       /* playback to the physical playback ports */
	bool jack_metadata;		       /* readable names and the like */
	uint32_t jack_rate_hz;		       /* assumed until a server was seen */
	uint32_t jack_period_frames;	       /* likewise */
	uint32_t limit_cards;		       /* a guest */
	uint32_t limit_streams;		       /* a card */
	uint32_t limit_channels;	       /* a stream */
	uint32_t limit_buffer_kib;	       /* a stream */
	uint32_t limit_requests;	       /* a guest and second */
	char daemon_run[CONFIG_PATH_MAX + 1];
	enum log_level log_level;
};

/* Sets every option to its default. */
void config_init(struct config *config);

/*
 * Reads a file over what is there. Returns 0, -ENOENT (not logged: the caller knows whether the
 * file has to be there), -EINVAL or another -errno (all logged).
 */
int config_load(struct config *config, const char *path);

/* Writes every option as a configuration file that would set it as it is. */
void config_dump(const struct config *config, FILE *file);

#endif

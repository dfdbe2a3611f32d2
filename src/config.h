/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: one table of options (config.c) drives defaults, parsing, range checks,
 * --dump-config and the table in xenjack.conf(5); [route] has rules instead. ctl. An INI file, read
 * by inih; every error in it is logged as FILE:LINE: text. Options of [guest] may be said anew for
 * one guest.
 */
#ifndef XENJACK_CONFIG_H
#define XENJACK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "src/log.h"
#include "src/resamp.h"
#include "src/route.h"

#define CONFIG_TEXT_MAX 63
#define CONFIG_PATH_MAX 107 /* a socket's */
#define CONFIG_LIST_MAX 159 /* inih takes lines of 200 bytes */
#define CONFIG_GUESTS_MAX 64u
#define CONFIG_GUEST_NAME_MAX 42 /* inih cuts what stands in the brackets after 49 bytes */

/* What is said about one guest, and else what is said about all. */
struct config_guest {
	char name[CONFIG_GUEST_NAME_MAX + 1];
	enum resamp_quality resample;
};

struct config {
	char jack_server[CONFIG_TEXT_MAX + 1]; /* empty: JACK's default */
	bool jack_shared;		       /* one pair of clients for all cards */
	bool jack_autoconnect;		       /* playback to the physical playback ports */
	bool jack_metadata;		       /* readable names and the like */
	struct route routes[ROUTE_COUNT_MAX];
	unsigned route_count;
	uint32_t jack_rate_hz;		      /* assumed until a server was seen */
	uint32_t jack_period_frames;	      /* likewise */
	uint32_t limit_cards;		      /* a guest */
	uint32_t limit_streams;		      /* a card */
	uint32_t limit_channels;	      /* a stream */
	uint32_t limit_buffer_kib;	      /* a stream */
	uint32_t limit_requests;	      /* a guest and second */
	uint32_t osc_port;		      /* 0: no network */
	char osc_socket[CONFIG_PATH_MAX + 1]; /* empty: none */
	char osc_group[CONFIG_TEXT_MAX + 1];  /* whose that is */
	char osc_url[CONFIG_PATH_MAX + 1];    /* a file that says where; empty: none */
	char osc_prefix[CONFIG_TEXT_MAX + 1]; /* of addresses over the network; empty: none */
	char osc_listen[CONFIG_LIST_MAX + 1]; /* addresses beside loopback's */
	char osc_allow[CONFIG_LIST_MAX + 1];  /* who may come from elsewhere */
	bool osc_remote_all;		      /* and do all that this host may */
	uint32_t osc_rate;		      /* messages of a source and second */
	char daemon_run[CONFIG_PATH_MAX + 1];
	char daemon_state[CONFIG_PATH_MAX + 1];
	enum log_level log_level;
	struct config_guest guest; /* any guest that has no section */
	struct config_guest guests[CONFIG_GUESTS_MAX];
	unsigned guest_count;
};

/* Sets every option to its default. */
void config_init(struct config *config);

/*
 * Reads a file over what is there. Returns 0, -ENOENT (not logged: the caller knows whether the
 * file has to be there), -EINVAL or another -errno (all logged).
 */
int config_load(struct config *config, const char *path);

/*
 * Takes over from `next`, which was loaded without an error, what a running daemon can change: all
 * but some options, for each of which that differs a line is logged.
 */
void config_take(struct config *config, const struct config *next);

/* Whether config_take takes this option. */
bool config_is_live(const char *section, const char *name);

/* What holds for the guest of this name. */
const struct config_guest *config_guest(const struct config *config, const char *name);

/* Writes every option as a configuration file that would set it as it is. */
void config_dump(const struct config *config, FILE *file);

#endif

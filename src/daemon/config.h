/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration, an INI file read by inih. One table of options (config_option.c) drives
 * defaults, parsing, range checks and --dump-config, and xenjack.conf(5) is tested against it;
 * [route] contains rules instead. A section "guest NAME" overrides [guest] for the guest whose
 * domain has this name, byte for byte. Every error is logged as FILE:LINE: text. Main thread.
 */
#ifndef XENJACK_CONFIG_H
#define XENJACK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "jack/port_metadata.h"
#include "src/base/log.h"
#include "src/patch/route.h"
#include "src/sound/card.h"
#include "src/sound/resamp.h"

#define CONFIG_TEXT_MAX 63
#define CONFIG_PATH_MAX 107 /* limit of sun_path */
#define CONFIG_LIST_MAX 159 /* inih reads lines of 200 bytes */
#define CONFIG_GUESTS_MAX 64u
#define CONFIG_GUEST_NAME_MAX 190 /* all that a line of inih has room for */

/* The options of [guest], or of one guest's own section. */
struct config_guest {
	char name[CONFIG_GUEST_NAME_MAX + 1];
	enum resamp_quality resample;
	enum card_new new_streams;
};

struct config {
	char jack_server[CONFIG_TEXT_MAX + 1]; /* empty: JACK's default */
	bool jack_shared;		       /* one pair of clients for all cards */
	bool jack_autoconnect;		       /* playback streams to physical playback ports */
	enum port_metadata jack_metadata;      /* readable names, order, grouping */
	struct route routes[ROUTE_COUNT_MAX];
	unsigned route_count;
	uint32_t jack_rate_hz;		       /* assumed until a server is up */
	uint32_t jack_period_frames;	       /* same */
	uint32_t jack_port_max;		       /* of the server */
	uint32_t limit_cards;		       /* per guest */
	uint32_t limit_ports;		       /* same */
	uint32_t limit_memory_kib;	       /* of buffers, per guest */
	uint32_t limit_mappings;	       /* of this domain */
	uint32_t limit_streams;		       /* per card */
	uint32_t limit_channels;	       /* per stream */
	uint32_t limit_buffer_kib;	       /* per stream */
	uint32_t limit_requests;	       /* per guest and second */
	uint32_t limit_resampling;	       /* percent of a JACK cycle, per guest */
	uint32_t osc_port;		       /* 0: no network */
	char osc_socket[CONFIG_PATH_MAX + 1];  /* empty: none */
	char osc_group[CONFIG_TEXT_MAX + 1];   /* of the socket */
	char osc_url[CONFIG_PATH_MAX + 1];     /* file that names the URL; empty: none */
	char osc_prefix[CONFIG_TEXT_MAX + 1];  /* of OSC addresses on the network; empty: none */
	char osc_listen[CONFIG_LIST_MAX + 1];  /* addresses besides loopback */
	char osc_allow[CONFIG_LIST_MAX + 1];   /* networks allowed to connect */
	char osc_trusted[CONFIG_LIST_MAX + 1]; /* of them, who need no cookie */
	bool osc_local_all;		       /* over UDP and TCP, this host may do everything */
	bool osc_remote_all;		       /* other hosts may, too */
	uint32_t osc_rate;		       /* messages per source and second */
	char daemon_run[CONFIG_PATH_MAX + 1];
	char daemon_state[CONFIG_PATH_MAX + 1];
	bool daemon_sandbox; /* no more system calls and capabilities than needed */
	enum log_level log_level;
	struct config_guest guest; /* for guests without a section */
	struct config_guest guests[CONFIG_GUESTS_MAX];
	unsigned guest_count;
};

/* Sets every option to its default. */
void config_init(struct config *config);

/* What is asked of the machine. */
enum config_machine {
	CONFIG_ANY,  /* nothing: the file may be for another one */
	CONFIG_THIS, /* groups and directories; its network may come up later */
	CONFIG_NOW,  /* addresses, too */
};

/*
 * Reads a file; options that it does not set keep their values. The machine must have what the
 * file names, as `machine` says. Returns 0, -ENOENT (not logged: the caller knows whether the file
 * must exist), -EINVAL or another -errno (all logged).
 */
int config_load(struct config *config, const char *path, enum config_machine machine);

/*
 * Takes over from `next`, which was loaded without errors, every option that a running daemon can
 * change. Logs each other option that differs.
 */
void config_take(struct config *config, const struct config *next);

/* Whether a running daemon can change this option. */
bool config_is_live(const char *section, const char *name);

/* The options that apply to the guest of this name (card_guest). */
const struct config_guest *config_guest(const struct config *config, const char *name);

/* Writes all options as a configuration file that would reproduce them. */
void config_dump(const struct config *config, FILE *file);

#endif

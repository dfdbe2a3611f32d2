/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The topics of /subscribe, by name, for the daemon and for xenjackctl. Constant; any thread. */
#ifndef XENJACK_TOPIC_H
#define XENJACK_TOPIC_H

enum topic_name {
	TOPIC_PARAMS,
	TOPIC_STREAMS,
	TOPIC_PORTS,
	TOPIC_JACK,
	TOPIC_STATS,
	TOPIC_METERS,
	TOPIC_HEARTBEAT,
	TOPIC_ECHO,
	TOPIC_ALL,
	TOPIC_COUNT,
};

struct topic {
	const char *name, *text;
};

const struct topic *topic_at(enum topic_name name);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/proto/topic.h"

static const struct topic topics[TOPIC_COUNT] = {
	[TOPIC_PARAMS] = { "params", "gains, trims, mutes and solos that others set" },
	[TOPIC_STREAMS] = { "streams", "streams that come, go, open, start, stop and close" },
	[TOPIC_PORTS] = { "ports", "ports that come and go, connections and patches" },
	[TOPIC_JACK] = { "jack", "the JACK server, its period, freewheels and xruns" },
	[TOPIC_STATS] = { "stats", "underruns and overruns of streams" },
	[TOPIC_METERS] = { "meters", "levels of all streams" },
	[TOPIC_HEARTBEAT] = { "heartbeat", "once a second" },
	[TOPIC_ECHO] = { "echo", "with params: the subscriber's own changes too" },
	[TOPIC_ALL] = { "all", "all of these but echo" },
};

const struct topic *topic_at(enum topic_name name)
{
	return &topics[name];
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/table.h"

#include <stddef.h>

static const struct table_row rows[TABLE_COUNT] = {
	[TABLE_PING] = {
		.path = "/ping",
		.access = TABLE_CALL,
		.answer = "*:arguments",
		.text = "Is anybody there? It is /pong that answers, with the arguments that came.",
	},
	[TABLE_VERSION] = {
		.path = "/version",
		.access = TABLE_CALL,
		.answer = "s:program s:version s:JACK i:API",
		.text = "Which program this is. The API is another number when an address of this list changes its meaning.",
	},
	[TABLE_INFO] = {
		.path = "/info",
		.access = TABLE_GET,
		.answer = "s:API s:host s:program s:version",
		.text = "The same, as mixing desks answer it.",
	},
	[TABLE_STATUS] = {
		.path = "/status",
		.access = TABLE_GET,
		.answer = "s:JACK s:server i:rate_Hz i:period_frames f:load_percent i:realtime i:streams_open i:xruns i:uptime_s",
		.text = "How it goes. JACK is up, down or freewheel.",
	},
	[TABLE_SYNC] = {
		.path = "/sync",
		.access = TABLE_CALL,
		.args = {
			{ .name = "number", .type = 'i' },
		},
		.answer = "i:number",
		.text = "Answered by /synced when all that came before has been done.",
	},
	[TABLE_DESCRIBE] = {
		.path = "/describe",
		.access = TABLE_CALL,
		.args = {
			{ .name = "path", .type = 's', .optional = true },
		},
		.answer = "s:path s:JSON",
		.list = true,
		.text = "What there is below a path, as OSCQuery has it.",
	},
	[TABLE_STREAM_LIST] = {
		.path = "/stream/list",
		.access = TABLE_CALL,
		.answer = "s:id s:direction s:state i:channels i:rate_Hz f:gain_dB i:muted s:label",
		.list = true,
		.text = "The streams of all guests. The direction is p, what the guest plays, or c, what it records; the state is closed, open or running.",
	},
	[TABLE_STREAM_INFO] = {
		.path = "/stream/<id>/info",
		.access = TABLE_GET,
		.answer = "s:guest i:domain s:label s:direction i:channels i:rate_Hz s:format s:client i:period_frames",
		.text = "What one is. Rate, format and period are 0 and empty while it is closed.",
	},
	[TABLE_STREAM_PORTS] = {
		.path = "/stream/<id>/ports",
		.access = TABLE_CALL,
		.answer = "s:name s:alias",
		.list = true,
		.text = "Its ports in JACK.",
	},
	[TABLE_STREAM_GAIN] = {
		.path = "/stream/<id>/gain",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "gain", .type = 'f', .min = -193, .max = 10, .unit = "dB" },
		},
		.answer = "f:gain_dB",
		.text = "How loud it is; -193 is silence. A change is a ramp of 768 frames.",
	},
	[TABLE_STREAM_FADER] = {
		.path = "/stream/<id>/fader",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "way", .type = 'f', .min = 0, .max = 1 },
		},
		.answer = "f:way",
		.text = "The same gain as the way of a fader: 1 is +10 dB, 0.75 is 0, 0.5 is -10, 0.25 is -30, 0 is silence.",
	},
	[TABLE_STREAM_TRIM] = {
		.path = "/stream/<id>/gain/<channel>",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "trim", .type = 'f', .min = -193, .max = 10, .unit = "dB" },
		},
		.answer = "f:trim_dB",
		.text = "How loud one channel is, beside the gain.",
	},
	[TABLE_STREAM_DB_DELTA] = {
		.path = "/stream/<id>/db_delta",
		.access = TABLE_SET,
		.args = {
			{ .name = "change", .type = 'f', .min = -203, .max = 203, .unit = "dB" },
		},
		.text = "Makes the gain so much greater.",
	},
	[TABLE_STREAM_MUTE] = {
		.path = "/stream/<id>/mute",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "mute", .type = 'T' },
		},
		.answer = "i:mute",
		.text = "Silence, and the gain is kept.",
	},
	[TABLE_STREAM_SOLO] = {
		.path = "/stream/<id>/solo",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "solo", .type = 'T' },
		},
		.answer = "i:solo",
		.text = "Silences every playback stream that is not solo.",
	},
	[TABLE_SOLO_CLEAR] = {
		.path = "/solo/clear",
		.access = TABLE_CALL,
		.args = {
			{ .name = "on", .type = 'T', .optional = true },
		},
		.answer = "i:streams",
		.text = "Nothing is solo any more. A 0, which buttons send when they are let go, does nothing.",
	},
	[TABLE_STREAM_GUEST_VOLUME] = {
		.path = "/stream/<id>/guest_volume",
		.access = TABLE_GET,
		.answer = "f...:volume_dB",
		.text = "What the guest itself set, a channel each.",
	},
	[TABLE_STREAM_GUEST_MUTE] = {
		.path = "/stream/<id>/guest_mute",
		.access = TABLE_GET,
		.answer = "i...:mute",
		.text = "Which channels the guest itself muted.",
	},
	[TABLE_STREAM_METER] = {
		.path = "/stream/<id>/meter",
		.access = TABLE_GET,
		.answer = "f...:peak_dBFS",
		.text = "The greatest sample of each channel since the last answer, at the ports.",
	},
	[TABLE_STREAM_RMS] = {
		.path = "/stream/<id>/rms",
		.access = TABLE_GET,
		.answer = "f...:level_dBFS",
		.text = "The level of each channel, over 300 ms.",
	},
	[TABLE_STREAM_FILL] = {
		.path = "/stream/<id>/fill",
		.access = TABLE_GET,
		.answer = "i:frames i:ring_frames",
		.text = "How much the guest has written and JACK has not taken, or the other way round.",
	},
	[TABLE_STREAM_LATENCY] = {
		.path = "/stream/<id>/latency",
		.access = TABLE_GET,
		.answer = "i:ring_frames i:resampler_frames i:least_frames i:greatest_frames f:greatest_ms",
		.text = "How long sound is under way between the guest and the ports.",
	},
	[TABLE_STREAM_STATS] = {
		.path = "/stream/<id>/stats",
		.access = TABLE_GET,
		.answer = "i:cycles i:underruns i:overruns i:positions_lost i:requests_throttled",
		.text = "What has been counted since the guest connected.",
	},
	[TABLE_PORT_LIST] = {
		.path = "/port/list",
		.access = TABLE_CALL,
		.args = {
			{ .name = "pattern", .type = 's', .optional = true },
			{ .name = "direction", .type = 's', .optional = true },
		},
		.answer = "s:name s:direction i:ours i:physical i:connections s:id",
		.list = true,
		.text = "The audio ports of JACK. In the pattern * stands for any text; the direction is in or out, as JACK sees it.",
	},
	[TABLE_PORT_CONNECTIONS] = {
		.path = "/port/connections",
		.access = TABLE_CALL,
		.args = {
			{ .name = "port", .type = 's', .optional = true },
		},
		.answer = "s:source s:destination",
		.list = true,
		.text = "The connections of a port; without one, of all guests' ports.",
	},
	[TABLE_CONNECT] = {
		.path = "/connect",
		.access = TABLE_CALL,
		.args = {
			{ .name = "source", .type = 's' },
			{ .name = "destination", .type = 's' },
		},
		.answer = "s:source s:destination",
		.local = true,
		.text = "Connects two ports. A port is a name in JACK or, of a guest, its id, such as daw.main_1. It is remembered.",
	},
	[TABLE_DISCONNECT] = {
		.path = "/disconnect",
		.access = TABLE_CALL,
		.args = {
			{ .name = "source", .type = 's' },
			{ .name = "destination", .type = 's' },
		},
		.answer = "s:source s:destination",
		.local = true,
		.text = "Likewise, the opposite.",
	},
	[TABLE_DISCONNECT_ALL] = {
		.path = "/disconnect/all",
		.access = TABLE_CALL,
		.args = {
			{ .name = "port", .type = 's' },
		},
		.answer = "s:port i:connections",
		.local = true,
		.text = "Disconnects a port, or all of a stream.",
	},
	[TABLE_PATCH_LIST] = {
		.path = "/patch/list",
		.access = TABLE_CALL,
		.answer = "s:name i:connections",
		.list = true,
		.text = "The patches that are stored.",
	},
	[TABLE_PATCH_STORE] = {
		.path = "/patch/store",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's' },
		},
		.answer = "s:name i:connections",
		.local = true,
		.text = "Keeps the connections of all guests' ports as they are under a name.",
	},
	[TABLE_PATCH_RECALL] = {
		.path = "/patch/recall",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's' },
		},
		.answer = "s:name i:changes",
		.local = true,
		.text = "Makes those connections, and cuts what is not among them, of the ports that there are.",
	},
	[TABLE_PATCH_DELETE] = {
		.path = "/patch/delete",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's' },
		},
		.answer = "s:name",
		.local = true,
		.text = "Forgets a patch.",
	},
	[TABLE_PATCH_AUTO] = {
		.path = "/patch/auto",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "on", .type = 'T' },
		},
		.answer = "i:on",
		.local = true,
		.text = "Whether rules and remembered connections are made when ports appear.",
	},
	[TABLE_STATE_SAVE] = {
		.path = "/state/save",
		.access = TABLE_CALL,
		.answer = "i:done",
		.local = true,
		.text = "Writes at once what is remembered.",
	},
	[TABLE_STATE_LOAD] = {
		.path = "/state/load",
		.access = TABLE_CALL,
		.answer = "i:done",
		.local = true,
		.text = "Reads it again, and sets levels to it.",
	},
	[TABLE_JACK_XRUNS] = {
		.path = "/jack/xruns",
		.access = TABLE_GET,
		.answer = "i:xruns",
		.text = "As JACK has counted them since it was found.",
	},
	[TABLE_JACK_LATENCY] = {
		.path = "/jack/latency",
		.access = TABLE_CALL,
		.args = {
			{ .name = "port", .type = 's' },
		},
		.answer = "s:port i:capture_least i:capture_greatest i:playback_least i:playback_greatest",
		.text = "What JACK says of a port, in frames.",
	},
	[TABLE_SUBSCRIBE] = {
		.path = "/subscribe",
		.access = TABLE_CALL,
		.args = {
			{ .name = "topics", .type = 's' },
			{ .name = "lease", .type = 'i', .optional = true, .min = 2, .max = 60, .unit = "s" },
			{ .name = "cookie", .type = 'i', .optional = true },
		},
		.answer = "s:topics i:lease_s i:cookie",
		.text = "Sends what happens, until the lease ends, 10 s if none is named; to be sent again before. Topics are params, streams, ports, jack, stats, meters, heartbeat, echo, or all, with commas between. Over TCP and the Unix socket a lease is as long as the connection. Peers of other machines have meters only with the cookie of the answer before.",
	},
	[TABLE_SUBSCRIBE_METERS] = {
		.path = "/subscribe/meters",
		.access = TABLE_CALL,
		.args = {
			{ .name = "pattern", .type = 's' },
			{ .name = "interval", .type = 'i', .optional = true, .min = 20, .max = 1000, .unit = "ms" },
			{ .name = "lease", .type = 'i', .optional = true, .min = 2, .max = 60, .unit = "s" },
			{ .name = "cookie", .type = 'i', .optional = true },
		},
		.answer = "s:pattern i:interval_ms i:lease_s i:cookie",
		.text = "Meters of the streams whose ids fit a pattern, every 50 ms if nothing else is said, where they have changed by half a dB.",
	},
	[TABLE_UNSUBSCRIBE] = {
		.path = "/unsubscribe",
		.access = TABLE_CALL,
		.args = {
			{ .name = "topics", .type = 's', .optional = true },
		},
		.answer = "s:topics",
		.text = "Sends no more of it; without topics, nothing at all.",
	},
	[TABLE_XREMOTE] = {
		.path = "/xremote",
		.access = TABLE_CALL,
		.text = "The topics params, streams, ports and jack for 10 s; no answer, as those who know mixing desks expect.",
	},
	[TABLE_REPLY] = {
		.path = "/reply",
		.access = TABLE_SEND,
		.answer = "s:address *:answer",
		.text = "What a command answers. Lists: item and a row, then end and their number.",
	},
	[TABLE_ERROR] = {
		.path = "/error",
		.access = TABLE_SEND,
		.answer = "s:address i:code s:text",
		.text = "What could not be done. The code is that of errno(3).",
	},
	[TABLE_EVENT_STREAM] = {
		.path = "/event/stream/<what>",
		.access = TABLE_SEND,
		.answer = "i:sequence s:id s:direction s:label",
		.text = "A stream was added, removed, opened, started, stopped or closed. (streams)",
	},
	[TABLE_EVENT_STREAM_XRUN] = {
		.path = "/event/stream/xrun",
		.access = TABLE_SEND,
		.answer = "i:sequence s:id i:total",
		.text = "The guest was late. (stats)",
	},
	[TABLE_EVENT_PORT] = {
		.path = "/event/port/<what>",
		.access = TABLE_SEND,
		.answer = "i:sequence s:name",
		.text = "A port was added or removed. (ports)",
	},
	[TABLE_EVENT_PORT_CONNECTION] = {
		.path = "/event/port/<what>",
		.access = TABLE_SEND,
		.answer = "i:sequence s:source s:destination",
		.text = "A port of a guest was connected or disconnected. (ports)",
	},
	[TABLE_EVENT_JACK] = {
		.path = "/event/jack/status",
		.access = TABLE_SEND,
		.answer = "i:sequence s:JACK s:server i:rate_Hz i:period_frames",
		.text = "The server came, went, freewheels, or runs at another rate or period. (jack)",
	},
	[TABLE_EVENT_JACK_XRUN] = {
		.path = "/event/jack/xrun",
		.access = TABLE_SEND,
		.answer = "i:sequence i:total",
		.text = "JACK missed a cycle. (jack)",
	},
	[TABLE_EVENT_PATCH] = {
		.path = "/event/patch/recalled",
		.access = TABLE_SEND,
		.answer = "i:sequence s:name",
		.text = "A patch was recalled. (ports)",
	},
	[TABLE_HEARTBEAT] = {
		.path = "/heartbeat",
		.access = TABLE_SEND,
		.answer = "i:sequence i:uptime_s",
		.text = "Once a second. (heartbeat)",
	},
};

const struct table_row *table_row(enum table_name name)
{
	return &rows[name];
}

unsigned table_takes(const struct table_row *row)
{
	unsigned count = 0;

	while (count < TABLE_ARGS_MAX && row->args[count].name) {
		count++;
	}
	return count;
}

unsigned table_needs(const struct table_row *row)
{
	unsigned count = 0;

	while (count < TABLE_ARGS_MAX && row->args[count].name && !row->args[count].optional) {
		count++;
	}
	return count;
}

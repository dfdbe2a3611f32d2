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
		.text = "Which program this is, and the version of JACK. The API gets another number when an address of this list changes its meaning.",
	},
	[TABLE_INFO] = {
		.path = "/info",
		.access = TABLE_GET,
		.answer = "s:API s:host s:program s:version",
		.text = "Which program this is and where it runs, in the form of X32 mixing desks.",
	},
	[TABLE_STATUS] = {
		.path = "/status",
		.access = TABLE_GET,
		.answer = "s:JACK s:server i:rate_Hz i:period_frames f:load_percent i:realtime i:streams_open i:xruns i:uptime_s",
		.text = "The state of the JACK server and of the daemon. JACK is up, down or freewheel.",
	},
	[TABLE_SYNC] = {
		.path = "/sync",
		.access = TABLE_CALL,
		.args = {
			{ .name = "number", .type = 'i' },
		},
		.answer = "i:number",
		.text = "Answered by /synced when what its sender asked before has been done and answered, what JACK has to do included.",
	},
	[TABLE_DESCRIBE] = {
		.path = "/describe",
		.access = TABLE_CALL,
		.args = {
			{ .name = "path", .type = 's', .optional = true },
		},
		.answer = "s:path s:JSON",
		.list = true,
		.text = "All addresses at and below a path, with the streams that there are, as JSON in the form of OSCQuery. It comes in pieces, to be put together.",
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
		.text = "What a stream is. Rate and period are 0, and the format is empty, while it is closed.",
	},
	[TABLE_STREAM_PORTS] = {
		.path = "/stream/<id>/ports",
		.access = TABLE_CALL,
		.answer = "s:name s:id",
		.list = true,
		.text = "The stream's ports in JACK.",
	},
	[TABLE_STREAM_GAIN] = {
		.path = "/stream/<id>/gain",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "gain", .type = 'f', .min = -193, .max = 10, .unit = "dB" },
		},
		.answer = "f:gain_dB",
		.text = "The stream's gain; -193 is silence. A change is heard as a ramp of 768 frames.",
	},
	[TABLE_STREAM_FADER] = {
		.path = "/stream/<id>/fader",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "way", .type = 'f', .min = 0, .max = 1 },
		},
		.answer = "f:way",
		.text = "The same gain as the way of a fader: 1 is +10 dB, 0.75 is 0 dB, 0.5 is -10 dB, 0.25 is -30 dB, 0 is silence.",
	},
	[TABLE_STREAM_TRIM] = {
		.path = "/stream/<id>/gain/<channel>",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "trim", .type = 'f', .min = -193, .max = 10, .unit = "dB" },
		},
		.answer = "f:trim_dB",
		.text = "The gain of one channel, counted from 1, in addition to that of the stream.",
	},
	[TABLE_STREAM_DB_DELTA] = {
		.path = "/stream/<id>/db_delta",
		.access = TABLE_SET,
		.args = {
			{ .name = "change", .type = 'f', .min = -203, .max = 203, .unit = "dB" },
		},
		.text = "Makes the gain greater, or less, by so much.",
	},
	[TABLE_STREAM_MUTE] = {
		.path = "/stream/<id>/mute",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "mute", .type = 'T' },
		},
		.answer = "i:mute",
		.text = "Mutes the stream; its gain stays what it is.",
	},
	[TABLE_STREAM_SOLO] = {
		.path = "/stream/<id>/solo",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "solo", .type = 'T' },
		},
		.answer = "i:solo",
		.text = "While a playback stream is solo, those that are not are silent.",
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
		.text = "The volume that the guest itself has set; it is heard in addition to the gain.",
	},
	[TABLE_STREAM_GUEST_MUTE] = {
		.path = "/stream/<id>/guest_mute",
		.access = TABLE_GET,
		.answer = "i...:mute",
		.text = "Whether the guest itself has muted a channel.",
	},
	[TABLE_STREAM_METER] = {
		.path = "/stream/<id>/meter",
		.access = TABLE_GET,
		.answer = "f...:peak_dBFS",
		.text = "The greatest sample at the ports since somebody last asked.",
	},
	[TABLE_STREAM_RMS] = {
		.path = "/stream/<id>/rms",
		.access = TABLE_GET,
		.answer = "f...:level_dBFS",
		.text = "The level at the ports, over 300 ms at 48 kHz.",
	},
	[TABLE_STREAM_FILL] = {
		.path = "/stream/<id>/fill",
		.access = TABLE_GET,
		.answer = "i:frames i:ring_frames",
		.text = "How much of its buffer the guest has written and JACK has not taken yet; of a stream that records, the other way round.",
	},
	[TABLE_STREAM_LATENCY] = {
		.path = "/stream/<id>/latency",
		.access = TABLE_GET,
		.answer = "i:ring_frames i:resampler_frames i:least_frames i:greatest_frames f:greatest_ms",
		.text = "How long sound is on its way between the guest and the ports.",
	},
	[TABLE_STREAM_STATS] = {
		.path = "/stream/<id>/stats",
		.access = TABLE_GET,
		.answer = "i:cycles i:underruns i:overruns i:positions_lost i:requests_throttled",
		.text = "What has been counted of the stream since its guest connected, or since /stats/reset.",
	},
	[TABLE_STATS_RESET] = {
		.path = "/stats/reset",
		.access = TABLE_CALL,
		.args = {
			{ .name = "id", .type = 's', .optional = true },
		},
		.answer = "i:streams",
		.local = true,
		.text = "What is counted of a stream, or of all, begins at 0 again.",
	},
	[TABLE_STREAM_KICK] = {
		.path = "/stream/<id>/kick",
		.access = TABLE_CALL,
		.args = {
			{ .name = "on", .type = 'T', .optional = true },
		},
		.answer = "i:closed",
		.local = true,
		.text = "Closes the stream, if it is open, though its guest has not asked for it. What the guest writes then is refused, until it opens the stream again. A 0 does nothing.",
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
		.text = "The audio ports of JACK. In the pattern * stands for any text; the direction is in, where sound goes into, or out. The id is empty but for guests' ports.",
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
		.text = "Connects two ports. A port is named as in JACK or, if it is a guest's, by its id, such as daw.main_1. The connection is remembered as if it was made by hand.",
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
		.text = "Disconnects two ports, which are named likewise. It is remembered too.",
	},
	[TABLE_DISCONNECT_ALL] = {
		.path = "/disconnect/all",
		.access = TABLE_CALL,
		.args = {
			{ .name = "port", .type = 's' },
		},
		.answer = "s:port i:connections",
		.local = true,
		.text = "Cuts all connections of a port, or of all ports of a stream.",
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
		.text = "Stores the connections of all guests' ports under a name of letters, digits, _, . and -.",
	},
	[TABLE_PATCH_RECALL] = {
		.path = "/patch/recall",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's' },
		},
		.answer = "s:name i:changes",
		.local = true,
		.text = "Makes the connections of a patch as far as the ports are there, and cuts others of guests' ports.",
	},
	[TABLE_PATCH_DELETE] = {
		.path = "/patch/delete",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's' },
		},
		.answer = "s:name",
		.local = true,
		.text = "Deletes a patch, and levels that were saved with it; nothing else changes.",
	},
	[TABLE_PATCH_AUTO] = {
		.path = "/patch/auto",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "on", .type = 'T' },
		},
		.answer = "i:on",
		.local = true,
		.text = "Whether connections are made by themselves when ports appear, by rules and from memory.",
	},
	[TABLE_STATE_SAVE] = {
		.path = "/state/save",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's', .optional = true },
		},
		.answer = "i:done",
		.local = true,
		.text = "Writes what is remembered to its files now. With a name the connections are stored as the patch of that name, and all levels with it.",
	},
	[TABLE_STATE_LOAD] = {
		.path = "/state/load",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's', .optional = true },
		},
		.answer = "i:done",
		.local = true,
		.text = "Reads these files again, and sets all levels as they say. With a name the patch is recalled, and then the levels are set that were saved with it; a patch that was stored without has none.",
	},
	[TABLE_JACK_XRUNS] = {
		.path = "/jack/xruns",
		.access = TABLE_GET,
		.answer = "i:xruns",
		.text = "Cycles that JACK has missed since the daemon found it.",
	},
	[TABLE_JACK_LATENCY] = {
		.path = "/jack/latency",
		.access = TABLE_CALL,
		.args = {
			{ .name = "port", .type = 's' },
		},
		.answer = "s:port i:capture_least i:capture_greatest i:playback_least i:playback_greatest",
		.text = "The latencies of a port as JACK has them, in frames.",
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
		.text = "Subscribes to topics until the lease ends, after 10 s if no other is named; sent again, the lease begins anew. Topics are params, streams, ports, jack, stats, meters, heartbeat, echo, or all, with commas between. Over TCP and the Unix socket a lease is as long as the connection, and the answer has 0. From other machines meters need the cookie of the answer before.",
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
		.text = "Subscribes to meters of the streams whose ids fit a pattern, every 50 ms if no other interval is named, where they have changed by half a dB.",
	},
	[TABLE_UNSUBSCRIBE] = {
		.path = "/unsubscribe",
		.access = TABLE_CALL,
		.args = {
			{ .name = "topics", .type = 's', .optional = true },
		},
		.answer = "s:topics",
		.text = "Ends the subscription to some topics; without topics, to all.",
	},
	[TABLE_XREMOTE] = {
		.path = "/xremote",
		.access = TABLE_CALL,
		.text = "Subscribes to params, streams, ports and jack for 10 s. It is not answered, as with X32 mixing desks.",
	},
	[TABLE_REPLY] = {
		.path = "/reply",
		.access = TABLE_SEND,
		.answer = "s:address *:answer",
		.text = "The answer to a call: its address and what is listed there; of a list, the word item and a row, or end and the number of rows.",
	},
	[TABLE_ERROR] = {
		.path = "/error",
		.access = TABLE_SEND,
		.answer = "s:address i:code s:text",
		.text = "What could not be done, and why. The code is one of errno(3).",
	},
	[TABLE_EVENT_STREAM] = {
		.path = "/event/stream/<what>",
		.access = TABLE_SEND,
		.answer = "i:sequence s:id s:direction s:label",
		.text = "A stream was added, removed, opened, started, stopped or closed: the last part of the address. (streams)",
	},
	[TABLE_EVENT_STREAM_XRUN] = {
		.path = "/event/stream/xrun",
		.access = TABLE_SEND,
		.answer = "i:sequence s:id i:total",
		.text = "A guest was late; how often so far. (stats)",
	},
	[TABLE_EVENT_PORT] = {
		.path = "/event/port/<what>",
		.access = TABLE_SEND,
		.answer = "i:sequence s:name",
		.text = "An audio port was added or removed. (ports)",
	},
	[TABLE_EVENT_PORT_CONNECTION] = {
		.path = "/event/port/<what>",
		.access = TABLE_SEND,
		.answer = "i:sequence s:source s:destination",
		.text = "Two ports were connected or disconnected. (ports)",
	},
	[TABLE_EVENT_JACK_UP] = {
		.path = "/event/jack/up",
		.access = TABLE_SEND,
		.answer = "i:sequence s:server i:rate_Hz i:period_frames",
		.text = "The JACK server came. (jack)",
	},
	[TABLE_EVENT_JACK_DOWN] = {
		.path = "/event/jack/down",
		.access = TABLE_SEND,
		.answer = "i:sequence",
		.text = "It went away. (jack)",
	},
	[TABLE_EVENT_JACK_PERIOD] = {
		.path = "/event/jack/period",
		.access = TABLE_SEND,
		.answer = "i:sequence i:period_frames i:rate_Hz",
		.text = "It runs at another period or rate. (jack)",
	},
	[TABLE_EVENT_JACK_FREEWHEEL] = {
		.path = "/event/jack/freewheel",
		.access = TABLE_SEND,
		.answer = "i:sequence i:on",
		.text = "It freewheels, or does not any more. (jack)",
	},
	[TABLE_EVENT_JACK_XRUN] = {
		.path = "/event/jack/xrun",
		.access = TABLE_SEND,
		.answer = "i:sequence i:total f:late_us",
		.text = "JACK missed a cycle; how many so far, and how late the last was, as JACK has it. (jack)",
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

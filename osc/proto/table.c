/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/proto/table.h"

#include <stddef.h>

static const struct table_row rows[TABLE_COUNT] = {
	[TABLE_PING] = {
		.path = "/ping",
		.access = TABLE_CALL,
		.answer = "*:arguments",
		.text = "Checks that the daemon is there. The answer is /pong, with the same arguments.",
	},
	[TABLE_VERSION] = {
		.path = "/version",
		.access = TABLE_CALL,
		.answer = "s:program s:version s:JACK i:API",
		.text = "The program, its version and JACK's version. The API number changes when the meaning of an address changes.",
	},
	[TABLE_INFO] = {
		.path = "/info",
		.access = TABLE_GET,
		.answer = "s:API s:host s:program s:version",
		.text = "The program and the host it runs on, in the form of X32 mixing desks.",
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
		.text = "Answered with /synced once everything that its sender asked for earlier, requests to JACK included, is done and answered.",
	},
	[TABLE_DESCRIBE] = {
		.path = "/describe",
		.access = TABLE_CALL,
		.args = {
			{ .name = "path", .type = 's', .optional = true },
		},
		.answer = "s:path s:JSON",
		.list = true,
		.text = "All addresses at and below a path, with the streams that exist, as JSON in OSCQuery's form. The text comes in pieces; join them in order.",
	},
	[TABLE_STREAM_LIST] = {
		.path = "/stream/list",
		.access = TABLE_CALL,
		.answer = "s:id s:direction s:state i:channels i:rate_Hz f:gain_dB i:muted s:label s:guest",
		.list = true,
		.text = "The streams of all guests. The direction is p (playback) or c (capture); the state is closed, open or running. The guest is the name of its domain, byte for byte, and empty if it has none; the id begins with what JACK shows of it.",
	},
	[TABLE_STREAM_INFO] = {
		.path = "/stream/<id>/info",
		.access = TABLE_GET,
		.answer = "s:guest i:domain s:label s:direction i:channels i:rate_Hz s:format s:client i:period_frames",
		.text = "The stream's guest (as in /guest/list), format and the JACK client that has its ports, empty if there is none. While the stream is closed, rate and period are 0 and the format is empty.",
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
			{ .name = "gain", .type = 'f', .min = TABLE_DB_MIN, .max = TABLE_DB_MAX, .unit = "dB" },
		},
		.answer = "f:gain_dB",
		.text = "The stream's gain; -193 is silence. A change is ramped over 768 frames.",
	},
	[TABLE_STREAM_FADER] = {
		.path = "/stream/<id>/fader",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "position", .type = 'f', .min = 0, .max = 1 },
		},
		.answer = "f:position",
		.text = "The stream's gain as a fader position: 1 is +10 dB, 0.75 is 0 dB, 0.5 is -10 dB, 0.25 is -30 dB, 0 is silence.",
	},
	[TABLE_STREAM_TRIM] = {
		.path = "/stream/<id>/gain/<channel>",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "trim", .type = 'f', .min = TABLE_DB_MIN, .max = TABLE_DB_MAX, .unit = "dB" },
		},
		.answer = "f:trim_dB",
		.text = "The gain of one channel, counted from 1. It adds to the stream's gain.",
	},
	[TABLE_STREAM_DB_DELTA] = {
		.path = "/stream/<id>/db_delta",
		.access = TABLE_SET,
		.args = {
			{ .name = "change", .type = 'f', .min = -203, .max = 203, .unit = "dB" },
		},
		.text = "Changes the gain by this amount.",
	},
	[TABLE_STREAM_MUTE] = {
		.path = "/stream/<id>/mute",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "mute", .type = 'T' },
		},
		.answer = "i:mute",
		.text = "Mutes the stream; its gain is kept.",
	},
	[TABLE_STREAM_SOLO] = {
		.path = "/stream/<id>/solo",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "solo", .type = 'T' },
		},
		.answer = "i:solo",
		.text = "Solos the stream. While a playback stream is solo, playback streams that are not solo are silent.",
	},
	[TABLE_SOLO_CLEAR] = {
		.path = "/solo/clear",
		.access = TABLE_CALL,
		.args = {
			{ .name = "on", .type = 'T', .optional = true },
		},
		.answer = "i:streams",
		.text = "Clears the solo of all streams. A 0, which buttons send on release, does nothing.",
	},
	[TABLE_STREAM_GUEST_VOLUME] = {
		.path = "/stream/<id>/guest_volume",
		.access = TABLE_GET,
		.answer = "f...:volume_dB",
		.text = "The volume that the guest has set for each channel; no values while the stream is closed. It adds to the gain.",
	},
	[TABLE_STREAM_GUEST_MUTE] = {
		.path = "/stream/<id>/guest_mute",
		.access = TABLE_GET,
		.answer = "i...:mute",
		.text = "Whether the guest has muted each channel; no values while the stream is closed.",
	},
	[TABLE_STREAM_METER] = {
		.path = "/stream/<id>/meter",
		.access = TABLE_GET,
		.answer = "f...:peak_dBFS",
		.text = "The highest peak at the ports since this was last asked, by anyone.",
	},
	[TABLE_STREAM_RMS] = {
		.path = "/stream/<id>/rms",
		.access = TABLE_GET,
		.answer = "f...:level_dBFS",
		.text = "The RMS level at the ports, averaged over 14400 frames: 300 ms at 48 kHz.",
	},
	[TABLE_STREAM_FILL] = {
		.path = "/stream/<id>/fill",
		.access = TABLE_GET,
		.answer = "i:frames i:ring_frames",
		.text = "How full the guest's ring is: frames written but not yet played or, for capture, recorded but not yet read.",
	},
	[TABLE_STREAM_LATENCY] = {
		.path = "/stream/<id>/latency",
		.access = TABLE_GET,
		.answer = "i:ring_frames i:resampler_frames i:least_frames i:greatest_frames f:greatest_ms",
		.text = "How long sound takes between the guest and the ports. The ring is in the guest's frames, the rest in JACK's; ring and resampler are 0 while the stream is closed.",
	},
	[TABLE_STREAM_STATS] = {
		.path = "/stream/<id>/stats",
		.access = TABLE_GET,
		.answer = "i:cycles i:underruns i:overruns i:positions_lost i:requests_throttled",
		.text = "The stream's counters since its guest connected, or since /stats/reset. Positions are lost when the guest leaves no room for them; requests are throttled when the guest exceeds its limit.",
	},
	[TABLE_STATS_RESET] = {
		.path = "/stats/reset",
		.access = TABLE_CALL,
		.args = {
			{ .name = "id", .type = 's', .optional = true },
		},
		.answer = "i:streams",
		.local = true,
		.text = "Resets the counters of a stream or, without an id, of all streams.",
	},
	[TABLE_STREAM_KICK] = {
		.path = "/stream/<id>/kick",
		.access = TABLE_CALL,
		.args = {
			{ .name = "on", .type = 'T', .optional = true },
		},
		.answer = "i:closed",
		.local = true,
		.text = "Closes the guest's stream if it is open. The guest's program gets an error at its next write or read, and may open the stream again. A 0 does nothing.",
	},
	[TABLE_GUEST_LIST] = {
		.path = "/guest/list",
		.access = TABLE_CALL,
		.answer = "s:guest i:streams f:gain_dB i:muted",
		.list = true,
		.text = "The guests that have streams, and those that have none now but a level of their own. The guest is the name of its domain, byte for byte, or what JACK shows of a domain without a name.",
	},
	[TABLE_GUEST_GAIN] = {
		.path = "/guest/<name>/gain",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "gain", .type = 'f', .min = TABLE_DB_MIN, .max = TABLE_DB_MAX, .unit = "dB" },
		},
		.answer = "f:gain_dB",
		.text = "The gain of the guest as a whole; -193 is silence. It adds to the gain of each of its streams, also of those that it opens later under other names, and is remembered. A change is ramped over 768 frames.",
	},
	[TABLE_GUEST_FADER] = {
		.path = "/guest/<name>/fader",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "position", .type = 'f', .min = 0, .max = 1 },
		},
		.answer = "f:position",
		.text = "The gain of the guest as a whole as a fader position: 1 is +10 dB, 0.75 is 0 dB, 0 is silence.",
	},
	[TABLE_GUEST_DB_DELTA] = {
		.path = "/guest/<name>/db_delta",
		.access = TABLE_SET,
		.args = {
			{ .name = "change", .type = 'f', .min = -203, .max = 203, .unit = "dB" },
		},
		.text = "Changes the gain of the guest as a whole by this amount.",
	},
	[TABLE_GUEST_MUTE] = {
		.path = "/guest/<name>/mute",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "mute", .type = 'T' },
		},
		.answer = "i:mute",
		.text = "Mutes the guest as a whole: all its streams, also those that it opens later under other names. The streams keep their own mutes.",
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
		.text = "JACK's audio ports. In the pattern, * matches any text: in ids of guests' ports (daw.*) or, if it has a colon, in names of other programs' ports (system:*). The direction is in (sound goes into the port) or out. Only guests' ports have an id; it is empty for others.",
	},
	[TABLE_PORT_CONNECTIONS] = {
		.path = "/port/connections",
		.access = TABLE_CALL,
		.args = {
			{ .name = "port", .type = 's', .optional = true },
		},
		.answer = "s:source s:destination",
		.list = true,
		.text = "The connections of a port or, without one, of all guests' ports.",
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
		.text = "Connects two ports. A port is named as in JACK or, if it is a guest's, by its id, such as daw.main_1. A stream's id stands for its ports: the first with the first of the other end, and so on; both have to have as many. The daemon remembers the connection as if it had been made by hand.",
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
		.text = "Disconnects two ports or the ports of streams, named as for /connect. The daemon remembers this too.",
	},
	[TABLE_DISCONNECT_ALL] = {
		.path = "/disconnect/all",
		.access = TABLE_CALL,
		.args = {
			{ .name = "port", .type = 's' },
		},
		.answer = "s:port i:connections",
		.local = true,
		.text = "Cuts all connections of a port or, given a stream's id, of all ports of the stream.",
	},
	[TABLE_PATCH_LIST] = {
		.path = "/patch/list",
		.access = TABLE_CALL,
		.answer = "s:name i:connections",
		.list = true,
		.text = "The stored patches; connections is -1 if the file is not readable, and -2 if it is of a later version of xenjackd.",
	},
	[TABLE_PATCH_STORE] = {
		.path = "/patch/store",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's' },
		},
		.answer = "s:name i:connections",
		.local = true,
		.text = "Stores the connections of all guests' ports under a name of letters, digits, underscores, dots and hyphens.",
	},
	[TABLE_PATCH_RECALL] = {
		.path = "/patch/recall",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's' },
		},
		.answer = "s:name i:changes",
		.local = true,
		.text = "Makes those of the patch's connections whose ports exist, and cuts all other connections of guests' ports.",
	},
	[TABLE_PATCH_DELETE] = {
		.path = "/patch/delete",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's' },
		},
		.answer = "s:name",
		.local = true,
		.text = "Deletes a patch and any levels saved with it; nothing else changes.",
	},
	[TABLE_PATCH_AUTO] = {
		.path = "/patch/auto",
		.access = TABLE_GET | TABLE_SET,
		.args = {
			{ .name = "on", .type = 'T' },
		},
		.answer = "i:on",
		.local = true,
		.text = "Whether the daemon makes connections when ports appear, from rules and from what it remembers.",
	},
	[TABLE_STATE_SAVE] = {
		.path = "/state/save",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's', .optional = true },
		},
		.answer = "i:done",
		.local = true,
		.text = "Writes levels and remembered connections to their files now. With a name, stores the connections as a patch of that name, and all levels with it.",
	},
	[TABLE_STATE_LOAD] = {
		.path = "/state/load",
		.access = TABLE_CALL,
		.args = {
			{ .name = "name", .type = 's', .optional = true },
		},
		.answer = "i:done",
		.local = true,
		.text = "Reads the files of levels and remembered connections again and sets all levels from them. With a name, recalls the patch of that name, then sets the levels saved with it, if there are any.",
	},
	[TABLE_JACK_XRUNS] = {
		.path = "/jack/xruns",
		.access = TABLE_GET,
		.answer = "i:xruns",
		.text = "Cycles that JACK has missed since the daemon connected to it.",
	},
	[TABLE_JACK_LATENCY] = {
		.path = "/jack/latency",
		.access = TABLE_CALL,
		.args = {
			{ .name = "port", .type = 's' },
		},
		.answer = "s:port i:capture_least i:capture_greatest i:playback_least i:playback_greatest",
		.text = "The latencies that JACK reports for a port, in frames.",
	},
	[TABLE_SUBSCRIBE] = {
		.path = "/subscribe",
		.access = TABLE_CALL,
		.args = {
			{ .name = "topics", .type = 's' },
			{ .name = "lease", .type = 'i', .optional = true, .min = 2, .max = 60, .unit = "s" },
			{ .name = "cookie", .type = 'i', .optional = true },
			{ .name = "port", .type = 'i', .optional = true, .min = 0, .max = 65535 },
		},
		.answer = "s:topics i:lease_s s:refused i:cookie",
		.text = "Subscribes to topics until the lease ends, by default after 10 s; send it again to renew the lease. Topics are params, streams, ports, jack, stats, meters, heartbeat, echo and all, separated by commas. Whoever begins to subscribe to params is sent all values. Over UDP, a port from 1024 makes the answer and all that follows go to that port of the sender's address; 0 is the sender's own. Over TCP and the Unix socket, the lease lasts as long as the connection, and the answer gives it as 0. From other hosts over UDP that are not trusted, meters need the cookie of the previous answer; without it, they are refused.",
	},
	[TABLE_SUBSCRIBE_METERS] = {
		.path = "/subscribe/meters",
		.access = TABLE_CALL,
		.args = {
			{ .name = "pattern", .type = 's' },
			{ .name = "interval", .type = 'i', .optional = true, .min = 20, .max = 1000, .unit = "ms" },
			{ .name = "lease", .type = 'i', .optional = true, .min = 2, .max = 60, .unit = "s" },
			{ .name = "cookie", .type = 'i', .optional = true },
			{ .name = "port", .type = 'i', .optional = true, .min = 0, .max = 65535 },
		},
		.answer = "s:pattern i:interval_ms i:lease_s s:refused i:cookie",
		.text = "Subscribes to the meters of the streams whose ids match a pattern, by default every 50 ms. A stream is sent only if one of its channels has changed by at least half a dB. From other hosts over UDP that are not trusted, this needs the cookie of the previous answer; without it, the pattern is refused. The port is that of /subscribe.",
	},
	[TABLE_UNSUBSCRIBE] = {
		.path = "/unsubscribe",
		.access = TABLE_CALL,
		.args = {
			{ .name = "topics", .type = 's', .optional = true },
		},
		.answer = "s:topics",
		.text = "Ends the sender's subscriptions to these topics or, without topics, to all, at whatever port it has them.",
	},
	[TABLE_XREMOTE] = {
		.path = "/xremote",
		.access = TABLE_CALL,
		.text = "Subscribes to params, streams, ports and jack for 10 s. As on X32 mixing desks, there is no answer; whoever begins so is sent all values.",
	},
	[TABLE_REFRESH] = {
		.path = "/refresh",
		.access = TABLE_CALL,
		.answer = "i:values",
		.text = "Sends all values of streams and guests again, to where the sender has subscribed or else to the sender, and all meters that it has subscribed to. The answer comes after the values.",
	},
	[TABLE_CLIENTS] = {
		.path = "/clients",
		.access = TABLE_CALL,
		.answer = "s:transport s:client s:topics i:lease_s",
		.list = true,
		.text = "Who is subscribed, to what, and for how long yet; the lease of a connection is 0.",
	},
	[TABLE_REPLY] = {
		.path = "/reply",
		.access = TABLE_SEND,
		.answer = "s:address *:answer",
		.text = "The answer to a call: the call's address and the values that are listed with it; for a list, the word item and a row, or the word end and the number of rows.",
	},
	[TABLE_ERROR] = {
		.path = "/error",
		.access = TABLE_SEND,
		.answer = "s:address i:code s:text",
		.text = "The address that failed, and why. The code is from errno(3).",
	},
	[TABLE_EVENT_STREAM] = {
		.path = "/event/stream/<what>",
		.access = TABLE_SEND,
		.answer = "i:sequence s:id s:direction s:label",
		.text = "A stream was added, removed, opened, started, stopped or closed, as the last part of the address says. Topic: streams.",
	},
	[TABLE_EVENT_STREAM_XRUN] = {
		.path = "/event/stream/xrun",
		.access = TABLE_SEND,
		.answer = "i:sequence s:id i:total",
		.text = "A stream had an underrun or an overrun; the total is how many so far. Topic: stats.",
	},
	[TABLE_EVENT_PORT] = {
		.path = "/event/port/<what>",
		.access = TABLE_SEND,
		.answer = "i:sequence s:name",
		.text = "An audio port was added or removed. Topic: ports.",
	},
	[TABLE_EVENT_PORT_CONNECTION] = {
		.path = "/event/port/<what>",
		.access = TABLE_SEND,
		.answer = "i:sequence s:source s:destination",
		.text = "Two ports were connected or disconnected, also if only for a moment. Or a port was renamed: its old name and its new one. Or two ports are refused: others have twice cut what the daemon connects, so it gives way and remembers them as disconnected. Topic: ports.",
	},
	[TABLE_EVENT_JACK_UP] = {
		.path = "/event/jack/up",
		.access = TABLE_SEND,
		.answer = "i:sequence s:server i:rate_Hz i:period_frames",
		.text = "The JACK server came up. Topic: jack.",
	},
	[TABLE_EVENT_JACK_DOWN] = {
		.path = "/event/jack/down",
		.access = TABLE_SEND,
		.answer = "i:sequence",
		.text = "The JACK server went down. Topic: jack.",
	},
	[TABLE_EVENT_JACK_PERIOD] = {
		.path = "/event/jack/period",
		.access = TABLE_SEND,
		.answer = "i:sequence i:period_frames i:rate_Hz",
		.text = "JACK's period or rate has changed. Topic: jack.",
	},
	[TABLE_EVENT_JACK_FREEWHEEL] = {
		.path = "/event/jack/freewheel",
		.access = TABLE_SEND,
		.answer = "i:sequence i:on",
		.text = "A freewheel began (1) or ended (0). Topic: jack.",
	},
	[TABLE_EVENT_JACK_XRUN] = {
		.path = "/event/jack/xrun",
		.access = TABLE_SEND,
		.answer = "i:sequence i:total f:late_us",
		.text = "JACK missed a cycle: the total so far, and how late the last cycle was, as JACK reports it. Topic: jack.",
	},
	[TABLE_EVENT_PATCH] = {
		.path = "/event/patch/recalled",
		.access = TABLE_SEND,
		.answer = "i:sequence s:name",
		.text = "A patch was recalled. Topic: ports.",
	},
	[TABLE_EVENT_PARAMS] = {
		.path = "/event/params",
		.access = TABLE_SEND,
		.answer = "i:sequence",
		.text = "Over UDP, each packet with values of params begins with this, so that a lost one shows. Topic: params.",
	},
	[TABLE_HEARTBEAT] = {
		.path = "/heartbeat",
		.access = TABLE_SEND,
		.answer = "i:sequence i:uptime_s",
		.text = "Sent once a second. Topic: heartbeat.",
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "osc/proto/pattern.h"
#include "osc/server/tree.h"
#include "src/base/statefile.h"

/* How much of an unknown address an error repeats: a whole one, if its id is not too long. */
#define PATH_TOLD (LIMITS_PART_MAX + 64)

const char *tree_prefix(const struct tree *tree, const struct socket_peer *peer)
{
	return peer->kind == SOCKET_UNIX ? "" : tree->prefix;
}

void tree_reply(const struct tree_call *call, const char *types, ...)
{
	char path[PACKET_PREFIX_MAX + PATTERN_LENGTH_MAX + 64];
	lo_message reply = lo_message_new();
	va_list arguments;

	if (!reply) {
		return;
	}
	snprintf(path, sizeof(path), "%s%s", call->out->prefix, call->path);
	lo_message_add_string(reply, path);
	va_start(arguments, types);
	for (const char *type = types; *type; type++) {
		if (*type == 'i') {
			lo_message_add_int32(reply, va_arg(arguments, int32_t));
		} else if (*type == 'f') {
			lo_message_add_float(reply, (float)va_arg(arguments, double));
		} else {
			lo_message_add_string(reply, va_arg(arguments, const char *));
		}
	}
	va_end(arguments);
	if (call->request >= 0) {
		lo_message_add_int32(reply, call->request);
	}
	(void)packet_add(call->out, "/reply", reply);
	lo_message_free(reply);
}

/* In our own words where strerror's would be puzzling. */
static const char *error_text(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such address, stream, guest, port, patch or connection";
	case -EINVAL:
		return "wrong arguments";
	case -E2BIG:
		return "too many wildcards, or too much work for one packet";
	case -ERANGE:
		return "out of range";
	case -EPERM:
		return "read-only";
	case -EACCES:
		return "not allowed over UDP and TCP";
	case -EEXIST:
		return "already connected";
	case -EDESTADDRREQ:
		return "the source is an input";
	case -EPROTOTYPE:
		return "the destination is an output";
	case -EDOM:
		return "not as many channels at both ends";
	case -ENOTCONN:
		return "no JACK server";
	case -EAGAIN:
		return "JACK is freewheeling";
	case -ENXIO:
		return "port registered during a freewheel: JACK would not survive a connection";
	case -EBUSY:
		return "too many requests are waiting for JACK";
	case -EOPNOTSUPP:
		return "no state directory";
	case -EBADMSG:
		return "the file is damaged";
	case -EPROTO:
		return "the file is of a later version of xenjackd";
	case -ESHUTDOWN:
		return "the daemon is shutting down";
	case -ENOSPC:
		return "no room: too many guests with levels, or stored patches";
	case -ENOBUFS:
		return "more messages than the rate permits: the newest of each value comes later";
	case -EUSERS:
		return "too many subscribers";
	default:
		return statefile_strerror(err);
	}
}

void tree_error(struct packet_batch *out, const char *path, int err, int32_t request)
{
	char told[PACKET_PREFIX_MAX + PATH_TOLD + 1];

	snprintf(told, sizeof(told), "%s%.*s", out->prefix, (int)PATH_TOLD, path);
	if (request >= 0) {
		packet_put(out, "/error", "sisi", told, -err, error_text(err), request);
	} else {
		packet_put(out, "/error", "sis", told, -err, error_text(err));
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl.h"
#include "osc/ctl/ctl_show.h"
#include "osc/ctl/ctl_text.h"

/* JACK's answers to a pattern arrive separately: done when none has come for this long. */
#define SETTLE_S 0.2

struct asked {
	struct ctl_answers *answers;
	int32_t number;
	unsigned ended;
	bool synced;
};

/* --- the connection */

static int say_gone(const struct ctl *ctl, int err)
{
	switch (err) {
	case -ETIMEDOUT:
		return ctl_absent(ctl, err, "no answer from %s within %g s", ctl->where,
				  ctl->timeout_s);
	case -ECONNRESET:
	case -EPIPE:
		return ctl_absent(ctl, err, "the daemon at %s closed the connection", ctl->where);
	case -ECONNREFUSED:
		return ctl_absent(ctl, err, "no daemon at %s: nothing listens there; %s",
				  ctl->where, CTL_LINK_NO_PORT);
	default:
		return ctl_absent(ctl, err, "%s: %s", ctl->where, strerror(-err));
	}
}

int ctl_connect(struct ctl *ctl)
{
	char why[512];
	int err;

	if (ctl->link.kind != CTL_LINK_CLOSED) {
		return CTL_OK;
	}
	err = ctl_link_open(&ctl->link, ctl->where, why, sizeof(why));
	if (err == -EINVAL) {
		return ctl_say(ctl, CTL_USAGE, "%s: %s", ctl->where, why);
	}
	return err ? ctl_absent(ctl, err, "no daemon at %s: %s", ctl->where, why) : CTL_OK;
}

/* --- questions */

static void on_message(void *arg, const struct packet_message *message)
{
	struct asked *asked = arg;
	struct ctl_answer *answer;
	int32_t number;

	if (strcmp(message->address, "/synced") == 0) {
		asked->synced |= !packet_integer(message, 0, &number) && number == asked->number;
		return;
	}
	ctl_answers_add(asked->answers, message);
	answer = &asked->answers->all[asked->answers->count - 1];
	asked->ended += !ctl_is_item(answer);
}

struct outbox {
	struct ctl_link *link;
	int err;
};

static void on_packet(void *arg, const void *data, size_t size)
{
	struct outbox *outbox = arg;

	if (!outbox->err) {
		outbox->err = ctl_link_send(outbox->link, data, size);
	}
}

/* The message and a /sync, in one packet if they fit. */
static int send_both(struct ctl *ctl, const char *address, lo_message message)
{
	struct outbox outbox = { .link = &ctl->link };
	struct packet_batch batch;
	int err;

	ctl_link_begin(&ctl->link, &batch, on_packet, &outbox);
	err = packet_add(&batch, address, message);
	if (err) {
		return ctl_say(ctl, CTL_USAGE, "too long for one message");
	}
	packet_put(&batch, "/sync", "i", ++ctl->synced);
	packet_flush(&batch);
	return outbox.err ? say_gone(ctl, outbox.err) : CTL_OK;
}

static bool settles(const char *address)
{
	return ctl_is_pattern(address) && strstr(address, "/p");
}

int ctl_ask(struct ctl *ctl, const char *address, lo_message message, unsigned wanted,
	    struct ctl_answers *answers)
{
	struct asked asked = { .answers = answers };
	double until_s = ctl_link_now_s() + ctl->timeout_s;
	int err = 0, status = ctl_connect(ctl);

	status = status ? status : send_both(ctl, address, message);
	asked.number = ctl->synced;
	while (!status && !err) {
		bool done = asked.synced && asked.ended >= wanted;

		if (done && (!wanted || !settles(address))) {
			return CTL_OK;
		}
		err = ctl_link_wait(&ctl->link, done ? ctl_link_now_s() + SETTLE_S : until_s);
		if (done && err == -ETIMEDOUT) {
			return CTL_OK;
		}
		err = err ? err : ctl_link_take(&ctl->link, on_message, &asked);
		err = err == -EAGAIN || err == -EINTR ? 0 : err;
	}
	if (err == -ETIMEDOUT && asked.synced) {
		return ctl_absent(ctl, err,
				  "not done within %g s; xenjackd answers, but JACK may hang",
				  ctl->timeout_s);
	}
	return status ? status : say_gone(ctl, err);
}

int ctl_get(struct ctl *ctl, const char *address, struct ctl_answers *answers)
{
	lo_message message = lo_message_new();
	int status = ctl_ask(ctl, address, message, ctl_wanted(address, 0), answers);

	lo_message_free(message);
	return status;
}

unsigned ctl_wanted(const char *address, unsigned count)
{
	const struct table_row *row = ctl_row(address, 0);

	if (!row || row == table_row(TABLE_XREMOTE) || row == table_row(TABLE_SYNC)) {
		return 0;
	}
	return (row->access & TABLE_CALL) || (row->access & TABLE_GET && !count) ? 1 : 0;
}

/* --- errors in words */

/* Whether an address takes a patch's name. */
static bool is_of_patches(const char *address)
{
	return strncmp(address, "/patch/", 7) == 0 || strncmp(address, "/state/", 7) == 0;
}

static const char *missing(const char *address)
{
	if (is_of_patches(address)) {
		return "no such patch";
	}
	if (strcmp(address, "/stats/reset") == 0) {
		return "no such stream";
	}
	if (strcmp(address, "/disconnect") == 0) {
		return "not connected, or no such port";
	}
	if (strncmp(address, "/connect", 8) == 0 || strncmp(address, "/disconnect", 11) == 0) {
		return "no such port or stream";
	}
	if (strncmp(address, "/port/", 6) == 0 || strcmp(address, "/jack/latency") == 0) {
		return "no such port";
	}
	return "no such address";
}

/* Names the end of a connection that is the wrong one. */
static void in_words_of_ends(const struct ctl *ctl, int code, char *text, size_t size)
{
	bool typed = ctl->command->row == TABLE_CONNECT || ctl->command->row == TABLE_DISCONNECT;
	bool source = code == EDESTADDRREQ;

	snprintf(text, size, "%s is an %s",
		 typed	  ? ctl->args[!source]
		 : source ? "the source"
			  : "the destination",
		 source ? "input" : "output");
}

static void in_words(const struct ctl *ctl, const struct ctl_answer *error, char *text, size_t size)
{
	const char *address = error->values[0].text;
	const struct table_row *row = ctl_row(address, 0);
	int code = (int)error->values[1].number;

	if (code == ENOENT) {
		snprintf(text, size, "%s", missing(address));
	} else if (code == ERANGE && row && row->args[0].min < row->args[0].max) {
		snprintf(text, size, "out of range (%g to %g%s%s)", (double)row->args[0].min,
			 (double)row->args[0].max, row->args[0].unit ? " " : "",
			 row->args[0].unit ? row->args[0].unit : "");
	} else if (code == EDESTADDRREQ || code == EPROTOTYPE) {
		in_words_of_ends(ctl, code, text, size);
	} else if (code == EEXIST) {
		snprintf(text, size, "already connected");
	} else if (code == ENOTCONN) {
		snprintf(text, size, "%s",
			 strcmp(address, "/disconnect") == 0 ? "not connected" : "no JACK server");
	} else if (code == EAGAIN) {
		snprintf(text, size, "JACK is freewheeling; try again afterwards");
	} else if (code == EOPNOTSUPP) {
		snprintf(text, size,
			 "the daemon has no state directory: see state in xenjack.conf(5); with "
			 "--sim it has none unless that names one");
	} else if (code == EINVAL && is_of_patches(address)) {
		snprintf(text, size, "not a valid patch name (letters, digits, and _ . -)");
	} else {
		snprintf(text, size, "%s", error->values[2].text);
	}
}

/* Lists the streams or guests that exist, as help with a mistyped name. */
static void say_names(struct ctl *ctl, const char *list, const char *title)
{
	struct ctl_answers answers = { 0 };
	const char *between = "";

	if (ctl_get(ctl, list, &answers)) {
		return;
	}
	fprintf(stderr, "%s: ", title);
	for (unsigned i = 0; i < answers.count; i++) {
		if (ctl_is_item(&answers.all[i]) && answers.all[i].count > 2 &&
		    answers.all[i].values[2].text) {
			fputs(between, stderr);
			ctl_text_put(stderr, answers.all[i].values[2].text);
			between = ", ";
		}
	}
	fprintf(stderr, "%s\n", *between ? "" : "none");
	ctl_answers_clear(&answers);
}

/* How many channels the streams of an id or a pattern have, at most; 0: there are none. */
static unsigned channels_of(struct ctl *ctl, const char *id)
{
	enum { CHANNELS = 4 }; /* in /stream/<id>/info */
	char address[CTL_ID_SIZE + 16];
	struct ctl_answers answers = { 0 };
	unsigned most = 0;

	snprintf(address, sizeof(address), "/stream/%s/info", id);
	if (!ctl_get(ctl, address, &answers)) {
		for (unsigned i = 0; i < answers.count; i++) {
			const struct ctl_answer *info = &answers.all[i];

			if (!ctl_is_error(info) && info->count > CHANNELS) {
				most = (unsigned)fmax(most, info->values[CHANNELS].number);
			}
		}
	}
	ctl_answers_clear(&answers);
	return most;
}

/* An unknown address of a stream: is the stream unknown, or only its channel? */
static int say_no_stream(struct ctl *ctl, const char *address)
{
	const char *channel = strrchr(address, '/') + 1;
	unsigned count = 0;
	char id[CTL_ID_SIZE] = "", *text;

	ctl_id_of(address, id, sizeof(id));
	if (ctl_row(address, 0) == table_row(TABLE_STREAM_TRIM)) {
		count = channels_of(ctl, id);
	}
	if (!count) {
		ctl_say_of(ctl, id, "no such stream");
		say_names(ctl, "/stream/list", "Streams");
		return CTL_REFUSED;
	}
	text = count == 1 ? ctl_text("no channel %s; there is only channel 1", channel)
			  : ctl_text("no channel %s; there are 1 to %u", channel, count);
	ctl_say_of(ctl, id, text);
	free(text);
	return CTL_REFUSED;
}

/* Names the guest as the command does. */
static int say_of_guest(struct ctl *ctl, const char *name, const char *text, bool unknown)
{
	char whole[CTL_GUEST_SIZE + 2];

	snprintf(whole, sizeof(whole), "%s.*", name);
	ctl_say_of(ctl, whole, unknown ? "no such guest" : text);
	if (unknown) {
		say_names(ctl, "/guest/list", "Guests");
	}
	return CTL_REFUSED;
}

int ctl_judge(struct ctl *ctl, const struct ctl_answers *answers)
{
	const struct ctl_answer *error = NULL;
	char text[LIMITS_PORT_MAX + 64], id[CTL_ID_SIZE], name[CTL_GUEST_SIZE];

	for (unsigned i = 0; i < answers->count && !error; i++) {
		error = ctl_is_error(&answers->all[i]) ? &answers->all[i] : NULL;
	}
	if (!error) {
		return CTL_OK;
	}
	if (ctl->json) {
		ctl_show_errors(answers, stdout);
	}
	if (ctl_id_of(error->values[0].text, id, sizeof(id))) {
		if ((int)error->values[1].number == ENOENT && ctl_row(error->values[0].text, 0)) {
			return say_no_stream(ctl, error->values[0].text);
		}
		in_words(ctl, error, text, sizeof(text));
		return ctl_say_of(ctl, id, text);
	}
	in_words(ctl, error, text, sizeof(text));
	if (ctl_name_of(error->values[0].text, name, sizeof(name))) {
		return say_of_guest(ctl, name, text,
				    (int)error->values[1].number == ENOENT &&
					    ctl_row(error->values[0].text, 0));
	}
	return *ctl->subject ? ctl_say_of(ctl, ctl->subject, text)
			     : ctl_say(ctl, CTL_REFUSED, "%s", text);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "osc/ctl/ctl_follow.h"
#include "osc/ctl/ctl_show.h"
#include "osc/proto/topic.h"

#define TOPICS "params,streams,ports,jack,stats"

/* "2026-11-30T18:00:00.123+0100" */
#define TIME_SIZE 40u

/* The local time, in ISO 8601's form. */
static const char *time_text(char text[TIME_SIZE])
{
	struct timespec now;
	struct tm parts;
	char zone[8];
	size_t length;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &parts);
	strftime(zone, sizeof(zone), "%z", &parts);
	length = strftime(text, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + length, TIME_SIZE - length, ".%03d%s", (int)(now.tv_nsec / 1000000), zone);
	return text;
}

static void on_message(void *arg, const struct packet_message *message)
{
	const struct ctl *ctl = arg;
	struct ctl_answers answers = { 0 };
	char time[TIME_SIZE];

	ctl_answers_add(&answers, message);
	ctl_show_line(&answers.all[0], ctl->timestamps ? time_text(time) : NULL, ctl->json, stdout);
	ctl_answers_clear(&answers);
}

/* Help with a mistyped one. */
static char *no_such_topic(void)
{
	char *text = ctl_text("no such topic; topics are ");

	for (unsigned i = 0; i < TOPIC_COUNT; i++) {
		const char *between = !i ? "" : i + 1 < TOPIC_COUNT ? ", " : " and ";
		char *more = ctl_text("%s%s%s", text, between, topic_at((enum topic_name)i)->name);

		free(text);
		text = more;
	}
	return text;
}

int ctl_watch(struct ctl *ctl, int count, char **args)
{
	struct ctl_follow follow = {
		.ctl = ctl,
		.address = "/subscribe",
		.what = count ? args[0] : TOPICS,
		.reconnect = ctl->reconnect,
		.on_message = on_message,
		.arg = ctl,
	};
	char *refusal;
	int status;

	if (count > 1) {
		return ctl_usage(ctl);
	}
	refusal = no_such_topic();
	follow.refusal = refusal;
	status = ctl_follow(&follow);
	free(refusal);
	return status;
}

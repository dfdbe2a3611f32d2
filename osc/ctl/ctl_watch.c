/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "osc/ctl/ctl_follow.h"
#include "osc/ctl/ctl_show.h"

#define TOPICS "params,streams,ports,jack,stats"

static void on_message(void *arg, const struct packet_message *message)
{
	const struct ctl *ctl = arg;
	struct ctl_answers answers = { 0 };

	ctl_answers_add(&answers, message);
	ctl_show_line(&answers.all[0], ctl->json, stdout);
	ctl_answers_clear(&answers);
}

int ctl_watch(struct ctl *ctl, int count, char **args)
{
	struct ctl_follow follow = {
		.ctl = ctl,
		.address = "/subscribe",
		.what = count ? args[0] : TOPICS,
		.on_message = on_message,
		.arg = ctl,
	};
	int status;

	if (count > 1) {
		return ctl_usage(ctl);
	}
	status = ctl_connect(ctl);
	return status ? status : ctl_follow(&follow);
}

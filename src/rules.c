/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/rules.h"

#include <stdlib.h>
#include <string.h>

static void send_next(struct rules *rules)
{
	rules->sent = rules->next;
	rules->next = NULL;
	if (rules->sent) {
		mail_send(rules->to_jack,
			  &(struct mail){ .verb = MAIL_RULES, .rules = rules->sent });
	}
}

void rules_send(struct rules *rules, const struct route *all, unsigned count, bool autoconnect)
{
	struct route_rules *next = calloc(1, sizeof(*next));

	if (!next) {
		log_error("no memory for the rules: the old ones stay");
		return;
	}
	memcpy(next->all, all, count * sizeof(*all));
	next->count = count;
	next->autoconnect = autoconnect;
	free(rules->next);
	rules->next = next;
	if (!rules->sent) {
		send_next(rules);
	}
}

void rules_return(struct rules *rules)
{
	free(rules->sent);
	send_next(rules);
}

void rules_finish(struct rules *rules)
{
	free(rules->sent);
	free(rules->next);
	*rules = (struct rules){ 0 };
}

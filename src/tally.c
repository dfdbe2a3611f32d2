/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/tally.h"

#include "src/log.h"

void tally_report(struct tally *tally, const struct card *card, const struct slot *slot)
{
	const struct tally now = {
		.underruns = rt_counter_get(&slot->strip.underruns),
		.overruns = rt_counter_get(&slot->strip.overruns),
		.lost = rt_counter_get(&slot->strip.lost),
	};

	if (now.underruns != tally->underruns) {
		log_info("%s.%s: ran past what the guest had written, %llu times so far",
			 card->name, slot->label, (unsigned long long)now.underruns);
	}
	if (now.overruns != tally->overruns) {
		log_info("%s.%s: overwrote what the guest had not read, %llu times so far",
			 card->name, slot->label, (unsigned long long)now.overruns);
	}
	if (now.lost != tally->lost) {
		log_info("%s.%s: the guest left no room for positions, %llu so far", card->name,
			 slot->label, (unsigned long long)now.lost);
	}
	*tally = now;
}

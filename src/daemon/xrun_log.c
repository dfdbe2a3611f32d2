/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/xrun_log.h"

#include "src/base/guest_log.h"

void xrun_log_report(struct xrun_log *xrun_log, const struct card *card,
		     const struct stream *stream)
{
	const struct xrun_log now = {
		.underruns = rt_counter_get(&stream->strip.underruns),
		.overruns = rt_counter_get(&stream->strip.overruns),
		.lost = rt_counter_get(&stream->strip.lost),
	};

	if (now.underruns != xrun_log->underruns) {
		guest_log_info(card->log, "%s.%s: playback underrun (%llu so far)", card->name,
			       stream->label, (unsigned long long)now.underruns);
	}
	if (now.overruns != xrun_log->overruns) {
		guest_log_info(card->log, "%s.%s: capture overrun (%llu so far)", card->name,
			       stream->label, (unsigned long long)now.overruns);
	}
	if (now.lost != xrun_log->lost) {
		guest_log_info(card->log, "%s.%s: event page full, position lost (%llu so far)",
			       card->name, stream->label, (unsigned long long)now.lost);
	}
	*xrun_log = now;
}

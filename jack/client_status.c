/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client_status.h"

#include <limits.h>
#include <math.h>

#include <jack/statistics.h>
#include <jack/thread.h>

#include "src/log.h"

void client_status_reset(struct client_status *status)
{
	status->rate_hz = status->period_frames = 0;
	status->load = status->xruns = 0;
}

void client_status_tell_clock(struct client_status *status, jack_client_t *watch)
{
	int rate_hz = (int)jack_get_sample_rate(watch);
	int period_frames = (int)jack_get_buffer_size(watch);

	if (rate_hz != status->rate_hz || period_frames != status->period_frames) {
		status->rate_hz = rate_hz;
		status->period_frames = period_frames;
		log_notice("JACK runs at %d Hz, %d frames a period", rate_hz, period_frames);
		mail_send(status->to_ctl,
			  &(struct mail){ .verb = MAIL_CLOCK,
					  .a = rate_hz,
					  .b = period_frames,
					  .c = jack_client_real_time_priority(watch) });
	}
}

void client_status_tell_freewheel(struct client_status *status, bool freewheel)
{
	if (freewheel != status->freewheel) {
		status->freewheel = freewheel;
		mail_send(status->to_ctl, &(struct mail){ .verb = MAIL_FREEWHEEL, .a = freewheel });
	}
}

/* A value that may be missed; b goes with it. */
static void offer(const struct client_status *status, enum mail_verb verb, int *told, int now,
		  int b)
{
	if (now != *told &&
	    mail_offer(status->to_ctl, &(struct mail){ .verb = verb, .a = now, .b = b })) {
		*told = now;
	}
}

void client_status_tell_load(struct client_status *status, jack_client_t *watch)
{
	offer(status, MAIL_LOAD, &status->load, (int)lrintf(jack_cpu_load(watch) * 100.0f), 0);
}

void client_status_tell_xruns(struct client_status *status, jack_client_t *watch, uint64_t xruns)
{
	/* JACK keeps that of the last one only. */
	offer(status, MAIL_XRUNS, &status->xruns, (int)(xruns & INT_MAX),
	      (int)fminf(jack_get_xrun_delayed_usecs(watch), 1e9f));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client_status.h"

#include <limits.h>
#include <math.h>

#include <jack/statistics.h>
#include <jack/thread.h>

#include "src/base/log.h"

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
		log_notice("JACK runs at %d Hz, %d frames per period", rate_hz, period_frames);
		msgq_send(status->to_main,
			  &(struct msg){ .type = MSG_CLOCK,
					 .a = rate_hz,
					 .b = period_frames,
					 .c = jack_client_real_time_priority(watch) });
	}
}

void client_status_tell_freewheel(struct client_status *status, bool freewheel)
{
	if (freewheel != status->freewheel) {
		status->freewheel = freewheel;
		msgq_send(status->to_main, &(struct msg){ .type = MSG_FREEWHEEL, .a = freewheel });
	}
}

/* Sends a value if it has changed; `b` accompanies it. */
static void tell(const struct client_status *status, enum msg_type type, int *told, int now, int b)
{
	if (now != *told) {
		msgq_send(status->to_main, &(struct msg){ .type = type, .a = now, .b = b });
		*told = now;
	}
}

void client_status_tell_load(struct client_status *status, jack_client_t *watch)
{
	tell(status, MSG_LOAD, &status->load, (int)lrintf(jack_cpu_load(watch) * 100.0f), 0);
}

void client_status_tell_xruns(struct client_status *status, jack_client_t *watch, uint64_t xruns)
{
	/* JACK keeps the delay of the last xrun only. */
	tell(status, MSG_XRUNS, &status->xruns, (int)(xruns & INT_MAX),
	     (int)fminf(jack_get_xrun_delayed_usecs(watch), 1e9f));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client_latency.h"

/* The server visits every client twice, and does nothing else meanwhile. */
#define RENEW_S 0.05

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct client_latency *latency = timer->data;

	(void)events;
	if (atomic_load(&latency->server->freewheel) & 1) {
		return;
	}
	ev_timer_stop(loop, timer);
	if (latency->server->watch) {
		jack_recompute_total_latencies(latency->server->watch);
	}
}

void client_latency_init(struct client_latency *latency, struct ev_loop *loop,
			 struct client_server *server)
{
	latency->loop = loop;
	latency->server = server;
	ev_timer_init(&latency->timer, on_timer, RENEW_S, RENEW_S);
	latency->timer.data = latency;
}

void client_latency_renew(struct client_latency *latency)
{
	if (!ev_is_active(&latency->timer)) {
		ev_timer_again(latency->loop, &latency->timer);
	}
}

void client_latency_finish(struct client_latency *latency)
{
	if (latency->loop) {
		ev_timer_stop(latency->loop, &latency->timer);
	}
}

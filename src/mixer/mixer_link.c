/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/mixer/mixer_link.h"

#include <errno.h>

#include "src/base/statefile.h"

/* Polling interval for stream events: listeners hear of them within 100 ms. */
#define WATCH_S 0.05

static void on_apply(void *arg, struct card *card)
{
	struct mixer_link *link = arg;

	const struct msg msg = card_msg(card, MSG_LEVELS, 0, 0);

	msgq_send(link->to_io, &msg);
}

static void on_request(void *arg, struct jack_request *request)
{
	struct mixer_link *link = arg;

	msgq_send(link->to_jack, &(struct msg){ .type = MSG_JACK_REQUEST,
						.request = request,
						.place = &request->place });
}

static void on_watch(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct mixer_link *link = timer->data;

	(void)loop;
	(void)events;
	mixer_watch(link->mixer);
}

static void on_watch_wanted(void *arg, bool often)
{
	struct mixer_link *link = arg;

	if (often) {
		ev_timer_again(link->loop, &link->watch);
	} else {
		ev_timer_stop(link->loop, &link->watch);
	}
}

int mixer_link_open(struct mixer_link *link, struct mixer *mixer, int dir)
{
	int err = mixer_init(mixer);

	if (err) {
		return err;
	}
	link->mixer = mixer;
	link->state_dir = dir;
	if (dir >= 0) {
		(void)mixer_reload(mixer, dir, NULL);
	}
	mixer->hooks = (struct mixer_hooks){ on_watch_wanted, on_apply, on_request, link };
	ev_timer_init(&link->watch, on_watch, 0.0, WATCH_S);
	link->watch.data = link;
	return 0;
}

/* --- messages from jack */

static void announce(const struct mixer_link *link, enum event_kind kind, uint64_t number)
{
	mixer_tell(link->mixer, &(struct event){ .kind = kind, .number = number });
}

static void on_clock(struct mixer_link *link, const struct msg *msg)
{
	struct mixer_jack *jack = &link->mixer->jack;
	bool other = jack->rate_hz != (uint32_t)msg->a || jack->period_frames != (uint32_t)msg->b;

	jack->rate_hz = (uint32_t)msg->a;
	jack->period_frames = (uint32_t)msg->b;
	jack->realtime = msg->c > 0;
	if (jack->state == MIXER_JACK_DOWN) {
		jack->state = MIXER_JACK_UP;
		announce(link, EVENT_SERVER_CAME, 0);
	} else if (other) {
		announce(link, EVENT_SERVER_CLOCK, 0);
	}
}

static void on_freewheel(struct mixer_link *link, bool freewheel)
{
	struct mixer_jack *jack = &link->mixer->jack;

	/* A lost server's freewheel is reported as ended after LOST: ignore that. */
	if (jack->state != MIXER_JACK_DOWN) {
		jack->state = freewheel ? MIXER_JACK_FREEWHEEL : MIXER_JACK_UP;
		announce(link, EVENT_SERVER_FREEWHEEL, freewheel);
	}
}

static int save_levels(struct mixer_link *link, const char *state)
{
	if (state) {
		return levels_save(&link->mixer->levels, link->state_dir, state);
	}
	if (link->state_dir < 0) {
		return -EOPNOTSUPP;
	}
	/* Even if nothing has changed: the file may have gone. */
	return levels_save(&link->mixer->levels, link->state_dir, NULL);
}

static void tell_recalled(const struct mixer_link *link, const char *patch)
{
	mixer_tell(link->mixer, &(struct event){ .kind = EVENT_PATCH_RECALLED, .name = patch });
}

/* The main thread's half of a request: jack has handled connections, levels are handled here. */
static void finish_request(struct mixer_link *link, struct jack_request *request)
{
	switch (request->verb) {
	case JACK_REQUEST_SAVE:
		request->err = save_levels(link, request->a);
		break;
	case JACK_REQUEST_LOAD:
		if (request->a) {
			tell_recalled(link, request->a);
		}
		request->err = mixer_reload(link->mixer, link->state_dir, request->a);
		break;
	case JACK_REQUEST_RECALL:
		tell_recalled(link, request->a);
		break;
	default:
		break;
	}
}

static void on_answer(struct mixer_link *link, struct jack_request *request)
{
	if (!request->err) {
		finish_request(link, request);
	}
	/* Even without a patch (it may have been put aside), its levels may still exist. */
	if (request->verb == JACK_REQUEST_DELETE && (!request->err || request->err == -ENOENT)) {
		levels_delete(link->state_dir, request->a);
	}
	mixer_answer(link->mixer, request);
}

static void on_lost(struct mixer_link *link)
{
	struct mixer_jack *jack = &link->mixer->jack;

	jack->load = 0.0f;
	jack->xruns = 0;
	if (jack->state == MIXER_JACK_FREEWHEEL) {
		announce(link, EVENT_SERVER_FREEWHEEL, 0);
	}
	jack->state = MIXER_JACK_DOWN;
	announce(link, EVENT_SERVER_WENT, 0);
}

static void tell_port_events(struct mixer_link *link, struct jack_request *diff)
{
	for (unsigned i = 0; i < diff->row_count && !diff->err; i++) {
		mixer_tell(link->mixer, &(struct event){ .kind = diff->rows[i].numbers[0],
							 .name = diff->rows[i].name,
							 .other = diff->rows[i].other });
	}
	jack_request_finish(diff);
}

void mixer_link_handle_msg(struct mixer_link *link, const struct msg *msg)
{
	struct mixer_jack *jack = &link->mixer->jack;

	switch (msg->type) {
	case MSG_JACK_ANSWER:
		on_answer(link, msg->request);
		break;
	case MSG_CLOCK:
		on_clock(link, msg);
		break;
	case MSG_FREEWHEEL:
		on_freewheel(link, msg->a);
		break;
	case MSG_LOST:
		on_lost(link);
		break;
	case MSG_LOAD:
		jack->load = (float)msg->a / 1e4f;
		break;
	case MSG_XRUNS:
		jack->xruns = (uint64_t)msg->a;
		mixer_tell(link->mixer, &(struct event){ .kind = EVENT_SERVER_XRUN,
							 .number = jack->xruns,
							 .late_us = (uint32_t)msg->b });
		break;
	case MSG_PORT_EVENTS:
		tell_port_events(link, msg->request);
		break;
	default:
		break;
	}
}

/* --- remembered levels */

void mixer_link_move(struct mixer_link *link)
{
	levels_move(&link->mixer->levels, link->state_dir);
}

void mixer_link_save(struct mixer_link *link)
{
	int err = 0;

	if (link->mixer->levels.unsaved && link->state_dir >= 0) {
		err = levels_save(&link->mixer->levels, link->state_dir, NULL);
	}
	if (err && !link->save_failed) {
		log_error("cannot save levels: %s; will retry", statefile_strerror(err));
	}
	link->save_failed = err != 0;
}

static void on_last_msg(void *link, const struct msg *msg)
{
	mixer_link_handle_msg(link, msg);
}

void mixer_link_close(struct mixer_link *link)
{
	if (link->mixer) {
		ev_timer_stop(link->loop, &link->watch);
		/* The threads have ended. Answer the requests that they carried out before. */
		link->mixer->hooks.apply = NULL;
		link->mixer->hooks.send = NULL;
		msgq_drain(link->from_jack, on_last_msg, link);
		mixer_link_save(link);
		mixer_finish(link->mixer);
		link->mixer = NULL;
	}
}

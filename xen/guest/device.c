/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "src/base/log.h"

/* LIBXL_INIT_TIMEOUT */
#define ATTACH_MS 10000

/* LIBXL_DESTROY_TIMEOUT, plus time to remove the nodes. */
#define DETACH_MS 12000

#define UNLOAD_TRIES 100
#define UNLOAD_TRY_MS 10
#define SHUTDOWN_MS 5000

struct device *device_create(struct domain *domain, uint32_t devid)
{
	struct device *device = calloc(1, sizeof(*device));

	if (device == NULL) {
		log_error("out of memory: cannot create the card");
		return NULL;
	}
	device->domain = domain;
	device->next = device;
	device->devid = devid;
	device->state = XenbusStateInitialising;
	snprintf(device->front, sizeof(device->front), "/local/domain/%u/device/vsnd/%u",
		 domain_id(domain), devid);
	snprintf(device->back, sizeof(device->back), "/local/domain/0/backend/vsnd/%u/%u",
		 domain_id(domain), devid);
	return device;
}

void device_join(struct device *device, struct device *other)
{
	device->next = other->next;
	other->next = device;
}

static void leave(struct device *device)
{
	struct device *before = device;

	while (before->next != device) {
		before = before->next;
	}
	before->next = device->next;
	device->next = device;
}

static void channels_finish(struct device *device)
{
	unsigned i;

	for (i = 0; i < device->stream_count; i++) {
		device->still_mapped += channel_finish(&device->streams[i].channel);
		device->streams[i].channel.domain = NULL;
	}
}

void device_destroy(struct device *device)
{
	if (device != NULL) {
		leave(device);
		channels_finish(device);
		free(device);
	}
}

int device_set(struct device *device, const char *node, const char *value)
{
	char path[HV_SIM_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", device->front, node);
	return domain_write(device->domain, path, value);
}

struct device_stream *device_add(struct device *device, unsigned pcm, enum pcm_dir dir,
				 const char *label)
{
	struct device_stream *stream = &device->streams[device->stream_count];
	char node[64];
	unsigned i;
	int result;

	if (device->stream_count == DEVICE_STREAMS_MAX) {
		log_error("a card has at most %u streams", DEVICE_STREAMS_MAX);
		return NULL;
	}
	stream->dir = dir;
	stream->pcm = pcm;
	stream->index = 0;
	for (i = 0; i < device->stream_count; i++) {
		stream->index += device->streams[i].pcm == pcm;
	}
	snprintf(stream->path, sizeof(stream->path), "%s/%u/%u", device->front, pcm, stream->index);
	snprintf(node, sizeof(node), "%u/%u/" XENSND_FIELD_TYPE, pcm, stream->index);
	result = device_set(device, node,
			    dir == PCM_PLAYBACK ? XENSND_STREAM_TYPE_PLAYBACK
						: XENSND_STREAM_TYPE_CAPTURE);
	if (result == 0 && label != NULL) {
		snprintf(node, sizeof(node), "%u/%u/" XENSND_FIELD_STREAM_UNIQUE_ID, pcm,
			 stream->index);
		result = device_set(device, node, label);
	}
	if (result < 0) {
		log_error("cannot write a stream's nodes: %s", strerror(-result));
		return NULL;
	}
	device->stream_count++;
	return stream;
}

/* --- states */

static int state_write(struct device *device, int state)
{
	char text[16];

	device->state = state;
	snprintf(text, sizeof(text), "%d", state);
	log_debug("card %u: front end in state %d", device->devid, state);
	return device_set(device, "state", text);
}

/* As xenbus_dev_fatal in Linux: reports the error in xenstore and closes. */
static int fail(struct device *device, int error, const char *what)
{
	char path[DEVICE_PATH_MAX], text[80];

	log_error("card %u: %s: %s", device->devid, what, strerror(-error));
	snprintf(path, sizeof(path), "/local/domain/%u/error/device/vsnd/%u/error",
		 domain_id(device->domain), device->devid);
	snprintf(text, sizeof(text), "%d %s", -error, what);
	domain_write(device->domain, path, text);
	return state_write(device, XenbusStateClosing);
}

static int disconnect(struct device *device)
{
	if (device->gone != NULL && device->state == XenbusStateConnected) {
		device->gone(device->arg);
	}
	channels_finish(device);
	if (device->state == XenbusStateInitialising) {
		return 0;
	}
	return state_write(device, XenbusStateInitialising);
}

/* Reads the configuration from the card down to the stream; lower levels override. */
static void limits_read(struct device *device, struct device_stream *stream)
{
	char dir[DEVICE_PATH_MAX];

	params_limits_init(&stream->limits);
	params_limits_read(&stream->limits, device->domain, device->front);
	snprintf(dir, sizeof(dir), "%.100s/%u", device->front, stream->pcm);
	params_limits_read(&stream->limits, device->domain, dir);
	params_limits_read(&stream->limits, device->domain, stream->path);
}

static int publish_one(struct device *device, struct device_stream *stream)
{
	const struct {
		const char *node;
		uint32_t number;
	} nodes[] = {
		{ XENSND_FIELD_RING_REF, domain_ref(device->domain, stream->channel.ring_page) },
		{ XENSND_FIELD_EVT_CHNL, stream->channel.ring_port.number },
		{ XENSND_FIELD_EVT_RING_REF, domain_ref(device->domain, stream->channel.evt_page) },
		{ XENSND_FIELD_EVT_EVT_CHNL, stream->channel.evt_port.number },
	};
	char path[DEVICE_STREAM_PATH_MAX + 32];
	unsigned i;
	int result = 0;

	for (i = 0; i < 4 && result == 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", stream->path, nodes[i].node);
		result = domain_write_number(device->domain, path, nodes[i].number);
	}
	return result;
}

static int connect_begin(struct device *device)
{
	unsigned i;
	int result = 0;

	if (device->stream_count == 0) {
		return fail(device, -ENODEV, "no PCM device configured");
	}
	for (i = 0; i < device->stream_count && result == 0; i++) {
		limits_read(device, &device->streams[i]);
		result = channel_init(&device->streams[i].channel, device->domain);
		if (result == 0) {
			result = publish_one(device, &device->streams[i]);
		}
	}
	if (result < 0) {
		return fail(device, result, "cannot create the rings");
	}
	return state_write(device, XenbusStateInitialised);
}

static void back_read(struct device *device)
{
	char path[DEVICE_PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/state", device->back);
	device->back_state = (int)domain_read_number(device->domain, path, XenbusStateUnknown);
}

int device_changed(struct device *device)
{
	int result;

	back_read(device);
	log_debug("card %u: back end in state %d", device->devid, device->back_state);
	switch (device->back_state) {
	case XenbusStateUnknown:
	case XenbusStateClosed:
		return device->state == XenbusStateClosed ? 0 : disconnect(device);
	case XenbusStateInitialising:
		return disconnect(device);
	case XenbusStateInitWait:
		result = disconnect(device);
		return result < 0 ? result : connect_begin(device);
	case XenbusStateConnected:
		if (device->state != XenbusStateInitialised) {
			return 0;
		}
		device->connections++;
		return state_write(device, XenbusStateConnected);
	case XenbusStateClosing:
		/* Linux ignores this unless its kernel is shutting down. */
		return device->shutting_down ? state_write(device, XenbusStateClosed) : 0;
	default:
		return 0;
	}
}

/* --- events */

/* The token of the driver's watch on the back end's state. */
static void token_print(const struct device *device, char token[16])
{
	snprintf(token, 16, "back%u", device->devid);
}

/* Whether the event is of the driver's watch. */
static bool event_mine(const struct device *device, const struct hv_sim_msg *event)
{
	char token[16];

	token_print(device, token);
	return strcmp(event->data + strlen(event->data) + 1, token) == 0;
}

/* Handles an event for one of the cards, or for the toolstack that waits for this one. */
static int event_handle(struct device *device, const struct hv_sim_msg *event)
{
	struct device *whose = device;

	do {
		if (event_mine(whose, event)) {
			return device_changed(whose);
		}
		whose = whose->next;
	} while (whose != device);
	back_read(device);
	return 0;
}

/* Handles events until *state, the front end's or the back end's, is `wanted`. */
static int run_until(struct device *device, const int *state, int wanted, int timeout_ms)
{
	int64_t left_ns, deadline_ns = stats_now_ns() + timeout_ms * INT64_C(1000000);
	struct hv_sim_msg event;
	int result;

	while (*state != wanted) {
		left_ns = deadline_ns - stats_now_ns();
		/* Even past the deadline, take what has already arrived. */
		result = domain_event(device->domain, &event,
				      left_ns > 0 ? (int)(left_ns / 1000000) : 0);
		if (result == 0 && left_ns <= 0) {
			return -EAGAIN;
		}
		if (result > 0) {
			result = event_handle(device, &event);
		}
		if (result < 0) {
			return result;
		}
	}
	return 0;
}

int device_run(struct device *device, int state, int timeout_ms)
{
	return run_until(device, &device->state, state, timeout_ms);
}

/* --- driver and toolstack */

static int watch(struct device *device, const char *token, bool on)
{
	char path[DEVICE_PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/state", device->back);
	return on ? domain_watch(device->domain, path, token)
		  : domain_unwatch(device->domain, path, token);
}

/* Sets or removes the driver's watch on the back end's state. */
static int driver_watch(struct device *device, bool on)
{
	char token[16];

	token_print(device, token);
	return watch(device, token, on);
}

int device_attach(struct device *device)
{
	int result = domain_attach(device->domain, device->devid);

	if (result == 0) {
		result = watch(device, "libxl", true);
	}
	/* libxl keeps a new domain paused until then: the driver never sees an earlier state. */
	if (result == 0) {
		result = run_until(device, &device->back_state, XenbusStateInitWait, ATTACH_MS);
	}
	if (result < 0) {
		return result == -EAGAIN ? -ETIMEDOUT : result;
	}
	result = watch(device, "libxl", false);
	return result < 0 ? result : driver_watch(device, true);
}

int device_detach(struct device *device)
{
	int result = domain_detach(device->domain, device->devid);

	if (result == 0) {
		result = run_until(device, &device->back_state, XenbusStateUnknown, DETACH_MS);
	}
	driver_watch(device, false);
	leave(device);
	return result == -EAGAIN ? -ETIMEDOUT : result;
}

int device_unload(struct device *device)
{
	char path[DEVICE_PATH_MAX + 8];
	int tries, result;
	bool was_connected;

	/* From here on, Linux polls the back end instead of watching it. */
	driver_watch(device, false);
	was_connected = device->state == XenbusStateConnected;
	result = state_write(device, XenbusStateClosing);
	snprintf(path, sizeof(path), "%s/state", device->back);
	for (tries = 0; tries < UNLOAD_TRIES && result == 0; tries++) {
		if (domain_read_number(device->domain, path, 0) == XenbusStateInitWait) {
			break;
		}
		nanosleep(&(struct timespec){ .tv_nsec = UNLOAD_TRY_MS * 1000000L }, NULL);
	}
	if (device->gone != NULL && was_connected) {
		device->gone(device->arg);
	}
	channels_finish(device);
	if (result == 0) {
		result = state_write(device, XenbusStateClosed);
	}
	return result == 0 && tries == UNLOAD_TRIES ? -ETIMEDOUT : result;
}

int device_load(struct device *device)
{
	int result = state_write(device, XenbusStateInitialising);

	return result < 0 ? result : driver_watch(device, true);
}

int device_shutdown(struct device *device)
{
	int result;

	if (device->state != XenbusStateConnected) {
		return 0;
	}
	device->shutting_down = true;
	result = state_write(device, XenbusStateClosing);
	if (result == 0) {
		result = device_run(device, XenbusStateClosed, SHUTDOWN_MS);
	}
	return result == -EAGAIN ? -ETIMEDOUT : result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/sim/hv_sim.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/base/log.h"
#include "xen/hv.h"
#include "xen/sim/hv_sim_domain.h"
#include "xen/sim/hv_sim_server.h"
#include "xen/sim/hv_sim_store.h"
#include "xen/sim/hv_sim_tools.h"

/* The only transaction that can be open. */
#define TRANSACTION 1u

/* A watch event that the daemon has not fetched yet. */
struct event {
	struct event *next;
	const char *path, *token;
	char text[];
};

struct sim {
	struct hv hv;
	struct hv_sim_store store;
	struct hv_sim_domains *domains;
	struct hv_sim_tools tools;
	struct hv_sim_server server;
	struct event *events, **events_end;
};

static struct sim *sim_of(struct hv *hv)
{
	return (struct sim *)hv;
}

/* --- watch events */

static void sim_fire(void *arg, void *owner, const char *path, const char *token)
{
	size_t path_size = strlen(path) + 1, token_size = strlen(token) + 1;
	struct sim *sim = arg;
	struct event *event;

	if (owner != NULL) {
		hv_sim_server_event(owner, path, token);
		return;
	}
	event = malloc(sizeof(*event) + path_size + token_size);
	if (event == NULL) {
		log_error("sim: out of memory: lost a watch event for %s", path);
		return;
	}
	event->next = NULL;
	event->path = memcpy(event->text, path, path_size);
	event->token = memcpy(event->text + path_size, token, token_size);
	*sim->events_end = event;
	sim->events_end = &event->next;
	hv_sim_server_wake(&sim->server, true);
}

static void event_unlink(struct sim *sim, struct event **link)
{
	struct event *event = *link;

	*link = event->next;
	if (event->next == NULL) {
		sim->events_end = link;
	}
	free(event);
}

static char **sim_next_watch(struct hv *hv)
{
	struct sim *sim = sim_of(hv);
	size_t path_size, token_size;
	char **result, *text;

	if (!sim->store.in_transaction) {
		hv_sim_server_run(&sim->server);
	}
	if (sim->events == NULL) {
		hv_sim_server_wake(&sim->server, false);
		errno = EAGAIN;
		return NULL;
	}
	path_size = strlen(sim->events->path) + 1;
	token_size = strlen(sim->events->token) + 1;
	result = malloc(2 * sizeof(*result) + path_size + token_size);
	if (result == NULL) {
		return NULL;
	}
	text = (char *)(result + 2);
	result[0] = memcpy(text, sim->events->path, path_size);
	result[1] = memcpy(text + path_size, sim->events->token, token_size);
	event_unlink(sim, &sim->events);
	return result;
}

static int sim_watch(struct hv *hv, const char *path, const char *token)
{
	if (path[0] != '@' && !hv_sim_store_valid(path)) {
		return -EINVAL;
	}
	return hv_sim_store_watch(&sim_of(hv)->store, NULL, path, token);
}

static int sim_unwatch(struct hv *hv, const char *path, const char *token)
{
	struct sim *sim = sim_of(hv);
	struct event **link = &sim->events;

	/* As with XS_UNWATCH_FILTER: drop pending events with this token. */
	while (*link != NULL) {
		if (strcmp((*link)->token, token) == 0) {
			event_unlink(sim, link);
		} else {
			link = &(*link)->next;
		}
	}
	return hv_sim_store_unwatch(&sim->store, NULL, path, token);
}

static int sim_store_fd(struct hv *hv)
{
	return sim_of(hv)->server.epoll;
}

/* --- nodes */

/* A relative path is one of our own domain's. Returns NULL for an invalid path. */
static const char *path_absolute(const char *path, char absolute[HV_SIM_PATH_MAX])
{
	int length;

	if (path[0] != '/') {
		length = snprintf(absolute, HV_SIM_PATH_MAX, HV_SIM_DOMAIN_PATH "/%s", 0u, path);
		if (length >= (int)HV_SIM_PATH_MAX) {
			return NULL;
		}
		path = absolute;
	}
	return hv_sim_store_valid(path) ? path : NULL;
}

static char *sim_read(struct hv *hv, uint32_t tx, const char *path)
{
	char absolute[HV_SIM_PATH_MAX], number[HV_SIM_NUMBER_MAX];
	const char *value;
	char *copy;
	size_t size;

	(void)tx;
	path = path_absolute(path, absolute);
	if (path == NULL) {
		errno = EINVAL;
		return NULL;
	}
	value = hv_sim_server_read(&sim_of(hv)->server, path, &size, number);
	if (value == NULL) {
		errno = ENOENT;
		return NULL;
	}
	copy = malloc(size + 1);
	if (copy != NULL) {
		memcpy(copy, value, size + 1);
	}
	return copy;
}

static char **sim_list(struct hv *hv, uint32_t tx, const char *path, unsigned *count)
{
	struct hv_sim_store *store = &sim_of(hv)->store;
	char absolute[HV_SIM_PATH_MAX], **result, *text;
	const char *name = NULL;
	size_t size, bytes = 0;

	(void)tx;
	*count = 0;
	path = path_absolute(path, absolute);
	if (path == NULL || hv_sim_store_read(store, path, &size) == NULL) {
		errno = path == NULL ? EINVAL : ENOENT;
		return NULL;
	}
	while ((name = hv_sim_store_child(store, path, name)) != NULL) {
		bytes += sizeof(*result) + strlen(name) + 1;
		(*count)++;
	}
	result = malloc(bytes + 1);
	if (result == NULL) {
		*count = 0;
		return NULL;
	}
	text = (char *)(result + *count);
	*count = 0;
	while ((name = hv_sim_store_child(store, path, name)) != NULL) {
		size = strlen(name) + 1;
		result[(*count)++] = memcpy(text, name, size);
		text += size;
	}
	return result;
}

static int sim_write(struct hv *hv, uint32_t tx, const char *path, const char *value)
{
	char absolute[HV_SIM_PATH_MAX];
	struct sim *sim = sim_of(hv);

	path = path_absolute(path, absolute);
	if (path == NULL || (tx != 0) != sim->store.in_transaction) {
		return -EINVAL;
	}
	/* A device being removed may wait for this state; next_watch checks. */
	hv_sim_server_wake(&sim->server, true);
	return hv_sim_store_write(&sim->store, path, value, strlen(value));
}

static uint32_t sim_begin(struct hv *hv)
{
	int result = hv_sim_store_begin(&sim_of(hv)->store);

	errno = -result;
	return result < 0 ? 0 : TRANSACTION;
}

static int sim_end(struct hv *hv, uint32_t tx, bool commit)
{
	(void)tx;
	hv_sim_store_end(&sim_of(hv)->store, commit);
	return 0;
}

/* --- event channels and grants */

static struct hv_evtchn *sim_evtchn_open(struct hv *hv)
{
	return hv_sim_domain_evtchn_open(sim_of(hv)->domains);
}

static void *sim_map(struct hv *hv, uint32_t domid, const uint32_t *grefs, unsigned count)
{
	return hv_sim_domain_map(sim_of(hv)->domains, domid, grefs, count);
}

static void sim_unmap(struct hv *hv, void *sh_mem, unsigned count)
{
	(void)hv;
	hv_sim_domain_unmap(sh_mem, count);
}

/* --- opening */

static void sim_close(struct hv *hv)
{
	struct sim *sim = sim_of(hv);

	hv_sim_server_finish(&sim->server);
	hv_sim_tools_finish(&sim->tools);
	hv_sim_store_finish(&sim->store);
	while (sim->events != NULL) {
		event_unlink(sim, &sim->events);
	}
	free(sim->domains);
	free(sim);
}

static const struct hv_ops sim_ops = {
	.close = sim_close,
	.read = sim_read,
	.list = sim_list,
	.write = sim_write,
	.watch = sim_watch,
	.unwatch = sim_unwatch,
	.store_fd = sim_store_fd,
	.next_watch = sim_next_watch,
	.begin = sim_begin,
	.end = sim_end,
	.evtchn_open = sim_evtchn_open,
	.evtchn_close = hv_sim_domain_evtchn_close,
	.evtchn_fd = hv_sim_domain_evtchn_fd,
	.evtchn_bind = hv_sim_domain_bind,
	.evtchn_unbind = hv_sim_domain_unbind,
	.evtchn_pending = hv_sim_domain_pending,
	.evtchn_unmask = hv_sim_domain_unmask,
	.evtchn_notify = hv_sim_domain_notify,
	.map = sim_map,
	.unmap = sim_unmap,
};

/* Every event channel takes two descriptors: the usual soft limit of 1024 allows 128 streams. */
static void limits_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

struct hv *hv_sim_open(const char *socket_path)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	char path[PATH_MAX];
	int result = 0;

	if (sim == NULL) {
		return NULL;
	}
	limits_raise();
	sim->hv.ops = &sim_ops;
	sim->events_end = &sim->events;
	sim->domains = calloc(1, sizeof(*sim->domains));
	if (sim->domains == NULL) {
		result = -ENOMEM;
	} else if (socket_path == NULL) {
		result = hv_sim_default_path(path, sizeof(path));
		socket_path = path;
	}
	if (result == 0) {
		result = sysconf(_SC_PAGESIZE) == (long)HV_PAGE_SIZE ? 0 : -ENOTSUP;
	}
	if (result == 0) {
		result = hv_sim_store_init(&sim->store, sim_fire, sim);
	}
	if (result == 0) {
		result = hv_sim_tools_init(&sim->tools, &sim->store);
	}
	if (result == 0) {
		result = hv_sim_server_init(&sim->server, socket_path, &sim->store, sim->domains,
					    &sim->tools);
	}
	if (result < 0) {
		sim_close(&sim->hv);
		errno = -result;
		return NULL;
	}
	return &sim->hv;
}

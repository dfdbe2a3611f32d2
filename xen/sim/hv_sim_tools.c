/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/sim/hv_sim_tools.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/log.h"
#include "xen/sim/hv_sim.h"

/* How long libxl waits for a back end to close (LIBXL_DESTROY_TIMEOUT). */
#define LEAVE_NS (10 * INT64_C(1000000000))

#define FRONT HV_SIM_DOMAIN_PATH "/device/vsnd/%u"
#define BACK HV_SIM_BACKEND_PATH "/%u"

struct hv_sim_leaving {
	struct hv_sim_leaving *next;
	uint32_t domid, devid;
	int64_t deadline_ns;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

__attribute__((format(printf, 2, 3))) static void path_print(char path[HV_SIM_PATH_MAX],
							     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(path, HV_SIM_PATH_MAX, format, args);
	va_end(args);
}

static int put(struct hv_sim_tools *tools, const char *dir, const char *node, const char *value)
{
	char path[HV_SIM_PATH_MAX];

	path_print(path, "%s/%s", dir, node);
	return hv_sim_store_write(tools->store, path, value, strlen(value));
}

static int put_number(struct hv_sim_tools *tools, const char *dir, const char *node,
		      uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, number);
	return put(tools, dir, node, text);
}

int hv_sim_tools_init(struct hv_sim_tools *tools, struct hv_sim_store *store)
{
	char dir[HV_SIM_PATH_MAX];
	int result;

	tools->store = store;
	path_print(dir, HV_SIM_DOMAIN_PATH, 0u);
	result = put_number(tools, dir, "domid", 0);
	if (result == 0) {
		result = put(tools, dir, "name", "Domain-0");
	}
	if (result == 0) {
		result = put(tools, dir, "backend/vsnd", "");
	}
	return result;
}

void hv_sim_tools_finish(struct hv_sim_tools *tools)
{
	struct hv_sim_leaving *leaving;

	while ((leaving = tools->leaving) != NULL) {
		tools->leaving = leaving->next;
		free(leaving);
	}
}

int hv_sim_tools_create(struct hv_sim_tools *tools, uint32_t domid, const char *name)
{
	char dir[HV_SIM_PATH_MAX];
	int result;

	path_print(dir, HV_SIM_DOMAIN_PATH, domid);
	result = put_number(tools, dir, "domid", domid);
	if (result == 0) {
		result = put(tools, dir, "name", name);
	}
	if (result == 0) {
		result = put(tools, dir, "device", "");
	}
	hv_sim_store_special(tools->store, "@introduceDomain");
	return result;
}

int hv_sim_tools_attach(struct hv_sim_tools *tools, uint32_t domid, uint32_t devid)
{
	char front[HV_SIM_PATH_MAX], back[HV_SIM_PATH_MAX], all[HV_SIM_PATH_MAX];
	const char *device = NULL;
	unsigned count = 0;
	size_t size;
	int result = 0;

	path_print(front, FRONT, domid, devid);
	path_print(back, BACK, domid, devid);
	path_print(all, HV_SIM_BACKEND_PATH, domid);
	if (hv_sim_store_read(tools->store, back, &size) != NULL) {
		return -EEXIST;
	}
	while ((device = hv_sim_store_child(tools->store, all, device)) != NULL) {
		count++;
	}
	if (count >= HV_SIM_DEVICES_MAX) {
		return -ENOSPC;
	}
	result |= put(tools, back, "frontend", front);
	result |= put_number(tools, back, "frontend-id", domid);
	result |= put_number(tools, back, "online", 1);
	result |= put_number(tools, back, "state", 1);
	result |= put(tools, front, "backend", back);
	result |= put_number(tools, front, "backend-id", 0);
	result |= put_number(tools, front, "state", 1);
	return result == 0 ? 0 : -ENOMEM;
}

static struct hv_sim_leaving **leaving_find(struct hv_sim_tools *tools, uint32_t domid,
					    uint32_t devid)
{
	struct hv_sim_leaving **link;

	for (link = &tools->leaving; *link != NULL; link = &(*link)->next) {
		if ((*link)->domid == domid && (*link)->devid == devid) {
			break;
		}
	}
	return link;
}

static bool device_closed(struct hv_sim_tools *tools, const char *back)
{
	char path[HV_SIM_PATH_MAX];
	const char *state;
	size_t size;

	path_print(path, "%s/state", back);
	state = hv_sim_store_read(tools->store, path, &size);
	return state == NULL || strcmp(state, "6") == 0;
}

int hv_sim_tools_detach(struct hv_sim_tools *tools, uint32_t domid, uint32_t devid)
{
	struct hv_sim_leaving **end = leaving_find(tools, domid, devid), *leaving;
	char back[HV_SIM_PATH_MAX];
	size_t size;
	int result;

	path_print(back, BACK, domid, devid);
	if (hv_sim_store_read(tools->store, back, &size) == NULL) {
		return -ENOENT;
	}
	if (*end != NULL) {
		return -EALREADY;
	}
	leaving = calloc(1, sizeof(*leaving));
	if (leaving == NULL) {
		return -ENOMEM;
	}
	leaving->domid = domid;
	leaving->devid = devid;
	leaving->deadline_ns = now_ns() + LEAVE_NS;
	*end = leaving;
	result = put_number(tools, back, "online", 0);
	if (result == 0 && !device_closed(tools, back)) {
		result = put_number(tools, back, "state", 5);
	}
	return result;
}

static void domain_remove(struct hv_sim_tools *tools, uint32_t domid)
{
	char path[HV_SIM_PATH_MAX];

	path_print(path, HV_SIM_BACKEND_PATH, domid);
	hv_sim_store_remove(tools->store, path);
	path_print(path, HV_SIM_DOMAIN_PATH, domid);
	hv_sim_store_remove(tools->store, path);
	hv_sim_store_special(tools->store, "@releaseDomain");
}

void hv_sim_tools_destroy(struct hv_sim_tools *tools, uint32_t domid)
{
	char front[HV_SIM_PATH_MAX], all[HV_SIM_PATH_MAX];
	const char *device = NULL;

	path_print(front, HV_SIM_DOMAIN_PATH "/device", domid);
	path_print(all, HV_SIM_BACKEND_PATH, domid);
	/* In one step, like libxl's transaction: the back end only looks when all of it is done. */
	hv_sim_store_remove(tools->store, front);
	while ((device = hv_sim_store_child(tools->store, all, device)) != NULL) {
		hv_sim_tools_detach(tools, domid, (uint32_t)strtoul(device, NULL, 10));
	}
	if (hv_sim_store_child(tools->store, all, NULL) == NULL) {
		domain_remove(tools, domid);
	}
}

/* Removes a device's last nodes, and the domain's if that is dead and has no other device. */
static void device_remove(struct hv_sim_tools *tools, uint32_t domid, uint32_t devid)
{
	char path[HV_SIM_PATH_MAX];
	size_t size;

	path_print(path, FRONT, domid, devid);
	hv_sim_store_remove(tools->store, path);
	path_print(path, BACK, domid, devid);
	hv_sim_store_remove(tools->store, path);
	path_print(path, HV_SIM_BACKEND_PATH, domid);
	if (hv_sim_store_child(tools->store, path, NULL) != NULL) {
		return;
	}
	hv_sim_store_remove(tools->store, path);
	path_print(path, HV_SIM_DOMAIN_PATH "/device", domid);
	if (hv_sim_store_read(tools->store, path, &size) == NULL) {
		domain_remove(tools, domid);
	}
}

int64_t hv_sim_tools_run(struct hv_sim_tools *tools)
{
	struct hv_sim_leaving **link = &tools->leaving, *leaving;
	char back[HV_SIM_PATH_MAX];
	int64_t now = now_ns();

	while ((leaving = *link) != NULL) {
		path_print(back, BACK, leaving->domid, leaving->devid);
		if (!device_closed(tools, back) && now < leaving->deadline_ns) {
			link = &leaving->next;
			continue;
		}
		if (!device_closed(tools, back)) {
			log_warning("sim: the back end did not close %s", back);
		}
		device_remove(tools, leaving->domid, leaving->devid);
		*link = leaving->next;
		free(leaving);
	}
	return tools->leaving == NULL ? 0 : tools->leaving->deadline_ns - now;
}

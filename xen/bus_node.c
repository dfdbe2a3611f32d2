/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/bus_node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/abi.h"

/* Our transactions collide only with the toolstack's on the same device. */
#define TRIES_MAX 8

/* Not every failing call sets errno; 0 would look like success. */
static int failure(void)
{
	return errno > 0 ? -errno : -EIO;
}

static char *read_node(struct hv *hv, uint32_t tx, const char *directory, const char *name)
{
	char path[BUS_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	errno = 0;
	return hv->ops->read(hv, tx, path);
}

static int write_node(struct hv *hv, uint32_t tx, const char *directory, const char *name,
		      const char *value)
{
	char path[BUS_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return hv->ops->write(hv, tx, path, value);
}

char *bus_node_read(struct hv *hv, const char *directory, const char *name)
{
	return read_node(hv, 0, directory, name);
}

bool bus_node_answered(void)
{
	return errno == ENOENT || errno == EACCES;
}

static bool read_state(struct hv *hv, uint32_t tx, const char *directory, int *state)
{
	char *text = read_node(hv, tx, directory, "state");

	*state = XenbusStateUnknown;
	if (!text) {
		return bus_node_answered();
	}
	if (text[0] >= '0' && text[0] <= '8' && !text[1]) {
		*state = text[0] - '0';
	}
	free(text);
	return true;
}

bool bus_node_read_state(struct hv *hv, const char *directory, int *state)
{
	return read_state(hv, 0, directory, state);
}

bool bus_node_read_online(struct hv *hv, const char *directory, bool *online)
{
	char *text = bus_node_read(hv, directory, "online");

	*online = text && strcmp(text, "1") == 0;
	if (!text) {
		return bus_node_answered();
	}
	free(text);
	return true;
}

bool bus_node_speaks_version_2(struct hv *hv, const char *directory)
{
	char *version = bus_node_read(hv, directory, "version");
	bool speaks = !version || strcmp(version, "2") == 0;

	free(version);
	return speaks;
}

static int try_write_state(struct hv *hv, const char *directory, int from, int to)
{
	const char text[] = { (char)('0' + to), '\0' };
	uint32_t tx = hv->ops->begin(hv);
	int error = 0;
	int now;

	if (!tx) {
		return failure();
	}
	if (!read_state(hv, tx, directory, &now)) {
		error = failure();
	} else if (now != from) {
		error = now ? -EBUSY : -ENOENT;
	}
	if (!error && to == XenbusStateInitWait) {
		error = write_node(hv, tx, directory, "versions", "2");
	}
	if (!error) {
		error = write_node(hv, tx, directory, "state", text);
	}
	if (error) {
		hv->ops->end(hv, tx, false);
		return error;
	}
	return hv->ops->end(hv, tx, true);
}

int bus_node_write_state(struct hv *hv, const char *directory, int from, int to)
{
	int error = -EAGAIN;

	for (int i = 0; i < TRIES_MAX && error == -EAGAIN; i++) {
		error = try_write_state(hv, directory, from, to);
	}
	return error;
}

/* Accepts only what the toolstack writes: no sign, no leading zero, nothing after the number. */
bool bus_node_parse_id(const char *text, uint32_t max, uint32_t *id)
{
	unsigned long number = strtoul(text, NULL, 10);
	char again[12];

	if (number > max) {
		return false;
	}
	*id = (uint32_t)number;
	snprintf(again, sizeof(again), "%u", *id);
	return strcmp(text, again) == 0;
}

/* Our own domain: not 0 in a driver domain. If the node is missing, we are in Dom0. */
int bus_node_read_domid(struct hv *hv, uint32_t *domid)
{
	char *text;
	bool valid;

	errno = 0;
	text = hv->ops->read(hv, 0, "domid");
	*domid = 0;
	if (!text) {
		return errno == ENOENT ? 0 : -(errno > 0 ? errno : EIO);
	}
	valid = bus_node_parse_id(text, BUS_DOMID_MAX, domid);
	free(text);
	return valid ? 0 : -EINVAL;
}

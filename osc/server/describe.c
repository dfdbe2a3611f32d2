/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/describe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "osc/proto/table.h"
#include "osc/server/tree.h"

/* OSCQuery's ACCESS: 1 can be read, 2 can be written, 0 is only a container. */
static int access_of(const struct table_row *row)
{
	return ((row->access & TABLE_GET) ? 1 : 0) |
	       ((row->access & (TABLE_SET | TABLE_CALL)) ? 2 : 0);
}

static json_t *range_of(const struct table_arg *arg)
{
	if (arg->type == 'T') {
		return json_pack("{s:[i,i]}", "VALS", 0, 1);
	}
	if (arg->min == 0.0f && arg->max == 0.0f) {
		return json_object();
	}
	return json_pack("{s:f, s:f}", "MIN", (double)arg->min, "MAX", (double)arg->max);
}

/* A row's attributes, without its place in the tree. */
static json_t *node_of(const struct table_row *row)
{
	char types[TABLE_ARGS_MAX + 1] = "";
	json_t *ranges = json_array(), *units = json_array();
	unsigned count = table_takes(row);
	json_t *node = json_pack("{s:i, s:s}", "ACCESS", access_of(row), "DESCRIPTION", row->text);

	for (unsigned i = 0; i < count; i++) {
		const struct table_arg *arg = &row->args[i];

		types[i] = arg->type == 'T' ? 'i' : arg->type;
		json_array_append_new(ranges, range_of(arg));
		json_array_append_new(units, json_string(arg->unit ? arg->unit : ""));
	}
	if (count) {
		json_object_set_new(node, "TYPE", json_string(types));
		json_object_set(node, "RANGE", ranges);
		json_object_set(node, "UNIT", units);
	}
	json_decref(ranges);
	json_decref(units);
	return node;
}

/* The node at a path below the root; created if missing. */
static json_t *reach(json_t *root, const char *path)
{
	char full[512], name[256];
	json_t *node = root;

	for (const char *at = path; *at;) {
		size_t length = strcspn(at + 1, "/");
		json_t *contents = json_object_get(node, "CONTENTS");

		if (!contents) {
			contents = json_object();
			json_object_set_new(node, "CONTENTS", contents);
		}
		snprintf(name, sizeof(name), "%.*s", (int)length, at + 1);
		at += 1 + length;
		snprintf(full, sizeof(full), "%.*s", (int)(at - path), path);
		node = json_object_get(contents, name);
		if (!node) {
			node = json_pack("{s:s}", "FULL_PATH", full);
			json_object_set_new(contents, name, node);
		}
	}
	return node;
}

static void place(json_t *root, const char *path, const struct table_row *row)
{
	json_t *fresh = node_of(row);

	json_object_update(reach(root, path), fresh);
	json_decref(fresh);
}

static void place_channels(json_t *root, struct stream *stream, const char *path,
			   const struct table_row *row)
{
	const char *mark = strstr(path, "<channel>");
	char full[512];

	if (!mark) {
		place(root, path, row);
		return;
	}
	for (uint32_t c = 0; c < stream->channels; c++) {
		snprintf(full, sizeof(full), "%.*s%u%s", (int)(mark - path), path, c + 1,
			 mark + strlen("<channel>"));
		place(root, full, row);
	}
}

static void place_streams(json_t *root, const struct mixer *mixer, const struct table_row *row)
{
	const char *mark = strstr(row->path, "<id>");
	struct stream *const *streams = mixer->streams;
	unsigned count = mixer->count;
	char full[512];

	if (!mark) {
		place(root, row->path, row);
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		snprintf(full, sizeof(full), "%.*s%s%s", (int)(mark - row->path), row->path,
			 streams[i]->id, mark + strlen("<id>"));
		place_channels(root, streams[i], full, row);
	}
}

static void place_guests(json_t *root, const struct mixer *mixer, const struct table_row *row)
{
	const char *mark = strstr(row->path, "<name>");
	char full[512], part[256];

	for (unsigned i = 0; i < mixer->guests.count; i++) {
		if (tree_guest_part(mixer->guests.all[i], part, sizeof(part))) {
			snprintf(full, sizeof(full), "%.*s%s%s", (int)(mark - row->path), row->path,
				 part, mark + strlen("<name>"));
			place(root, full, row);
		}
	}
}

static json_t *find(json_t *root, const char *path)
{
	json_t *node = root;
	char name[256];

	while (*path == '/' && path[1]) {
		size_t length = strcspn(path + 1, "/");

		snprintf(name, sizeof(name), "%.*s", (int)length, path + 1);
		node = json_object_get(json_object_get(node, "CONTENTS"), name);
		path += 1 + length;
	}
	return node;
}

char *describe_path(const struct mixer *mixer, const char *path)
{
	json_t *root = json_pack("{s:s, s:s}", "FULL_PATH", "/", "DESCRIPTION", "xenjackd");
	const json_t *node;
	char *text = NULL;

	for (unsigned name = 0; name < TABLE_COUNT; name++) {
		const struct table_row *row = table_row((enum table_name)name);

		if (row->access & TABLE_SEND) {
			continue;
		}
		if (strstr(row->path, "<name>")) {
			place_guests(root, mixer, row);
		} else {
			place_streams(root, mixer, row);
		}
	}
	node = find(root, path);
	errno = node ? ENOMEM : ENOENT;
	text = node ? json_dumps(node, JSON_COMPACT) : NULL;
	json_decref(root);
	return text;
}

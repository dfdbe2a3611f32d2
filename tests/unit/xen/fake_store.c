/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/xen/fake_store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

/* The id of the only transaction at a time. */
#define TRANSACTION 1u

struct fake_node {
	struct fake_node *next; /* in order of creation */
	uint32_t hash; /* of the path: most of a full card's time goes into finding nodes */
	char *path, *value;
};

struct fake_watch {
	struct fake_watch *next;
	char *path, *token;
};

struct fake_event {
	struct fake_event *next;
	char *path, *token;
};

/* --- nodes */

static void free_nodes(struct fake_node *node)
{
	while (node) {
		struct fake_node *next = node->next;

		free(node->path);
		free(node->value);
		free(node);
		node = next;
	}
}

static uint32_t hash_of(const char *path)
{
	uint32_t hash = 0;

	while (*path) {
		hash = hash * 31 + (unsigned char)*path++;
	}
	return hash;
}

static void append(struct fake_node **link, const char *path, const char *value)
{
	struct fake_node *node = calloc(1, sizeof(*node));

	assert_non_null(node);
	node->path = strdup(path);
	node->value = strdup(value);
	node->hash = hash_of(path);
	while (*link) {
		link = &(*link)->next;
	}
	*link = node;
}

static struct fake_node *copy_nodes(const struct fake_node *node)
{
	struct fake_node *copy = NULL, **link = &copy;

	for (; node; node = node->next) {
		append(link, node->path, node->value);
		link = &(*link)->next;
	}
	return copy;
}

/* Whether a path is `top` or lies below it. */
static bool covers(const char *top, const char *path)
{
	size_t length = strlen(top);

	return strncmp(top, path, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* xenstore refuses other paths: the code under test must not form them from what guests write. */
static void check_path(const char *path)
{
	assert_int_equal(path[0], '/');
	assert_true(strlen(path) < 256);
	assert_null(strstr(path, "//"));
	assert_int_equal(strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-/_@"),
			 strlen(path));
}

static struct fake_node *find(const struct fake_store *store, const char *path)
{
	struct fake_node *node = store->nodes;
	uint32_t hash = hash_of(path);

	while (node && (node->hash != hash || strcmp(node->path, path) != 0)) {
		node = node->next;
	}
	return node;
}

static void put(struct fake_store *store, const char *path, const char *value)
{
	struct fake_node *node = find(store, path);
	char *above = strdup(path);

	check_path(path);
	for (char *slash = strchr(above + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!find(store, above)) {
			append(&store->nodes, above, "");
		}
		*slash = '/';
	}
	free(above);
	if (node) {
		free(node->value);
		node->value = strdup(value);
	} else {
		append(&store->nodes, path, value);
	}
}

/* --- events */

static void push_event(struct fake_store *store, const char *path, const char *token)
{
	struct fake_event **link = &store->events;
	struct fake_event *event = calloc(1, sizeof(*event));

	assert_non_null(event);
	event->path = strdup(path);
	event->token = strdup(token);
	while (*link) {
		link = &(*link)->next;
	}
	*link = event;
	store->queued++;
	assert_int_equal(eventfd_write(store->event_fd, 1), 0);
}

static void fire(struct fake_store *store, const char *path)
{
	for (struct fake_watch *watch = store->watches; watch; watch = watch->next) {
		if (covers(watch->path, path)) {
			push_event(store, path, watch->token);
		}
	}
}

static void fire_removed(struct fake_store *store, const char *path)
{
	for (struct fake_watch *watch = store->watches; watch; watch = watch->next) {
		if (covers(watch->path, path)) {
			push_event(store, path, watch->token);
		} else if (covers(path, watch->path)) {
			push_event(store, watch->path, watch->token);
		}
	}
}

void fake_store_set(struct fake_store *store, const char *path, const char *value)
{
	put(store, path, value);
	fire(store, path);
}

void fake_store_remove(struct fake_store *store, const char *path)
{
	struct fake_node **link = &store->nodes;

	assert_non_null(find(store, path));
	while (*link) {
		struct fake_node *node = *link;

		if (covers(path, node->path)) {
			*link = node->next;
			node->next = NULL;
			free_nodes(node);
		} else {
			link = &node->next;
		}
	}
	fire_removed(store, path);
}

const char *fake_store_get(struct fake_store *store, const char *path)
{
	struct fake_node *node = find(store, path);

	return node ? node->value : NULL;
}

/* --- struct hv */

static struct fake_store *store_of(struct hv *hv)
{
	return (struct fake_store *)hv;
}

/* "domid" is relative to our own domain; here it is at the root. */
static const char *absolute(const char *path)
{
	return strcmp(path, "domid") == 0 ? "/domid" : path;
}

static char *hv_read(struct hv *hv, uint32_t tx, const char *path)
{
	struct fake_store *store = store_of(hv);
	struct fake_node *node;

	path = absolute(path);
	check_path(path);
	assert_true(tx == (store->in_transaction ? TRANSACTION : 0));
	store->reads++;
	node = store->read_errno ? NULL : find(store, path);
	if (!node) {
		errno = store->read_errno ? store->read_errno : ENOENT;
		return NULL;
	}
	return strdup(node->value);
}

static char **hv_list(struct hv *hv, uint32_t tx, const char *path, unsigned *count)
{
	struct fake_store *store = store_of(hv);
	size_t bytes = sizeof(char *), length = strlen(path);
	char **names;
	char *text;

	check_path(path);
	assert_int_equal(tx, 0);
	*count = 0;
	if (store->unlistable && strcmp(path, store->unlistable) == 0) {
		errno = EIO;
		return NULL;
	}
	if (store->read_errno || !find(store, path)) {
		errno = store->read_errno ? store->read_errno : ENOENT;
		return NULL;
	}
	for (struct fake_node *node = store->nodes; node; node = node->next) {
		bytes += sizeof(char *) + strlen(node->path) + 1;
	}
	names = malloc(bytes);
	assert_non_null(names);
	text = (char *)names + bytes;
	for (struct fake_node *node = store->nodes; node; node = node->next) {
		const char *name = node->path + length + 1;

		if (covers(path, node->path) && node->path[length] && !strchr(name, '/')) {
			size_t size = strlen(name) + 1;

			text -= size;
			names[(*count)++] = memcpy(text, name, size);
		}
	}
	return names;
}

static int hv_write(struct hv *hv, uint32_t tx, const char *path, const char *value)
{
	struct fake_store *store = store_of(hv);

	assert_int_equal(tx, TRANSACTION);
	assert_true(store->in_transaction);
	if (store->write_error) {
		return store->write_error;
	}
	put(store, path, value);
	append(&store->written, path, value);
	return 0;
}

/* Fires watches for what a transaction has written, and records the states. */
static void publish(struct fake_store *store)
{
	for (struct fake_node *node = store->written; node; node = node->next) {
		size_t length = strlen(store->states);

		fire(store, node->path);
		if (strcmp(strrchr(node->path, '/'), "/state") == 0) {
			assert_int_equal(strlen(node->value), 1);
			assert_true(length + 1 < sizeof(store->states));
			store->states[length] = node->value[0];
		}
	}
}

static uint32_t hv_begin(struct hv *hv)
{
	struct fake_store *store = store_of(hv);
	void (*at_begin)(struct fake_store * store) = store->at_begin;

	assert_false(store->in_transaction);
	store->at_begin = NULL;
	store->begun++;
	if (at_begin) {
		at_begin(store);
	}
	store->in_transaction = true;
	store->saved = copy_nodes(store->nodes);
	return TRANSACTION;
}

static int hv_end(struct hv *hv, uint32_t tx, bool commit)
{
	struct fake_store *store = store_of(hv);
	bool conflict = commit && store->conflicts;

	assert_int_equal(tx, TRANSACTION);
	assert_true(store->in_transaction);
	store->in_transaction = false;
	store->conflicts -= conflict;
	if (!commit || conflict) {
		free_nodes(store->nodes);
		store->nodes = store->saved;
	} else {
		free_nodes(store->saved);
		publish(store);
	}
	free_nodes(store->written);
	store->written = NULL;
	store->saved = NULL;
	return conflict ? -EAGAIN : 0;
}

static int hv_watch(struct hv *hv, const char *path, const char *token)
{
	struct fake_store *store = store_of(hv);
	struct fake_watch *watch;

	check_path(path);
	if (store->watches_max && store->resident == store->watches_max) {
		return -E2BIG;
	}
	watch = calloc(1, sizeof(*watch));
	assert_non_null(watch);
	watch->path = strdup(path);
	watch->token = strdup(token);
	watch->next = store->watches;
	store->watches = watch;
	store->resident++;
	push_event(store, path, token);
	return 0;
}

static int hv_unwatch(struct hv *hv, const char *path, const char *token)
{
	struct fake_store *store = store_of(hv);
	struct fake_watch **link = &store->watches;

	for (; *link; link = &(*link)->next) {
		struct fake_watch *watch = *link;

		if (strcmp(watch->path, path) == 0 && strcmp(watch->token, token) == 0) {
			*link = watch->next;
			free(watch->path);
			free(watch->token);
			free(watch);
			store->resident--;
			return 0;
		}
	}
	fail_msg("no watch on %s", path);
	return -ENOENT;
}

static int hv_store_fd(struct hv *hv)
{
	return store_of(hv)->event_fd;
}

static char **hv_next_watch(struct hv *hv)
{
	struct fake_store *store = store_of(hv);
	struct fake_event *event = store->events;
	size_t path_size, token_size;
	char **result;
	eventfd_t count;

	if (!event) {
		eventfd_read(store->event_fd, &count);
		errno = EAGAIN;
		return NULL;
	}
	path_size = strlen(event->path) + 1;
	token_size = strlen(event->token) + 1;
	result = malloc(2 * sizeof(*result) + path_size + token_size);
	assert_non_null(result);
	result[0] = memcpy(result + 2, event->path, path_size);
	result[1] = memcpy(result[0] + path_size, event->token, token_size);
	store->events = event->next;
	store->queued--;
	free(event->path);
	free(event->token);
	free(event);
	return result;
}

static const struct hv_ops ops = {
	.read = hv_read,
	.list = hv_list,
	.write = hv_write,
	.watch = hv_watch,
	.unwatch = hv_unwatch,
	.store_fd = hv_store_fd,
	.next_watch = hv_next_watch,
	.begin = hv_begin,
	.end = hv_end,
};

struct fake_store *fake_store_create(void)
{
	struct fake_store *store = calloc(1, sizeof(*store));

	assert_non_null(store);
	store->hv.ops = &ops;
	store->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(store->event_fd >= 0);
	return store;
}

void fake_store_destroy(struct fake_store *store)
{
	assert_int_equal(store->resident, 0);
	while (store->events) {
		free(hv_next_watch(&store->hv));
	}
	free_nodes(store->nodes);
	close(store->event_fd);
	free(store);
}

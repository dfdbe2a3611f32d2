/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/sim/hv_sim_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xen/sim/hv_sim.h"

struct hv_sim_node {
	struct hv_sim_node *parent, *next, *children;
	char *value;
	size_t size;
	char name[];
};

struct hv_sim_watch {
	struct hv_sim_watch *next;
	void *owner;
	char *path, *token;
};

struct hv_sim_change {
	struct hv_sim_change *next;
	char *path;
	char *created; /* the topmost node that this write made, or NULL */
	char *value;   /* the node's previous value */
	size_t size;
};

bool hv_sim_store_valid(const char *path)
{
	size_t length = strlen(path);

	if (path[0] != '/' || length >= HV_SIM_PATH_MAX) {
		return false;
	}
	if (length > 1 && path[length - 1] == '/') {
		return false;
	}
	return strstr(path, "//") == NULL &&
	       strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789-/_@") == length;
}

/* --- nodes */

static struct hv_sim_node *node_alloc(const char *name, size_t length)
{
	struct hv_sim_node *node = calloc(1, sizeof(*node) + length + 1);

	if (node == NULL) {
		return NULL;
	}
	node->value = calloc(1, 1);
	if (node->value == NULL) {
		free(node);
		return NULL;
	}
	memcpy(node->name, name, length);
	return node;
}

/* Makes a node as its parent's last child. */
static struct hv_sim_node *node_create(struct hv_sim_node *parent, const char *name, size_t length)
{
	struct hv_sim_node **end, *node = node_alloc(name, length);

	if (node != NULL) {
		node->parent = parent;
		for (end = &parent->children; *end != NULL; end = &(*end)->next) {
		}
		*end = node;
	}
	return node;
}

static void node_unlink(struct hv_sim_node *node)
{
	struct hv_sim_node **link;

	for (link = &node->parent->children; *link != node; link = &(*link)->next) {
	}
	*link = node->next;
}

/*
 * Frees an unlinked node. Climbs by the parents, since a guest's tree may be too deep to recurse.
 */
static void node_destroy(struct hv_sim_node *top)
{
	struct hv_sim_node *node = top, *parent;

	while (node != NULL) {
		if (node->children != NULL) {
			node = node->children;
			continue;
		}
		parent = node == top ? NULL : node->parent;
		if (parent != NULL) {
			parent->children = node->next;
		}
		free(node->value);
		free(node);
		node = parent;
	}
}

/* Removes a node and everything below it from the tree; not the root. */
static void node_remove(const struct hv_sim_store *store, struct hv_sim_node *node)
{
	if (node != NULL && node != store->root) {
		node_unlink(node);
		node_destroy(node);
	}
}

static struct hv_sim_node *node_child(const struct hv_sim_node *dir, const char *name,
				      size_t length)
{
	struct hv_sim_node *node;

	for (node = dir->children; node != NULL; node = node->next) {
		if (strncmp(node->name, name, length) == 0 && node->name[length] == '\0') {
			return node;
		}
	}
	return NULL;
}

/* Steps to the next name of a path; returns its length, 0 at the end. */
static size_t path_step(const char **path)
{
	*path += **path == '/';
	return strcspn(*path, "/");
}

static struct hv_sim_node *node_find(const struct hv_sim_store *store, const char *path)
{
	struct hv_sim_node *node = store->root;
	size_t length;

	while (node != NULL && (length = path_step(&path)) > 0) {
		node = node_child(node, path, length);
		path += length;
	}
	return node;
}

const char *hv_sim_store_read(const struct hv_sim_store *store, const char *path, size_t *size)
{
	struct hv_sim_node *node = node_find(store, path);

	if (node == NULL) {
		return NULL;
	}
	*size = node->size;
	return node->value;
}

const char *hv_sim_store_child(const struct hv_sim_store *store, const char *path, const char *name)
{
	struct hv_sim_node *node = node_find(store, path);

	if (node == NULL) {
		return NULL;
	}
	if (name == NULL) {
		node = node->children;
	} else {
		node = node_child(node, name, strlen(name));
		node = node == NULL ? NULL : node->next;
	}
	return node == NULL ? NULL : node->name;
}

unsigned hv_sim_store_count(const struct hv_sim_store *store, const char *path)
{
	struct hv_sim_node *top = node_find(store, path), *node = top;
	unsigned count = 0;

	while (node != NULL) {
		count++;
		if (node->children != NULL) {
			node = node->children;
			continue;
		}
		while (node != top && node->next == NULL) {
			node = node->parent;
		}
		node = node == top ? NULL : node->next;
	}
	return count;
}

/* --- watches */

/* Whether `path` is `above` or lies below it. */
static bool path_covers(const char *above, const char *path)
{
	size_t length = strlen(above);

	if (strcmp(above, "/") == 0) {
		return path[0] == '/';
	}
	return strncmp(above, path, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void fire(struct hv_sim_store *store, const char *path)
{
	struct hv_sim_watch *watch;

	for (watch = store->watches; watch != NULL; watch = watch->next) {
		if (path_covers(watch->path, path)) {
			store->fire(store->arg, watch->owner, path, watch->token);
		}
	}
}

void hv_sim_store_special(struct hv_sim_store *store, const char *path)
{
	fire(store, path);
}

static struct hv_sim_watch **watch_find(struct hv_sim_store *store, const void *owner,
					const char *path, const char *token)
{
	struct hv_sim_watch **link;

	for (link = &store->watches; *link != NULL; link = &(*link)->next) {
		if ((*link)->owner == owner && strcmp((*link)->path, path) == 0 &&
		    strcmp((*link)->token, token) == 0) {
			break;
		}
	}
	return link;
}

static void watch_destroy(struct hv_sim_watch *watch)
{
	free(watch->path);
	free(watch->token);
	free(watch);
}

int hv_sim_store_watch(struct hv_sim_store *store, void *owner, const char *path, const char *token)
{
	struct hv_sim_watch **end = watch_find(store, owner, path, token);
	struct hv_sim_watch *watch;

	if (*end != NULL) {
		return -EEXIST;
	}
	watch = calloc(1, sizeof(*watch));
	if (watch == NULL) {
		return -ENOMEM;
	}
	watch->owner = owner;
	watch->path = strdup(path);
	watch->token = strdup(token);
	if (watch->path == NULL || watch->token == NULL) {
		watch_destroy(watch);
		return -ENOMEM;
	}
	*end = watch;
	store->fire(store->arg, owner, path, token);
	return 0;
}

int hv_sim_store_unwatch(struct hv_sim_store *store, void *owner, const char *path,
			 const char *token)
{
	struct hv_sim_watch **link = watch_find(store, owner, path, token), *watch = *link;

	if (watch == NULL) {
		return -ENOENT;
	}
	*link = watch->next;
	watch_destroy(watch);
	return 0;
}

void hv_sim_store_forget(struct hv_sim_store *store, const void *owner)
{
	struct hv_sim_watch **link = &store->watches, *watch;

	while ((watch = *link) != NULL) {
		if (watch->owner != owner) {
			link = &watch->next;
			continue;
		}
		*link = watch->next;
		watch_destroy(watch);
	}
}

/* --- transactions */

static void change_destroy(struct hv_sim_change *change)
{
	free(change->path);
	free(change->created);
	free(change->value);
	free(change);
}

static struct hv_sim_change *change_create(const char *path, const struct hv_sim_node *node)
{
	struct hv_sim_change *change = calloc(1, sizeof(*change));

	if (change == NULL) {
		return NULL;
	}
	change->path = strdup(path);
	if (node != NULL) {
		change->size = node->size;
		change->value = malloc(node->size + 1);
	}
	if (change->path == NULL || (node != NULL && change->value == NULL)) {
		change_destroy(change);
		return NULL;
	}
	if (node != NULL) {
		memcpy(change->value, node->value, node->size + 1);
	}
	return change;
}

int hv_sim_store_begin(struct hv_sim_store *store)
{
	if (store->in_transaction) {
		return -EBUSY;
	}
	store->in_transaction = true;
	return 0;
}

static void change_undo(struct hv_sim_store *store, struct hv_sim_change *change)
{
	struct hv_sim_node *node;

	if (change->created != NULL) {
		node_remove(store, node_find(store, change->created));
		return;
	}
	node = node_find(store, change->path);
	free(node->value);
	node->value = change->value;
	node->size = change->size;
	change->value = NULL;
}

void hv_sim_store_end(struct hv_sim_store *store, bool commit)
{
	struct hv_sim_change *change = store->changes, *next, *ordered = NULL;

	store->changes = NULL;
	store->in_transaction = false;
	for (; change != NULL; change = next) {
		next = change->next;
		if (commit) {
			change->next = ordered;
			ordered = change;
		} else {
			change_undo(store, change);
			change_destroy(change);
		}
	}
	for (change = ordered; change != NULL; change = next) {
		next = change->next;
		fire(store, change->path);
		change_destroy(change);
	}
}

/* --- writing */

/* Makes the missing nodes of a path. *top is the topmost node made, NULL if none was. */
static struct hv_sim_node *node_make(struct hv_sim_store *store, const char *path,
				     struct hv_sim_node **top, size_t *top_length)
{
	struct hv_sim_node *node = store->root, *child;
	const char *at = path;
	size_t length;

	*top = NULL;
	*top_length = 0;
	while ((length = path_step(&at)) > 0) {
		child = node_child(node, at, length);
		if (child == NULL) {
			child = node_create(node, at, length);
			if (child == NULL) {
				break;
			}
			if (*top == NULL) {
				*top = child;
				*top_length = (size_t)(at - path) + length;
			}
		}
		node = child;
		at += length;
	}
	if (length > 0) {
		node_remove(store, *top);
	}
	return length > 0 ? NULL : node;
}

int hv_sim_store_write(struct hv_sim_store *store, const char *path, const void *value, size_t size)
{
	struct hv_sim_change *change = change_create(path, node_find(store, path));
	char *copy = malloc(size + 1);
	struct hv_sim_node *node = NULL, *top = NULL;
	size_t top_length = 0;

	if (change != NULL && copy != NULL) {
		node = node_make(store, path, &top, &top_length);
	}
	if (node != NULL && top != NULL) {
		change->created = strndup(path, top_length);
		if (change->created == NULL) {
			node_remove(store, top);
			node = NULL;
		}
	}
	if (node == NULL) {
		if (change != NULL) {
			change_destroy(change);
		}
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, value, size);
	copy[size] = '\0';
	free(node->value);
	node->value = copy;
	node->size = size;
	if (store->in_transaction) {
		change->next = store->changes;
		store->changes = change;
	} else {
		change_destroy(change);
		fire(store, path);
	}
	return 0;
}

int hv_sim_store_remove(struct hv_sim_store *store, const char *path)
{
	struct hv_sim_node *node = node_find(store, path);
	struct hv_sim_watch *watch;

	if (node == NULL || node == store->root) {
		return node == NULL ? -ENOENT : -EINVAL;
	}
	for (watch = store->watches; watch != NULL; watch = watch->next) {
		if (strcmp(watch->path, path) != 0 && path_covers(path, watch->path) &&
		    node_find(store, watch->path) != NULL) {
			store->fire(store->arg, watch->owner, watch->path, watch->token);
		}
	}
	node_remove(store, node);
	fire(store, path);
	return 0;
}

int hv_sim_store_init(struct hv_sim_store *store,
		      void (*fire_fn)(void *arg, void *owner, const char *path, const char *token),
		      void *arg)
{
	memset(store, 0, sizeof(*store));
	store->fire = fire_fn;
	store->arg = arg;
	store->root = node_alloc("", 0);
	return store->root == NULL ? -ENOMEM : 0;
}

void hv_sim_store_finish(struct hv_sim_store *store)
{
	struct hv_sim_watch *watch;

	hv_sim_store_end(store, false);
	node_destroy(store->root);
	while ((watch = store->watches) != NULL) {
		store->watches = watch->next;
		watch_destroy(watch);
	}
	memset(store, 0, sizeof(*store));
}

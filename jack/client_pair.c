/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client_pair.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jack/uuid.h>

#include "jack/ports.h"
#include "src/log.h"

/* The last suffix tried: a client's name has room for two digits. */
#define SUFFIX_MAX 99u

struct client_pair {
	const char *name;
	bool many; /* cards, and not one */
	struct {
		jack_client_t *handle; /* NULL where there is nothing to play, or to record */
		bool active;
		enum about about; /* the metadata of it and its ports */
		RT_ALIGNED struct cycle cycle;
	} clients[PCM_DIRS];
};

struct client_pair *client_pair_create(const char *name, bool many)
{
	struct client_pair *pair = aligned_alloc(RT_CACHE_LINE, sizeof(*pair));

	if (pair) {
		memset(pair, 0, sizeof(*pair));
		pair->name = name;
		pair->many = many;
	}
	return pair;
}

void client_pair_destroy(struct client_pair *pair)
{
	free(pair);
}

/*
 * Whatever it means to us is logged by us; a process thread's words come by a thread of
 * libjack's own, so this is never called in a cycle.
 */
static void on_libjack(const char *text)
{
	log_debug("libjack: %s", text);
}

void client_pair_init_log(void)
{
	jack_set_error_function(on_libjack);
	jack_set_info_function(on_libjack);
}

jack_client_t *client_pair_handle(const char *server, const char *name, int options)
{
	jack_status_t status;

	/* A server of libjack's making would not be the one that the user meant. */
	options |= JackNoStartServer | (server ? JackServerName : 0);
	return jack_client_open(name, (jack_options_t)options, &status, server);
}

/* libjack reports a name that is taken like any other error, so it has to be asked for. */
static bool name_taken(const struct client_server *server, const char *name)
{
	char *uuid = jack_get_uuid_for_client_name(server->watch, name);

	jack_free(uuid);
	return uuid != NULL;
}

static jack_client_t *open_named(const struct client_server *server, const char *base,
				 const char *kind)
{
	char name[CARD_NAME_MAX + sizeof("-in-100")], suffix[sizeof("-255")] = "";
	jack_client_t *handle = NULL;

	for (unsigned char n = 2; !handle && n <= SUFFIX_MAX + 1; n++) {
		snprintf(name, sizeof(name), "%s%s%s", base, kind, suffix);
		snprintf(suffix, sizeof(suffix), "-%u", n);
		if (name_taken(server, name)) {
			continue;
		}
		handle = client_pair_handle(server->name, name, JackUseExactName);
		/* Unless somebody was faster with the name, another will not help. */
		if (!handle && !name_taken(server, name)) {
			break;
		}
	}
	return handle;
}

/* Before JACK's fast cycles begin, which it holds back until every client has been told. */
static void on_freewheel(int starting, void *cycle)
{
	cycle_close(cycle, starting);
}

/*
 * libjack's notification thread, while the server waits. A guest is where sound comes from and
 * where it goes: what was found upstream or downstream is nothing to add to. jack sets the ports'
 * ranges; without a callback libjack would set others. To set them here would be to sleep for a
 * cycle while the graph changes, which libjack's call does, and to hold the server up with that.
 */
static void on_latency(jack_latency_callback_mode_t mode, void *arg)
{
	(void)mode;
	(void)arg;
}

static jack_client_t *open_client(struct client_pair *pair, enum pcm_dir dir,
				  const struct client_server *server)
{
	bool playback = dir == PCM_PLAYBACK;
	jack_client_t *handle = open_named(server, pair->name, playback ? "" : "-in");
	struct cycle *cycle = &pair->clients[dir].cycle;

	if (handle) {
		cycle_close(cycle, false);
		jack_set_process_callback(handle, playback ? cycle_playback : cycle_capture, cycle);
		jack_set_freewheel_callback(handle, on_freewheel, cycle);
		jack_set_latency_callback(handle, on_latency, NULL);
		jack_on_shutdown(handle, server->on_shutdown, server->arg);
	}
	return handle;
}

static void describe(struct client_pair *pair, const struct card *card, enum pcm_dir dir)
{
	enum about *about = &pair->clients[dir].about;
	enum about result = about_set(pair->clients[dir].handle, pair->name, card, dir, pair->many);

	if (result == ABOUT_NOTHING) {
		log_info("%s: JACK keeps no metadata for this user", card->name);
	}
	/* Whatever another card's ports came to. */
	*about = *about == ABOUT_STORED ? ABOUT_STORED : result;
}

static int attach_side(struct client_pair *pair, struct card *card, enum pcm_dir dir,
		       const struct client_server *server, uint32_t freewheel)
{
	jack_client_t **handle = &pair->clients[dir].handle;
	bool *active = &pair->clients[dir].active;
	int err;

	if (!*handle) {
		*handle = open_client(pair, dir, server);
	}
	if (!*handle) {
		return -EIO;
	}
	err = ports_register(*handle, card, dir, pair->many);
	/*
	 * The graph that JACK puts back after a freewheel does not know what was registered in
	 * it: jackd 1.9.21 ends itself when such a port is connected.
	 */
	if (atomic_load(&server->freewheel) != freewheel) {
		return -EAGAIN;
	}
	if (!err && server->metadata) {
		describe(pair, card, dir);
	}
	if (!err) {
		cycle_add(&pair->clients[dir].cycle, &card->sides[dir]);
	}
	if (!err && !*active) {
		*active = jack_activate(*handle) == 0;
		err = *active ? 0 : -EIO;
	}
	return err;
}

int client_pair_attach(struct client_pair *pair, struct card *card, struct client_server *server)
{
	uint32_t freewheel = atomic_load(&server->freewheel);
	int err = 0;

	for (unsigned dir = 0; dir < PCM_DIRS && !err; dir++) {
		if (card->sides[dir].slot_count) {
			err = attach_side(pair, card, (enum pcm_dir)dir, server, freewheel);
		}
	}
	return atomic_load(&server->freewheel) == freewheel ? err : -EAGAIN;
}

bool client_pair_renew(const struct client_pair *pair, const struct card *card)
{
	bool changed = false;

	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		jack_client_t *handle = pair->clients[dir].handle;

		changed |= handle && ports_renew_latency(card, (enum pcm_dir)dir,
							 jack_get_buffer_size(handle));
	}
	return changed;
}

void client_pair_bereave(struct client_pair *pair)
{
	pair->clients[PCM_PLAYBACK].about = pair->clients[PCM_CAPTURE].about = ABOUT_NOTHING;
}

static void detach_side(struct client_pair *pair, struct card *card, enum pcm_dir dir)
{
	jack_client_t **handle = &pair->clients[dir].handle;
	struct cycle *cycle = &pair->clients[dir].cycle;
	bool last = !cycle_has_others(cycle, &card->sides[dir]);

	/* The errors of a dead server are harmless: what is ours is freed. */
	if (last) {
		jack_deactivate(*handle);
		cycle_cut(cycle);
	}
	cycle_take(cycle, &card->sides[dir]);
	if (pair->clients[dir].about == ABOUT_STORED) {
		about_remove(*handle, card, dir, last);
	}
	/* libjack would do it for the last, but for ports that a freewheel made it forget. */
	ports_unregister(*handle, card, dir);
	if (last) {
		jack_client_close(*handle);
		*handle = NULL;
		pair->clients[dir].active = false;
		pair->clients[dir].about = ABOUT_NOTHING;
	}
}

void client_pair_detach(struct client_pair *pair, struct card *card)
{
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		if (pair->clients[dir].handle && card->sides[dir].slot_count) {
			detach_side(pair, card, (enum pcm_dir)dir);
		}
	}
}

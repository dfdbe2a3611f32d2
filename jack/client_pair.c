/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client_pair.h"

#include <errno.h>
#include <stdio.h>

#include <jack/uuid.h>

#include "jack/about.h"
#include "jack/cycle.h"
#include "jack/ports.h"
#include "src/log.h"

/* The last suffix tried: a client's name has room for two digits. */
#define SUFFIX_MAX 99u

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
static void on_freewheel(int starting, void *side)
{
	card_close(side, starting);
}

/*
 * libjack's notification thread, while the server waits. A guest is where sound comes from and
 * where it goes: what was found upstream or downstream is nothing to add to, and the ports have
 * their ranges already. Without a callback libjack would set others. To set them here is to sleep
 * for a cycle while the graph changes (libjack does it) and holds the server up, which then works
 * on the graph just when its cycle runs: jackd 1.9.21 -S stood still for 5 s now and then.
 */
static void on_latency(jack_latency_callback_mode_t mode, void *arg)
{
	(void)mode;
	(void)arg;
}

static void describe(struct client_pair *pair, enum pcm_dir dir)
{
	pair->about[dir] = about_set(pair->handles[dir], pair->card, dir);
	if (pair->about[dir] == ABOUT_NOTHING) {
		log_info("%s: JACK keeps no metadata for this user", pair->card->name);
	}
}

static int open_side(struct client_pair *pair, enum pcm_dir dir, const struct client_server *server,
		     uint32_t freewheel)
{
	struct card *card = pair->card;
	bool playback = dir == PCM_PLAYBACK;
	jack_client_t *handle = open_named(server, card->name, playback ? "" : "-in");

	int err;

	if (!handle) {
		return -EIO;
	}
	pair->handles[dir] = handle;
	jack_set_process_callback(handle, playback ? cycle_playback : cycle_capture,
				  &card->sides[dir]);
	card_close(&card->sides[dir], false);
	jack_set_freewheel_callback(handle, on_freewheel, &card->sides[dir]);
	jack_set_latency_callback(handle, on_latency, NULL);
	jack_on_shutdown(handle, server->on_shutdown, server->arg);
	err = ports_register(handle, card, dir);
	/*
	 * The graph that JACK puts back after a freewheel does not know what was registered in
	 * it: jackd 1.9.21 ends itself when such a port is connected.
	 */
	if (atomic_load(&server->freewheel) != freewheel) {
		return -EAGAIN;
	}
	if (!err && server->metadata) {
		describe(pair, dir);
	}
	if (!err && jack_activate(handle)) {
		err = -EIO;
	}
	return err;
}

int client_pair_open(struct client_pair *pair, struct client_server *server)
{
	uint32_t freewheel = atomic_load(&server->freewheel);
	int err = 0;

	for (unsigned dir = 0; dir < PCM_DIRS && !err; dir++) {
		if (pair->card->sides[dir].slot_count) {
			err = open_side(pair, (enum pcm_dir)dir, server, freewheel);
		}
	}
	return atomic_load(&server->freewheel) == freewheel ? err : -EAGAIN;
}

bool client_pair_renew(const struct client_pair *pair)
{
	bool changed = false;

	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		jack_client_t *handle = pair->handles[dir];

		changed |= handle && ports_renew_latency(pair->card, (enum pcm_dir)dir,
							 jack_get_buffer_size(handle));
	}
	return changed;
}

void client_pair_bereave(struct client_pair *pair)
{
	pair->about[PCM_PLAYBACK] = pair->about[PCM_CAPTURE] = ABOUT_NOTHING;
}

void client_pair_close(struct client_pair *pair)
{
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		if (pair->handles[dir]) {
			/* The errors of a dead server are harmless: what is ours is freed. */
			jack_deactivate(pair->handles[dir]);
			card_cut(&pair->card->sides[dir]);
			if (pair->about[dir] == ABOUT_STORED) {
				about_remove(pair->handles[dir], pair->card, (enum pcm_dir)dir);
			}
			/* libjack would do it, but for ports that a freewheel made it forget. */
			ports_unregister(pair->handles[dir], pair->card, (enum pcm_dir)dir);
			jack_client_close(pair->handles[dir]);
			pair->handles[dir] = NULL;
			pair->about[dir] = ABOUT_NOTHING;
		}
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jack/client_pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jack/uuid.h>

#include "jack/notify_thread.h"
#include "jack/ports.h"
#include "src/base/guest_log.h"
#include "src/base/log.h"

struct client_pair {
	const char *name;
	bool many;   /* holds many cards, not one */
	bool halted; /* its clients run no cycles any more */
	struct {
		jack_client_t *handle; /* NULL while no card uses this direction */
		unsigned attempt;      /* see guest_name_of_client */
		bool active;
		bool described; /* its own metadata is set */
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
 * For debugging only: what matters to us is logged where it happens. libjack passes a process
 * thread's messages on in a thread of its own, so this never runs in a cycle.
 */
static void on_libjack(const char *text)
{
	log_debug("libjack: %s", text);
}

void client_pair_init(void)
{
	notify_thread_protect();
	jack_set_error_function(on_libjack);
	jack_set_info_function(on_libjack);
}

jack_client_t *client_pair_handle(const char *server, const char *name, int options)
{
	jack_client_t *handle;
	jack_status_t status;

	if (!notify_thread_begin_open()) {
		return NULL;
	}
	/* A server that libjack started would not be the one the user meant. */
	options |= JackNoStartServer | (server ? JackServerName : 0);
	handle = jack_client_open(name, (jack_options_t)options, &status, server);
	notify_thread_end_open();
	return handle;
}

/* libjack reports a taken name like any other error, so look it up. */
static bool name_taken(const struct client_server *server, const char *name)
{
	char *uuid = jack_get_uuid_for_client_name(server->watch, name);

	jack_free(uuid);
	return uuid != NULL;
}

static jack_client_t *open_named(const struct client_server *server, const char *card, bool capture,
				 unsigned *attempt)
{
	char name[GUEST_NAME_CLIENT_MAX + 1];
	jack_client_t *handle = NULL;

	for (unsigned n = 1; !handle && n <= GUEST_NAME_TRY_MAX; n++) {
		guest_name_of_client(name, card, capture, n);
		*attempt = n;
		if (name_taken(server, name)) {
			continue;
		}
		handle = client_pair_handle(server->name, name, JackUseExactName);
		/* Unless another client has just taken the name, a different one will not help. */
		if (!handle && !name_taken(server, name)) {
			break;
		}
	}
	return handle;
}

/* Runs before the freewheel's first cycle: JACK waits until every client has been notified. */
static void on_freewheel(int starting, void *cycle)
{
	cycle_close(cycle, starting);
}

/*
 * Runs in libjack's notification thread, while the server waits. Sound begins and ends in a guest,
 * so latencies from upstream or downstream do not add to ours. The jack thread sets the ports'
 * ranges; without this callback, libjack would set its own. Setting them here would hold up the
 * server: libjack's call sleeps for a cycle while the graph changes.
 */
static void on_latency(jack_latency_callback_mode_t mode, void *arg)
{
	(void)mode;
	(void)arg;
}

/* Without one of them, streams would stall, or would run during a freewheel. */
static bool set_callbacks(jack_client_t *handle, struct cycle *cycle, enum pcm_dir dir)
{
	JackProcessCallback process = dir == PCM_PLAYBACK ? cycle_playback : cycle_capture;

	return jack_set_process_callback(handle, process, cycle) == 0 &&
	       jack_set_freewheel_callback(handle, on_freewheel, cycle) == 0 &&
	       jack_set_latency_callback(handle, on_latency, NULL) == 0;
}

/* Returns 0 or -EIO; after -EIO, client_pair_detach closes a client that is open. */
static int open_client(struct client_pair *pair, enum pcm_dir dir,
		       const struct client_server *server)
{
	jack_client_t *handle = open_named(server, pair->name, dir == PCM_CAPTURE,
					   &pair->clients[dir].attempt);
	struct cycle *cycle = &pair->clients[dir].cycle;

	pair->clients[dir].handle = handle;
	if (!handle) {
		return -EIO;
	}
	cycle_close(cycle, false);
	jack_on_shutdown(handle, server->on_shutdown, server->arg);
	return set_callbacks(handle, cycle, dir) ? 0 : -EIO;
}

/*
 * Opens and activates a direction's client, unless it runs already, before it has any port. libjack
 * marks a client as active and only then asks the server to activate it. In between, jackd 1.9.21
 * already connects the client's ports. Its cycles then wait for a client that nobody triggers, a
 * synchronous server (-S) for seconds.
 */
static int start_client(struct client_pair *pair, enum pcm_dir dir,
			const struct client_server *server, uint32_t freewheel)
{
	jack_client_t **handle = &pair->clients[dir].handle;
	bool *active = &pair->clients[dir].active;
	int err = *handle ? 0 : open_client(pair, dir, server);

	if (err || *active) {
		return err;
	}
	if (atomic_load(&server->freewheel) != freewheel) {
		return -EAGAIN;
	}
	*active = jack_activate(*handle) == 0;
	return *active ? 0 : -EIO;
}

static int show_side(struct client_pair *pair, struct card *card, enum pcm_dir dir,
		     const struct client_server *server, uint32_t freewheel)
{
	/*
	 * The graph that JACK restores after a freewheel lacks ports registered during it: jackd
	 * 1.9.21 terminates when such a port is connected.
	 */
	int err = ports_register(pair->clients[dir].handle, card, dir, pair->many,
				 &server->freewheel, freewheel);

	if (!err) {
		cycle_add(&pair->clients[dir].cycle, &card->sides[dir]);
		atomic_store(&card->sides[dir].client, pair->clients[dir].attempt);
	}
	return err;
}

int client_pair_attach(struct client_pair *pair, struct card *card, struct client_server *server)
{
	uint32_t freewheel = atomic_load(&server->freewheel);
	int err = 0;

	for (unsigned dir = 0; dir < PCM_DIRS && !err; dir++) {
		if (card->sides[dir].stream_count) {
			err = start_client(pair, (enum pcm_dir)dir, server, freewheel);
		}
	}
	/*
	 * A client takes a while to start. Until both have, nobody sees a port, which could be gone
	 * again by then with its connections.
	 */
	for (unsigned dir = 0; dir < PCM_DIRS && !err; dir++) {
		if (card->sides[dir].stream_count) {
			err = show_side(pair, card, (enum pcm_dir)dir, server, freewheel);
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

static void go_on(const struct card *card, struct port_metadata_next *next)
{
	next->place++;
	next->channel++;
	if (next->channel == card->sides[next->dir].streams[next->stream]->channels) {
		next->channel = 0;
		next->stream++;
	}
}

int client_pair_describe(struct client_pair *pair, const struct card *card,
			 struct port_metadata_next *next)
{
	jack_client_t *handle;
	bool stored;

	while (next->dir < PCM_DIRS && next->stream == card->sides[next->dir].stream_count) {
		*next = (struct port_metadata_next){ .dir = next->dir + 1 };
	}
	if (next->dir == PCM_DIRS) {
		return 0;
	}
	handle = pair->clients[next->dir].handle;
	if (!pair->clients[next->dir].described) {
		stored = port_metadata_set_client(handle, pair->name, (enum pcm_dir)next->dir);
		pair->clients[next->dir].described = stored;
	} else {
		stored = port_metadata_set_port(handle, card, next, pair->many);
		go_on(card, next);
	}
	return stored ? -EAGAIN : -EOPNOTSUPP;
}

static void close_client(struct client_pair *pair, enum pcm_dir dir)
{
	jack_client_close(pair->clients[dir].handle);
	pair->clients[dir].handle = NULL;
	pair->clients[dir].active = false;
	pair->clients[dir].described = false;
}

static void detach_side(struct client_pair *pair, struct card *card, enum pcm_dir dir)
{
	jack_client_t **handle = &pair->clients[dir].handle;
	struct cycle *cycle = &pair->clients[dir].cycle;
	bool closes = !pair->many || !pair->clients[dir].active;

	/*
	 * A port's buffer stays as it was once its client no longer fills it. A program that is
	 * connected would hear the last period again until the port is gone.
	 */
	if (!closes && !pair->halted && dir == PCM_PLAYBACK && ports_connected(card, dir)) {
		cycle_run_silent(&card->sides[dir]);
	}
	/* Errors from a dead server are harmless: our side is freed. */
	if (closes) {
		jack_deactivate(*handle);
		cycle_cut(cycle);
	}
	atomic_store(&card->sides[dir].client, 0);
	cycle_take(cycle, &card->sides[dir]);
	/*
	 * libjack would do it for a client that closes, except for ports that a freewheel made it
	 * forget.
	 */
	ports_unregister(*handle, card, dir);
	if (closes) {
		close_client(pair, dir);
	}
}

void client_pair_halt(struct client_pair *pair)
{
	pair->halted = true;
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		if (pair->clients[dir].handle) {
			jack_deactivate(pair->clients[dir].handle);
			cycle_cut(&pair->clients[dir].cycle);
		}
	}
}

void client_pair_close(struct client_pair *pair)
{
	pair->halted = false;
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		if (pair->clients[dir].handle) {
			close_client(pair, (enum pcm_dir)dir);
		}
	}
}

void client_pair_detach(struct client_pair *pair, struct card *card)
{
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		if (pair->clients[dir].handle && card->sides[dir].stream_count) {
			detach_side(pair, card, (enum pcm_dir)dir);
		}
	}
}

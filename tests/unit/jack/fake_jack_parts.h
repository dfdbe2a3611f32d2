/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of fake_jack. */
#ifndef XENJACK_TEST_FAKE_JACK_PARTS_H
#define XENJACK_TEST_FAKE_JACK_PARTS_H

#include "tests/unit/jack/fake_jack.h"

#define PORTS 768u
#define CLIENTS 320u
#define LINKS 1024u
#define NOTES 32768u

struct _jack_client {
	bool open, active;
	bool marked;   /* libjack calls it active, the server may not yet */
	unsigned life; /* of the server at which it was opened */
	bool kicked;
	char name[64];
	JackProcessCallback process;
	JackFreewheelCallback freewheel;
	JackLatencyCallback latency;
	JackShutdownCallback shutdown;
	JackBufferSizeCallback period;
	JackSampleRateCallback rate;
	JackXRunCallback xrun;
	JackPortRegistrationCallback port;
	JackPortConnectCallback link;
	JackPortRenameCallback rename;
	void *process_arg, *freewheel_arg, *latency_arg, *shutdown_arg, *period_arg, *rate_arg,
		*xrun_arg, *port_arg, *link_arg, *rename_arg;
};

struct mixer_link {
	jack_port_t *from, *to;
	unsigned serials[2];
};

/* A pending callback. */
struct note {
	enum { NOTE_PORT, NOTE_LINK, NOTE_RENAME, NOTE_SHUTDOWN } kind;
	unsigned a, b;
	int on;
	struct _jack_client *client; /* of NOTE_SHUTDOWN */
	char name[320];		     /* of NOTE_RENAME, the old one */
};

struct fake_server {
	bool up, freewheels;
	unsigned life; /* counts servers; 0: none yet */
	unsigned serial;
	jack_nframes_t rate_hz, period_frames;
	float late_us;
	struct _jack_port ports[PORTS];
	struct mixer_link links[LINKS], saved[LINKS];
	unsigned link_count, saved_count;
	struct _jack_client clients[CLIENTS];
	unsigned next_client;
	struct note notes[NOTES];
	unsigned note_count;
	char names[128][64]; /* taken by other programs */
	unsigned name_count;
};

extern struct fake_server fake_server;

/* Counts a call; whether it must fail. */
bool fake_jack_fails(const char *call);

/* Counts a call that never fails. */
void fake_jack_passes(const char *call);

void fake_jack_fault(const char *text, const char *subject);

/* Whether the client's server is up. A client that is not open is a fault. */
bool fake_jack_lives(const jack_client_t *client);

void fake_jack_note(struct note note);

unsigned fake_jack_number(const jack_port_t *port);

/* Takes a free port number; NULL if there is none, or if the name is taken. */
jack_port_t *fake_jack_make_port(jack_client_t *client, const char *name, unsigned long flags);
void fake_jack_drop_port(jack_port_t *port);

struct mixer_link *fake_jack_find_link(const jack_port_t *from, const jack_port_t *to);
void fake_jack_make_link(jack_port_t *from, jack_port_t *to);
void fake_jack_drop_link(struct mixer_link *link);
/* Removes all connections of a port. */
void fake_jack_drop_links(const jack_port_t *port);

bool fake_jack_is_taken(const char *client);

/* Zeroed memory for a list of all ports or connections; jack_free returns it. */
void *fake_jack_lend(void);

/* Removes all properties: a new server has none. */
void fake_jack_drop_properties(void);

/* The server removes properties with their port or client. */
void fake_jack_drop_properties_of_port(const jack_port_t *port);
void fake_jack_drop_properties_of_client(const jack_client_t *client);

#endif

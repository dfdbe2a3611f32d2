/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libjack and a JACK server in memory, linked in place of the real libjack, with the calls that
 * jack/ uses. One thread, the test's. Callbacks about ports and shutdown wait for
 * fake_jack_deliver; those about period, rate and freewheel are called at once, because a server
 * waits for them.
 *
 * It behaves as jackd 1.9.21 where jack/ depends on it: port numbers are reused, and lists of names
 * point into memory that changes; ports of inactive clients are not announced and cannot be
 * connected, but those of a client that is being activated can; the graph is restored after a
 * freewheel without callbacks; after the server's death, a client still sees the last graph.
 * Anything that would kill or freeze a server or libjack is recorded in fake_jack_faults.
 *
 * Every call can be made to fail, by name or by number.
 */
#ifndef XENJACK_TEST_FAKE_JACK_H
#define XENJACK_TEST_FAKE_JACK_H

#include <stdbool.h>

#include <jack/jack.h>

/* Flags in addition to JACK's, for fake_jack_add. */
#define FAKE_JACK_DEAF 0x10000ul /* its program is not active yet */
#define FAKE_JACK_MIDI 0x20000ul

#define FAKE_JACK_FRAMES_MAX 1024u

struct _jack_port {
	bool used;
	bool told;   /* its client is active */
	bool lethal; /* registered during a freewheel: connecting it kills the server */
	bool midi;
	unsigned serial;       /* never reused */
	jack_client_t *client; /* NULL: of another program */
	unsigned long flags;
	char name[320], alias[320];
	jack_latency_range_t latency[2]; /* by jack_latency_callback_mode_t */
	float buffer[FAKE_JACK_FRAMES_MAX];
};

struct fake_jack_knobs {
	const char *server;    /* its name; NULL: the default */
	unsigned port_max;     /* the server's limit */
	int status;	       /* set by a jack_client_open that is refused */
	const char *version;   /* of libjack */
	float load;	       /* percent */
	int priority;	       /* of its threads; -1: none */
	bool pretends_untaken; /* reports every client name as free */
};

extern struct fake_jack_knobs fake_jack_knobs;

/* --- the server */

/* No server, as at the start; no failures. */
void fake_jack_reset(void);

/* Starts a new server: 48000 Hz, 256 frames, no ports. */
void fake_jack_start(void);

/* Ends it: fake_jack_deliver then calls every active client's shutdown callback. */
void fake_jack_die(void);

/* The server drops one of our clients, with the same callback. */
void fake_jack_kick(const char *client);

/* Calls all pending callbacks. */
void fake_jack_deliver(void);

/* The same, then runs one cycle of every active client. A nanosleep is a cycle, too, and no time.
 */
void fake_jack_cycle(void);

void fake_jack_freewheel(bool begins);
void fake_jack_set_clock(jack_nframes_t rate_hz, jack_nframes_t period_frames);
void fake_jack_xrun(float late_us);

/* --- other programs */

void fake_jack_add(const char *port, unsigned long flags);
void fake_jack_remove(const char *port);

/* Activates the client of a FAKE_JACK_DEAF port. */
void fake_jack_wake(const char *port);

/* Any program may rename any port. */
void fake_jack_rename(const char *port, const char *name);

void fake_jack_link(const char *from, const char *to);
void fake_jack_unlink(const char *from, const char *to);

/* Disconnects a port from everything, as a program does that is about to quit. */
void fake_jack_cut(const char *port);

/* Another program takes a client name, or frees it. */
void fake_jack_take_name(const char *client);
void fake_jack_give_name(const char *client);

/* --- inspection */

/* Our open clients of this name; NULL: of any name. */
unsigned fake_jack_clients(const char *name);
bool fake_jack_is_active(const char *client);
/* Ports of a client; NULL: all of ours. */
unsigned fake_jack_ports(const char *client);
/* By name or alias; NULL if there is no such port. */
jack_port_t *fake_jack_port(const char *name);
bool fake_jack_linked(const char *from, const char *to);
unsigned fake_jack_links(void);
/* A property of a port, or else of a client, by name; NULL: none. */
const char *fake_jack_property(const char *subject, const char *key);
unsigned fake_jack_properties(void);
/* Memory from libjack that was not returned with jack_free. */
unsigned fake_jack_lent(void);
/* How often a call was made. */
unsigned fake_jack_count(const char *call);
/* Misbehaviour of clients, one line each; cleared by fake_jack_reset. */
const char *fake_jack_faults(void);

/* --- failures */

/* Makes the n-th failable call from now fail, once; 0 is the next one, UINT_MAX none. */
void fake_jack_fail_at(unsigned n);

/* Whether it has failed, and the name of the call that did; "" if none has. */
bool fake_jack_failed(void);
const char *fake_jack_failed_call(void);

/* Makes the next `count` calls of this name fail. */
void fake_jack_fail_next(const char *call, unsigned count);

/* Runs `act` once, right before the next call of this name. */
void fake_jack_on(const char *call, void (*act)(void));

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hostile guest does: one case per bad deed, with guests of its own that die at its end. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

/* A table ends with a case without a name. raw_check counts failures. */
struct hostile_case {
	const char *name;
	void (*run)(void);
};

extern const struct hostile_case hostile_request_cases[]; /* hostile_request.c */
extern const struct hostile_case hostile_ring_cases[];	  /* hostile_ring.c */
extern const struct hostile_case hostile_store_cases[];	  /* hostile_store.c */

/* With "hold": says that all is done, and keeps the guests alive until the program is killed. */
void hostile_hold(void);

/* Sends random requests, good and bad, as fast as they are answered, until it is killed. */
void hostile_request_rage(unsigned seed);

/* Plays a counter, and writes each period only when the last one is over. */
void hostile_lean_play(uint32_t period, uint32_t periods);

/* Changes volume and mute of a running stream in each direction; writes the recording to a file. */
void hostile_volume_turn(const char *path);

/* Opens, starts, stops and closes two streams at once, as fast as possible; prints how often. */
void hostile_ring_churn(unsigned seconds);

/* Floods two rings with requests, or with notifications and no request; prints how many. */
void hostile_flood(unsigned ms, bool requests);

/* Makes the daemon work as hard as one kind of request can, until it is killed. False: no such. */
bool hostile_storm(const char *name);

/* This many guests, one after the other, each of which dies while it plays. */
void hostile_lives(unsigned count);

/* Writes a period this often; prints how long the answers took, in us. */
void hostile_write_times(unsigned count);

/* Opens a buffer of so many bytes this often; prints how long the answers took, in us. */
void hostile_open_times(uint32_t size, unsigned count);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hostile guest does: one case a bad deed, each with guests of its own, which die at its
 * end. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

/* A table ends with a case without a name. What is wrong is counted by raw_check. */
struct hostile_case {
	const char *name;
	void (*run)(void);
};

extern const struct hostile_case hostile_request_cases[]; /* hostile_request.c */
extern const struct hostile_case hostile_ring_cases[];	  /* hostile_ring.c */
extern const struct hostile_case hostile_store_cases[];	  /* hostile_store.c */

/* Says that all is done and keeps its guests alive until the program is killed, if asked to. */
void hostile_hold(void);

/* Any request, good or bad, as fast as they are answered, until the program is killed. */
void hostile_request_rage(unsigned seed);

/* Plays a counter, no frame of which is written before it must be. */
void hostile_lean_play(uint32_t period, uint32_t periods);

/* Turns volumes and mutes of a stream each way that run; what was recorded goes to a file. */
void hostile_volume_turn(const char *path);

/* The life of streams as fast as it goes, on two streams at once; prints how often. */
void hostile_ring_churn(unsigned seconds);

/* Requests, or notifications of none, on two rings at once; prints how many came to something. */
void hostile_flood(unsigned ms, bool requests);

#endif

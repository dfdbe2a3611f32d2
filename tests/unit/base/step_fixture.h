/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child process that stops after every single instruction, so that a test sees what it would
 * leave in shared memory if it were killed there. The child dies with the test. Any failure fails
 * the test.
 */
#ifndef XENJACK_TEST_STEP_FIXTURE_H
#define XENJACK_TEST_STEP_FIXTURE_H

#include <stdbool.h>
#include <sys/types.h>

/* Forks a child, stopped right before run(). */
pid_t step_begin(void (*run)(void));

/* Runs one instruction; false if the child is then in step_pause or past the end of run(). */
bool step_next(pid_t child);

/* Runs at full speed to where step_next would return false. */
void step_on(pid_t child);

/* In the child: stops here until the test steps it on. */
void step_pause(void);

/* Kills the child where it is. */
void step_kill(pid_t child);

#endif

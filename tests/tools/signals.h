/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals for JACK clients. libjack takes the EINTR of a read for the server's failure, so that a
 * signal at the wrong moment breaks the client: all threads block signals, and the main thread
 * takes them between its calls of libjack.
 */
#ifndef XENJACK_TESTS_SIGNALS_H
#define XENJACK_TESTS_SIGNALS_H

#include <signal.h>
#include <time.h>

/* SIGTERM, SIGINT and SIGUSR1, in this thread and in all that it starts. */
static inline sigset_t signals_block(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return set;
}

/* Sleeps for so long, or until one of them arrives: its number, or 0. */
static inline int signals_sleep(const sigset_t *set, long ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	int number = sigtimedwait(set, NULL, &time);

	return number > 0 ? number : 0;
}

#endif

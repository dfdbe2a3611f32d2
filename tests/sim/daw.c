/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program as users patch it: "daw NAME [ACTIVE_MS [CLOSED_MS]]" registers the ports in_1, in_2,
 * out_1 and out_2 and connects none. It activates ACTIVE_MS after that. On SIGUSR1 it pauses, which
 * is to say that it deactivates; on the next one it activates. On SIGTERM it deactivates, which
 * disconnects the ports, and closes CLOSED_MS later; it prints how many ms that took.
 */
#include <jack/jack.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int silence(jack_nframes_t frames, void *unused)
{
	(void)frames;
	(void)unused;
	return 0;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits; whether SIGTERM arrived meanwhile. */
static int wait_ms(const sigset_t *end, const char *text)
{
	long ms = strtol(text, NULL, 10);

	return sigtimedwait(end, NULL, &(struct timespec){ ms / 1000, ms % 1000 * 1000000 }) ==
	       SIGTERM;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "in_1", "in_2", "out_1", "out_2" };
	jack_client_t *client;
	sigset_t end, all;
	long begin_ms;
	int signal;

	/* Before libjack starts threads, which inherit the mask. */
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	all = end;
	sigaddset(&all, SIGUSR1);
	sigprocmask(SIG_BLOCK, &all, NULL);
	client = argc < 2 ? NULL : jack_client_open(argv[1], JackNoStartServer, NULL);
	if (!client) {
		return 1;
	}
	for (unsigned i = 0; i < 4; i++) {
		jack_port_register(client, names[i], JACK_DEFAULT_AUDIO_TYPE,
				   i < 2 ? JackPortIsInput : JackPortIsOutput, 0);
	}
	jack_set_process_callback(client, silence, NULL);
	if (wait_ms(&end, argc > 2 ? argv[2] : "0") || jack_activate(client)) {
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("active");
	for (bool active = true; sigwait(&all, &signal) == 0 && signal == SIGUSR1;) {
		active = !active;
		if (active ? jack_activate(client) : jack_deactivate(client)) {
			return 1;
		}
		puts(active ? "active" : "paused");
	}
	begin_ms = now_ms();
	jack_deactivate(client);
	wait_ms(&end, argc > 3 ? argv[3] : "0");
	jack_client_close(client);
	printf("%ld\n", now_ms() - begin_ms);
	return 0;
}

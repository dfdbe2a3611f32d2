/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server on a loop that the test runs, with a mixer behind it, and its clients, all in one
 * thread. One per program, which makes the card and the server. What a client has received is in
 * `came`, one message per line.
 */
#ifndef XENJACK_TEST_SERVER_FIXTURE_H
#define XENJACK_TEST_SERVER_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "osc/server/server_parts.h"
#include "src/mixer/mixer.h"

/* One millisecond each. */
#define TRIES 2000

static struct mixer mixer;
static struct card *card;
static struct ev_loop *loop;
static struct server *server;
static char folder[] = "/tmp/test_server.XXXXXX", path[64]; /* of the Unix socket */
static char came[1 << 20];

static inline int client(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, sizeof(path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static inline void sink(void *arg, const void *data, size_t size)
{
	assert_int_equal(send(*(int *)arg, data, size, 0), (ssize_t)size);
}

#define SAY(fd, address, ...)                                                   \
	do {                                                                    \
		struct packet_batch saying;                                     \
		packet_begin(&saying, sink, &(fd));                             \
		assert_int_equal(packet_put(&saying, address, __VA_ARGS__), 0); \
		packet_flush(&saying);                                          \
	} while (0)

static inline void on_message(void *arg, const struct packet_message *message)
{
	size_t length = strlen(came);

	(void)arg;
	length += (size_t)snprintf(came + length, sizeof(came) - length, "%s", message->address);
	for (unsigned i = 0; i < message->count; i++) {
		const char *text = packet_text(message, i);
		double value = 0.0;

		(void)packet_number(message, i, &value);
		length += text ? (size_t)snprintf(came + length, sizeof(came) - length, " %s", text)
			       : (size_t)snprintf(came + length, sizeof(came) - length, " %.10g",
						  round(value * 1000) / 1000);
	}
	snprintf(came + length, sizeof(came) - length, "\n");
}

static inline void take(int fd)
{
	uint8_t data[8192];
	ssize_t size;

	while ((size = recv(fd, data, sizeof(data), MSG_DONTWAIT)) > 0) {
		assert_true(size <= PACKET_OUT_MAX);
		assert_true(packet_each(data, (size_t)size, on_message, NULL) > 0);
	}
}

/* Makes a mixer with two-channel streams of these labels: the first playback, the second capture.
 */
static inline int open_mixer(const char *const *labels, unsigned count)
{
	if (mixer_init(&mixer)) {
		return -1;
	}
	card = card_create(count);
	snprintf(card->name, sizeof(card->name), "daw");
	snprintf(card->guest, sizeof(card->guest), "daw");
	for (unsigned i = 0; i < count; i++) {
		card->streams[i].dir = i ? PCM_CAPTURE : PCM_PLAYBACK;
		card->streams[i].channels = 2;
		snprintf(card->streams[i].label, sizeof(card->streams[i].label), "%s", labels[i]);
	}
	card_arrange(card);
	return mixer_add(&mixer, card);
}

static inline int open_server(struct server_options *options)
{
	snprintf(path, sizeof(path), "%s/osc.sock", folder);
	loop = ev_loop_new(0);
	options->socket = path;
	options->group = "";
	options->url = "";
	options->listen = "";
	options->trusted = options->trusted ? options->trusted : "";
	options->jack_version = "1.9.21";
	options->messages_per_s = 1000;
	options->mixer = &mixer;
	server = server_create(loop, options);
	return server ? 0 : -1;
}

static inline void close_server(void)
{
	server_destroy(server);
	ev_loop_destroy(loop);
	mixer_remove(&mixer, card);
	mixer_finish(&mixer);
	card_destroy(card);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The remote control's server: takes packets from osc/server/socket, has osc/server/tree carry them
 * out, and sends events to subscribers. Main thread, in its loop; nothing here blocks. For
 * addresses, topics and messages see xenjack-osc(7).
 */
#ifndef XENJACK_SERVER_H
#define XENJACK_SERVER_H

#include <ev.h>

#include "src/mixer/mixer.h"

struct server_options {
	struct mixer *mixer;
	const char *jack_version;
	uint16_t port;		 /* of UDP and TCP; 0: neither */
	const char *socket;	 /* a Unix socket's path; empty: none */
	const char *prefix;	 /* of all addresses, except at that socket; empty: none */
	const char *url;	 /* a file for the URL at 127.0.0.1; empty: none */
	const char *group;	 /* whose members may use the socket; empty: root's */
	const char *listen;	 /* numeric addresses besides loopback, separated by blanks */
	const char *allow;	 /* other hosts, see osc/server/allow.h; empty: none */
	const char *trusted;	 /* of them, who need no cookie; in the same form */
	bool local_all;		 /* over UDP and TCP, this host may do all that the socket may */
	bool remote_all;	 /* other hosts may, too */
	uint32_t messages_per_s; /* from one source */
};

struct server;

/*
 * Opens the sockets that it can, and logs those that it cannot. NULL and errno only without memory.
 * Of the options' texts, only jack_version must outlive the server.
 */
struct server *server_create(struct ev_loop *loop, const struct server_options *options);

/*
 * Applies what can change while sockets are open: allow, trusted, local_all, remote_all,
 * messages_per_s.
 */
void server_reload(struct server *server, const struct server_options *options);

/* Closes everything, without a message to subscribers. Accepts NULL. */
void server_destroy(struct server *server);

#endif

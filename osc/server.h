/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The remote control: takes packets from osc/socket, has osc/tree carry them out, and tells
 * subscribers what happens. ctl, in its loop; nothing here waits. Addresses, topics and what is
 * sent are in xenjack-osc(7).
 */
#ifndef XENJACK_SERVER_H
#define XENJACK_SERVER_H

#include <ev.h>

#include "src/control.h"

struct server_options {
	struct control control;
	const char *jack_version;
	uint16_t port;		 /* of UDP and TCP, on every address; 0: neither */
	const char *socket;	 /* a Unix socket's path; empty: none */
	const char *prefix;	 /* of all addresses, but at that socket; empty: none */
	const char *url;	 /* a file for the URL at 127.0.0.1; empty: none */
	const char *group;	 /* whose members may use that; empty: root's */
	const char *listen;	 /* numeric addresses beside loopback's, with blanks between */
	const char *allow;	 /* who may come from elsewhere: osc/allow.h; empty: nobody */
	bool remote_all;	 /* these may do all that this host may */
	uint32_t messages_per_s; /* of one source */
};

struct server;

/*
 * Opens what can be opened, and says what can not. NULL and errno only without memory; the options'
 * texts are copied or not needed any more.
 */
struct server *server_create(struct ev_loop *loop, const struct server_options *options);

/* Other options from now on, as far as sockets that are open go: allow, remote_all, messages_per_s.
 */
void server_reload(struct server *server, const struct server_options *options);

/* Closes everything; nobody is told. Accepts NULL. */
void server_destroy(struct server *server);

#endif

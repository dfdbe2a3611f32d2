/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out user requests to JACK (src/mixer/jack_request.h): lists ports and connections,
 * connects, disconnects, and handles stored patches and the connection memory. Jack thread only;
 * part of jack/client, which decides when. A port goes by its JACK name or its id ("daw.main_1"),
 * all ports of a stream by "daw.main". A change to our connections counts as the user's and is
 * remembered, as if made in any patch bay. Errors go into the request.
 */
#ifndef XENJACK_CLIENT_REQUESTS_H
#define XENJACK_CLIENT_REQUESTS_H

#include "jack/routes.h"
#include "src/mixer/jack_request.h"

/* `client` is an active client; NULL: there is no server. */
void client_requests_serve(struct jack_request *request, jack_client_t *client,
			   struct routes *routes);

#endif

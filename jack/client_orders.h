/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out what the outside asks of JACK (src/order.h): lists ports and connections, connects,
 * disconnects, patches, the memory of connections. The jack thread; part of jack/client, which says
 * when. A port is named as JACK has it, or by its id ("daw.main_1"); all of a stream's by
 * "daw.main". What is done to ours is a user's doing, and remembered like what is done in any patch
 * bay. Errors are the order's.
 */
#ifndef XENJACK_CLIENT_ORDERS_H
#define XENJACK_CLIENT_ORDERS_H

#include "jack/routes.h"
#include "src/order.h"

/* `client` is an active one of the server; NULL: there is none. */
void client_orders_serve(struct order *order, jack_client_t *client, struct routes *routes);

#endif

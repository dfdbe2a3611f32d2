/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each request does to a wire and its stream. io. A request comes here copied, in
 * wire->request; what it says may be anything. A status is 0 or a negative XEN_E number.
 */
#ifndef XENJACK_WIRE_REQUEST_H
#define XENJACK_WIRE_REQUEST_H

#include "xen/wire.h"

/* Does what wire->request asks and returns its status; *answer is set if a query has one. */
int wire_request(struct wire *wire, const struct wire_clock *clock,
		 struct xensnd_query_hw_param *answer);

/* Whether wire->request may only be served when the stream is io's. */
bool wire_request_waits(const struct wire *wire);

/* Whether it may take milliseconds. */
bool wire_request_is_long(const struct wire *wire);

/* Whether it may have changed what wire_show shows. */
bool wire_request_shows(const struct wire *wire);

#endif

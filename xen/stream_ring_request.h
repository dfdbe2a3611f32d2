/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each request does to a stream ring and its stream. io thread. A request arrives copied, in
 * ring->request; its contents are untrusted. A status is 0 or a negative XEN_E number.
 */
#ifndef XENJACK_STREAM_RING_REQUEST_H
#define XENJACK_STREAM_RING_REQUEST_H

#include "xen/stream_ring.h"

/* In place of a status: the request has more parts. */
#define STREAM_RING_UNFINISHED 1

/*
 * Carries out ring->request or, if it is a long one, its next part. Returns its status, or
 * STREAM_RING_UNFINISHED; sets *answer if a query has one.
 */
int stream_ring_request(struct stream_ring *ring, const struct stream_ring_clock *clock,
			struct xensnd_query_hw_param *answer);

/* Whether ring->request has to wait until the io thread has the stream. */
bool stream_ring_request_waits(const struct stream_ring *ring);

/* Whether it may have changed what stream_ring_publish_status publishes. */
bool stream_ring_request_changes_status(const struct stream_ring *ring);

#endif

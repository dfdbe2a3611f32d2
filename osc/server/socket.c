/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "osc/server/socket_link.h"

static void on_reap(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct socket_set *set = timer->data;

	(void)loop;
	(void)events;
	for (unsigned i = 0; i < SOCKET_LINKS_MAX; i++) {
		struct socket_link *link = set->links[i];

		if (link && link->doomed) {
			set->links[i] = NULL;
			late_forget(&set->late, &link->peer);
			if (set->options.gone) {
				set->options.gone(set->options.arg, &link->peer);
			}
			socket_link_destroy(link);
		}
	}
}

void socket_init(struct socket_set *set, const struct socket_options *options)
{
	memset(set, 0, sizeof(*set));
	set->options = *options;
	socket_set_rates(set, &options->far, &options->near);
	ev_timer_init(&set->reaper, on_reap, 0.0, 0.0);
	set->reaper.data = set;
	socket_late_init(set);
}

static bool is_allowed(const struct socket_set *set, const struct socket_peer *peer)
{
	return peer->local ||
	       (set->options.allow && allow_has(set->options.allow, &peer->address.any));
}

bool socket_is_own(const struct socket_set *set, const struct socket_peer *peer)
{
	if (!socket_peer_port(&peer->address)) {
		return true;
	}
	for (unsigned i = 0; i < set->count; i++) {
		const struct socket_listener *listener = &set->listeners[i];

		if (listener->kind == SOCKET_UDP &&
		    socket_peer_port(&listener->address) == socket_peer_port(&peer->address) &&
		    (peer->local || socket_peer_same_address(&listener->address, &peer->address))) {
			return true;
		}
	}
	return false;
}

void socket_datagram(struct socket_listener *listener, const union socket_address *address,
		     size_t size)
{
	struct socket_set *set = listener->set;
	struct socket_peer peer = { .kind = SOCKET_UDP,
				    .uid = (uid_t)-1,
				    .local = allow_is_local(&address->any),
				    .listener = (unsigned)(listener - set->listeners),
				    .address = *address };

	if (!is_allowed(set, &peer)) {
		set->counters.stranger++;
	} else if (socket_is_own(set, &peer)) {
		set->counters.own++;
	} else if (size > FRAME_PACKET_MAX) {
		set->counters.oversize++;
	} else if (!socket_late_keep(set, &peer, set->buffer, size)) {
		set->counters.packets++;
		set->options.packet(set->options.arg, &peer, set->buffer, size);
	}
}

void socket_expel(struct socket_set *set)
{
	for (unsigned i = 0; i < SOCKET_LINKS_MAX; i++) {
		struct socket_link *link = set->links[i];

		if (link && !is_allowed(set, &link->peer)) {
			socket_link_doom(link);
		}
	}
	for (unsigned n = set->late.count; n--;) {
		if (!is_allowed(set, &set->late.sources[n]->peer)) {
			late_drop(&set->late, n);
		}
	}
}

static int send_datagram(struct socket_set *set, const struct socket_peer *peer, const void *data,
			 size_t size)
{
	socklen_t length = peer->address.any.sa_family == AF_INET ? sizeof(peer->address.in)
								  : sizeof(peer->address.in6);

	if (sendto(set->listeners[peer->listener].fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL,
		   &peer->address.any, length) < 0) {
		set->counters.unsent++;
		return -EAGAIN;
	}
	return 0;
}

int socket_send(struct socket_set *set, const struct socket_peer *peer, const void *data,
		size_t size)
{
	if (size > FRAME_PACKET_MAX) {
		return -EMSGSIZE;
	}
	if (peer->kind == SOCKET_UDP) {
		return send_datagram(set, peer, data, size);
	}
	for (unsigned i = 0; i < SOCKET_LINKS_MAX; i++) {
		struct socket_link *link = set->links[i];

		if (link && link->peer.link == peer->link && !link->doomed) {
			return socket_link_send(link, data, size);
		}
	}
	return -ENOTCONN;
}

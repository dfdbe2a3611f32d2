/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/socket_link.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/log.h"

#define LENGTH sizeof(uint32_t)
/* Limit of bytes read per wake-up: a connection must not monopolise the main loop. */
#define TURN 4096u
/* The shortest rest. */
#define REST_NS INT64_C(1000000)
/* A dead host is noticed after a minute. */
#define KEEPALIVE_S 30
#define KEEPALIVE_TRIES 3
/* The send queue's initial size; it doubles as needed. */
#define QUEUE_FIRST 16384u

static int send_queue(struct socket_link *link)
{
	while (link->head < link->tail) {
		const uint8_t *record = link->queue + link->head;
		uint32_t size;
		ssize_t sent;

		memcpy(&size, record, LENGTH);
		sent = send(link->fd, record + LENGTH + link->sent, size - link->sent,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0) {
			return errno == EAGAIN || errno == EINTR ? -EAGAIN : -errno;
		}
		link->sent += (size_t)sent;
		if (link->sent == size) {
			link->head += LENGTH + size;
			link->sent = 0;
		}
	}
	link->head = link->tail = 0;
	return 0;
}

static int flush(struct socket_link *link)
{
	int error = send_queue(link);

	if (error == -EAGAIN) {
		ev_io_start(link->set->options.loop, &link->out);
		return 0;
	}
	ev_io_stop(link->set->options.loop, &link->out);
	if (error) {
		socket_link_doom(link);
	}
	return error;
}

/* Moves what is queued to the front, and enlarges the queue if that is not enough. */
static bool make_room(struct socket_link *link, size_t more)
{
	size_t room = link->room ? link->room : QUEUE_FIRST;
	uint8_t *queue;

	if (link->tail + more > link->room && link->head) {
		memmove(link->queue, link->queue + link->head, link->tail - link->head);
		link->tail -= link->head;
		link->head = 0;
	}
	if (link->tail + more <= link->room) {
		return true;
	}
	while (room < link->tail + more) {
		room *= 2;
	}
	queue = room <= SOCKET_QUEUE_MAX ? realloc(link->queue, room) : NULL;
	if (queue) {
		link->queue = queue;
		link->room = room;
	}
	return queue;
}

int socket_link_send(struct socket_link *link, const void *data, size_t size)
{
	size_t most = LENGTH + FRAME_WRITTEN_MAX(size);
	uint8_t *record;
	uint32_t length;

	if (!make_room(link, most)) {
		char name[80];

		socket_name(&link->peer, name, sizeof(name));
		log_notice("OSC: %s does not read its answers; connection closed", name);
		link->set->counters.slow++;
		socket_link_doom(link);
		return -ENOTCONN;
	}
	record = link->queue + link->tail;
	if (link->peer.kind == SOCKET_TCP) {
		length = (uint32_t)frame_write(link->reader.kind, data, size, record + LENGTH);
	} else {
		length = (uint32_t)size;
		memcpy(record + LENGTH, data, size);
	}
	memcpy(record, &length, LENGTH);
	link->tail += LENGTH + length;
	return ev_is_active(&link->out) ? 0 : flush(link);
}

static int on_packet(void *arg, const void *data, size_t size)
{
	struct socket_link *link = arg;
	struct socket_set *set = link->set;

	link->spoken = true;
	if (socket_late_keep(set, &link->peer, data, size)) {
		return link->doomed ? -ENOTCONN : 0;
	}
	set->counters.packets++;
	set->options.packet(set->options.arg, &link->peer, data, size);
	return link->doomed ? -ENOTCONN : 0;
}

/* Handles the bytes of one read; negative: the connection must be closed. */
static int take(struct socket_link *link, const uint8_t *data, ssize_t size)
{
	struct socket_set *set = link->set;
	unsigned long garbled = link->reader.dropped;
	int error;

	if (link->peer.kind == SOCKET_TCP) {
		error = frame_read(&link->reader, data, (size_t)size, on_packet, link);
		set->counters.garbled += link->reader.dropped - garbled;
		set->counters.unframed += error == -EPROTO;
		return error;
	}
	if ((size_t)size > FRAME_PACKET_MAX) {
		set->counters.oversize++;
		return 0;
	}
	return on_packet(link, data, (size_t)size);
}

/* Reads on, now or when the rate permits; ends when all that its peer has said is done. */
static void rest_or_read(struct socket_link *link)
{
	struct socket_set *set = link->set;
	int64_t wait_ns = socket_rate_wait_ns(set, &link->peer);
	bool late = late_has(&set->late, &link->peer);

	if (link->ended && !late) {
		socket_link_doom(link);
	} else if (link->ended || late_is_full(&set->late, &link->peer) || (wait_ns && !late)) {
		wait_ns = wait_ns < REST_NS ? REST_NS : wait_ns;
		set->counters.paused += !link->ended;
		ev_io_stop(set->options.loop, &link->in);
		ev_timer_set(&link->pause, (double)wait_ns * 1e-9, 0.0);
		ev_timer_start(set->options.loop, &link->pause);
		/* Last: it may end the connection. */
		socket_limit(set, &link->peer);
	} else {
		ev_io_start(set->options.loop, &link->in);
	}
}

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
	struct socket_link *link = io->data;
	struct socket_set *set = link->set;
	/* Any part of a stream, but a whole packet. */
	size_t most = link->peer.kind == SOCKET_TCP ? TURN : sizeof(set->buffer);
	ssize_t size = recv(link->fd, set->buffer, most,
			    MSG_DONTWAIT | (link->peer.kind == SOCKET_UNIX ? MSG_TRUNC : 0));
	(void)loop;
	(void)events;
	if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	if (size <= 0) {
		link->ended = true;
	} else if (take(link, set->buffer, size)) {
		socket_link_doom(link);
		return;
	}
	rest_or_read(link);
}

static void on_writable(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop;
	(void)events;
	flush(io->data);
}

static void on_rested(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	rest_or_read(timer->data);
}

void socket_link_doom(struct socket_link *link)
{
	struct socket_set *set = link->set;

	if (link->doomed) {
		return;
	}
	link->doomed = true;
	ev_io_stop(set->options.loop, &link->in);
	ev_io_stop(set->options.loop, &link->out);
	ev_timer_stop(set->options.loop, &link->pause);
	close(link->fd);
	ev_timer_start(set->options.loop, &set->reaper);
}

void socket_link_destroy(struct socket_link *link)
{
	if (link) {
		socket_link_doom(link);
		free(link->queue);
		free(link);
	}
}

/* A free place, or -1; then ends the oldest connection that has never sent a packet. */
static int find_place(struct socket_set *set, enum socket_kind kind)
{
	struct socket_link *silent = NULL;
	unsigned places = SOCKET_LINKS_MAX - (kind == SOCKET_UNIX ? 0 : SOCKET_LINKS_UNIX);

	for (unsigned i = 0; i < places; i++) {
		struct socket_link *link = set->links[i];

		if (!link) {
			return (int)i;
		}
		if (!link->spoken && !link->doomed &&
		    (!silent || link->peer.link < silent->peer.link)) {
			silent = link;
		}
	}
	/* The reaper frees its place, for a peer that tries again. */
	set->counters.crowded++;
	if (silent) {
		socket_link_doom(silent);
	}
	return -1;
}

static void tune(struct socket_link *link)
{
	int on = 1, idle_s = KEEPALIVE_S, between_s = KEEPALIVE_S / KEEPALIVE_TRIES,
	    tries = KEEPALIVE_TRIES;
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (link->peer.kind == SOCKET_UNIX) {
		if (!getsockopt(link->fd, SOL_SOCKET, SO_PEERCRED, &cred, &size)) {
			link->peer.uid = cred.uid;
		}
		return;
	}
	setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(link->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(link->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(link->fd, IPPROTO_TCP, TCP_KEEPINTVL, &between_s, sizeof(between_s));
	setsockopt(link->fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
}

static struct socket_link *create(struct socket_set *set, int fd, const struct socket_peer *peer)
{
	struct socket_link *link = calloc(1, sizeof(*link));

	if (!link) {
		return NULL;
	}
	link->set = set;
	link->fd = fd;
	link->peer = *peer;
	link->peer.link = ++set->last_link;
	frame_init(&link->reader);
	tune(link);
	ev_io_init(&link->in, on_readable, fd, EV_READ);
	ev_io_init(&link->out, on_writable, fd, EV_WRITE);
	ev_timer_init(&link->pause, on_rested, 0.0, 0.0);
	link->in.data = link->out.data = link->pause.data = link;
	/* Connecting anew does not escape the rate of all together. */
	rest_or_read(link);
	return link;
}

int socket_link_accept(struct socket_listener *listener)
{
	struct socket_set *set = listener->set;
	struct socket_peer peer = { .kind = listener->kind, .local = true, .uid = (uid_t)-1 };
	bool net = listener->kind == SOCKET_TCP;
	socklen_t size = sizeof(peer.address);
	int place, fd = accept4(listener->fd, net ? &peer.address.any : NULL, net ? &size : NULL,
				SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		return -errno;
	}
	if (net) {
		peer.local = allow_is_local(&peer.address.any);
		if (!peer.local &&
		    !(set->options.allow && allow_has(set->options.allow, &peer.address.any))) {
			set->counters.stranger++;
			close(fd);
			return 0;
		}
	}
	place = find_place(set, listener->kind);
	if (place >= 0) {
		set->links[place] = create(set, fd, &peer);
	}
	if (place < 0 || !set->links[place]) {
		close(fd);
	}
	return 0;
}

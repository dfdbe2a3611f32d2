/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "osc/server/socket_link.h"
#include "src/base/log.h"

/* Limit of datagrams per wake-up: a sender must not monopolise the main loop. */
#define TURN 32u
/* Connections that may wait to be accepted. */
#define BACKLOG 16
/* Pause before accepting again after running out of descriptors. */
#define PAUSE_S 0.1
#define UNIX_MODE 0660

static void on_datagram(struct ev_loop *loop, ev_io *io, int events)
{
	struct socket_listener *listener = io->data;
	struct socket_set *set = listener->set;

	(void)loop;
	(void)events;
	for (unsigned i = 0; i < TURN; i++) {
		union socket_address address;
		socklen_t length = sizeof(address);
		ssize_t size = recvfrom(io->fd, set->buffer, sizeof(set->buffer),
					MSG_DONTWAIT | MSG_TRUNC, &address.any, &length);

		if (size < 0) {
			return;
		}
		socket_datagram(listener, &address, (size_t)size);
	}
}

/* Level-triggered: without a pause, the loop would call this again at once, for ever. */
static void on_connection(struct ev_loop *loop, ev_io *io, int events)
{
	struct socket_listener *listener = io->data;
	int error = socket_link_accept(listener);

	(void)events;
	if (error == -EMFILE || error == -ENFILE || error == -ENOBUFS || error == -ENOMEM) {
		log_warning("OSC: cannot accept connections: %s; will retry", strerror(-error));
		ev_io_stop(loop, io);
		ev_timer_set(&listener->pause, PAUSE_S, 0.0);
		ev_timer_start(loop, &listener->pause);
	}
}

static void on_rested(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct socket_listener *listener = timer->data;

	(void)events;
	ev_io_start(loop, &listener->io);
}

static struct socket_listener *prepare(struct socket_set *set, enum socket_kind kind)
{
	struct socket_listener *listener = &set->listeners[set->count];

	if (set->count == SOCKET_LISTENERS_MAX) {
		return NULL;
	}
	memset(listener, 0, sizeof(*listener));
	listener->set = set;
	listener->kind = kind;
	return listener;
}

static void start(struct socket_listener *listener, int fd)
{
	struct socket_set *set = listener->set;

	listener->fd = fd;
	ev_io_init(&listener->io, listener->kind == SOCKET_UDP ? on_datagram : on_connection, fd,
		   EV_READ);
	ev_timer_init(&listener->pause, on_rested, 0.0, 0.0);
	listener->io.data = listener->pause.data = listener;
	ev_io_start(set->options.loop, &listener->io);
	set->count++;
}

static int parse_address(const char *text, uint16_t port, union socket_address *address)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &address->in.sin_addr) == 1) {
		address->in.sin_family = AF_INET;
		address->in.sin_port = htons(port);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &address->in6.sin6_addr) == 1) {
		address->in6.sin6_family = AF_INET6;
		address->in6.sin6_port = htons(port);
		return 0;
	}
	return -EINVAL;
}

/* Returns a bound socket, and completes the address with its port; or -errno. */
static int open_inet(enum socket_kind kind, union socket_address *address)
{
	int family = address->any.sa_family, on = 1, error = 0;
	socklen_t size = family == AF_INET ? sizeof(address->in) : sizeof(address->in6);
	int fd = socket(
		family,
		(kind == SOCKET_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		return -errno;
	}
	/* Each family has its own socket at the same port. */
	if (family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
	/* Frees a port as soon as its connections have ended; on UDP, it would share the port. */
	if (kind == SOCKET_TCP) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	}
	if (bind(fd, &address->any, size) || (kind == SOCKET_TCP && listen(fd, BACKLOG)) ||
	    getsockname(fd, &address->any, &size)) {
		error = -errno;
		close(fd);
	}
	return error ? error : fd;
}

int socket_listen(struct socket_set *set, enum socket_kind kind, const char *address, uint16_t port)
{
	struct socket_listener *listener = prepare(set, kind);
	int fd = listener ? parse_address(address, port, &listener->address) : -ENOSPC;

	if (!fd && !allow_is_local(&listener->address.any) &&
	    !(set->options.allow && set->options.allow->count)) {
		log_error("OSC: cannot listen at %s: not loopback, and no other host is allowed",
			  address);
		return -EPERM;
	}
	fd = fd ? fd : open_inet(kind, &listener->address);
	if (fd < 0) {
		log_error("OSC: cannot listen at %s port %u (%s): %s", address, port,
			  kind == SOCKET_TCP ? "TCP" : "UDP", strerror(-fd));
		return fd;
	}
	start(listener, fd);
	return 0;
}

static int unix_socket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Removes a stale socket, at which nobody listens; never anything else. */
static int clear_path(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, error;

	if (lstat(address->sun_path, &st)) {
		return errno == ENOENT ? 0 : -errno;
	}
	if (!S_ISSOCK(st.st_mode)) {
		return -EEXIST;
	}
	fd = unix_socket();
	if (fd < 0) {
		return -errno;
	}
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	if (error != ECONNREFUSED) {
		return -EADDRINUSE;
	}
	return unlink(address->sun_path) ? -errno : 0;
}

/* Sets the mode before it listens: until then, nobody can connect. */
static int open_unix(struct socket_listener *listener)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st = { .st_ino = 0 };
	int fd, error;

	memcpy(address.sun_path, listener->path, sizeof(listener->path));
	error = clear_path(&address);
	if (error) {
		return error;
	}
	fd = unix_socket();
	if (fd < 0) {
		return -errno;
	}
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		error = -errno;
	} else if (chmod(listener->path, UNIX_MODE) || lstat(listener->path, &st) ||
		   listen(fd, BACKLOG)) {
		error = -errno;
		unlink(listener->path);
	}
	if (error) {
		close(fd);
		return error;
	}
	listener->dev = st.st_dev;
	listener->ino = st.st_ino;
	return fd;
}

/* Only warns: without the group, root can still use the socket. */
static void give(const char *path, const char *name)
{
	const struct group *group = getgrnam(name);

	if (!group || chown(path, (uid_t)-1, group->gr_gid)) {
		log_warning("OSC: cannot give %s to the group %s: %s", path, name,
			    group ? strerror(errno) : "no such group");
	}
}

int socket_listen_unix(struct socket_set *set, const char *path, const char *group)
{
	struct socket_listener *listener = prepare(set, SOCKET_UNIX);
	int fd = -ENOSPC;

	if (listener) {
		size_t length = strlen(path);

		fd = -ENAMETOOLONG;
		if (length < sizeof(listener->path)) {
			memcpy(listener->path, path, length + 1);
			fd = open_unix(listener);
		}
	}
	if (fd < 0) {
		log_error("OSC: cannot listen at %s: %s", path, strerror(-fd));
		return fd;
	}
	if (group && *group) {
		give(path, group);
	}
	start(listener, fd);
	return 0;
}

uint16_t socket_port(const struct socket_set *set, unsigned listener)
{
	const union socket_address *address = &set->listeners[listener].address;

	return ntohs(address->any.sa_family == AF_INET ? address->in.sin_port
						       : address->in6.sin6_port);
}

static void stop(struct socket_listener *listener)
{
	struct ev_loop *loop = listener->set->options.loop;
	struct stat st;

	ev_io_stop(loop, &listener->io);
	ev_timer_stop(loop, &listener->pause);
	close(listener->fd);
	if (listener->kind == SOCKET_UNIX && !lstat(listener->path, &st) &&
	    st.st_dev == listener->dev && st.st_ino == listener->ino) {
		unlink(listener->path);
	}
}

void socket_finish(struct socket_set *set)
{
	if (!set || !set->options.loop) {
		return;
	}
	while (set->count) {
		stop(&set->listeners[--set->count]);
	}
	for (unsigned i = 0; i < SOCKET_LINKS_MAX; i++) {
		socket_link_destroy(set->links[i]);
		set->links[i] = NULL;
	}
	ev_timer_stop(set->options.loop, &set->reaper);
	ev_timer_stop(set->options.loop, &set->catch_up);
	late_finish(&set->late);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl_link.h"

#include <errno.h>
#include <grp.h>
#include <math.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

double ctl_link_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* liblo's URLs end in '/', with or without a prefix. */
static bool take_prefix(const char *path, struct ctl_link_place *place)
{
	size_t length = strlen(path);

	while (length && path[length - 1] == '/') {
		length--;
	}
	snprintf(place->prefix, sizeof(place->prefix), "%.*s", (int)length, path);
	return length < sizeof(place->prefix);
}

bool ctl_link_parse(const char *where, struct ctl_link_place *place)
{
	const char *at, *end, *colon;

	*place = (struct ctl_link_place){ 0 };
	if (*where && !strstr(where, "://")) {
		place->kind = CTL_LINK_UNIX;
		return true;
	}
	if (strncmp(where, "osc.udp://", strlen("osc.udp://")) == 0) {
		place->kind = CTL_LINK_UDP;
	} else if (strncmp(where, "osc.tcp://", strlen("osc.tcp://")) == 0) {
		place->kind = CTL_LINK_TCP;
	} else {
		return false;
	}
	at = where + strlen("osc.udp://");
	end = at + strcspn(at, "/");
	/* [::1]:9000 */
	colon = *at == '[' ? strchr(at, ']') : memchr(at, ':', (size_t)(end - at));
	if (!colon || (*at == '[' && *++colon != ':') || end == colon + 1 || colon == at) {
		return false;
	}
	snprintf(place->port, sizeof(place->port), "%.*s", (int)(end - colon - 1), colon + 1);
	if (*at == '[') {
		snprintf(place->host, sizeof(place->host), "%.*s", (int)(colon - at - 2), at + 1);
	} else {
		snprintf(place->host, sizeof(place->host), "%.*s", (int)(colon - at), at);
	}
	return take_prefix(end, place) && strspn(place->port, "0123456789") == strlen(place->port);
}

/* Names the group of the socket or, if that is out of reach, of its directory. */
static void say_denied(const char *path, char *why, size_t size)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct stat about;
	const struct group *group = NULL;
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash) {
		*slash = '\0';
	}
	if (stat(path, &about) == 0 || (slash && stat(folder, &about) == 0)) {
		group = getgrgid(about.st_gid);
	}
	snprintf(why, size, "permission denied; you must be in the group %s",
		 group ? group->gr_name : "of xenjackd");
}

#define NO_SOCKET \
	"is xenjackd running? With --sim its socket is osc.sock, beside that of the guests"

static int open_unix(struct ctl_link *link, const char *path, char *why, size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int err;

	if (strlen(path) >= sizeof(address.sun_path)) {
		snprintf(why, size, "path too long");
		return -EINVAL;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	link->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (link->fd >= 0 &&
	    connect(link->fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
		return 0;
	}
	err = -errno;
	if (err == -EACCES || err == -EPERM) {
		say_denied(path, why, size);
	} else if (err == -ENOENT) {
		snprintf(why, size, "no such socket; %s", NO_SOCKET);
	} else if (err == -ECONNREFUSED) {
		snprintf(why, size, "nothing listens there; %s", NO_SOCKET);
	} else {
		snprintf(why, size, "%s", strerror(-err));
	}
	return err;
}

static int open_inet(struct ctl_link *link, const char *host, const char *port, char *why,
		     size_t size)
{
	struct addrinfo hints = { .ai_socktype = link->kind == CTL_LINK_UDP ? SOCK_DGRAM
									    : SOCK_STREAM };
	struct addrinfo *list;
	int err = getaddrinfo(host, port, &hints, &list);

	if (err) {
		snprintf(why, size, "%s", gai_strerror(err));
		return -EHOSTUNREACH;
	}
	err = -EHOSTUNREACH;
	for (const struct addrinfo *one = list; one && err; one = one->ai_next) {
		link->fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, 0);
		err = link->fd >= 0 && connect(link->fd, one->ai_addr, one->ai_addrlen) == 0
			      ? 0
			      : -errno;
		if (err && link->fd >= 0) {
			close(link->fd);
			link->fd = -1;
		}
	}
	freeaddrinfo(list);
	if (err) {
		snprintf(why, size, "%s; %s", strerror(-err), CTL_LINK_NO_PORT);
	}
	return err;
}

int ctl_link_open(struct ctl_link *link, const char *where, char *why, size_t size)
{
	struct ctl_link_place place;
	int err;

	*link = (struct ctl_link){ .fd = -1 };
	if (!ctl_link_parse(where, &place)) {
		snprintf(why, size,
			 "expected a path, osc.udp://HOST:PORT[/PREFIX] or osc.tcp://...");
		return -EINVAL;
	}
	link->kind = place.kind;
	memcpy(link->prefix, place.prefix, sizeof(link->prefix));
	frame_init(&link->reader);
	err = place.kind == CTL_LINK_UNIX ? open_unix(link, where, why, size)
					  : open_inet(link, place.host, place.port, why, size);
	if (err) {
		ctl_link_close(link);
	}
	return err;
}

void ctl_link_close(struct ctl_link *link)
{
	if (link->kind != CTL_LINK_CLOSED && link->fd >= 0) {
		close(link->fd);
	}
	link->kind = CTL_LINK_CLOSED;
	link->fd = -1;
}

void ctl_link_begin(const struct ctl_link *link, struct packet_batch *batch, packet_sink *sink,
		    void *arg)
{
	packet_begin(batch, sink, arg);
	batch->prefix = link->prefix;
}

int ctl_link_send(struct ctl_link *link, const void *data, size_t size)
{
	uint8_t framed[FRAME_WRITTEN_MAX(PACKET_OUT_MAX)];

	if (link->kind == CTL_LINK_TCP) {
		size = frame_write(FRAME_LENGTH, data, size, framed);
		data = framed;
	}
	while (size) {
		ssize_t sent = send(link->fd, data, size, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR) {
			return -errno;
		}
		if (sent > 0) {
			data = (const uint8_t *)data + sent;
			size -= (size_t)sent;
		}
	}
	return 0;
}

/* Whether a text begins with the prefix; *length is the prefix's. */
static bool has_prefix(const struct ctl_link *link, const char *text, size_t *length)
{
	*length = strlen(link->prefix);
	return strncmp(text, link->prefix, *length) == 0 && text[*length] == '/';
}

static void on_message(void *arg, const struct packet_message *message)
{
	const struct ctl_link *link = arg;
	struct packet_message bare = *message;
	const char *about = packet_text(message, 0);
	size_t length;

	if (!has_prefix(link, message->address, &length)) {
		return;
	}
	bare.address += length;
	/* The message is ours, so this may change it. */
	if ((strcmp(bare.address, "/reply") == 0 || strcmp(bare.address, "/error") == 0) && about &&
	    has_prefix(link, about, &length)) {
		char *text = &lo_message_get_argv(message->lo)[0]->s;

		memmove(text, text + length, strlen(text + length) + 1);
	}
	link->handler(link->arg, &bare);
}

static int on_frame(void *arg, const void *packet, size_t size)
{
	int count = packet_each(packet, size, on_message, arg);

	return count < 0 ? -EPROTO : 0;
}

int ctl_link_take(struct ctl_link *link, packet_handler *handler, void *arg)
{
	uint8_t data[FRAME_PACKET_MAX];
	ssize_t size = recv(link->fd, data, sizeof(data), MSG_DONTWAIT);

	if (size <= 0) {
		return size < 0 ? -errno : -ECONNRESET;
	}
	link->handler = handler;
	link->arg = arg;
	if (link->kind == CTL_LINK_TCP) {
		return frame_read(&link->reader, data, (size_t)size, on_frame, link);
	}
	return on_frame(link, data, (size_t)size);
}

int ctl_link_wait(struct ctl_link *link, double until_s)
{
	struct pollfd one = { .fd = link->fd, .events = POLLIN };
	double left_s = until_s - ctl_link_now_s();
	int ready = poll(&one, 1, left_s > 0.0 ? (int)ceil(left_s * 1000.0) : 0);

	return ready > 0 ? 0 : ready < 0 ? -errno : -ETIMEDOUT;
}

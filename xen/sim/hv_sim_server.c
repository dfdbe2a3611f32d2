/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/sim/hv_sim_server.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "src/base/log.h"
#include "xen/sim/hv_sim.h"

/* Messages served before the daemon has its turn again. */
#define BATCH 16

/* The source of an epoll event; a guest's is FIRST_GUEST plus its slot. */
enum {
	LISTENER,
	TIMER,
	WAKE,
	FIRST_GUEST,
};

/* --- connections */

static void poll_add(struct hv_sim_server *server, int op, int fd, unsigned what, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u32 = what };

	if (epoll_ctl(server->epoll, op, fd, &event) < 0) {
		log_error("sim: epoll: %s", strerror(errno));
	}
}

static void guest_accept(struct hv_sim_server *server)
{
	int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	unsigned i;

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE) {
			/*
			 * Ignore the listener until a guest has gone: it would be readable all the
			 * time.
			 */
			log_warning("sim: no file descriptor left for another guest");
			poll_add(server, EPOLL_CTL_MOD, server->listener, LISTENER, 0);
		}
		return;
	}
	for (i = 0; i < HV_SIM_GUESTS_MAX && server->guests[i].fd >= 0; i++) {
	}
	if (i == HV_SIM_GUESTS_MAX) {
		log_warning("sim: guest refused: limit of %u guests reached", HV_SIM_GUESTS_MAX);
		close(fd);
		return;
	}
	server->guests[i] = (struct hv_sim_guest){ .fd = fd };
	poll_add(server, EPOLL_CTL_ADD, fd, FIRST_GUEST + i, EPOLLIN);
}

static void guest_remove(struct hv_sim_server *server, struct hv_sim_guest *guest)
{
	close(guest->fd);
	guest->fd = -1;
	hv_sim_store_forget(server->store, guest);
	if (guest->domain != NULL) {
		log_notice("sim: domain %u is gone", guest->domid);
		hv_sim_domain_kill(guest->domain);
		hv_sim_tools_destroy(server->tools, guest->domid);
	}
	poll_add(server, EPOLL_CTL_MOD, server->listener, LISTENER, EPOLLIN);
}

void hv_sim_server_wake(struct hv_sim_server *server, bool on)
{
	eventfd_t count;

	if (on) {
		eventfd_write(server->wake, 1);
	} else {
		eventfd_read(server->wake, &count);
	}
}

void hv_sim_server_run(struct hv_sim_server *server)
{
	struct epoll_event events[BATCH];
	struct itimerspec late = { 0 };
	int64_t left_ns;
	unsigned g;
	int i, count = epoll_wait(server->epoll, events, BATCH, 0);

	for (i = 0; i < count; i++) {
		if (events[i].data.u32 >= FIRST_GUEST) {
			hv_sim_server_serve(server,
					    &server->guests[events[i].data.u32 - FIRST_GUEST]);
		} else if (events[i].data.u32 == LISTENER) {
			guest_accept(server);
		}
	}
	for (g = 0; g < HV_SIM_GUESTS_MAX; g++) {
		if (server->guests[g].fd >= 0 && server->guests[g].broken) {
			guest_remove(server, &server->guests[g]);
		}
	}
	left_ns = hv_sim_tools_run(server->tools);
	late.it_value.tv_sec = left_ns / 1000000000;
	late.it_value.tv_nsec = left_ns % 1000000000;
	/* Setting the timer also makes it unreadable again. */
	timerfd_settime(server->timer, 0, &late, NULL);
}

/* --- the socket */

/* Removes the socket that a previous daemon has left, but not one that is in use. */
static int socket_free(const struct sockaddr_un *address)
{
	int result = 0, fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		return -errno;
	}
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0) {
		result = -EADDRINUSE;
	} else if (errno == ECONNREFUSED && unlink(address->sun_path) < 0) {
		result = -errno;
	}
	close(fd);
	return result;
}

static int socket_listen(struct hv_sim_server *server, const char *path)
{
	struct sockaddr_un *address = &server->address;
	char *slash;
	int result;

	if (strlen(path) >= sizeof(address->sun_path)) {
		return -ENAMETOOLONG;
	}
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, strlen(path) + 1);
	slash = strrchr(address->sun_path, '/');
	if (slash != NULL && slash != address->sun_path) {
		*slash = '\0';
		mkdir(address->sun_path, 0700);
		*slash = '/';
	}
	result = socket_free(address);
	if (result < 0) {
		address->sun_family = AF_UNSPEC;
		return result;
	}
	server->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->listener < 0 ||
	    bind(server->listener, (struct sockaddr *)address, sizeof(*address)) < 0 ||
	    chmod(path, 0600) < 0 || listen(server->listener, (int)HV_SIM_GUESTS_MAX) < 0) {
		return -errno;
	}
	return 0;
}

int hv_sim_server_init(struct hv_sim_server *server, const char *path, struct hv_sim_store *store,
		       struct hv_sim_domains *domains, struct hv_sim_tools *tools)
{
	unsigned i;
	int result;

	memset(server, 0, sizeof(*server));
	server->store = store;
	server->domains = domains;
	server->tools = tools;
	for (i = 0; i < HV_SIM_GUESTS_MAX; i++) {
		server->guests[i].fd = -1;
	}
	server->listener = -1;
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->epoll < 0 || server->timer < 0 || server->wake < 0) {
		return -errno;
	}
	result = socket_listen(server, path);
	if (result < 0) {
		return result;
	}
	poll_add(server, EPOLL_CTL_ADD, server->listener, LISTENER, EPOLLIN);
	poll_add(server, EPOLL_CTL_ADD, server->timer, TIMER, EPOLLIN);
	poll_add(server, EPOLL_CTL_ADD, server->wake, WAKE, EPOLLIN);
	return 0;
}

/* In a zeroed server, the descriptors are 0 and not open. */
static void close_open(int fd)
{
	if (fd > 0) {
		close(fd);
	}
}

void hv_sim_server_finish(struct hv_sim_server *server)
{
	unsigned i;

	for (i = 0; i < HV_SIM_GUESTS_MAX && server->store != NULL; i++) {
		if (server->guests[i].fd >= 0) {
			close(server->guests[i].fd);
			if (server->guests[i].domain != NULL) {
				hv_sim_domain_kill(server->guests[i].domain);
			}
		}
	}
	if (server->listener >= 0 && server->address.sun_family == AF_UNIX) {
		unlink(server->address.sun_path);
	}
	close_open(server->listener);
	close_open(server->timer);
	close_open(server->wake);
	close_open(server->epoll);
}

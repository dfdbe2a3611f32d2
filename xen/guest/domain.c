/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/domain.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/log.h"
#include "src/base/rt.h"
#include "xen/hv.h"

struct event {
	struct event *next;
	struct hv_sim_msg msg;
};

struct domain {
	int fd;
	uint32_t domid;
	void *sh_memory;
	pthread_mutex_t lock; /* protects everything below and serialises calls */
	struct event *events; /* watch events received before an answer, oldest first */
	bool used[HV_SIM_PAGES];
};

/* --- messages */

static void fds_take(struct msghdr *in, int *fds)
{
	struct cmsghdr *cmsg;
	int got[2];
	size_t i, count;

	for (cmsg = CMSG_FIRSTHDR(in); cmsg != NULL; cmsg = CMSG_NXTHDR(in, cmsg)) {
		count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(got, CMSG_DATA(cmsg), count * sizeof(int));
		for (i = 0; i < count; i++) {
			if (fds != NULL) {
				*fds++ = got[i];
			} else {
				close(got[i]);
			}
		}
	}
}

static int message_receive(struct domain *domain, struct hv_sim_msg *msg, int *fds, int flags)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
	struct iovec iov = { .iov_base = msg, .iov_len = sizeof(*msg) };
	struct msghdr in = { .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control) };
	ssize_t length;

	do {
		length = recvmsg(domain->fd, &in, flags | MSG_CMSG_CLOEXEC);
	} while (length < 0 && errno == EINTR);
	if (length < 0 && errno == EAGAIN) {
		return -EAGAIN;
	}
	if (length < (ssize_t)HV_SIM_HEADER || (size_t)length != HV_SIM_HEADER + msg->size) {
		return -EPIPE;
	}
	fds_take(&in, fds);
	return 0;
}

static void event_keep(struct domain *domain, const struct hv_sim_msg *msg)
{
	struct event **end, *event = calloc(1, sizeof(*event));

	if (event == NULL) {
		log_error("out of memory: watch event lost");
		return;
	}
	memcpy(&event->msg, msg, HV_SIM_HEADER + msg->size);
	for (end = &domain->events; *end != NULL; end = &(*end)->next) {
	}
	*end = event;
}

static int call_locked(struct domain *domain, struct hv_sim_msg *msg, int *fds)
{
	uint32_t op = msg->op;
	int result;

	if (send(domain->fd, msg, HV_SIM_HEADER + msg->size, MSG_NOSIGNAL) < 0) {
		return -EPIPE;
	}
	for (;;) {
		result = message_receive(domain, msg, fds, 0);
		if (result < 0) {
			return result;
		}
		if (msg->op == op) {
			return msg->status;
		}
		event_keep(domain, msg);
	}
}

int domain_call(struct domain *domain, struct hv_sim_msg *msg, int *fds)
{
	int result;

	pthread_mutex_lock(&domain->lock);
	result = call_locked(domain, msg, fds);
	pthread_mutex_unlock(&domain->lock);
	return result;
}

/* Takes an event that has arrived. Returns 1, 0 if there is none, or -EPIPE. */
static int event_take(struct domain *domain, struct hv_sim_msg *event)
{
	struct event *kept;
	int result = 1;

	pthread_mutex_lock(&domain->lock);
	kept = domain->events;
	if (kept != NULL) {
		domain->events = kept->next;
		memcpy(event, &kept->msg, sizeof(*event));
		free(kept);
	} else {
		result = message_receive(domain, event, NULL, MSG_DONTWAIT);
		result = result == 0 ? 1 : result == -EAGAIN ? 0 : result;
	}
	pthread_mutex_unlock(&domain->lock);
	return result;
}

int domain_event(struct domain *domain, struct hv_sim_msg *event, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = domain->fd, .events = POLLIN };
	int result = event_take(domain, event);

	/* Another thread that waits for an answer may receive the event and queue it. */
	if (result == 0 && poll(&poll_fd, 1, timeout_ms) > 0) {
		result = event_take(domain, event);
	}
	return result;
}

/* --- connecting */

static int socket_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int domain_hello(struct domain *domain, const char *name)
{
	struct hv_sim_msg msg = { .op = HV_SIM_HELLO, .value = HV_SIM_VERSION };
	int fds[2] = { -1, -1 }, result;

	snprintf(msg.data, sizeof(msg.data), "%s", name);
	msg.size = (uint32_t)strlen(msg.data) + 1;
	result = domain_call(domain, &msg, fds);
	if (result < 0) {
		return result;
	}
	domain->domid = msg.value;
	domain->sh_memory = mmap(NULL, (size_t)HV_SIM_PAGES * HV_PAGE_SIZE, PROT_READ | PROT_WRITE,
				 MAP_SHARED, fds[0], 0);
	result = domain->sh_memory == MAP_FAILED ? -errno : 0;
	close(fds[0]);
	return result;
}

struct domain *domain_open(const char *socket_path, const char *name)
{
	struct domain *domain = calloc(1, sizeof(*domain));
	char path[PATH_MAX];
	int result;

	if (domain == NULL) {
		log_error("out of memory: cannot create the domain");
		return NULL;
	}
	pthread_mutex_init(&domain->lock, NULL);
	domain->sh_memory = MAP_FAILED;
	domain->fd = -1;
	if (socket_path == NULL) {
		if (hv_sim_default_path(path, sizeof(path)) < 0) {
			log_error("the path of the default socket is too long");
			domain_close(domain);
			return NULL;
		}
		socket_path = path;
	}
	domain->fd = socket_connect(socket_path);
	if (domain->fd < 0) {
		log_error("cannot connect to %s: %s (is `xenjackd --sim` running?)", socket_path,
			  strerror(errno));
		domain_close(domain);
		return NULL;
	}
	result = domain_hello(domain, name);
	if (result < 0) {
		log_error("the daemon at %s refused the guest: %s", socket_path,
			  result == -EPIPE ? "it closed the connection" : strerror(-result));
		domain_close(domain);
		return NULL;
	}
	return domain;
}

void domain_close(struct domain *domain)
{
	struct event *event;

	if (domain == NULL) {
		return;
	}
	while ((event = domain->events) != NULL) {
		domain->events = event->next;
		free(event);
	}
	if (domain->sh_memory != MAP_FAILED) {
		munmap(domain->sh_memory, (size_t)HV_SIM_PAGES * HV_PAGE_SIZE);
	}
	if (domain->fd >= 0) {
		close(domain->fd);
	}
	pthread_mutex_destroy(&domain->lock);
	free(domain);
}

uint32_t domain_id(const struct domain *domain)
{
	return domain->domid;
}

int domain_fd(const struct domain *domain)
{
	return domain->fd;
}

/* --- memory */

int domain_alloc(struct domain *domain, unsigned count)
{
	unsigned page, free_pages = 0;
	int first = -ENOMEM;

	pthread_mutex_lock(&domain->lock);
	for (page = HV_SIM_GRANT_PAGES; page < HV_SIM_PAGES && first < 0; page++) {
		free_pages = domain->used[page] ? 0 : free_pages + 1;
		if (free_pages == count) {
			first = (int)(page + 1 - count);
			memset(&domain->used[first], true, count);
		}
	}
	pthread_mutex_unlock(&domain->lock);
	if (first > 0) {
		memset(domain_page(domain, (uint32_t)first), 0, (size_t)count * HV_PAGE_SIZE);
	}
	return first;
}

void domain_free(struct domain *domain, uint32_t page, unsigned count)
{
	pthread_mutex_lock(&domain->lock);
	memset(&domain->used[page], false, count);
	pthread_mutex_unlock(&domain->lock);
}

void *domain_page(const struct domain *domain, uint32_t page)
{
	return (char *)domain->sh_memory + (size_t)page * HV_PAGE_SIZE;
}

static _Atomic uint32_t *sh_grant(const struct domain *domain, uint32_t page)
{
	return (_Atomic uint32_t *)domain->sh_memory + page;
}

void domain_grant(struct domain *domain, uint32_t page, unsigned count)
{
	for (; count > 0; page++, count--) {
		atomic_fetch_or(sh_grant(domain, page), HV_SIM_GRANTED);
	}
}

uint32_t domain_ref(const struct domain *domain, uint32_t page)
{
	(void)domain;
	return page;
}

unsigned domain_revoke(struct domain *domain, uint32_t page, unsigned count)
{
	unsigned mapped = 0;

	for (; count > 0; page++, count--) {
		mapped += (atomic_fetch_and(sh_grant(domain, page), ~HV_SIM_GRANTED) &
			   HV_SIM_USES) != 0;
	}
	return mapped;
}

bool domain_sees_uses(const struct domain *domain)
{
	(void)domain;
	return true;
}

unsigned domain_uses(const struct domain *domain, uint32_t page)
{
	return atomic_load(sh_grant(domain, page)) & HV_SIM_USES;
}

/* --- event channels */

int domain_port_alloc(struct domain *domain, struct domain_port *port)
{
	struct hv_sim_msg msg = { .op = HV_SIM_ALLOC_PORT };
	int fds[2] = { -1, -1 };
	int result = domain_call(domain, &msg, fds);

	if (result < 0) {
		memset(port, 0, sizeof(*port));
		return result;
	}
	port->number = msg.value;
	port->to_daemon = fds[0];
	port->to_guest = fds[1];
	return 0;
}

void domain_port_free(struct domain *domain, struct domain_port *port)
{
	struct hv_sim_msg msg = { .op = HV_SIM_FREE_PORT, .value = port->number };

	if (port->number == 0) {
		return;
	}
	domain_call(domain, &msg, NULL);
	close(port->to_daemon);
	close(port->to_guest);
	memset(port, 0, sizeof(*port));
}

void domain_notify(const struct domain_port *port)
{
	eventfd_write(port->to_daemon, 1);
}

bool domain_notified(const struct domain_port *port)
{
	eventfd_t times;

	return eventfd_read(port->to_guest, &times) == 0;
}

/* --- xenstore */

/* A message of a path and, optionally, bytes after it. */
static int message_fill(struct hv_sim_msg *msg, enum hv_sim_op op, const char *path,
			const void *bytes, size_t size)
{
	size_t path_size = strlen(path) + 1;

	if (path_size + size > HV_SIM_DATA_MAX) {
		return -E2BIG;
	}
	*msg = (struct hv_sim_msg){ .op = op, .size = (uint32_t)(path_size + size) };
	memcpy(msg->data, path, path_size);
	if (size > 0) {
		memcpy(msg->data + path_size, bytes, size);
	}
	return 0;
}

static int call_store(struct domain *domain, struct hv_sim_msg *msg, enum hv_sim_op op,
		      const char *path, const void *bytes, size_t size)
{
	int result = message_fill(msg, op, path, bytes, size);

	return result < 0 ? result : domain_call(domain, msg, NULL);
}

char *domain_read(struct domain *domain, const char *path)
{
	struct hv_sim_msg msg;
	int result = call_store(domain, &msg, HV_SIM_READ, path, NULL, 0);

	if (result < 0) {
		errno = -result;
		return NULL;
	}
	return strndup(msg.data, msg.size);
}

int domain_write_bytes(struct domain *domain, const char *path, const void *value, size_t size)
{
	struct hv_sim_msg msg;

	return call_store(domain, &msg, HV_SIM_WRITE, path, value, size);
}

int domain_remove(struct domain *domain, const char *path)
{
	struct hv_sim_msg msg;

	return call_store(domain, &msg, HV_SIM_REMOVE, path, NULL, 0);
}

int domain_watch(struct domain *domain, const char *path, const char *token)
{
	struct hv_sim_msg msg;

	return call_store(domain, &msg, HV_SIM_WATCH, path, token, strlen(token) + 1);
}

int domain_unwatch(struct domain *domain, const char *path, const char *token)
{
	struct hv_sim_msg msg;

	return call_store(domain, &msg, HV_SIM_UNWATCH, path, token, strlen(token) + 1);
}

int domain_attach(struct domain *domain, uint32_t devid)
{
	struct hv_sim_msg msg = { .op = HV_SIM_ATTACH, .value = devid };

	return domain_call(domain, &msg, NULL);
}

int domain_detach(struct domain *domain, uint32_t devid)
{
	struct hv_sim_msg msg = { .op = HV_SIM_DETACH, .value = devid };

	return domain_call(domain, &msg, NULL);
}

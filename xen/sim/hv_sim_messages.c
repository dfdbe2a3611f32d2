/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/sim/hv_sim_server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "src/base/log.h"
#include "xen/sim/hv_sim.h"

/* Xen's own domains begin here. */
#define DOMID_END 0x7ff0u

/* --- sending messages */

static void guest_send(struct hv_sim_guest *guest, const struct hv_sim_msg *msg, const int *fds,
		       unsigned fd_count)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	union {
		const struct hv_sim_msg *in;
		void *out;
	} base = { .in = msg };
	struct iovec iov = { .iov_base = base.out, .iov_len = HV_SIM_HEADER + msg->size };
	struct msghdr out = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (fd_count > 0) {
		out.msg_control = control;
		out.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&out);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, fd_count * sizeof(int));
	}
	if (sendmsg(guest->fd, &out, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		guest->broken = true;
	}
}

void hv_sim_server_event(struct hv_sim_guest *guest, const char *path, const char *token)
{
	struct hv_sim_msg msg = { .op = HV_SIM_EVENT };
	size_t path_size = strlen(path) + 1, token_size = strlen(token) + 1;

	/* Both are shorter than HV_SIM_PATH_MAX: they fit. */
	memcpy(msg.data, path, path_size);
	memcpy(msg.data + path_size, token, token_size);
	msg.size = (uint32_t)(path_size + token_size);
	guest_send(guest, &msg, NULL, 0);
}

/* --- a guest's access to the store */

static bool path_below(const char *path, const char *dir)
{
	size_t length = strlen(dir);

	return strncmp(path, dir, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static bool may_write(const struct hv_sim_guest *guest, const char *path)
{
	char dir[64];

	snprintf(dir, sizeof(dir), HV_SIM_DOMAIN_PATH, guest->domid);
	return path_below(path, dir) && strcmp(path, dir) != 0;
}

static bool may_read(const struct hv_sim_guest *guest, const char *path)
{
	char own[64], back[64];

	snprintf(own, sizeof(own), HV_SIM_DOMAIN_PATH, guest->domid);
	snprintf(back, sizeof(back), HV_SIM_BACKEND_PATH, guest->domid);
	return path_below(path, own) || path_below(path, back) || path_below(path, "/sim");
}

const char *hv_sim_server_read(struct hv_sim_server *server, const char *path, size_t *size,
			       char number[HV_SIM_NUMBER_MAX])
{
	const _Atomic uint32_t *counter = NULL;

	if (strcmp(path, "/sim/mappings") == 0) {
		counter = &server->domains->mappings;
	} else if (strcmp(path, "/sim/pages") == 0) {
		counter = &server->domains->pages;
	} else if (strcmp(path, "/sim/ports") == 0) {
		counter = &server->domains->bound;
	} else {
		return hv_sim_store_read(server->store, path, size);
	}
	*size = (size_t)snprintf(number, HV_SIM_NUMBER_MAX, "%" PRIu32, atomic_load(counter));
	return number;
}

static int serve_read(struct hv_sim_server *server, struct hv_sim_guest *guest, const char *path,
		      struct hv_sim_msg *answer)
{
	char number[HV_SIM_NUMBER_MAX];
	const char *value;
	size_t size;

	if (!may_read(guest, path)) {
		return -EACCES;
	}
	value = hv_sim_server_read(server, path, &size, number);
	if (value == NULL) {
		return -ENOENT;
	}
	if (size > HV_SIM_DATA_MAX) {
		return -E2BIG;
	}
	memcpy(answer->data, value, size);
	answer->size = (uint32_t)size;
	return 0;
}

static int serve_list(struct hv_sim_server *server, struct hv_sim_guest *guest, const char *path,
		      struct hv_sim_msg *answer)
{
	const char *name = NULL;
	size_t size;

	if (!may_read(guest, path)) {
		return -EACCES;
	}
	if (hv_sim_store_read(server->store, path, &size) == NULL) {
		return -ENOENT;
	}
	while ((name = hv_sim_store_child(server->store, path, name)) != NULL) {
		size = strlen(name) + 1;
		if (answer->size + size > HV_SIM_DATA_MAX) {
			answer->size = 0;
			return -E2BIG;
		}
		memcpy(answer->data + answer->size, name, size);
		answer->size += (uint32_t)size;
	}
	return 0;
}

static int serve_write(struct hv_sim_server *server, struct hv_sim_guest *guest, const char *path,
		       const char *value, size_t size)
{
	char dir[64];

	if (!may_write(guest, path)) {
		return -EACCES;
	}
	if (size > HV_SIM_VALUE_MAX) {
		return -ENOSPC;
	}
	snprintf(dir, sizeof(dir), HV_SIM_DOMAIN_PATH, guest->domid);
	/* One write adds at most the nodes of one path, which is bounded, too. */
	if (hv_sim_store_count(server->store, dir) >= HV_SIM_NODES_MAX) {
		return -ENOSPC;
	}
	return hv_sim_store_write(server->store, path, value, size);
}

static int serve_watch(struct hv_sim_server *server, struct hv_sim_guest *guest, const char *path,
		       const char *token)
{
	int result;

	if (guest->watches >= HV_SIM_WATCHES_MAX || strlen(token) >= HV_SIM_PATH_MAX) {
		return -E2BIG;
	}
	if (!may_read(guest, path)) {
		return -EACCES;
	}
	result = hv_sim_store_watch(server->store, guest, path, token);
	guest->watches += result == 0;
	return result;
}

static int serve_unwatch(struct hv_sim_server *server, struct hv_sim_guest *guest, const char *path,
			 const char *token)
{
	int result = hv_sim_store_unwatch(server->store, guest, path, token);

	guest->watches -= result == 0;
	return result;
}

/* --- receiving messages */

static uint32_t domid_next(struct hv_sim_server *server)
{
	char path[64];
	size_t size;

	do {
		server->last_domid = server->last_domid % (DOMID_END - 1) + 1;
		snprintf(path, sizeof(path), HV_SIM_DOMAIN_PATH, server->last_domid);
	} while (hv_sim_store_read(server->store, path, &size) != NULL);
	return server->last_domid;
}

static int serve_hello(struct hv_sim_server *server, struct hv_sim_guest *guest,
		       const struct hv_sim_msg *msg, struct hv_sim_msg *answer)
{
	uint32_t domid = domid_next(server);
	int result;

	if (msg->value != HV_SIM_VERSION) {
		return -EPROTO;
	}
	guest->domain = hv_sim_domain_create(server->domains, domid);
	if (guest->domain == NULL) {
		return -errno;
	}
	guest->domid = domid;
	result = hv_sim_tools_create(server->tools, domid, msg->data);
	if (result < 0) {
		guest->broken = true;
		return result;
	}
	log_notice("sim: domain %u is \"%.40s\"", domid, msg->data);
	answer->value = domid;
	return 0;
}

static int serve_store(struct hv_sim_server *server, struct hv_sim_guest *guest,
		       const struct hv_sim_msg *msg, struct hv_sim_msg *answer)
{
	const char *path = msg->data, *rest = path + strlen(path) + 1;
	size_t rest_size = msg->size - (size_t)(rest - msg->data);
	bool texts = msg->op == HV_SIM_WATCH || msg->op == HV_SIM_UNWATCH;

	if (texts && (rest_size == 0 || memchr(rest, '\0', rest_size) == NULL)) {
		guest->broken = true;
		return -EPROTO;
	}
	if (!hv_sim_store_valid(path)) {
		return -EINVAL;
	}
	switch (msg->op) {
	case HV_SIM_READ:
		return serve_read(server, guest, path, answer);
	case HV_SIM_LIST:
		return serve_list(server, guest, path, answer);
	case HV_SIM_WRITE:
		return serve_write(server, guest, path, rest, rest_size);
	case HV_SIM_REMOVE:
		return may_write(guest, path) ? hv_sim_store_remove(server->store, path) : -EACCES;
	case HV_SIM_WATCH:
		return serve_watch(server, guest, path, rest);
	default:
		return serve_unwatch(server, guest, path, rest);
	}
}

/* Whether a message is allowed now and holds the texts that it needs. */
static bool message_valid(const struct hv_sim_guest *guest, const struct hv_sim_msg *msg,
			  ssize_t length)
{
	if (length < (ssize_t)HV_SIM_HEADER || msg->size > HV_SIM_DATA_MAX ||
	    (size_t)length != HV_SIM_HEADER + msg->size) {
		return false;
	}
	if ((msg->op == HV_SIM_HELLO) != (guest->domid == 0)) {
		return false;
	}
	switch (msg->op) {
	case HV_SIM_ALLOC_PORT:
	case HV_SIM_FREE_PORT:
	case HV_SIM_ATTACH:
	case HV_SIM_DETACH:
		return true;
	case HV_SIM_EVENT:
		return false;
	default:
		return msg->op >= HV_SIM_HELLO && msg->op <= HV_SIM_UNWATCH &&
		       memchr(msg->data, '\0', msg->size) != NULL;
	}
}

void hv_sim_server_serve(struct hv_sim_server *server, struct hv_sim_guest *guest)
{
	struct hv_sim_msg msg, answer = { .size = 0 };
	ssize_t length = recv(guest->fd, &msg, sizeof(msg), MSG_DONTWAIT | MSG_TRUNC);
	int fds[2];
	unsigned fd_count = 0;

	if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	if (!message_valid(guest, &msg, length)) {
		guest->broken = true;
		return;
	}
	answer.op = msg.op;
	switch (msg.op) {
	case HV_SIM_HELLO:
		answer.status = serve_hello(server, guest, &msg, &answer);
		if (answer.status == 0) {
			fds[fd_count++] = guest->domain->memory;
		}
		break;
	case HV_SIM_ALLOC_PORT:
		answer.status = hv_sim_domain_offer(guest->domain);
		if (answer.status > 0) {
			answer.value = (uint32_t)answer.status;
			answer.status = 0;
			fds[fd_count++] = guest->domain->ports[answer.value].to_daemon;
			fds[fd_count++] = guest->domain->ports[answer.value].to_guest;
		}
		break;
	case HV_SIM_FREE_PORT:
		answer.status = hv_sim_domain_withdraw(guest->domain, msg.value);
		break;
	case HV_SIM_ATTACH:
		answer.status = hv_sim_tools_attach(server->tools, guest->domid, msg.value);
		break;
	case HV_SIM_DETACH:
		answer.status = hv_sim_tools_detach(server->tools, guest->domid, msg.value);
		break;
	default:
		answer.status = serve_store(server, guest, &msg, &answer);
	}
	guest_send(guest, &answer, fds, fd_count);
}

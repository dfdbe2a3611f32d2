/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xen/guest/domain.h for the real guest that this program runs in, by gntalloc, evtchn and
 * xenstore. The toolstack has attached its cards already, and Linux's driver must not be loaded.
 * A grant ends when its memory goes: a page that is revoked must not be used again. One thread.
 */
#include "xen/guest/domain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "src/base/log.h"
#include "xen/guest/abi.h"
#include "xen/hv.h"

#define BACK_END 0u /* Dom0's id */
#define PORTS_MAX 256u
#define CLOSE_TRIES 6000u
#define CLOSE_TRY_MS 10u

struct domain {
	uint32_t domid;
	struct xs_handle *store;
	xengntshr_handle *grants;
	uint32_t pages; /* numbers in use; none is used twice */
	char *sh_pages[HV_SIM_PAGES];
	uint32_t refs[HV_SIM_PAGES];
};

/* One handle a port, found by its descriptor. */
static struct {
	xenevtchn_handle *handle;
	int fd;
} ports[PORTS_MAX];

/* --- life */

struct domain *domain_open(const char *socket_path, const char *name)
{
	struct domain *domain = calloc(1, sizeof(*domain));

	(void)socket_path;
	(void)name;
	if (!domain) {
		return NULL;
	}
	domain->pages = 1;
	domain->store = xs_open(0);
	domain->grants = xengntshr_open(NULL, 0);
	if (domain->store) {
		domain->domid = (uint32_t)domain_read_number(domain, "domid", 0);
	}
	if (!domain->domid || !domain->grants) {
		log_error("this is no guest with xenstore, gntalloc and evtchn");
		domain_close(domain);
		return NULL;
	}
	return domain;
}

static void pause_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

/* As Linux's driver when it is unloaded; and what this program has added to the card goes. */
static void close_card(struct domain *domain, const char *devid)
{
	char front[64], back[64], path[96];
	char **nodes;
	unsigned count = 0;

	snprintf(front, sizeof(front), "/local/domain/%u/device/vsnd/%.8s", domain->domid, devid);
	snprintf(back, sizeof(back), "/local/domain/0/backend/vsnd/%u/%.8s/state", domain->domid,
		 devid);
	snprintf(path, sizeof(path), "%s/state", front);
	if (domain_read_number(domain, path, XenbusStateClosed) != XenbusStateClosed) {
		domain_write(domain, path, "5");
	}
	for (unsigned i = 0;
	     i < CLOSE_TRIES && domain_read_number(domain, back, 0) != XenbusStateInitWait; i++) {
		pause_ms(CLOSE_TRY_MS);
	}
	domain_write(domain, path, "6");
	nodes = xs_directory(domain->store, XBT_NULL, front, &count);
	for (unsigned i = 0; nodes && i < count; i++) {
		if (nodes[i][strspn(nodes[i], "0123456789")] == '\0') {
			snprintf(path, sizeof(path), "%s/%.8s", front, nodes[i]);
			domain_remove(domain, path);
		}
	}
	free(nodes);
}

static void close_cards(struct domain *domain)
{
	unsigned count = 0;
	char path[64], **cards;

	snprintf(path, sizeof(path), "/local/domain/%u/device/vsnd", domain->domid);
	cards = xs_directory(domain->store, XBT_NULL, path, &count);
	for (unsigned i = 0; cards && i < count; i++) {
		close_card(domain, cards[i]);
	}
	free(cards);
}

void domain_close(struct domain *domain)
{
	if (!domain) {
		return;
	}
	if (domain->store && domain->domid) {
		close_cards(domain);
	}
	for (unsigned i = 0; i < PORTS_MAX; i++) {
		if (ports[i].handle) {
			xenevtchn_close(ports[i].handle);
			ports[i].handle = NULL;
		}
	}
	if (domain->grants) {
		/* Its memory stays until the program ends: a case may look at it once more. */
		xengntshr_close(domain->grants);
	}
	if (domain->store) {
		xs_close(domain->store);
	}
	free(domain);
}

uint32_t domain_id(const struct domain *domain)
{
	return domain->domid;
}

int domain_fd(const struct domain *domain)
{
	return xs_fileno(domain->store);
}

/* --- memory */

int domain_alloc(struct domain *domain, unsigned count)
{
	uint32_t first = domain->pages;

	if (count > HV_SIM_PAGES - first) {
		return -ENOMEM;
	}
	domain->pages += count;
	return (int)first;
}

void domain_free(struct domain *domain, uint32_t page, unsigned count)
{
	(void)domain;
	(void)page;
	(void)count;
}

void *domain_page(const struct domain *domain, uint32_t page)
{
	return domain->sh_pages[page];
}

void domain_grant(struct domain *domain, uint32_t page, unsigned count)
{
	char *sh_memory = xengntshr_share_pages(domain->grants, BACK_END, (int)count,
						&domain->refs[page], 1);

	if (!sh_memory) {
		log_error("cannot grant %u pages: %s", count, strerror(errno));
		exit(1);
	}
	memset(sh_memory, 0, (size_t)count * HV_PAGE_SIZE);
	for (unsigned i = 0; i < count; i++) {
		domain->sh_pages[page + i] = sh_memory + (size_t)i * HV_PAGE_SIZE;
	}
}

uint32_t domain_ref(const struct domain *domain, uint32_t page)
{
	return domain->refs[page];
}

unsigned domain_revoke(struct domain *domain, uint32_t page, unsigned count)
{
	xengntshr_unshare(domain->grants, domain->sh_pages[page], count);
	memset(&domain->sh_pages[page], 0, count * sizeof(char *));
	return 0;
}

bool domain_sees_uses(const struct domain *domain)
{
	(void)domain;
	return false;
}

unsigned domain_uses(const struct domain *domain, uint32_t page)
{
	(void)domain;
	(void)page;
	return 0;
}

/* --- event channels */

int domain_port_alloc(struct domain *domain, struct domain_port *port)
{
	unsigned i = 0;

	(void)domain;
	memset(port, 0, sizeof(*port));
	while (i < PORTS_MAX && ports[i].handle) {
		i++;
	}
	if (i == PORTS_MAX) {
		return -ENOSPC;
	}
	ports[i].handle = xenevtchn_open(NULL, 0);
	if (!ports[i].handle) {
		return -errno;
	}
	ports[i].fd = xenevtchn_fd(ports[i].handle);
	fcntl(ports[i].fd, F_SETFL, O_NONBLOCK);
	port->to_daemon = port->to_guest = ports[i].fd;
	port->number = (uint32_t)xenevtchn_bind_unbound_port(ports[i].handle, BACK_END);
	return 0;
}

static unsigned place_of(const struct domain_port *port)
{
	unsigned i = 0;

	while (!ports[i].handle || ports[i].fd != port->to_daemon) {
		i++;
	}
	return i;
}

void domain_port_free(struct domain *domain, struct domain_port *port)
{
	unsigned place;

	(void)domain;
	if (port->number) {
		place = place_of(port);
		xenevtchn_close(ports[place].handle);
		ports[place].handle = NULL;
		memset(port, 0, sizeof(*port));
	}
}

void domain_notify(const struct domain_port *port)
{
	xenevtchn_notify(ports[place_of(port)].handle, port->number);
}

bool domain_notified(const struct domain_port *port)
{
	xenevtchn_handle *handle = ports[place_of(port)].handle;
	int pending = xenevtchn_pending(handle);

	if (pending < 0) {
		return false;
	}
	xenevtchn_unmask(handle, (evtchn_port_t)pending);
	return true;
}

/* --- xenstore */

char *domain_read(struct domain *domain, const char *path)
{
	return xs_read(domain->store, XBT_NULL, path, NULL);
}

int domain_write_bytes(struct domain *domain, const char *path, const void *value, size_t size)
{
	return xs_write(domain->store, XBT_NULL, path, value, (unsigned)size) ? 0 : -errno;
}

int domain_remove(struct domain *domain, const char *path)
{
	return xs_rm(domain->store, XBT_NULL, path) ? 0 : -errno;
}

int domain_watch(struct domain *domain, const char *path, const char *token)
{
	return xs_watch(domain->store, path, token) ? 0 : -errno;
}

int domain_unwatch(struct domain *domain, const char *path, const char *token)
{
	return xs_unwatch(domain->store, path, token) ? 0 : -errno;
}

int domain_event(struct domain *domain, struct hv_sim_msg *event, int timeout_ms)
{
	struct pollfd store = { .fd = xs_fileno(domain->store), .events = POLLIN };
	char **watch = xs_check_watch(domain->store);
	size_t path_size, token_size;

	if (!watch && poll(&store, 1, timeout_ms) > 0) {
		watch = xs_check_watch(domain->store);
	}
	if (!watch) {
		return 0;
	}
	path_size = strlen(watch[XS_WATCH_PATH]) + 1;
	token_size = strlen(watch[XS_WATCH_TOKEN]) + 1;
	memcpy(event->data, watch[XS_WATCH_PATH], path_size);
	memcpy(event->data + path_size, watch[XS_WATCH_TOKEN], token_size);
	event->size = (uint32_t)(path_size + token_size);
	free(watch);
	return 1;
}

/* The toolstack did it when it made the guest; the back end offers the card as soon as it is
 * closed. */
int domain_attach(struct domain *domain, uint32_t devid)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/device/vsnd/%u/state", domain->domid, devid);
	return domain_write(domain, path, "1");
}

int domain_detach(struct domain *domain, uint32_t devid)
{
	(void)domain;
	(void)devid;
	return -EPERM;
}

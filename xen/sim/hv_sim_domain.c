/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/sim/hv_sim_domain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xen/hv.h"

/* Stored on separate pages in front of every mapping, so that unmap needs no list. */
struct mapping {
	struct hv_sim_domains *domains;
	struct hv_sim_domain *domain;
	uint32_t grefs[];
};

struct hv_evtchn {
	struct hv_sim_domains *domains;
	struct hv_sim_port *ports; /* bound ones */
	int epoll;
};

/* --- references */

static struct hv_sim_domain *domain_get(struct hv_sim_domains *domains, uint32_t domid)
{
	struct hv_sim_domain *domain;
	uint64_t life;
	unsigned i;

	for (i = 0; i < HV_SIM_GUESTS_MAX && domid != 0; i++) {
		domain = &domains->slots[i];
		life = atomic_load_explicit(&domain->life, memory_order_relaxed);
		while (life >> 32 == domid) {
			/* Acquire: what hv_sim_domain_create wrote comes before our use of it. */
			if (atomic_compare_exchange_weak_explicit(&domain->life, &life, life + 1,
								  memory_order_acquire,
								  memory_order_relaxed)) {
				return domain;
			}
		}
	}
	return NULL;
}

/* A local port is the domain's slot times HV_SIM_PORTS_MAX plus the guest's port. */
static struct hv_sim_port *port_find(struct hv_sim_domains *domains, int local)
{
	return &domains->slots[local / (int)HV_SIM_PORTS_MAX].ports[local % (int)HV_SIM_PORTS_MAX];
}

static int port_local(struct hv_sim_domains *domains, const struct hv_sim_port *port)
{
	unsigned slot = (unsigned)(((const char *)port - (const char *)domains->slots) /
				   (ptrdiff_t)sizeof(domains->slots[0]));

	return (int)(slot * HV_SIM_PORTS_MAX + (unsigned)(port - domains->slots[slot].ports));
}

static void port_close(struct hv_sim_port *port)
{
	close(port->to_daemon);
	close(port->to_guest);
	/* Release: the descriptors are closed before the main thread may make new ones here. */
	atomic_store_explicit(&port->state, HV_SIM_PORT_FREE, memory_order_release);
}

static void domain_put(struct hv_sim_domain *domain)
{
	unsigned i;

	/*
	 * Release: our use of the domain ends before it is freed. Acquire: if we free it, everybody
	 * else's use has ended.
	 */
	if ((uint32_t)atomic_fetch_sub_explicit(&domain->life, 1, memory_order_acq_rel) != 1) {
		return;
	}
	for (i = 0; i < HV_SIM_PORTS_MAX; i++) {
		if (atomic_load_explicit(&domain->ports[i].state, memory_order_relaxed) !=
		    HV_SIM_PORT_FREE) {
			port_close(&domain->ports[i]);
		}
	}
	munmap(domain->sh_grants, HV_SIM_GRANT_PAGES * HV_PAGE_SIZE);
	close(domain->memory);
	/* Release: all of the above before the main thread may fill the slot again. */
	atomic_store_explicit(&domain->used, false, memory_order_release);
}

static int memory_create(void)
{
	int fd = memfd_create("xenjack-guest", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0) {
		return -1;
	}
	/* If the guest could shrink it, the daemon's next access would raise SIGBUS. */
	if (ftruncate(fd, (off_t)HV_SIM_PAGES * HV_PAGE_SIZE) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct hv_sim_domain *hv_sim_domain_create(struct hv_sim_domains *domains, uint32_t domid)
{
	struct hv_sim_domain *domain;
	unsigned i;

	for (i = 0; i < HV_SIM_GUESTS_MAX; i++) {
		/* Acquire: pairs with domain_put, which has freed what was here. */
		if (!atomic_load_explicit(&domains->slots[i].used, memory_order_acquire)) {
			break;
		}
	}
	if (i == HV_SIM_GUESTS_MAX) {
		errno = ENOSPC;
		return NULL;
	}
	domain = &domains->slots[i];
	domain->memory = memory_create();
	if (domain->memory < 0) {
		return NULL;
	}
	domain->sh_grants = mmap(NULL, HV_SIM_GRANT_PAGES * HV_PAGE_SIZE, PROT_READ | PROT_WRITE,
				 MAP_SHARED, domain->memory, 0);
	if (domain->sh_grants == MAP_FAILED) {
		close(domain->memory);
		return NULL;
	}
	atomic_store_explicit(&domain->used, true, memory_order_relaxed);
	/* Release: the fields above before the io thread can find the domain. */
	atomic_store_explicit(&domain->life, (uint64_t)domid << 32 | 1, memory_order_release);
	return domain;
}

void hv_sim_domain_kill(struct hv_sim_domain *domain)
{
	/* No ordering needed: finding the domain and taking a reference are one step. */
	atomic_fetch_and_explicit(&domain->life, UINT32_MAX, memory_order_relaxed);
	domain_put(domain);
}

/* --- grants */

static _Atomic uint32_t *sh_grant(const struct hv_sim_domain *domain, uint32_t gref)
{
	return (_Atomic uint32_t *)domain->sh_grants + gref;
}

/* The count is there for the guest, which may corrupt it: the daemon never relies on it. */
static bool grant_take(const struct hv_sim_domain *domain, uint32_t gref)
{
	if (gref < HV_SIM_GRANT_PAGES || gref >= HV_SIM_PAGES) {
		return false;
	}
	if ((atomic_fetch_add(sh_grant(domain, gref), 1) & HV_SIM_GRANTED) == 0) {
		atomic_fetch_sub(sh_grant(domain, gref), 1);
		return false;
	}
	return true;
}

static void grants_give(const struct mapping *mapping, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		atomic_fetch_sub(sh_grant(mapping->domain, mapping->grefs[i]), 1);
	}
}

static size_t mapping_header(unsigned count)
{
	size_t size = sizeof(struct mapping) + count * sizeof(uint32_t);

	return (size + HV_PAGE_SIZE - 1) / HV_PAGE_SIZE * HV_PAGE_SIZE;
}

/* Maps the pages over the reserved range, adjacent ones at once. */
static int mapping_fill(const struct mapping *mapping, char *sh_mem, unsigned count)
{
	const uint32_t *grefs = mapping->grefs;
	unsigned i, run;

	for (i = 0; i < count; i += run) {
		for (run = 1; i + run < count && grefs[i + run] == grefs[i] + run; run++) {
		}
		if (mmap(sh_mem + (size_t)i * HV_PAGE_SIZE, (size_t)run * HV_PAGE_SIZE,
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, mapping->domain->memory,
			 (off_t)grefs[i] * HV_PAGE_SIZE) == MAP_FAILED) {
			return -errno;
		}
	}
	/*
	 * As with Xen's grants, who touches a page first does not fault. MAP_POPULATE would leave
	 * the first write to do so.
	 */
	(void)madvise(sh_mem, (size_t)count * HV_PAGE_SIZE, MADV_POPULATE_WRITE);
	return 0;
}

static int mapping_grant(struct mapping *mapping, const uint32_t *grefs, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		mapping->grefs[i] = grefs[i];
		if (!grant_take(mapping->domain, grefs[i])) {
			grants_give(mapping, i);
			return -EINVAL;
		}
	}
	return 0;
}

void *hv_sim_domain_map(struct hv_sim_domains *domains, uint32_t domid, const uint32_t *grefs,
			unsigned count)
{
	size_t header = mapping_header(count), size = header + (size_t)count * HV_PAGE_SIZE;
	struct hv_sim_domain *domain = domain_get(domains, domid);
	struct mapping *mapping;
	int result;

	if (domain == NULL || count == 0 || count > HV_SIM_PAGES) {
		if (domain != NULL) {
			domain_put(domain);
		}
		errno = EINVAL;
		return NULL;
	}
	mapping = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapping == MAP_FAILED) {
		domain_put(domain);
		return NULL;
	}
	result = mprotect(mapping, header, PROT_READ | PROT_WRITE) < 0 ? -errno : 0;
	if (result == 0) {
		mapping->domains = domains;
		mapping->domain = domain;
		result = mapping_grant(mapping, grefs, count);
	}
	if (result == 0) {
		result = mapping_fill(mapping, (char *)mapping + header, count);
		if (result < 0) {
			grants_give(mapping, count);
		}
	}
	if (result < 0) {
		munmap(mapping, size);
		domain_put(domain);
		errno = -result;
		return NULL;
	}
	atomic_fetch_add(&domains->mappings, 1);
	atomic_fetch_add(&domains->pages, count);
	return (char *)mapping + header;
}

void hv_sim_domain_unmap(void *sh_mem, unsigned count)
{
	size_t header = mapping_header(count), size = (size_t)count * HV_PAGE_SIZE;
	struct mapping *mapping = (struct mapping *)(void *)((char *)sh_mem - header);
	struct hv_sim_domain *domain = mapping->domain;

	/* The pages first: once the count is down, the guest may reuse them. */
	munmap(sh_mem, size);
	grants_give(mapping, count);
	atomic_fetch_sub(&mapping->domains->mappings, 1);
	atomic_fetch_sub(&mapping->domains->pages, count);
	munmap(mapping, header);
	domain_put(domain);
}

/* --- event channels */

int hv_sim_domain_offer(struct hv_sim_domain *domain)
{
	struct hv_sim_port *port;
	uint32_t i;

	for (i = 1; i < HV_SIM_PORTS_MAX; i++) {
		port = &domain->ports[i];
		/* Acquire: pairs with port_close. */
		if (atomic_load_explicit(&port->state, memory_order_acquire) == HV_SIM_PORT_FREE) {
			break;
		}
	}
	if (i == HV_SIM_PORTS_MAX) {
		return -ENOSPC;
	}
	port = &domain->ports[i];
	port->to_daemon = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	port->to_guest = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (port->to_daemon < 0 || port->to_guest < 0) {
		int error = errno;

		if (port->to_daemon >= 0) {
			close(port->to_daemon);
		}
		return -error;
	}
	/* Release: the descriptors before the io thread may bind the port. */
	atomic_store_explicit(&port->state, HV_SIM_PORT_OFFERED, memory_order_release);
	return (int)i;
}

static bool port_change(struct hv_sim_port *port, uint32_t from, uint32_t to)
{
	/* Acquire and release: a port's fields belong to its owner, and this changes the owner. */
	return atomic_compare_exchange_strong_explicit(&port->state, &from, to,
						       memory_order_acq_rel, memory_order_relaxed);
}

int hv_sim_domain_withdraw(struct hv_sim_domain *domain, uint32_t number)
{
	struct hv_sim_port *port;

	if (number == 0 || number >= HV_SIM_PORTS_MAX) {
		return -EINVAL;
	}
	port = &domain->ports[number];
	for (;;) {
		switch (atomic_load_explicit(&port->state, memory_order_relaxed)) {
		case HV_SIM_PORT_OFFERED:
			if (port_change(port, HV_SIM_PORT_OFFERED, HV_SIM_PORT_CLOSING)) {
				port_close(port);
				return 0;
			}
			break;
		case HV_SIM_PORT_BOUND:
			if (port_change(port, HV_SIM_PORT_BOUND, HV_SIM_PORT_ORPHAN)) {
				return 0;
			}
			break;
		default:
			return -EINVAL;
		}
	}
}

struct hv_evtchn *hv_sim_domain_evtchn_open(struct hv_sim_domains *domains)
{
	struct hv_evtchn *handle = calloc(1, sizeof(*handle));

	if (handle == NULL) {
		return NULL;
	}
	handle->domains = domains;
	handle->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (handle->epoll < 0) {
		free(handle);
		return NULL;
	}
	return handle;
}

void hv_sim_domain_evtchn_close(struct hv_evtchn *handle)
{
	if (handle == NULL) {
		return;
	}
	while (handle->ports != NULL) {
		hv_sim_domain_unbind(handle, port_local(handle->domains, handle->ports));
	}
	close(handle->epoll);
	free(handle);
}

int hv_sim_domain_evtchn_fd(struct hv_evtchn *handle)
{
	return handle->epoll;
}

static void port_signal(int fd)
{
	const uint64_t one = 1;
	ssize_t written = write(fd, &one, sizeof(one));

	/* A full counter is as good as a write: the other side will wake. */
	(void)written;
}

int hv_sim_domain_bind(struct hv_evtchn *handle, uint32_t domid, uint32_t remote_port)
{
	struct hv_sim_domain *domain = domain_get(handle->domains, domid);
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };
	struct hv_sim_port *port;
	int result;

	if (domain == NULL) {
		return -EINVAL;
	}
	if (remote_port == 0 || remote_port >= HV_SIM_PORTS_MAX ||
	    !port_change(&domain->ports[remote_port], HV_SIM_PORT_OFFERED, HV_SIM_PORT_BOUND)) {
		domain_put(domain);
		return -EINVAL;
	}
	port = &domain->ports[remote_port];
	port->next = handle->ports;
	handle->ports = port;
	atomic_fetch_add(&handle->domains->bound, 1);
	result = port_local(handle->domains, port);
	event.data.u32 = (uint32_t)result;
	if (epoll_ctl(handle->epoll, EPOLL_CTL_ADD, port->to_daemon, &event) < 0) {
		int error = errno;

		hv_sim_domain_unbind(handle, result);
		return -error;
	}
	port_signal(port->to_daemon);
	return result;
}

void hv_sim_domain_unbind(struct hv_evtchn *handle, int local)
{
	struct hv_sim_port *port = port_find(handle->domains, local), **link = &handle->ports;

	while (*link != port && *link != NULL) {
		link = &(*link)->next;
	}
	if (*link == NULL) {
		return;
	}
	*link = port->next;
	epoll_ctl(handle->epoll, EPOLL_CTL_DEL, port->to_daemon, NULL);
	atomic_fetch_sub(&handle->domains->bound, 1);
	if (!port_change(port, HV_SIM_PORT_BOUND, HV_SIM_PORT_OFFERED)) {
		port_close(port);
	}
	domain_put(&handle->domains->slots[local / (int)HV_SIM_PORTS_MAX]);
}

int hv_sim_domain_pending(struct hv_evtchn *handle)
{
	struct epoll_event event;
	eventfd_t times;

	if (epoll_wait(handle->epoll, &event, 1, 0) != 1) {
		return -EAGAIN;
	}
	/* Before the caller looks at the ring: later notifications must fire again. */
	eventfd_read(port_find(handle->domains, (int)event.data.u32)->to_daemon, &times);
	return (int)event.data.u32;
}

void hv_sim_domain_unmask(struct hv_evtchn *handle, int local)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
				     .data.u32 = (uint32_t)local };

	epoll_ctl(handle->epoll, EPOLL_CTL_MOD, port_find(handle->domains, local)->to_daemon,
		  &event);
}

RT_SAFE void hv_sim_domain_notify(struct hv_evtchn *handle, int local)
{
	port_signal(port_find(handle->domains, local)->to_guest);
}

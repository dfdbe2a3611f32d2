/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/hv_xen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>
#include <xentoollog.h>

#include "src/base/log.h"
#include "xen/hv.h"

/* Interval between attempts to open xenstore, in seconds. */
#define RETRY_S 1

struct hv_xen {
	struct hv hv;
	struct xs_handle *xs;
	xengnttab_handle *grants;
	struct xentoollog_logger logger;
};

struct hv_evtchn {
	xenevtchn_handle *xce;
};

static struct hv_xen *hv_xen(struct hv *hv)
{
	return (struct hv_xen *)hv;
}

/* The libraries do not always set errno; a failure without one must not look like success. */
static int failure(void)
{
	return errno > 0 ? -errno : -EIO;
}

static int result(bool ok)
{
	return ok ? 0 : failure();
}

/*
 * The libraries' own messages go to the debug log only: their errors are returned and logged where
 * they matter. By default, the messages would go to stderr, past the thread's log sink.
 */
__attribute__((format(printf, 5, 0))) static void log_library(struct xentoollog_logger *logger,
							      xentoollog_level level, int error,
							      const char *context,
							      const char *format, va_list args)
{
	char line[LOG_LINE_MAX];

	(void)logger;
	(void)level;
	if (!log_enabled(LOG_DEBUG)) {
		return;
	}
	vsnprintf(line, sizeof(line), format, args);
	log_debug("%s: %s%s%s", context ? context : "xen", line, error > 0 ? ": " : "",
		  error > 0 ? strerror(error) : "");
}

/* --- store */

static char *store_read(struct hv *hv, uint32_t tx, const char *path)
{
	unsigned length;

	return xs_read(hv_xen(hv)->xs, tx, path, &length);
}

static char **store_list(struct hv *hv, uint32_t tx, const char *path, unsigned *count)
{
	char **names;

	*count = 0;
	names = xs_directory(hv_xen(hv)->xs, tx, path, count);
	if (!names) {
		*count = 0;
	}
	return names;
}

static int store_write(struct hv *hv, uint32_t tx, const char *path, const char *value)
{
	return result(xs_write(hv_xen(hv)->xs, tx, path, value, (unsigned)strlen(value)));
}

static int store_watch(struct hv *hv, const char *path, const char *token)
{
	return result(xs_watch(hv_xen(hv)->xs, path, token));
}

static int store_unwatch(struct hv *hv, const char *path, const char *token)
{
	return result(xs_unwatch(hv_xen(hv)->xs, path, token));
}

static int store_fd(struct hv *hv)
{
	return xs_fileno(hv_xen(hv)->xs);
}

static char **store_next_watch(struct hv *hv)
{
	return xs_check_watch(hv_xen(hv)->xs);
}

static uint32_t store_begin(struct hv *hv)
{
	return xs_transaction_start(hv_xen(hv)->xs);
}

static int store_end(struct hv *hv, uint32_t tx, bool commit)
{
	return result(xs_transaction_end(hv_xen(hv)->xs, tx, !commit));
}

/* --- event channels */

static struct hv_evtchn *evtchn_open(struct hv *hv)
{
	struct hv_evtchn *handle = calloc(1, sizeof(*handle));

	if (!handle) {
		return NULL;
	}
	handle->xce = xenevtchn_open(&hv_xen(hv)->logger, 0);
	if (!handle->xce) {
		int error = errno;

		free(handle);
		errno = error;
		return NULL;
	}
	return handle;
}

static void evtchn_close(struct hv_evtchn *handle)
{
	if (handle) {
		xenevtchn_close(handle->xce);
		free(handle);
	}
}

static int evtchn_fd(struct hv_evtchn *handle)
{
	return xenevtchn_fd(handle->xce);
}

static int evtchn_bind(struct hv_evtchn *handle, uint32_t domid, uint32_t remote_port)
{
	int port = xenevtchn_bind_interdomain(handle->xce, domid, remote_port);

	return port >= 0 ? port : failure();
}

static void evtchn_unbind(struct hv_evtchn *handle, int port)
{
	if (xenevtchn_unbind(handle->xce, (evtchn_port_t)port) < 0) {
		log_debug("event channel %d: %s", port, strerror(errno));
	}
}

static int evtchn_pending(struct hv_evtchn *handle)
{
	struct pollfd ready = { .fd = xenevtchn_fd(handle->xce), .events = POLLIN };
	int port;

	/* The read inside xenevtchn_pending blocks if there is no event. */
	if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLIN)) {
		return -EAGAIN;
	}
	port = xenevtchn_pending(handle->xce);
	return port >= 0 ? port : failure();
}

static void evtchn_unmask(struct hv_evtchn *handle, int port)
{
	if (xenevtchn_unmask(handle->xce, (evtchn_port_t)port) < 0) {
		log_debug("event channel %d: %s", port, strerror(errno));
	}
}

/* One ioctl. A guest that is gone is not an error, and this thread cannot report any other. */
RT_SAFE static void evtchn_notify(struct hv_evtchn *handle, int port)
{
	xenevtchn_notify(handle->xce, (evtchn_port_t)port);
}

/* --- grants */

static void *grants_map(struct hv *hv, uint32_t domid, const uint32_t *grefs, unsigned count)
{
	/* The library's parameter lacks const, but it only reads them. */
	uint32_t *refs = (uint32_t *)(uintptr_t)grefs;

	return xengnttab_map_domain_grant_refs(hv_xen(hv)->grants, count, domid, refs,
					       PROT_READ | PROT_WRITE);
}

static void grants_unmap(struct hv *hv, void *sh_mem, unsigned count)
{
	if (xengnttab_unmap(hv_xen(hv)->grants, sh_mem, count) < 0) {
		log_error("cannot unmap %u pages: %s", count, strerror(errno));
	}
}

/* --- */

static void close_all(struct hv *hv)
{
	struct hv_xen *xen = hv_xen(hv);

	if (!hv) {
		return;
	}
	if (xen->grants) {
		xengnttab_close(xen->grants);
	}
	if (xen->xs) {
		xs_close(xen->xs);
	}
	free(xen);
}

static const struct hv_ops ops = {
	.close = close_all,
	.read = store_read,
	.list = store_list,
	.write = store_write,
	.watch = store_watch,
	.unwatch = store_unwatch,
	.store_fd = store_fd,
	.next_watch = store_next_watch,
	.begin = store_begin,
	.end = store_end,
	.evtchn_open = evtchn_open,
	.evtchn_close = evtchn_close,
	.evtchn_fd = evtchn_fd,
	.evtchn_bind = evtchn_bind,
	.evtchn_unbind = evtchn_unbind,
	.evtchn_pending = evtchn_pending,
	.evtchn_unmask = evtchn_unmask,
	.evtchn_notify = evtchn_notify,
	.map = grants_map,
	.unmap = grants_unmap,
};

/* --- opening */

/* Whether we run on Xen, or the environment says where xenstore is. */
static bool is_xen(void)
{
	FILE *file = fopen("/sys/hypervisor/type", "re");
	char type[8] = "";

	if (file) {
		type[fread(type, 1, sizeof(type) - 1, file)] = '\0';
		fclose(file);
	}
	return strncmp(type, "xen", 3) == 0 || getenv("XENSTORED_PATH") ||
	       getenv("XENSTORED_RUNDIR");
}

/*
 * Returns a handle that has answered a request. Without the daemon's socket, the library opens the
 * kernel's device, which accepts requests even if nobody answers them.
 */
static struct xs_handle *open_store(void)
{
	/*
	 * No XS_UNWATCH_FILTER: an event only means "look again", so one that arrives after unwatch
	 * costs one look, and the filter would require distinct tokens for nested watches.
	 */
	struct xs_handle *xs = xs_open(0);
	unsigned length;
	char *domid;

	if (!xs) {
		return NULL;
	}
	errno = 0;
	domid = xs_read(xs, XBT_NULL, "domid", &length);
	if (!domid && errno != ENOENT && errno != EACCES) {
		int error = -failure();

		xs_close(xs);
		errno = error;
		return NULL;
	}
	free(domid);
	return xs;
}

static int open_all(struct hv_xen *xen)
{
	while (!(xen->xs = open_store())) {
		if (errno == EACCES || errno == EPERM) {
			int error = -errno;

			log_error("cannot open xenstore: %s", strerror(-error));
			return error;
		}
		sleep(RETRY_S);
	}
	xen->grants = xengnttab_open(&xen->logger, 0);
	if (!xen->grants) {
		int error = failure();

		log_error("cannot open Xen's grant device: %s", strerror(-error));
		return error;
	}
	return 0;
}

struct hv *hv_xen_open(void)
{
	struct hv_xen *xen = NULL;

	if (!is_xen()) {
		log_error("not running on Xen (use --sim to run without it)");
		return NULL;
	}
	xen = calloc(1, sizeof(*xen));
	if (!xen) {
		return NULL;
	}
	xen->hv.ops = &ops;
	xen->logger.vmessage = log_library;
	if (open_all(xen)) {
		close_all(&xen->hv);
		return NULL;
	}
	return &xen->hv;
}

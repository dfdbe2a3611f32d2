/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/server/url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/log.h"

/* 0 or -errno. Others who may write to the directory cannot redirect us: hence O_EXCL. */
static int write_new(struct url *url, const char *path, uint16_t port, const char *prefix)
{
	int err = 0, fd;
	struct stat about;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0) {
		return -errno;
	}
	/* fchmod: whatever the umask is. */
	if (dprintf(fd, "osc.udp://127.0.0.1:%u%s/\n", port, prefix) < 0 || fchmod(fd, 0644) ||
	    fstat(fd, &about)) {
		err = -errno;
	} else {
		url->dev = about.st_dev;
		url->ino = about.st_ino;
	}
	close(fd);
	return err;
}

void url_publish(struct url *url, const char *path, uint16_t port, const char *prefix)
{
	char fresh[sizeof(url->path) + 4];
	int err;

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	err = write_new(url, fresh, port, prefix);
	if (!err && rename(fresh, path)) {
		err = -errno;
	}
	if (err) {
		log_warning("OSC: cannot write the URL to %s: %s", path, strerror(-err));
		(void)unlink(fresh);
		return;
	}
	snprintf(url->path, sizeof(url->path), "%s", path);
}

void url_retire(struct url *url)
{
	struct stat about;

	if (url && *url->path && lstat(url->path, &about) == 0 && about.st_dev == url->dev &&
	    about.st_ino == url->ino) {
		(void)unlink(url->path);
	}
}

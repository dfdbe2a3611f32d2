/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file with the daemon's URL, by which programs on this host find it, as with NSM. Main thread. A
 * struct url is the caller's. A file that cannot be written is only a warning.
 */
#ifndef XENJACK_URL_H
#define XENJACK_URL_H

#include <stdint.h>
#include <sys/types.h>

struct url {
	char path[108]; /* empty: no file */
	dev_t dev;	/* the file is ours if these match */
	ino_t ino;
};

/* Writes the file, replacing what is there: the port at 127.0.0.1, and the prefix. */
void url_publish(struct url *url, const char *path, uint16_t port, const char *prefix);

/* Removes it, unless another daemon has written its own. Accepts NULL and a zeroed one. */
void url_retire(struct url *url);

#endif

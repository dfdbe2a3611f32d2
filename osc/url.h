/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file with the daemon's URL, by which programs of this host find it, as those of NSM do. ctl. A
 * struct url is the caller's. A file that can not be written is a warning and nothing else.
 */
#ifndef XENJACK_URL_H
#define XENJACK_URL_H

#include <stdint.h>
#include <sys/types.h>

struct url {
	char path[108]; /* empty: there is none */
	dev_t dev;	/* the file is ours as long as these are the same */
	ino_t ino;
};

/* Writes it, in the place of what is there: the port at 127.0.0.1, and what addresses begin with.
 */
void url_publish(struct url *url, const char *path, uint16_t port, const char *prefix);

/* Removes it, unless another daemon has written its own there. Accepts NULL and a zeroed one. */
void url_retire(struct url *url);

#endif

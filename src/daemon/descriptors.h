/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process's limit of file descriptors. Each stream ring needs one, each JACK client some. A
 * process starts with a soft limit of 1024 for the sake of select(), which we do not use.
 */
#ifndef XENJACK_DESCRIPTORS_H
#define XENJACK_DESCRIPTORS_H

/* Raises the soft limit to the hard one. Main thread, at start; logs a failure and goes on. */
void descriptors_raise(void);

#endif

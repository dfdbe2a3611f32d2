/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * START, STOP, PAUSE, RESUME of an open stream, and the frontier that WRITE and READ move. io,
 * and only while the stream is not published, but for transport_moved. Offsets and lengths are
 * bytes and checked by the caller.
 *
 * Linux keeps its hardware pointer over PREPARE while ALSA starts again at the ring's first
 * frame; a position that is a multiple of the ring brings the two together again. So STOP
 * announces the position rounded up, and a START that no STOP came before does it first.
 */
#ifndef XENJACK_TRANSPORT_H
#define XENJACK_TRANSPORT_H

#include "src/stream.h"

/* OPEN: fills the ring with silence and begins at 0, or behind events the guest still holds. */
void transport_open(struct stream *stream, uint64_t last_position_bytes);

/*
 * Tells the guest the position of an adopted stream: the daemon before us may have moved it and not
 * have come to say so.
 */
void transport_adopt(struct stream *stream);

/* START: makes the stream ready to be published. Harmless on a running stream. */
void transport_start(struct stream *stream);

/* RESUME: goes on where PAUSE was; from any other state it is START. */
void transport_resume(struct stream *stream);

/* STOP: drops what is unplayed and announces the position rounded up to the ring. */
void transport_stop(struct stream *stream);

/* PAUSE: keeps everything where it is. */
void transport_pause(struct stream *stream);

/*
 * The stream is about to be closed though its guest has not asked for it: tells a period more, so
 * that a guest that waits for one finds out, which would else wait until it loses patience. One
 * that has left no room for the event does.
 */
void transport_wake(struct stream *stream);

/* WRITE or READ: the guest has moved its end of the ring; the stream may be published. */
void transport_moved(struct stream *stream, uint32_t offset_bytes, uint32_t length_bytes);

#endif

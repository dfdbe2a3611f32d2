/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * START, STOP, PAUSE, RESUME of an open stream, and WRITE and READ, which move appl_frames. Io
 * thread only, and only while the stream is not published, except for stream_trigger_ack. Offsets
 * and lengths are in bytes; the caller has checked them.
 *
 * Across a PREPARE, Linux's driver keeps its hardware pointer, but ALSA starts again at the ring's
 * first frame. A position that is a multiple of the ring brings the two together again. So STOP
 * announces the position rounded up to one, and so does a START without a STOP before it.
 *
 * What must not be heard is erased first, and a ring may be large. So each call erases at most
 * STREAM_TRIGGER_ERASE_BYTES; if there is more, it returns false, and has to be called again, with
 * nothing else in between, until it returns true. Only then has it taken effect.
 */
#ifndef XENJACK_STREAM_TRIGGER_H
#define XENJACK_STREAM_TRIGGER_H

#include "src/sound/stream_rt.h"

/* Some ten microseconds. */
#define STREAM_TRIGGER_ERASE_BYTES 65536u

/*
 * OPEN: fills the ring with silence and begins at position 0 or, if the guest has not yet taken the
 * events of an earlier stream, beyond their last position.
 */
bool stream_trigger_open(struct stream_rt *runtime, uint64_t last_position_bytes);

/*
 * Announces the position of an adopted stream: the last daemon may have moved it without having
 * announced it.
 */
void stream_trigger_adopt(struct stream_rt *runtime);

/* START: makes the stream ready to be published. Harmless on a running stream. */
bool stream_trigger_start(struct stream_rt *runtime);

/* RESUME: continues where PAUSE left off; from any other state it is START. */
bool stream_trigger_resume(struct stream_rt *runtime);

/* STOP: drops what is unplayed and announces the position rounded up to the ring. */
bool stream_trigger_stop(struct stream_rt *runtime);

/* PAUSE: keeps everything where it is, at once. */
void stream_trigger_pause(struct stream_rt *runtime);

/*
 * The stream is about to be closed although its guest has not asked for it. Announces one more
 * period, so that a guest that waits for one notices at once and not after its timeout. A guest
 * that has left no room for the event still has to wait.
 */
void stream_trigger_wake(struct stream_rt *runtime);

/* WRITE or READ: the guest has written or read. Allowed while the stream is published. */
bool stream_trigger_ack(struct stream_rt *runtime, uint32_t offset_bytes, uint32_t length_bytes);

#endif

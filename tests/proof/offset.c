/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Offset and length of WRITE, READ, SET_VOLUME, GET_VOLUME, MUTE and UNMUTE, for every stream that
 * can be open: a request is taken exactly if it lies within the buffer, and what is read or written
 * there does too. Channels: 1 to 4 in place of 64.
 */
#include "proof.h"

#include "xen/stream_ring_request.c"

#define CHANNELS 4u

static uint32_t size; /* of the buffer */
static bool moved;

void stream_trigger_ack(struct stream_rt *runtime, uint32_t offset, uint32_t length)
{
	(void)runtime;
	PROVE((uint64_t)offset + length <= size);
	moved = true;
}

void shbuf_read(const struct shbuf *buf, uint32_t offset, void *dst, uint32_t length)
{
	(void)buf;
	PROVE((uint64_t)offset + length <= size);
	for (uint32_t i = 0; i < length; i++) {
		((uint8_t *)dst)[i] = nondet_u8();
	}
}

void shbuf_write(const struct shbuf *buf, uint32_t offset, const void *src, uint32_t length)
{
	uint8_t last;

	(void)buf;
	PROVE((uint64_t)offset + length <= size);
	PROVE(length > 0);
	last = ((const uint8_t *)src)[length - 1];
	(void)last;
}

void gain_set_volume(struct gain *gain, const int32_t *volume_mdb)
{
	(void)gain;
	(void)volume_mdb;
}

void gain_get_volume(const struct gain *gain, int32_t *volume_mdb)
{
	for (uint32_t c = 0; c < gain->channels; c++) {
		volume_mdb[c] = (int32_t)nondet_u32();
	}
}

void gain_mute(struct gain *gain, const bool *which, bool muted)
{
	(void)gain;
	(void)which;
	(void)muted;
}

int main(void)
{
	static struct stream_rt runtime;
	static struct stream_ring ring;
	const struct xensnd_rw_req *rw = &ring.request.op.rw;
	uint8_t operation = nondet_u8();
	enum pcm_dir dir = nondet_bool() ? PCM_CAPTURE : PCM_PLAYBACK;
	int status;

	ring.runtime = nondet_bool() ? &runtime : NULL;
	runtime.dir = dir;
	runtime.channels = runtime.gain.channels = nondet_u32();
	runtime.frame_bytes = nondet_u32();
	runtime.ring_frames = nondet_u32();
	ASSUME(runtime.channels >= 1 && runtime.channels <= CHANNELS);
	ASSUME(runtime.frame_bytes >= 1 && runtime.frame_bytes <= 8 * PCM_CHANNELS_MAX);
	ASSUME((uint64_t)runtime.ring_frames * runtime.frame_bytes <= SHBUF_BYTES_MAX);
	size = runtime.ring_frames * runtime.frame_bytes;
	ring.request.operation = operation;
	ring.request.op.rw.offset = nondet_u32();
	ring.request.op.rw.length = nondet_u32();
	ASSUME(operation >= XENSND_OP_READ && operation <= XENSND_OP_UNMUTE);

	status = stream_ring_request(&ring, NULL, NULL);
	PROVE(status == 0 || status == -XEN_EINVAL);
	PROVE(status || (ring.runtime && (uint64_t)rw->offset + rw->length <= size));
	if (operation <= XENSND_OP_WRITE) {
		bool fits = ring.runtime && (uint64_t)rw->offset + rw->length <= size &&
			    (dir == PCM_CAPTURE) == (operation == XENSND_OP_READ);

		PROVE(moved == fits && (status == 0) == fits);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): 64 bits that no chance, and no cheap search, makes
 * the same for two texts. Any thread; allocates nothing; cannot fail. Sizes in bytes.
 */
#ifndef XENJACK_SIPHASH_H
#define XENJACK_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_SIZE 16u

/* The result, read as a number, has the first byte of the published vectors as its lowest. */
uint64_t siphash_2_4(const uint8_t key[SIPHASH_KEY_SIZE], const void *data, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card's nodes from an input: each line is NAME=VALUE, a node in the front end's directory; with
 * a
 * '/' in front, anywhere. XenStore refuses some names, so those lines are skipped. A value may hold
 * any bytes but NUL and newline.
 */
#ifndef TESTS_FUZZ_NODES_H
#define TESTS_FUZZ_NODES_H

#include "tests/fuzz/fuzz.h"
#include "tests/unit/xen/fake_store.h"

#define NODES_DOMID 7u
#define NODES_DEVID 1u
#define NODES_FRONTEND "/local/domain/7/device/vsnd/1"
#define NODES_BACKEND "/local/domain/0/backend/vsnd/7/1"

/* A store with these nodes. */
struct fake_store *nodes_create(const uint8_t *data, size_t size);

#endif

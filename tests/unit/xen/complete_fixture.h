/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card's configuration in a store in memory, as `xl` writes it for [['CARD', 'PCM', 'STREAM,
 * type=p', 'STREAM, type=c']], and the functions under test. Rates in Hz.
 */
#ifndef XENJACK_TEST_COMPLETE_FIXTURE_H
#define XENJACK_TEST_COMPLETE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "src/base/log.h"
#include "src/sound/card.h"
#include "tests/unit/xen/fake_store.h"
#include "xen/complete.h"

#define FE "/local/domain/7/device/vsnd/1"
#define BE "/local/domain/0/backend/vsnd/7/1"

#define COMPLETE(test) cmocka_unit_test_setup_teardown(test, complete_setup, complete_teardown)

extern struct fake_store *store;
extern struct probe_limits limits;
extern bool resample;		   /* permitted for the guest */
extern int error;		   /* of the last completion or restoration */
extern unsigned warnings;	   /* of the last call */
extern char warning[LOG_LINE_MAX]; /* the last warning */

int complete_setup(void **state);
int complete_teardown(void **state);

/* Set and get nodes below the front end's directory; NULL: no such node. */
void set(const char *name, const char *value);
void expect(const char *name, const char *value);

/* The functions of xen/complete.h, for a JACK of this rate. */
void complete(uint32_t rate_hz);
void restore(void);
void compare(uint32_t rate_hz);

#endif

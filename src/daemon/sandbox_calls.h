/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that the daemon and its libraries make, each with its reason: the data of
 * src/daemon/sandbox. Names, which libseccomp looks up: those that this architecture or that
 * version does not know are left out. Old and new forms are both listed, because libc decides which
 * it uses. Constant.
 */
#ifndef XENJACK_SANDBOX_CALLS_H
#define XENJACK_SANDBOX_CALLS_H

#include <stdint.h>

/* Calls that are permitted whatever their arguments. */
struct sandbox_group {
	const char *why;
	const char *calls; /* separated by blanks */
};

/* Holds if the bits of the argument that are in the mask have this value; without a mask, always.
 */
struct sandbox_condition {
	unsigned argument;
	uint64_t mask, value;
};

#define SANDBOX_CONDITIONS 2u

enum sandbox_when {
	SANDBOX_ALWAYS,
	SANDBOX_LIBRARIES, /* only if libjack loads plug-ins */
};

/* A call with such arguments: permitted, or refused with an errno that its caller can take. */
struct sandbox_rule {
	enum sandbox_when when;
	const char *call;
	int refused; /* errno; 0: permitted */
	const char *why;
	struct sandbox_condition conditions[SANDBOX_CONDITIONS];
};

extern const struct sandbox_group sandbox_groups[];
extern const unsigned sandbox_group_count;

extern const struct sandbox_rule sandbox_rules[];
extern const unsigned sandbox_rule_count;

#endif

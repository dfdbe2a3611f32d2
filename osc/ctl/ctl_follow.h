/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subscription, renewed until a signal or the daemon ends it. It connects if need be. Callbacks
 * run in the only thread, from within ctl_follow. Times are those of ctl_link_now_s.
 */
#ifndef XENJACK_CTL_FOLLOW_H
#define XENJACK_CTL_FOLLOW_H

#include "osc/ctl/ctl.h"

struct ctl_follow {
	struct ctl *ctl;
	const char *address; /* /subscribe, or /subscribe/meters */
	const char *what;    /* topics, or a pattern */
	const char *refusal; /* why the daemon says EINVAL; NULL: in its words */
	int32_t interval_ms; /* of meters, else 0 */
	double tick_s;	     /* how often on_tick is called; 0: never */
	bool reconnect;	     /* waits for a daemon that is not there, or no longer */
	bool keys;	     /* q on standard input ends it; on_key gets the others */
	/* Gets all messages but those about the subscription itself. */
	void (*on_message)(void *arg, const struct packet_message *message);
	/* Returns false to end. */
	bool (*on_tick)(void *arg, double now_s);
	/* A key; 'k' and 'j' also stand for up and down. May be NULL. */
	void (*on_key)(void *arg, char key);
	/* The terminal has another size, or is no longer ours (false), or ours again. */
	void (*on_screen)(void *arg, bool ours);
	void *arg;
	/* --- internal */
	int32_t cookie;
	double renew_s, heard_s, ticked_s;
	bool lost; /* and said so */
	int status;
};

int ctl_follow(struct ctl_follow *follow);

/* Sends a message with arguments s, i and f (double), without waiting for an answer; 0 or -errno.
 */
int ctl_tell(struct ctl *ctl, const char *address, const char *types, ...);

#endif

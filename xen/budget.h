/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a guest may ask: a bucket of tokens a domain, shared by its cards. A request costs one,
 * and so does a wake-up that brings none; what takes long costs as many as come in twice the time.
 * io. A pool owns its buckets, cards hold them; one that nobody holds stays until it is full, so
 * that a guest gains nothing by connecting anew. The caller brings the time, in ns of a clock that
 * never goes back. NULL without memory.
 */
#ifndef XENJACK_BUDGET_H
#define XENJACK_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct budget {
	struct budget *next;
	uint32_t domid;
	uint32_t per_s; /* tokens that come in a second */
	unsigned holders;
	int64_t credit;	   /* in 10^-9 tokens; a turn may overdraw it */
	int64_t filled_ns; /* when it was last filled */
	bool told;	   /* that it was empty has been logged */
};

struct budget_pool {
	uint32_t per_s;
	struct budget *budgets;
};

/* A tenth of a second's tokens, and not less than two rings full: what may come at once. */
uint32_t budget_burst(uint32_t per_s);

/* So many tokens a second for every bucket from now on; none has more than it may hold. */
void budget_limit(struct budget_pool *pool, uint32_t per_s);

/* The domain's bucket, which is full if it has been gone for a while. */
struct budget *budget_hold(struct budget_pool *pool, uint32_t domid, int64_t now_ns);

/* Lets go of what budget_hold gave; accepts NULL. */
void budget_drop(struct budget *budget);

/* Whether there is a token. */
bool budget_ready(struct budget *budget, int64_t now_ns);

/* Takes tokens. More than there are is a debt that is paid before there is another one. */
void budget_spend(struct budget *budget, uint32_t tokens);

/* Takes what so long a time of io's costs: a guest gets half of it at most. */
void budget_spend_ns(struct budget *budget, int64_t ns);

/* Frees every bucket; nobody holds one. Accepts a zeroed pool. */
void budget_finish(struct budget_pool *pool);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest may use of the io thread, shared by its cards. io thread.
 *
 * Requests: a token bucket for each domain. A request costs one token, and so does a wake-up that
 * brings no request.
 *
 * Time: all guests together get half of the thread's time, less what it works for none in
 * particular, and each has an equal share of that to itself. What one leaves of its share is spare,
 * and any may use it. So a guest that stays within its share never waits for those that do not,
 * however many there are.
 *
 * A pool owns its buckets and cards hold them. A bucket without holders stays until it is full, so
 * a guest gains nothing by reconnecting. Times are in ns of a monotonic clock and come from the
 * caller. Out of memory: NULL.
 */
#ifndef XENJACK_BUDGET_H
#define XENJACK_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* How much of the thread's time the guests may use at once; of a share, the same fraction. */
#define BUDGET_BURST_NS INT64_C(50000000)

/*
 * How much may be owed, so that nobody owes for hours. More than a guest can hand over at once: for
 * each of its 128 ports, a stream whose 8 MiB take 3 ms.
 */
#define BUDGET_DEBT_NS INT64_C(1000000000)

/* What a guest may do now, the best last. */
enum budget_state {
	BUDGET_NO_REQUESTS, /* nothing: no token is left */
	BUDGET_NO_TIME,	    /* nothing: its share is used up, and nothing is spare */
	BUDGET_SPARE,	    /* use spare time, while no guest with time of its own waits */
	BUDGET_OWN,	    /* use its own time */
	BUDGET_STATES,
};

struct budget_bucket {
	int64_t left_ns; /* one unit of work may overdraw it, and more may be owed */
	int64_t filled_ns;
};

struct budget {
	struct budget_pool *pool;
	struct budget *next;
	uint32_t domid;
	unsigned holders;
	int64_t credit;		  /* in 10^-9 tokens; one slice may overdraw it */
	int64_t filled_ns;	  /* time of the last refill of credit */
	struct budget_bucket own; /* its share of the time */
	int64_t for_all_ns;	  /* what of the pool's has been charged to it */
	uint64_t served;	  /* the caller's: when it was served last */
	bool told[BUDGET_STATES]; /* the caller's: this state has been logged */
};

struct budget_pool {
	uint32_t per_s;		   /* tokens per second for each guest */
	unsigned guests;	   /* buckets that are held */
	struct budget_bucket time; /* of all guests: what is left of it is spare */
	int64_t for_all_ns;	   /* worked for no guest in particular, since the start */
	struct budget *budgets;
};

/* Makes a pool with that many tokens per second for each guest. */
void budget_init(struct budget_pool *pool, uint32_t per_s, int64_t now_ns);

/* The burst size: a tenth of a second's tokens, but at least two rings full. */
uint32_t budget_burst(uint32_t per_s);

/* Sets the rate of all buckets, present and future; credit above the new burst size is lost. */
void budget_limit(struct budget_pool *pool, uint32_t per_s);

/* Takes a hold on the domain's bucket, making a full one if there is none. NULL without memory. */
struct budget *budget_hold(struct budget_pool *pool, uint32_t domid, int64_t now_ns);

/* Releases a hold; accepts NULL. */
void budget_drop(struct budget *budget);

/* What the guest may do now. */
enum budget_state budget_state(struct budget *budget, int64_t now_ns);

/* Takes tokens. Overdrawing leaves a debt, which must be repaid before there is another token. */
void budget_spend(struct budget *budget, uint32_t tokens);

/* Charges time of the io thread: to the guest's share, as far as it has one, and to the pool. */
void budget_work(struct budget *budget, int64_t ns);

/* Charges time of the io thread that was no guest's: to all alike, who may owe a burst for it. */
void budget_work_for_all(struct budget_pool *pool, int64_t ns);

/*
 * Charges time that was worked elsewhere, for what was handed over before it could be charged: also
 * to a share that is used up, and to a pool. Either may owe BUDGET_DEBT_NS.
 */
void budget_owe(struct budget *budget, int64_t ns);

/* Frees every bucket; none may be held any more. Accepts a zeroed pool. */
void budget_finish(struct budget_pool *pool);

#endif

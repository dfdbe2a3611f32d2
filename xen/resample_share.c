/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/resample_share.h"

#include <stddef.h>

#define ALL_PERCENT 50u
#define PPM_PER_PERCENT UINT64_C(10000)

uint32_t resample_share_of_all(const struct resample_limit *limit)
{
	return limit->percent > ALL_PERCENT ? limit->percent : ALL_PERCENT;
}

enum resample_result resample_share_take(struct resample_share *share, struct resample_limit *limit,
					 uint32_t domid, uint32_t ppm)
{
	uint64_t guest = ppm, all = ppm;

	resample_share_drop(share);
	for (const struct resample_share *other = limit->shares; other; other = other->next) {
		all += other->ppm;
		guest += other->domid == domid ? other->ppm : 0;
	}
	if (guest > limit->percent * PPM_PER_PERCENT) {
		return RESAMPLE_GUEST;
	}
	if (all > resample_share_of_all(limit) * PPM_PER_PERCENT) {
		return RESAMPLE_ALL;
	}
	*share = (struct resample_share){ limit->shares, limit, domid, ppm };
	limit->shares = share;
	return RESAMPLE_TAKEN;
}

void resample_share_drop(struct resample_share *share)
{
	struct resample_share **link;

	if (!share->limit) {
		return;
	}
	for (link = &share->limit->shares; *link != share;) {
		link = &(*link)->next;
	}
	*link = share->next;
	share->limit = NULL;
}

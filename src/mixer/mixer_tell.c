/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/mixer/mixer_parts.h"

void mixer_tell(const struct mixer *mixer, const struct event *event)
{
	if (mixer->listener) {
		mixer->listener(mixer->listener_arg, event);
	}
}

/* One message per card: the io thread then applies everything that was set until it runs. */
void mixer_apply(const struct mixer *mixer, struct card *card)
{
	/* Releases the new values to the io thread, which clears the flag before it reads them. */
	if (mixer->hooks.apply && !atomic_exchange(&card->moved, true)) {
		mixer->hooks.apply(mixer->hooks.arg, card);
	}
}

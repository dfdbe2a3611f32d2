/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules on their way to jack, which may hang for long: it has one set at a time, and the newest
 * follows when it has let go of that (MAIL_RULED). ctl; a set belongs to this. Without memory the
 * old rules stay, which is logged.
 */
#ifndef XENJACK_RULES_H
#define XENJACK_RULES_H

#include "src/mail.h"
#include "src/route.h"

struct rules {
	struct mailbox *to_jack;
	struct route_rules *sent, *next; /* jack's, and what comes behind it; or NULL */
};

/* Has jack go by these rules, which are copied. */
void rules_send(struct rules *rules, const struct route *all, unsigned count, bool autoconnect);

/* MAIL_RULED has come. */
void rules_return(struct rules *rules);

/* Frees everything; jack reads no letter any more. Accepts a zeroed one. */
void rules_finish(struct rules *rules);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a guest's name becomes the names of its cards and of their JACK clients: all their formats
 * are in this module. A guest is identified by its domain's real name, byte for byte, which only
 * the toolstack writes. Files keep connections and levels under the cards' names, so no two guests
 * may share one.
 *
 *   daw                       a name that is fit for JACK, and means only itself: as it is
 *   mic_vm~1a2b3c4d5e6f7081   any other: shortened, and marked with a hash of the real name
 *   dom7                      domain 7, if it has no name, as seen from a driver domain
 *   daw@1                     the guest's card 1; card 0 goes without a mark
 *   daw~2                     the later of two domains of this name that are there at once
 *   daw-in                    the JACK client for what card daw records
 *
 * A name is fit if it has 1 to 40 of A-Z a-z 0-9 _ . -, does not end in "-in" and is not "dom" and
 * a number. It contains neither mark, so two guests' cards could only share a name if their hashes
 * of 64 bits collide: by chance once in 2^64, on purpose after as many tries, because the key is no
 * secret. Both marks mean nothing in regular expressions, which patch
 * managers use.
 *
 * Any thread; allocates nothing. Sizes in bytes, without the NUL.
 */
#ifndef XENJACK_GUEST_NAME_H
#define XENJACK_GUEST_NAME_H

#include <stdbool.h>
#include <stdint.h>

/* A guest with a longer real name is not served. */
#define GUEST_NAME_MAX 255u
/* The longest fit name. */
#define GUEST_NAME_FIT_MAX 40u
/* At most so many domains of one name at once; the cards of more are refused. */
#define GUEST_NAME_TWIN_MAX 256u
/* A fit name, "@4294967295" and "~256". */
#define GUEST_NAME_CARD_MAX 55u
/* The last suffix of a client whose name another program has. */
#define GUEST_NAME_TRY_MAX 99u
/* A card's name, "-in" and "~99": JACK permits 63. */
#define GUEST_NAME_CLIENT_MAX 61u
/* A port's id; JACK's longest name. */
#define GUEST_NAME_ID_MAX 255u

struct guest_name_card {
	const char *guest; /* its real name; "" if it has none */
	uint32_t domid, devid;
	unsigned twin; /* 1 for the first domain of this name, 2 for the second … */
};

/* Whether a real name serves as a card's name as it is. */
bool guest_name_is_fit(const char *guest);

/* Whether it is what a domain without a name is called: "dom7". */
bool guest_name_is_nameless(const char *text);

/*
 * Whether the id of a stream or port is of a domain without a name: "dom7.main", "dom7@1~2.main_1".
 * Its number is another domain's after the next boot, so no file keeps what is set for it.
 */
bool guest_name_is_of_nameless(const char *id);

/* The name of a card. */
void guest_name_of_card(char name[GUEST_NAME_CARD_MAX + 1], const struct guest_name_card *card);

/* What the clients are named after that all cards share. */
#define GUEST_NAME_SHARED "xenjack"

/*
 * The name of a card's JACK client: for playback that of the card, for capture with "-in". If other
 * programs have it, "~2", "~3" … follow, up to GUEST_NAME_TRY_MAX; `attempt` is 1 at first.
 */
void guest_name_of_client(char name[GUEST_NAME_CLIENT_MAX + 1], const char *card, bool capture,
			  unsigned attempt);

/*
 * What the id of a stream or port in a state file of xenjack 0.1.0 may mean now: its n-th meaning,
 * from 0 on. False if it has no more; it always has the first.
 *
 * In 0.1.0, a shortened name had no mark, and card 1 of daw was daw-1, as the guest daw-1 was. An
 * id means the guest of that name first, and if it ends in a number from 1 to 63, also that card of
 * the guest without it. An id that is no guest's, because it has a ':', is left as it is.
 */
bool guest_name_of_old(char now[GUEST_NAME_ID_MAX + 1], const char *id, unsigned n);

#endif

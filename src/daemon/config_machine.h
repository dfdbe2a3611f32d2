/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether this machine has what an option names: a group, directories, addresses. Private to
 * config*.c. Main thread. May ask name services, and nothing stays open.
 */
#ifndef XENJACK_CONFIG_MACHINE_H
#define XENJACK_CONFIG_MACHINE_H

#include "src/daemon/config_option.h"

/*
 * Returns NULL, or what is wrong with an option whose value is valid; then `culprit` is the part of
 * it, or the folder, that is meant. What the daemon makes at start need
 * not exist, nor an address without `network`: that may come up later.
 */
const char *config_machine_check(const struct config *config, const struct config_option *option,
				 bool network, char culprit[CONFIG_LIST_MAX + 1]);

#endif

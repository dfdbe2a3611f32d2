/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that attacks `xenjackd --sim` in every way. hostile-xen is the same on a real Xen: there,
 * SOCKET counts for nothing, and HOSTILE_CARDS=N/M has it begin with card N of M.
 *
 *   hostile SOCKET [CASE...]        these cases, or all, one after the other; exit status 0: every
 *                                   answer was the right one
 *   hostile SOCKET hold CASE        a case that can be held: stays alive after its last step
 *   hostile SOCKET rage SEED        random requests until it is killed
 *   hostile SOCKET lean HZ PERIOD N
 *                                   plays N periods, each written when the last one is over
 *   hostile SOCKET volume HZ FILE   changes its volumes, writes what it recorded
 *   hostile SOCKET churn SECONDS CHANNELS
 *                                   OPEN, START, STOP, CLOSE as fast as they are answered
 *   hostile SOCKET flood requests|notifications MS
 *                                   as many as possible; prints how many
 *   hostile SOCKET storm NAME       costly requests until it is killed (hostile_storm.c)
 *   hostile SOCKET lives COUNT      as many guests, one after the other
 *   hostile SOCKET times COUNT      WRITEs; prints how long their answers took
 *   hostile SOCKET open KIB COUNT   OPENs of a buffer; prints the same
 */
#include "tests/sim/hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/base/log.h"
#include "tests/sim/raw.h"

static bool hold;

static const struct hostile_case *const tables[] = {
	hostile_request_cases,
	hostile_ring_cases,
	hostile_store_cases,
};

void hostile_hold(void)
{
	if (hold) {
		printf("holding\n");
		fflush(stdout);
		pause();
	}
}

static bool wanted(const char *name, char **names)
{
	bool any = *names == NULL;

	for (; *names; names++) {
		any |= strcmp(name, *names) == 0;
	}
	return any;
}

static void run_case(const struct hostile_case *deed)
{
	unsigned before = raw_failures;
	int64_t begin_ns = stats_now_ns();

	deed->run();
	printf("  %-7s %s (%ld ms)\n", raw_failures == before ? "ok" : "FAILED", deed->name,
	       (long)((stats_now_ns() - begin_ns) / 1000000));
	fflush(stdout);
}

static unsigned run_cases(char **names)
{
	unsigned count = 0;

	for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (const struct hostile_case *deed = tables[t]; deed->name; deed++) {
			if (wanted(deed->name, names)) {
				run_case(deed);
				count++;
			}
		}
	}
	return count;
}

int main(int argc, char **argv)
{
	const char *cards = getenv("HOSTILE_CARDS");

	if (argc < 2) {
		fprintf(stderr, "usage: hostile SOCKET [hold] [CASE...] | rage SEED |"
				" lean HZ PERIOD N | volume HZ FILE | churn SECONDS CHANNELS |"
				" flood requests|notifications MS | storm NAME | lives COUNT |"
				" times COUNT | open KIB COUNT\n");
		return 2;
	}
	if (cards && (sscanf(cards, "%u/%u", &raw_card, &raw_cards) != 2 || !raw_cards)) {
		fprintf(stderr, "hostile: HOSTILE_CARDS=%s\n", cards);
		return 2;
	}
	raw_socket = argv[1];
	log_set_level(LOG_ERROR);
	if (argc == 4 && strcmp(argv[2], "rage") == 0) {
		hostile_request_rage((unsigned)atoi(argv[3]));
	} else if (argc == 4 && strcmp(argv[2], "storm") == 0) {
		raw_check(hostile_storm(argv[3]), "no such storm");
	} else if (argc == 4 && strcmp(argv[2], "lives") == 0) {
		hostile_lives((unsigned)atoi(argv[3]));
	} else if (argc == 4 && strcmp(argv[2], "times") == 0) {
		hostile_write_times((unsigned)atoi(argv[3]));
	} else if (argc == 5 && strcmp(argv[2], "open") == 0) {
		hostile_open_times((uint32_t)atoi(argv[3]) * 1024, (unsigned)atoi(argv[4]));
	} else if (argc == 5 && strcmp(argv[2], "churn") == 0) {
		raw_channels = (unsigned)atoi(argv[4]);
		hostile_ring_churn((unsigned)atoi(argv[3]));
	} else if (argc == 5 && strcmp(argv[2], "flood") == 0) {
		hostile_flood((unsigned)atoi(argv[4]), strcmp(argv[3], "requests") == 0);
	} else if (argc == 6 && strcmp(argv[2], "lean") == 0) {
		raw_rate_hz = (unsigned)atoi(argv[3]);
		hostile_lean_play((unsigned)atoi(argv[4]), (unsigned)atoi(argv[5]));
	} else if (argc == 5 && strcmp(argv[2], "volume") == 0) {
		raw_rate_hz = (unsigned)atoi(argv[3]);
		hostile_volume_turn(argv[4]);
	} else {
		hold = argc > 2 && strcmp(argv[2], "hold") == 0;
		if (run_cases(argv + 2 + hold) == 0) {
			fprintf(stderr, "hostile: no such case\n");
			return 2;
		}
	}
	return raw_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

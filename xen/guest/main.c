/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/base/log.h"
#include "xen/guest/card.h"
#include "xen/guest/options.h"
#include "xen/guest/report.h"

struct guest {
	struct options options;
	struct card_sounds sounds;
	struct domain *domain;
	struct card *cards, *last; /* in order of attachment, detached ones included */
	int signals;
	uint64_t playing; /* players known to be running */
	bool quit;	  /* SIGINT or SIGTERM arrived */
	int result;	  /* the first failure */
};

static void failed(struct guest *guest, int result)
{
	if (guest->result == 0) {
		guest->result = result;
	}
}

/* --- cards */

/* A card that is attached; the last one if there is none. */
static struct card *card_present(const struct guest *guest)
{
	struct card *card = guest->cards;

	while (card->detached && card->next != NULL) {
		card = card->next;
	}
	return card;
}

static void cards_start(struct guest *guest)
{
	struct card *card;

	for (card = guest->cards; card != NULL; card = card->next) {
		if (card_startable(card)) {
			guest->playing += card_start(card);
		}
	}
}

static void cards_join(struct guest *guest)
{
	struct card *card;

	for (card = guest->cards; card != NULL; card = card->next) {
		card_join(card);
		failed(guest, card->result);
	}
}

static int card_add(struct guest *guest, uint32_t devid)
{
	struct card *card = card_create(guest->domain, devid, &guest->sounds);

	if (card == NULL) {
		return -EIO;
	}
	if (guest->cards == NULL) {
		guest->cards = card;
	} else {
		if (!card_present(guest)->detached) {
			device_join(card->device, card_present(guest)->device);
		}
		guest->last->next = card;
	}
	guest->last = card;
	return card_attach(card);
}

/* Detaches the last card, or attaches it again. */
static void card_replug(struct guest *guest)
{
	if (!guest->last->detached) {
		failed(guest, card_detach(guest->last));
		return;
	}
	failed(guest, card_add(guest, guest->last->device->devid));
	if (!guest->options.wait) {
		cards_start(guest);
	}
}

/* --- connecting and running */

static bool guest_connect(struct guest *guest)
{
	uint32_t devid;

	guest->domain = domain_open(guest->options.socket, guest->options.name);
	if (guest->domain == NULL) {
		return false;
	}
	for (devid = 0; devid < guest->options.cards; devid++) {
		if (card_add(guest, devid) < 0) {
			return false;
		}
	}
	return true;
}

/* Whether something plays or may yet play; after a failure, nothing new starts. */
static bool guest_busy(const struct guest *guest)
{
	const struct options *options = &guest->options;
	bool comes = options->keep || guest->last->detached ||
		     (!options_plays(options) && !options_records(options));
	const struct card *card;

	for (card = guest->cards; card != NULL; card = card->next) {
		comes = comes || card_startable(card);
	}
	return guest->playing > 0 || (comes && guest->result == 0);
}

static void guest_signal(struct guest *guest)
{
	struct signalfd_siginfo info;

	if (read(guest->signals, &info, sizeof(info)) != sizeof(info)) {
		return;
	}
	if (info.ssi_signo == SIGUSR1) {
		cards_start(guest);
	} else if (info.ssi_signo == SIGUSR2) {
		card_replug(guest);
	} else {
		guest->quit = true;
	}
}

/* Runs until the players have ended, a signal arrives, or the daemon is gone. */
static void guest_live(struct guest *guest)
{
	struct pollfd fds[] = { { .fd = domain_fd(guest->domain), .events = POLLIN },
				{ .fd = guest->signals, .events = POLLIN },
				{ .fd = guest->sounds.done, .events = POLLIN } };
	eventfd_t ended;
	int result;

	while (!guest->quit && guest_busy(guest)) {
		/* The timeout is for an event that arrived while a player waited for an answer. */
		if (poll(fds, 3, 200) < 0) {
			break;
		}
		guest_signal(guest);
		if (eventfd_read(guest->sounds.done, &ended) == 0) {
			guest->playing -= ended;
		}
		if (guest->playing == 0) {
			cards_join(guest);
		}
		result = device_run(card_present(guest)->device, -1, 0);
		if (result < 0 && result != -EAGAIN) {
			log_error("the daemon is gone");
			failed(guest, result);
			break;
		}
	}
}

static void guest_stop(struct guest *guest)
{
	struct card *card;

	for (card = guest->cards; card != NULL; card = card->next) {
		card->quit = card->quit || guest->quit;
		card_stop(card);
	}
	cards_join(guest);
}

static int guest_open(struct guest *guest)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	guest->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	guest->sounds.done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (guest->signals < 0 || guest->sounds.done < 0) {
		log_error("cannot create descriptors: %s", strerror(errno));
		return -errno;
	}
	return 0;
}

static void guest_close(struct guest *guest)
{
	struct card *card;

	if (card_sounds_close(&guest->sounds) < 0) {
		log_error("%s is incomplete", guest->options.record);
		failed(guest, -EIO);
	}
	while ((card = guest->cards) != NULL) {
		guest->cards = card->next;
		card_destroy(card);
	}
	domain_close(guest->domain);
	close(guest->signals);
	close(guest->sounds.done);
}

static void guest_report(struct guest *guest)
{
	const struct player *player;
	const struct card *card;
	unsigned i;

	for (card = guest->cards; card != NULL && guest->options.check_ramp; card = card->next) {
		for (i = 0; i < card->count; i++) {
			player = &card->players[i];
			if (player->stream->dir == PCM_CAPTURE) {
				report_ramp(player);
				failed(guest, ramp_check_passed(&player->check) ? 0 : -EIO);
			}
		}
	}
	if (guest->options.json) {
		report_json(guest->cards);
	} else if (guest->options.stats) {
		report_text(guest->cards);
	}
}

static void guest_shutdown(struct guest *guest)
{
	const struct card *card;

	for (card = guest->cards; card != NULL && guest->result != -EPIPE; card = card->next) {
		if (device_shutdown(card->device) < 0) {
			log_warning("card %u: the back end did not close in time",
				    card->device->devid);
		}
	}
}

static void guest_run(struct guest *guest)
{
	if (!card_sounds_open(&guest->sounds, &guest->options) || !guest_connect(guest)) {
		failed(guest, -EIO);
		return;
	}
	log_info("domain %u connected", domain_id(guest->domain));
	if (!guest->options.wait) {
		cards_start(guest);
	}
	guest_live(guest);
	guest_stop(guest);
	guest_report(guest);
	guest_shutdown(guest);
}

int main(int argc, char **argv)
{
	static struct guest guest;

	options_parse(&guest.options, argc, argv);
	if (guest_open(&guest) < 0) {
		return EXIT_FAILURE;
	}
	guest_run(&guest);
	guest_close(&guest);
	return guest.result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "osc/ctl/ctl_follow.h"

#include "osc/ctl/ctl_show.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* The default lease is 10 s: one of two renewals may be lost. */
#define RENEW_S 4.0
/* How often to look for a daemon that is gone. */
#define RETRY_MS 500

static void on_packet(void *arg, const void *data, size_t size)
{
	ctl_link_send(arg, data, size);
}

int ctl_tell(struct ctl *ctl, const char *address, const char *types, ...)
{
	lo_message message = lo_message_new();
	struct packet_batch batch;
	va_list arguments;
	int err;

	va_start(arguments, types);
	for (; *types; types++) {
		if (*types == 's') {
			lo_message_add_string(message, va_arg(arguments, const char *));
		} else if (*types == 'f') {
			lo_message_add_float(message, (float)va_arg(arguments, double));
		} else {
			lo_message_add_int32(message, va_arg(arguments, int32_t));
		}
	}
	va_end(arguments);
	ctl_link_begin(&ctl->link, &batch, on_packet, &ctl->link);
	err = packet_add(&batch, address, message);
	packet_flush(&batch);
	lo_message_free(message);
	return err;
}

/* 10 s is the default lease. */
static void renew(struct ctl_follow *follow, double now_s)
{
	if (follow->interval_ms) {
		ctl_tell(follow->ctl, follow->address, "siii", follow->what, follow->interval_ms,
			 10, follow->cookie);
	} else {
		ctl_tell(follow->ctl, follow->address, "sii", follow->what, 10, follow->cookie);
	}
	follow->renew_s = now_s + RENEW_S;
}

/* Restores the terminal's own screen for the last message. */
static void give_back(struct ctl_follow *follow)
{
	if (follow->on_screen) {
		follow->on_screen(follow->arg, false);
		follow->on_screen = NULL;
	}
}

/* An error about the subscription ends it; others do not matter. */
static void on_error(struct ctl_follow *follow, const struct packet_message *message)
{
	const char *about = packet_text(message, 0), *text = packet_text(message, 2);
	int32_t code = 0;

	if (about && text && strcmp(about, follow->address) == 0) {
		give_back(follow);
		(void)packet_integer(message, 1, &code);
		text = code == EINVAL && follow->refusal ? follow->refusal : text;
		if (follow->ctl->json) {
			ctl_show_failure(code, text, stdout);
		}
		follow->status = ctl_say(follow->ctl, CTL_REFUSED, "%s: %s", follow->what, text);
	}
}

static void on_message(void *arg, const struct packet_message *message)
{
	struct ctl_follow *follow = arg;
	bool reply = strcmp(message->address, "/reply") == 0;
	const char *about = reply ? packet_text(message, 0) : NULL;
	int32_t cookie;

	follow->heard_s = ctl_link_now_s();
	if (follow->lost) {
		follow->lost = false;
		fprintf(stderr, "xenjackctl: %s: the daemon at %s is back\n",
			follow->ctl->command->name, follow->ctl->where);
	}
	if (about && strcmp(about, follow->address) == 0) {
		/* To a remote peer, the first answer only brings the cookie to send. */
		if (!packet_integer(message, message->count - 1, &cookie) &&
		    cookie != follow->cookie) {
			follow->cookie = cookie;
			renew(follow, follow->heard_s);
		}
	} else if (strcmp(message->address, "/error") == 0) {
		on_error(follow, message);
	} else {
		follow->on_message(follow->arg, message);
	}
}

/* False: end. */
static bool on_signal(struct ctl_follow *follow, int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
		return true;
	}
	if (info.ssi_signo == SIGTSTP && follow->on_screen) {
		follow->on_screen(follow->arg, false);
		kill(getpid(), SIGSTOP);
		follow->on_screen(follow->arg, true);
	} else if (info.ssi_signo == SIGTSTP) {
		kill(getpid(), SIGSTOP);
	} else if (info.ssi_signo == SIGWINCH) {
		if (follow->on_screen) {
			follow->on_screen(follow->arg, true);
		}
	} else {
		return false;
	}
	return true;
}

/* The key at the front of what was read, of *length bytes: an arrow sends ESC [ and a letter. */
static char key_of(const char *text, size_t size, size_t *length)
{
	*length = 1;
	if (*text != '\033' || size < 3 || !strchr("[O", text[1])) {
		return *text;
	}
	for (*length = 3; *length < size && strchr("0123456789;", text[*length - 1]);) {
		++*length;
	}
	return *length > 3 ? '\0' : text[2] == 'A' ? 'k' : text[2] == 'B' ? 'j' : '\0';
}

/* False: end. */
static bool on_keys(struct ctl_follow *follow)
{
	char text[64];
	ssize_t size = read(STDIN_FILENO, text, sizeof(text));
	size_t length;

	follow->keys = size > 0;
	for (size_t at = 0; size > 0 && at < (size_t)size; at += length) {
		char key = key_of(text + at, (size_t)size - at, &length);

		if (key == 'q' || key == 'Q') {
			return false;
		}
		if (follow->on_key && key) {
			follow->on_key(follow->arg, key);
		}
	}
	return true;
}

static int time_left_ms(const struct ctl_follow *follow, double now_s)
{
	double next_s = follow->renew_s;

	if (follow->tick_s > 0.0) {
		next_s = fmin(next_s, follow->ticked_s + follow->tick_s);
	}
	return next_s > now_s ? (int)ceil((next_s - now_s) * 1000.0) : 0;
}

/* Says it once, however often it is tried again. */
static void lose(struct ctl_follow *follow, int err, const char *why)
{
	give_back(follow);
	follow->status = CTL_ABSENT;
	if (!follow->lost) {
		ctl_absent(follow->ctl, err, "lost the daemon at %s: %s", follow->ctl->where, why);
		follow->lost = true;
	}
}

/* Does what is due; false: end. */
static bool on_time(struct ctl_follow *follow, double now_s)
{
	if (now_s >= follow->renew_s) {
		renew(follow, now_s);
	}
	if (now_s - follow->heard_s > RENEW_S + follow->ctl->timeout_s) {
		lose(follow, -ETIMEDOUT, "no longer answers");
		return false;
	}
	if (follow->tick_s > 0.0 && now_s >= follow->ticked_s + follow->tick_s) {
		follow->ticked_s = now_s;
		return follow->on_tick(follow->arg, now_s);
	}
	return true;
}

static bool read_link(struct ctl_follow *follow)
{
	int err = ctl_link_take(&follow->ctl->link, on_message, follow);

	if (err && err != -EAGAIN && err != -EINTR) {
		lose(follow, err, err == -ECONNRESET ? "connection closed" : strerror(-err));
	}
	return !follow->status;
}

static void run(struct ctl_follow *follow, int signals)
{
	bool on = true;

	/* Nobody sees more if the output is lost. */
	while (on && !follow->status && !ferror(stdout)) {
		struct pollfd fds[] = {
			{ .fd = follow->ctl->link.fd, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
			{ .fd = follow->keys ? STDIN_FILENO : -1, .events = POLLIN },
		};

		(void)poll(fds, 3, time_left_ms(follow, ctl_link_now_s()));
		if (fds[1].revents) {
			on = on_signal(follow, signals);
		}
		if (on && fds[2].revents) {
			on = on_keys(follow);
		}
		on = on && (!fds[0].revents || read_link(follow)) &&
		     on_time(follow, ctl_link_now_s());
	}
}

/* Connects, if need be, and subscribes. False: no daemon. */
static bool start(struct ctl_follow *follow)
{
	follow->status = ctl_connect(follow->ctl);
	follow->lost |= follow->status == CTL_ABSENT;
	follow->heard_s = ctl_link_now_s();
	follow->ticked_s = follow->heard_s;
	follow->cookie = 0;
	if (!follow->status) {
		renew(follow, follow->heard_s);
	}
	return !follow->status;
}

/* Waits until the daemon may be back, and opens the link. False: end. */
static bool wait_for_it(struct ctl_follow *follow, int signals)
{
	struct pollfd one = { .fd = signals, .events = POLLIN };
	char why[512];

	if (follow->status != CTL_ABSENT || !follow->reconnect) {
		return false;
	}
	do {
		ctl_link_close(&follow->ctl->link);
		if (poll(&one, 1, RETRY_MS) > 0 && !on_signal(follow, signals)) {
			follow->status = CTL_OK;
			return false;
		}
	} while (ctl_link_open(&follow->ctl->link, follow->ctl->where, why, sizeof(why)));
	return true;
}

int ctl_follow(struct ctl_follow *follow)
{
	static const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH };
	sigset_t set, before;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		sigaddset(&set, wanted[i]);
	}
	sigprocmask(SIG_BLOCK, &set, &before);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	do {
		if (start(follow)) {
			run(follow, fd);
		}
	} while (wait_for_it(follow, fd));
	close(fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return follow->status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "src/base/log.h"
#include "src/daemon/sandbox_calls.h"

#define REMEDY "or set sandbox = no in [daemon]"

/* --- capabilities */

/* What a daemon that runs as root goes on with. */
static const int kept[] = {
	CAP_CHOWN,	      /* gives the socket for remote control to its group */
	CAP_DAC_OVERRIDE,     /* the server may be another user's */
	CAP_IPC_LOCK,	      /* locked memory */
	CAP_NET_BIND_SERVICE, /* a port below 1024 for remote control */
	CAP_SYS_NICE,	      /* real-time priorities */
};

int sandbox_drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	uint32_t mask[_LINUX_CAPABILITY_U32S_3] = { 0 };
	int err;

	for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		mask[CAP_TO_INDEX(kept[i])] |= CAP_TO_MASK(kept[i]);
	}
	if (syscall(SYS_capget, &header, data)) {
		goto failed;
	}
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= mask[i];
		data[i].effective &= mask[i];
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, data)) {
		goto failed;
	}
	return 0;
failed:
	err = -errno;
	log_error("cannot give up capabilities: %s; " REMEDY, strerror(-err));
	return err;
}

/* --- a call that is not listed */

/* Made ahead, because the handler may call nothing that allocates. */
static struct {
	char prefix[LOG_PREFIX_MAX];
	char names[512][32]; /* by number: more than any architecture has */
} report;

static void prepare_report(void)
{
	log_prefix(report.prefix, sizeof(report.prefix), LOG_ERROR);
	for (int i = 0; i < (int)(sizeof(report.names) / sizeof(report.names[0])); i++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);

		strncpy(report.names[i], name ? name : "unknown", sizeof(report.names[i]) - 1);
		free(name);
	}
}

static void append(char *text, size_t size, const char *more)
{
	size_t length = strlen(text), count = strnlen(more, size - 1 - length);

	memcpy(text + length, more, count);
	text[length + count] = '\0';
}

static void append_number(char *text, size_t size, unsigned number)
{
	char digits[12];
	char *begin = digits + sizeof(digits) - 1;

	*begin = '\0';
	do {
		*--begin = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	append(text, size, begin);
}

/* Any thread, anywhere. Its action is reset: on return, the signal ends the process. */
static void on_forbidden(int number, siginfo_t *info, void *context)
{
	unsigned call = (unsigned)info->si_syscall;
	char text[256] = "";

	(void)context;
	append(text, sizeof(text), report.prefix);
	append(text, sizeof(text), "sandbox: system call ");
	append_number(text, sizeof(text), call);
	append(text, sizeof(text), " (");
	append(text, sizeof(text),
	       call < sizeof(report.names) / sizeof(report.names[0]) ? report.names[call]
								     : "unknown");
	append(text, sizeof(text),
	       ") is not permitted: an attack, or a fault of xenjack's. Report it, " REMEDY "\n");
	(void)!write(STDERR_FILENO, text, strlen(text));
	raise(number);
}

static int handle_forbidden(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_RESETHAND };

	prepare_report();
	action.sa_sigaction = on_forbidden;
	return sigaction(SIGSYS, &action, NULL) ? -errno : 0;
}

/* --- the filter */

/* Adds a rule; libseccomp or this architecture may not know the call. */
static int add(scmp_filter_ctx filter, uint32_t action, const char *call, unsigned count,
	       const struct scmp_arg_cmp *conditions)
{
	int number = seccomp_syscall_resolve_name(call);
	int err = number == __NR_SCMP_ERROR
			  ? 0
			  : seccomp_rule_add_array(filter, action, number, count, conditions);

	return err == -EDOM ? 0 : err;
}

static int permit_where(scmp_filter_ctx filter, const char *call, unsigned argument, uint32_t value)
{
	const struct scmp_arg_cmp condition = { argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, value };

	return add(filter, SCMP_ACT_ALLOW, call, 1, &condition);
}

static int add_group(scmp_filter_ctx filter, const struct sandbox_group *group)
{
	const char *text = group->calls;
	int err = 0;

	while (*text && !err) {
		char call[32];
		size_t length = strcspn(text, " ");

		if (length >= sizeof(call)) {
			return -ENAMETOOLONG;
		}
		memcpy(call, text, length);
		call[length] = '\0';
		err = add(filter, SCMP_ACT_ALLOW, call, 0, NULL);
		text += length + strspn(text + length, " ");
	}
	return err;
}

static int add_rule(scmp_filter_ctx filter, const struct sandbox_rule *rule)
{
	struct scmp_arg_cmp conditions[SANDBOX_CONDITIONS];
	unsigned count = 0;

	for (; count < SANDBOX_CONDITIONS && rule->conditions[count].mask; count++) {
		const struct sandbox_condition *from = &rule->conditions[count];

		conditions[count] = (struct scmp_arg_cmp){ from->argument, SCMP_CMP_MASKED_EQ,
							   from->mask, from->value };
	}
	return add(filter, rule->refused ? SCMP_ACT_ERRNO((uint32_t)rule->refused) : SCMP_ACT_ALLOW,
		   rule->call, count, conditions);
}

static int fill(scmp_filter_ctx filter, const struct sandbox_options *options)
{
	int err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	/*
	 * We run nobody's code: no need for the slower processor that kernels before 5.16 set
	 * then. Best effort.
	 */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	for (unsigned i = 0; i < sandbox_group_count && !err; i++) {
		err = add_group(filter, &sandbox_groups[i]);
	}
	for (unsigned i = 0; i < sandbox_rule_count && !err; i++) {
		if (sandbox_rules[i].when == SANDBOX_ALWAYS || options->loads_libraries) {
			err = add_rule(filter, &sandbox_rules[i]);
		}
	}
	for (unsigned i = 0; i < options->ioctl_count && !err; i++) {
		err = permit_where(filter, "ioctl", 1, options->ioctls[i]);
	}
	/* Signals between our own threads: abort, and libjack's pthread_cancel. */
	return err ? err : permit_where(filter, "tgkill", 0, (uint32_t)getpid());
}

static int install(const struct sandbox_options *options)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int err = filter ? fill(filter, options) : -ENOMEM;

	err = err ? err : handle_forbidden();
	err = err ? err : seccomp_load(filter);
	if (filter) {
		seccomp_release(filter);
	}
	return err;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

int sandbox_enter(const struct sandbox_options *options)
{
	int err = 0;

#ifdef SANITIZED
	log_warning("built with a sanitizer: system calls are not filtered");
	(void)install;
	(void)options;
#else
	/*
	 * Name services are libraries, and later there may be no loading any. A group that does not
	 * exist is asked of all of them; a reload may have one.
	 */
	(void)getgrnam(options->group);
	(void)getgrnam("xenjack~none");
	err = install(options);
	if (err) {
		log_error("cannot filter system calls: %s; use a kernel with seccomp, " REMEDY,
			  strerror(-err));
	}
#endif
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/daemon/config_machine.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "osc/server/allow.h"

static const char *check_group(const char *name)
{
	return !*name || getgrnam(name) ? NULL
					: "no such group; getent group lists those there are";
}

static const char *check_folder(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0) {
		return S_ISDIR(st.st_mode) ? NULL : "not a directory";
	}
	if (errno == ENOENT && lstat(path, &st) == 0) {
		return "a link to nowhere";
	}
	return errno == ENOENT ? "does not exist; make it" : strerror(errno);
}

/* Leaves the folder of a path. */
static void leave_folder(char *path)
{
	const char *folder = dirname(path);

	/* Perhaps in the same memory. */
	memmove(path, folder, strlen(folder) + 1);
}

/* A directory that the daemon makes if it is missing. */
static const char *check_made(char *path)
{
	struct stat st;

	if (*path && lstat(path, &st) && errno == ENOENT) {
		leave_folder(path);
	}
	return *path ? check_folder(path) : NULL;
}

/* A socket, or a file that the daemon replaces, perhaps in the run directory. */
static const char *check_file(const struct config *config, char *path)
{
	struct stat st;

	if (!*path) {
		return NULL;
	}
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		return "a directory; name a file in it";
	}
	leave_folder(path);
	return strcmp(path, config->daemon_run) == 0 ? NULL : check_folder(path);
}

static const char *check_address(const struct config *config, const char *address, bool network)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
					.ai_socktype = SOCK_DGRAM };
	struct addrinfo *info;
	const char *wrong = NULL;
	int fd;

	if (getaddrinfo(address, "0", &hints, &info)) {
		return "not an address";
	}
	fd = socket(info->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (network && (fd < 0 || bind(fd, info->ai_addr, info->ai_addrlen))) {
		wrong = errno == EADDRNOTAVAIL ? "this machine has no such address"
					       : strerror(errno);
	} else if (!*config->osc_allow && !allow_is_local(info->ai_addr)) {
		wrong = "of no use unless allow names the hosts that may come";
	}
	if (fd >= 0) {
		close(fd);
	}
	freeaddrinfo(info);
	return wrong;
}

/* Cuts the list to the wrong one. */
static const char *check_addresses(const struct config *config, char *list, bool network)
{
	char copy[CONFIG_LIST_MAX + 1], *rest = copy, *address;
	const char *wrong = NULL;

	snprintf(copy, sizeof(copy), "%s", list);
	while (config->osc_port && !wrong && (address = strsep(&rest, " \t,"))) {
		wrong = *address ? check_address(config, address, network) : NULL;
		memcpy(list, address, strlen(address) + 1);
	}
	return wrong;
}

/* Cuts the list to the wrong one. Whoever is to be trusted has to be allowed. */
static const char *check_networks(const struct config *config, char *list)
{
	char copy[CONFIG_LIST_MAX + 1], *rest = copy, *network;
	struct allow allow = { 0 };

	(void)allow_parse(&allow, config->osc_allow);
	snprintf(copy, sizeof(copy), "%s", list);
	while ((network = strsep(&rest, " \t,"))) {
		struct allow one = { 0 };

		(void)allow_parse(&one, network);
		if (!allow_covers(&allow, &one)) {
			memcpy(list, network, strlen(network) + 1);
			return "of no use unless allow has it, too";
		}
	}
	return NULL;
}

const char *config_machine_check(const struct config *config, const struct config_option *option,
				 bool network, char culprit[CONFIG_LIST_MAX + 1])
{
	snprintf(culprit, CONFIG_LIST_MAX + 1, "%s",
		 (const char *)config_option_field(option, config));
	switch (option->kind) {
	case CONFIG_GROUP:
		return check_group(culprit);
	case CONFIG_FOLDER:
		return check_made(culprit);
	case CONFIG_PATH:
		return check_file(config, culprit);
	case CONFIG_HOSTS:
		return check_addresses(config, culprit, network);
	case CONFIG_NETS:
		return check_networks(config, culprit);
	case CONFIG_TEXT:
	case CONFIG_PREFIX:
	case CONFIG_NUMBER:
	case CONFIG_CHOICE:
		break;
	}
	return NULL;
}

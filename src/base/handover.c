/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/handover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/rt.h"

/* Starts the file; `complete` is written once everything else is in place. */
struct header {
	char version[24];
	uint32_t number, count;
	uint64_t block_size;
	_Atomic uint32_t complete;
};

/* The blocks start at the next cache line after the header. */
#define HEADER_SIZE ((sizeof(struct header) + RT_CACHE_LINE - 1) / RT_CACHE_LINE * RT_CACHE_LINE)

static void fill_header(struct header *header, const struct handover_layout *layout)
{
	memset(header, 0, sizeof(*header));
	/* Another version may give the same sizes a different meaning. */
	snprintf(header->version, sizeof(header->version), "xenjack %s", XENJACK_VERSION);
	header->number = layout->number;
	header->count = layout->count;
	header->block_size = layout->block_size;
}

static bool header_fits(struct header *header, const struct handover_layout *layout)
{
	struct header ours;

	fill_header(&ours, layout);
	return atomic_load(&header->complete) == 1 &&
	       memcmp(header->version, ours.version, sizeof(ours.version)) == 0 &&
	       header->number == ours.number && header->count == ours.count &&
	       header->block_size == ours.block_size;
}

/* Maps the file and faults in every page, because the process callback must not. */
static void *map_file(int fd, size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);

	close(fd);
	return mem == MAP_FAILED ? NULL : mem;
}

/* Maps the file left by an earlier daemon; NULL if there is none that fits. */
static void *map_left(struct handover *handover, const struct handover_layout *layout)
{
	int fd = openat(handover->dir, handover->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat status;
	void *mem;

	if (fd < 0) {
		return NULL;
	}
	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
	    status.st_size != (off_t)handover->size) {
		close(fd);
		return NULL;
	}
	mem = map_file(fd, handover->size);
	if (mem && !header_fits(mem, layout)) {
		munmap(mem, handover->size);
		mem = NULL;
	}
	return mem;
}

static void *map_new(struct handover *handover)
{
	int fd;

	unlinkat(handover->dir, handover->name, 0);
	fd = openat(handover->dir, handover->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		return NULL;
	}
	/* Not ftruncate: a full tmpfs has to fail here, not as a SIGBUS in a cycle. */
	if (posix_fallocate(fd, 0, (off_t)handover->size)) {
		close(fd);
		unlinkat(handover->dir, handover->name, 0);
		return NULL;
	}
	return map_file(fd, handover->size);
}

/* Memory that ends with the process. */
static void *map_anonymous(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

static void *make(struct handover *handover, const struct handover_layout *layout)
{
	struct header *header = handover->dir < 0 ? NULL : map_new(handover);

	if (!header) {
		handover->error = handover->dir < 0 ? 0 : -errno;
		handover->dir = -1;
		header = map_anonymous(handover->size);
	}
	if (header) {
		fill_header(header, layout);
		atomic_store(&header->complete, 1);
	}
	return header;
}

static void name_card(char *name, uint32_t domid, uint32_t devid)
{
	snprintf(name, HANDOVER_NAME_MAX, "card-%u-%u", domid, devid);
}

int handover_open(struct handover *handover, int dir, uint32_t domid, uint32_t devid,
		  const struct handover_layout *layout, bool adopt, bool *adopted)
{
	*handover = (struct handover){ .dir = dir };
	*adopted = false;
	handover->block_size = (layout->block_size + RT_CACHE_LINE - 1) / RT_CACHE_LINE *
			       RT_CACHE_LINE;
	handover->size = HEADER_SIZE + handover->block_size * layout->count;
	name_card(handover->name, domid, devid);
	if (adopt && dir >= 0) {
		handover->mem = map_left(handover, layout);
		*adopted = handover->mem != NULL;
	}
	if (!handover->mem) {
		handover->mem = make(handover, layout);
	}
	return handover->mem ? 0 : -ENOMEM;
}

void *handover_block(const struct handover *handover, uint32_t n)
{
	return (char *)handover->mem + HEADER_SIZE + n * handover->block_size;
}

void handover_close(struct handover *handover, bool forget)
{
	if (!handover->mem) {
		return;
	}
	munmap(handover->mem, handover->size);
	if (forget && handover->dir >= 0) {
		unlinkat(handover->dir, handover->name, 0);
	}
	*handover = (struct handover){ 0 };
}

/* Accepts only names that we would make: no sign, no leading zero, nothing after the numbers. */
static bool parse_name(const char *name, uint32_t *domid, uint32_t *devid)
{
	char again[HANDOVER_NAME_MAX];
	char *end;

	if (strncmp(name, "card-", 5) != 0) {
		return false;
	}
	*domid = (uint32_t)strtoul(name + 5, &end, 10);
	*devid = *end == '-' ? (uint32_t)strtoul(end + 1, NULL, 10) : 0;
	name_card(again, *domid, *devid);
	return strcmp(again, name) == 0;
}

void handover_sweep(int dir, bool (*wanted)(void *arg, uint32_t domid, uint32_t devid), void *arg)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!stream) {
		if (fd >= 0) {
			close(fd);
		}
		return;
	}
	while ((entry = readdir(stream))) {
		uint32_t domid, devid;

		if (parse_name(entry->d_name, &domid, &devid) && !wanted(arg, domid, devid)) {
			unlinkat(dir, entry->d_name, 0);
		}
	}
	closedir(stream);
}

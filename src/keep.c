/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/keep.h"

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

#include "src/log.h"
#include "src/rt.h"

/* The file begins with it; its last word is written when all the rest is there. */
struct header {
	char version[24];
	uint32_t number, count;
	uint64_t block_size;
	_Atomic uint32_t complete;
};

/* The blocks begin behind the header, where the next cache line does. */
#define HEADER_SIZE ((sizeof(struct header) + RT_CACHE_LINE - 1) / RT_CACHE_LINE * RT_CACHE_LINE)

static void fill_header(struct header *header, const struct keep_layout *layout)
{
	memset(header, 0, sizeof(*header));
	/* Another version may mean something else by the same sizes. */
	snprintf(header->version, sizeof(header->version), "xenjack %s", XENJACK_VERSION);
	header->number = layout->number;
	header->count = layout->count;
	header->block_size = layout->block_size;
}

static bool header_fits(struct header *header, const struct keep_layout *layout)
{
	struct header ours;

	fill_header(&ours, layout);
	return atomic_load(&header->complete) == 1 &&
	       memcmp(header->version, ours.version, sizeof(ours.version)) == 0 &&
	       header->number == ours.number && header->count == ours.count &&
	       header->block_size == ours.block_size;
}

/* Maps the file and brings in every page: the process callback must not. */
static void *map_file(int fd, size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);

	close(fd);
	return mem == MAP_FAILED ? NULL : mem;
}

/* What a daemon before us left, or NULL. */
static void *map_left(struct keep *keep, const struct keep_layout *layout)
{
	int fd = openat(keep->dir, keep->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat status;
	void *mem;

	if (fd < 0) {
		return NULL;
	}
	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
	    status.st_size != (off_t)keep->size) {
		close(fd);
		return NULL;
	}
	mem = map_file(fd, keep->size);
	if (mem && !header_fits(mem, layout)) {
		munmap(mem, keep->size);
		mem = NULL;
	}
	return mem;
}

static void *map_new(struct keep *keep)
{
	int fd;

	unlinkat(keep->dir, keep->name, 0);
	fd = openat(keep->dir, keep->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		return NULL;
	}
	/* Not ftruncate: a full tmpfs has to say so here and not by a SIGBUS in a cycle. */
	if (posix_fallocate(fd, 0, (off_t)keep->size)) {
		close(fd);
		unlinkat(keep->dir, keep->name, 0);
		return NULL;
	}
	return map_file(fd, keep->size);
}

/* Memory that nobody will find again. */
static void *map_anonymous(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

static void *make(struct keep *keep, const struct keep_layout *layout)
{
	struct header *header = keep->dir < 0 ? NULL : map_new(keep);

	if (!header) {
		if (keep->dir >= 0) {
			log_warning("%s: can not be kept, a restart will interrupt it: %s",
				    keep->name, strerror(errno));
		}
		keep->dir = -1;
		header = map_anonymous(keep->size);
	}
	if (header) {
		fill_header(header, layout);
		atomic_store(&header->complete, 1);
	}
	return header;
}

static void name_card(char *name, uint32_t domid, uint32_t devid)
{
	snprintf(name, KEEP_NAME_MAX, "card-%u-%u", domid, devid);
}

int keep_open(struct keep *keep, int dir, uint32_t domid, uint32_t devid,
	      const struct keep_layout *layout, bool adopt, bool *adopted)
{
	*keep = (struct keep){ .dir = dir };
	*adopted = false;
	keep->block_size = (layout->block_size + RT_CACHE_LINE - 1) / RT_CACHE_LINE * RT_CACHE_LINE;
	keep->size = HEADER_SIZE + keep->block_size * layout->count;
	name_card(keep->name, domid, devid);
	if (adopt && dir >= 0) {
		keep->mem = map_left(keep, layout);
		*adopted = keep->mem != NULL;
	}
	if (!keep->mem) {
		keep->mem = make(keep, layout);
	}
	return keep->mem ? 0 : -ENOMEM;
}

void *keep_block(const struct keep *keep, uint32_t n)
{
	return (char *)keep->mem + HEADER_SIZE + n * keep->block_size;
}

void keep_close(struct keep *keep, bool forget)
{
	if (!keep->mem) {
		return;
	}
	munmap(keep->mem, keep->size);
	if (forget && keep->dir >= 0) {
		unlinkat(keep->dir, keep->name, 0);
	}
	*keep = (struct keep){ 0 };
}

/* Only a name that we would give: no sign, no zero in front, nothing behind. */
static bool parse_name(const char *name, uint32_t *domid, uint32_t *devid)
{
	char again[KEEP_NAME_MAX];
	char *end;

	if (strncmp(name, "card-", 5) != 0) {
		return false;
	}
	*domid = (uint32_t)strtoul(name + 5, &end, 10);
	*devid = *end == '-' ? (uint32_t)strtoul(end + 1, NULL, 10) : 0;
	name_card(again, *domid, *devid);
	return strcmp(again, name) == 0;
}

void keep_sweep(int dir, bool (*wanted)(void *arg, uint32_t domid, uint32_t devid), void *arg)
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

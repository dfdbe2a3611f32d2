/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handover files with any contents. The lines are those of tests/fuzz/guest.h and these:
 *
 *   next LEAVE                the daemon ends (LEAVE 1) or is killed, and the next one opens the
 * file NAME VALUE                changes a number of the file before that: `fields` has the names
 *   spoil OFFSET VALUE POWER  changes any 2^POWER bytes of it
 *
 * A file that does not fit is not adopted; whatever is adopted goes on without harm to the daemon.
 * Flags that are neither 0 nor 1 are made so: no daemon writes them, and C has no word for them.
 */
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "src/base/handover.h"
#include "tests/fuzz/guest.h"

#define LINES_MAX 200u
#define SPOILS_MAX 16u

#define FIELD(word, member)                                                   \
	{                                                                     \
		word, offsetof(struct stream_ring_handover, member),          \
			sizeof(((struct stream_ring_handover *)NULL)->member) \
	}

static const struct {
	const char *word;
	size_t offset, size;
} fields[] = {
	FIELD("in_prod", evt.in_prod),
	FIELD("taken", taken),
	FIELD("opener", opener),
	FIELD("format", params.format),
	FIELD("rate_hz", params.rate_hz),
	FIELD("channels", params.channels),
	FIELD("ring_bytes", params.ring_bytes),
	FIELD("period_bytes", params.period_bytes),
	FIELD("gref", gref_directory),
	FIELD("earlier", appl_frames),
	FIELD("lead", runtime.rt.lead),
	FIELD("lead_due", runtime.rt.lead_due),
	FIELD("carried", runtime.rt.carried),
	FIELD("state", runtime.io.state),
	FIELD("queued", runtime.io.queued),
	FIELD("hw_frames", runtime.rt.hw_frames),
	FIELD("announced", runtime.shared.hw_frames),
	FIELD("appl_frames", runtime.shared.appl_frames),
};

static const struct handover_layout layout = { STREAM_RING_HANDOVER_NUMBER, 1,
					       sizeof(struct stream_ring_handover) };
static int dir;
static struct handover file;
static struct guest guest;
static struct {
	size_t offset, size;
	uint64_t value;
} spoils[SPOILS_MAX];
static unsigned spoil_count;

static void make_flag(void *flag)
{
	*(uint8_t *)flag &= 1;
}

static void make_flags(struct stream_ring_handover *block)
{
	make_flag(&block->begun);
	make_flag(&block->open);
	make_flag(&block->runtime.rt.dry);
	make_flag(&block->runtime.io.announce_due);
	make_flag(&block->runtime.gain.rt.active);
	for (unsigned c = 0; c < PCM_CHANNELS_MAX; c++) {
		make_flag(&block->runtime.gain.io.muted[c]);
	}
}

static void add_spoil(size_t offset, size_t size, uint64_t value)
{
	if (spoil_count < SPOILS_MAX && offset < file.size) {
		spoils[spoil_count].offset = offset;
		spoils[spoil_count].size = size < file.size - offset ? size : file.size - offset;
		spoils[spoil_count++].value = value;
	}
}

static bool add_field(const struct fuzz_line *line)
{
	size_t first = (size_t)((char *)handover_block(&file, 0) - (char *)file.mem);

	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcmp(line->word, fields[i].word) == 0) {
			add_spoil(first + fields[i].offset, fields[i].size, line->numbers[0]);
			return true;
		}
	}
	return false;
}

/* As if another program had written to the file. */
static void spoil(void)
{
	for (unsigned i = 0; i < spoil_count; i++) {
		memcpy((char *)file.mem + spoils[i].offset, &spoils[i].value, spoils[i].size);
	}
	make_flags(handover_block(&file, 0));
	guest.spoilt |= spoil_count > 0;
	spoil_count = 0;
}

static void begin_next(bool leave)
{
	bool fits;

	guest_leave(&guest, !leave);
	spoil();
	handover_close(&file, false);
	FUZZ_CHECK(handover_open(&file, dir, 1, 0, &layout, true, &fits) == 0);
	guest.handover = handover_block(&file, 0);
	guest_connect(&guest, fits);
	FUZZ_CHECK(fits || !guest.adopted);
}

static void run(const struct fuzz_line *line)
{
	if (strcmp(line->word, "spoil") == 0) {
		add_spoil((size_t)line->numbers[0], (size_t)1 << line->numbers[2] % 4,
			  line->numbers[1]);
	} else if (strncmp(line->word, "ne", 2) == 0) {
		begin_next(line->numbers[0] % 2);
	} else if (!add_field(line)) {
		guest_do(&guest, line);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_text text = fuzz_text(data, size);
	struct fuzz_line line = { .count = 0 };
	bool fits, begun;

	fuzz_begin();
	dir = dir ? dir : open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(handover_open(&file, dir, 1, 0, &layout, false, &fits) == 0);
	spoil_count = 0;
	begun = fuzz_next_line(&text, &line);
	guest_begin(&guest, &line, handover_block(&file, 0));
	for (unsigned i = 0; begun && i < LINES_MAX; i++) {
		run(&line);
		begun = fuzz_next_line(&text, &line);
	}
	fuzz_accepted = guest.adopted;
	guest_end(&guest);
	handover_close(&file, true);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files. What is loaded without an error and dumped is loaded again to the same
 * configuration; what is loaded with errors can still be dumped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/daemon/config.h"
#include "src/sound/pcm.h"
#include "tests/fuzz/fuzz.h"

/* The dump; for free(). */
static char *dump(const struct config *config, size_t *size)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, size);

	FUZZ_CHECK(file);
	config_dump(config, file);
	fclose(file);
	return text;
}

static int load(struct config *config, const char *text, size_t size)
{
	char path[128];

	fuzz_write_file("conf", text, size);
	snprintf(path, sizeof(path), "%s/conf", fuzz_folder());
	config_init(config);
	return config_load(config, path, CONFIG_ANY);
}

static void check_limits(const struct config *config)
{
	FUZZ_CHECK(config->guest_count <= CONFIG_GUESTS_MAX);
	FUZZ_CHECK(config->route_count <= ROUTE_COUNT_MAX);
	FUZZ_CHECK(config->limit_channels >= 1 && config->limit_channels <= PCM_CHANNELS_MAX);
	FUZZ_CHECK(config->limit_streams >= 1 && config->limit_streams <= 64);
	FUZZ_CHECK(config->limit_buffer_kib <= 65536);
	FUZZ_CHECK(config->osc_port <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config, again, taken;
	char *text, *second;
	size_t length, second_length;
	int err;

	fuzz_begin();
	err = load(&config, (const char *)data, size);
	check_limits(&config);
	text = dump(&config, &length);
	if (!err) {
		FUZZ_CHECK(load(&again, text, length) == 0);
		second = dump(&again, &second_length);
		FUZZ_CHECK(length == second_length && memcmp(text, second, length) == 0);
		free(second);
		config_init(&taken);
		config_take(&taken, &config);
	}
	free(text);
	fuzz_accepted = !err;
	return 0;
}

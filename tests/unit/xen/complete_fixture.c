/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/xen/complete_fixture.h"

#include <stdio.h>

struct fake_store *store;
struct probe_limits limits;
unsigned warnings;
int error;
char warning[LOG_LINE_MAX];
bool resample;

static const struct bus_device device = {
	.domid = 7, .devid = 1, .backend = (char *)(uintptr_t)BE, .frontend = (char *)(uintptr_t)FE
};

void set(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), FE "/%s", name);
	fake_store_set(store, path, value);
}

void expect(const char *name, const char *value)
{
	char path[128];
	const char *now;

	snprintf(path, sizeof(path), FE "/%s", name);
	now = fake_store_get(store, path);
	if (!value) {
		assert_null(now);
		return;
	}
	assert_non_null(now);
	assert_string_equal(now, value);
}

void complete(uint32_t rate_hz)
{
	warnings = 0;
	error = complete_card(&store->hv, &device, &(struct complete_rates){ rate_hz, resample },
			      &limits);
}

void restore(void)
{
	warnings = 0;
	error = complete_restore(&store->hv, &device);
}

void compare(uint32_t rate_hz)
{
	warnings = 0;
	complete_compare(&store->hv, &device, &(struct complete_rates){ rate_hz, resample });
}

static void keep_warning(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	if (level <= LOG_WARNING) {
		warnings++;
		snprintf(warning, sizeof(warning), "%s", line);
	}
}

int complete_setup(void **state)
{
	(void)state;
	store = fake_store_create();
	limits = (struct probe_limits){ CARD_STREAMS_MAX, PCM_CHANNELS_MAX, 4u << 20 };
	log_set_level(LOG_DEBUG);
	log_set_sink(keep_warning, NULL);
	set("state", "1");
	set("0/0/type", "p");
	set("0/1/type", "c");
	return 0;
}

int complete_teardown(void **state)
{
	(void)state;
	fake_store_destroy(store);
	return 0;
}

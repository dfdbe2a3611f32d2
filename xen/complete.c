/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/complete.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/guest_log.h"
#include "xen/abi.h"

/* Our transactions collide only with those of the toolstack and the guest on the same device. */
#define TRIES_MAX 8
/* Linux's default limits: PCM devices of a card, streams of a PCM device. */
#define PCMS_MAX 8u
#define STREAMS_MAX 8u
/* A front end's default if the toolstack wrote nothing. */
#define CHANNELS_DEFAULT 2u
/* A buffer that suits sound servers: 1.4 s at 48 kHz, 32 bits. A guest may use less. */
#define BUFFER_FRAMES 65536u
#define SAMPLE_BYTES 4u
/* Twice the length of all known names: a longer list is not from a toolstack and is left alone. */
#define LIST_MAX 512u
/* Linux accepts any rate up to this if the configuration lists none. */
#define UNNAMED_RATE_MAX_HZ 48000u
/* Room for the front end's directory, a place as below and the longest name of a node. */
#define PATH_SIZE 256
/* "/<pcm>/<stream>", "/<pcm>" or nothing: a place in the front end's directory. */
#define PLACE_SIZE 24

/* Whose names of the float formats to use; a column of the table in respell. */
enum spelling {
	XL,
	LINUX,
};

/* One pass over a card. The back end's directory has a copy of the rates that we filled in. */
struct job {
	struct hv *hv;
	uint32_t tx;
	const struct bus_device *device;
	const struct probe_limits *limits;
	const struct complete_rates *rates;
	enum spelling to;     /* target spelling of the formats */
	uint32_t channels;    /* the most that any level asks for */
	char written[80];     /* nodes written for the card, a blank before each name */
	unsigned respelt;     /* number of format lists respelt */
	char other[LIST_MAX]; /* the first list without a usable rate, or empty */
	int error;	      /* once set, nothing more is done */
};

/* --- nodes */

/* `dir` is the front end's directory or the back end's. */
static bool make_path(struct job *job, const char *dir, const char *place, const char *name,
		      char path[PATH_SIZE])
{
	int length = snprintf(path, PATH_SIZE, "%s%s%s%s", dir, place, *name ? "/" : "", name);

	if (!job->error && length >= PATH_SIZE) {
		job->error = -ENAMETOOLONG;
	}
	return !job->error;
}

/* Reads a node, or the directory itself if name is ""; NULL if it is missing or after an error. */
static char *read_at(struct job *job, const char *dir, const char *place, const char *name)
{
	char path[PATH_SIZE];
	char *value;

	if (!make_path(job, dir, place, name, path)) {
		return NULL;
	}
	errno = 0;
	value = job->hv->ops->read(job->hv, job->tx, path);
	if (!value && errno != ENOENT) {
		job->error = errno > 0 ? -errno : -EIO;
	}
	return value;
}

static char *read_node(struct job *job, const char *place, const char *name)
{
	return read_at(job, job->device->frontend, place, name);
}

static void write_at(struct job *job, const char *dir, const char *place, const char *name,
		     const char *value)
{
	char path[PATH_SIZE];

	if (make_path(job, dir, place, name, path)) {
		job->error = job->hv->ops->write(job->hv, job->tx, path, value);
	}
}

static void write_node(struct job *job, const char *place, const char *name, const char *value)
{
	write_at(job, job->device->frontend, place, name, value);
}

static bool exists(struct job *job, const char *place, const char *name)
{
	char *value = read_node(job, place, name);
	bool found = value != NULL;

	free(value);
	return found;
}

/* Visits the card, its PCM devices and their streams, each up to the first gap, as Linux does. */
static void walk(struct job *job, void (*visit)(struct job *job, const char *place))
{
	char place[PLACE_SIZE];

	visit(job, "");
	for (unsigned pcm = 0; pcm < PCMS_MAX; pcm++) {
		snprintf(place, sizeof(place), "/%u", pcm);
		if (!exists(job, place, "")) {
			return;
		}
		visit(job, place);
		for (unsigned stream = 0; stream < STREAMS_MAX; stream++) {
			snprintf(place, sizeof(place), "/%u/%u", pcm, stream);
			if (!exists(job, place, "")) {
				break;
			}
			visit(job, place);
		}
	}
}

/* --- what each level says */

/* Returns `format` itself if both use the same name, or if it already has this spelling. */
static const char *respell(const char *format, enum spelling to)
{
	static const char *const spellings[][2] = {
		{ [XL] = "f32_le", [LINUX] = XENSND_PCM_FORMAT_F32_LE_STR },
		{ [XL] = "f32_be", [LINUX] = XENSND_PCM_FORMAT_F32_BE_STR },
		{ [XL] = "f64_le", [LINUX] = XENSND_PCM_FORMAT_F64_LE_STR },
		{ [XL] = "f64_be", [LINUX] = XENSND_PCM_FORMAT_F64_BE_STR },
	};

	for (unsigned i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		if (strcasecmp(format, spellings[i][to == XL ? LINUX : XL]) == 0) {
			return spellings[i][to];
		}
	}
	return format;
}

static void respell_formats(struct job *job, const char *place)
{
	char *list = read_node(job, place, XENSND_FIELD_SAMPLE_FORMATS);
	char *rest = list && strlen(list) < LIST_MAX ? list : NULL;
	char spelt[2 * LIST_MAX] = ""; /* no name doubles in length */
	const char *format, *name;
	bool respelt = false;
	size_t length = 0;

	while ((format = strsep(&rest, XENSND_LIST_SEPARATOR))) {
		name = respell(format, job->to);
		respelt |= name != format;
		length += (size_t)snprintf(spelt + length, sizeof(spelt) - length, "%s%s",
					   length ? XENSND_LIST_SEPARATOR : "", name);
	}
	free(list);
	/* A list that would be too long to be respelt later stays as it is. */
	if (respelt && length < LIST_MAX) {
		write_node(job, place, XENSND_FIELD_SAMPLE_FORMATS, spelt);
		job->respelt++;
	}
}

static void measure_channels(struct job *job, const char *place)
{
	char *text = read_node(job, place, XENSND_FIELD_CHANNELS_MAX);
	uint32_t channels;

	if (text && probe_number(text, UINT8_MAX, &channels) && channels > job->channels) {
		job->channels = channels;
	}
	free(text);
}

static void visit_level(struct job *job, const char *place)
{
	respell_formats(job, place);
	measure_channels(job, place);
}

/* Whether the guest may use the rate in this entry of a list. */
static bool may_use(const struct complete_rates *rates, const char *entry)
{
	uint32_t rate_hz;

	return probe_number(entry, UINT32_MAX, &rate_hz) &&
	       (rate_hz == rates->jack_hz || (rates->resample && resamp_offers(rate_hz)));
}

static void compare_rates(struct job *job, const char *place)
{
	char *list = *job->other ? NULL : read_node(job, place, XENSND_FIELD_SAMPLE_RATES);
	char *rest = list, copy[LIST_MAX];
	const char *rate;
	bool found = false;

	snprintf(copy, sizeof(copy), "%s", list ? list : "");
	while (!found && (rate = strsep(&rest, XENSND_LIST_SEPARATOR))) {
		found = may_use(job->rates, rate);
	}
	if (list && !found) {
		memcpy(job->other, copy, sizeof(copy));
	}
	free(list);
}

/* --- filling in what is missing */

static void write_card(struct job *job, const char *name, const char *value)
{
	size_t length = strlen(job->written);

	write_node(job, "", name, value);
	snprintf(job->written + length, sizeof(job->written) - length, " %s", name);
}

static void fill(struct job *job, const char *name, const char *value)
{
	if (!exists(job, "", name)) {
		write_card(job, name, value);
	}
}

static void fill_number(struct job *job, const char *name, uint32_t value)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", value);
	fill(job, name, text);
}

/* All formats that we convert; first those that lose least on the way to JACK's floats and back. */
static void list_formats(char list[LIST_MAX])
{
	static const enum pcm_format best[] = { PCM_S32_LE, PCM_FLOAT_LE, PCM_S24_LE, PCM_S16_LE };
	const unsigned bests = sizeof(best) / sizeof(best[0]);
	uint64_t listed = 0;
	size_t length = 0;

	for (unsigned i = 0; i < bests + PCM_FORMATS; i++) {
		enum pcm_format format = i < bests ? best[i] : (enum pcm_format)(i - bests);

		if (!(listed & UINT64_C(1) << format)) {
			listed |= UINT64_C(1) << format;
			length += (size_t)snprintf(list + length, LIST_MAX - length, "%s%s",
						   length ? XENSND_LIST_SEPARATOR : "",
						   pcm_name(format));
		}
	}
}

/* Empty if Linux has a name for none of them. */
static void list_rates(const struct complete_rates *rates, char list[LIST_MAX])
{
	size_t length = 0;

	*list = '\0';
	for (const uint32_t *rate = resamp_rates_hz; *rate; rate++) {
		if (*rate == rates->jack_hz || rates->resample) {
			length += (size_t)snprintf(list + length, LIST_MAX - length, "%s%u",
						   length ? XENSND_LIST_SEPARATOR : "", *rate);
		}
	}
}

static void write_rates(struct job *job, const char *list)
{
	write_card(job, XENSND_FIELD_SAMPLE_RATES, list);
	write_at(job, job->device->backend, "", XENSND_FIELD_SAMPLE_RATES, list);
}

/* Linux drops entries that it has no name for; a list of nothing else counts as missing. */
static void fill_rates(struct job *job)
{
	char list[LIST_MAX];

	list_rates(job->rates, list);
	if (*list && !exists(job, "", XENSND_FIELD_SAMPLE_RATES)) {
		write_rates(job, list);
	}
}

/* The card's current rates if we filled them in, else NULL. */
static char *read_our_rates(struct job *job)
{
	char *now = read_node(job, "", XENSND_FIELD_SAMPLE_RATES);
	char *made = read_at(job, job->device->backend, "", XENSND_FIELD_SAMPLE_RATES);

	if (now && (!made || strcmp(now, made) != 0)) {
		free(now);
		now = NULL;
	}
	free(made);
	return now;
}

/* JACK's rate may have changed since we filled in the rates; anyone else's list stays. */
static void renew_rates(struct job *job)
{
	char *now = read_our_rates(job), list[LIST_MAX];

	list_rates(job->rates, list);
	if (!*list) {
		snprintf(list, sizeof(list), "%u", job->rates->jack_hz);
	}
	if (now && strcmp(now, list) != 0) {
		write_rates(job, list);
	}
	free(now);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void fill_card(struct job *job)
{
	const struct probe_limits *limits = job->limits;
	uint32_t channels = smaller(job->channels, limits->channels);
	char formats[LIST_MAX];

	list_formats(formats);
	fill_rates(job);
	fill(job, XENSND_FIELD_SAMPLE_FORMATS, formats);
	fill_number(job, XENSND_FIELD_CHANNELS_MAX, smaller(CHANNELS_DEFAULT, limits->channels));
	fill_number(job, XENSND_FIELD_BUFFER_SIZE,
		    smaller(BUFFER_FRAMES * SAMPLE_BYTES * channels, limits->buffer_bytes));
}

/* --- */

static bool is_initialising(struct job *job)
{
	char *state = read_node(job, "", "state");
	bool initialising = state && strcmp(state, "1") == 0;

	free(state);
	return initialising;
}

static void offer(struct job *job)
{
	job->channels = CHANNELS_DEFAULT;
	walk(job, visit_level);
	renew_rates(job);
	if (is_initialising(job)) {
		fill_card(job);
	}
}

static void restore(struct job *job)
{
	walk(job, respell_formats);
}

/* One attempt: 0, even if there was nothing to do, or -errno. */
static int try_work(struct job *job, void (*work)(struct job *job))
{
	bool commit;
	int error;

	job->respelt = 0;
	job->error = 0;
	*job->written = '\0';
	job->tx = job->hv->ops->begin(job->hv);
	if (!job->tx) {
		return errno > 0 ? -errno : -EIO;
	}
	work(job);
	commit = !job->error && (job->respelt || *job->written);
	error = job->hv->ops->end(job->hv, job->tx, commit);
	return job->error ? job->error : commit ? error : 0;
}

static int transact(struct job *job, void (*work)(struct job *job))
{
	int error = -EAGAIN;

	for (unsigned i = 0; i < TRIES_MAX && error == -EAGAIN; i++) {
		error = try_work(job, work);
	}
	return error;
}

int complete_card(struct hv *hv, const struct bus_device *device,
		  const struct complete_rates *rates, const struct probe_limits *limits)
{
	struct job job = {
		.hv = hv, .device = device, .limits = limits, .rates = rates, .to = LINUX
	};
	int error = transact(&job, offer);

	if (!error && *job.written) {
		guest_log_info(device->log, "vsnd %u/%u: configuration: filled in%s", device->domid,
			       device->devid, job.written);
	}
	return error;
}

int complete_restore(struct hv *hv, const struct bus_device *device)
{
	struct job job = { .hv = hv, .device = device, .to = XL };

	return transact(&job, restore);
}

void complete_compare(struct hv *hv, const struct bus_device *device,
		      const struct complete_rates *rates)
{
	struct job job = { .hv = hv, .device = device, .rates = rates };
	char *ours = read_our_rates(&job);

	walk(&job, compare_rates);
	if (*job.other) {
		bool was_offered = ours && strcmp(ours, job.other) == 0;
		char list[61];

		log_escape(list, sizeof(list), job.other);
		guest_log_warning(device->log,
				  "vsnd %u/%u: %s %s Hz, but JACK runs at %u Hz: the guest cannot "
				  "open it%s",
				  device->domid, device->devid,
				  was_offered ? "connected at" : "configured for", list,
				  rates->jack_hz,
				  was_offered ? " until its driver reconnects" : "");
	} else if (!rates->resample && !resamp_offers(rates->jack_hz) &&
		   rates->jack_hz > UNNAMED_RATE_MAX_HZ) {
		guest_log_warning(
			device->log,
			"vsnd %u/%u: Linux does not support JACK's rate, %u Hz: a Linux guest "
			"cannot open it",
			device->domid, device->devid, rates->jack_hz);
	}
	free(ours);
}

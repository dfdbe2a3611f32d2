/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/guest_log.h"
#include "xen/abi.h"

/* Linux's default limits: PCM devices of a card, streams of a PCM device. */
#define PCMS_MAX 8u
#define PCM_STREAMS_MAX 8u
_Static_assert(PCMS_MAX *PCM_STREAMS_MAX <= CARD_STREAMS_MAX, "a card has room for every stream");
/* Xen has at most 2^17 (FIFO) event channels per domain. */
#define PORT_MAX 0x1ffffu
/* Linux's defaults if the toolstack wrote nothing. */
#define CHANNELS_DEFAULT 2u
#define BUFFER_BYTES_DEFAULT 65536u
/* Room for the front end's directory, a place as below and the longest name of a node. */
#define PATH_SIZE 256
/* "/<pcm>/<stream>", "/<pcm>" or nothing: a place in the front end's directory. */
#define PLACE_SIZE 24

struct probe {
	struct hv *hv;
	uint32_t domid, devid;
	const char *frontend;
	const struct probe_limits *limits;
	struct guest_log *log;
	unsigned pcm_count;
	unsigned stream_count[PCMS_MAX];
	unsigned total;
};

/* Parameters that a level inherits from the one above. */
struct params {
	uint32_t channels, buffer_bytes;
};

bool probe_number(const char *text, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (uint64_t)(*p - '0');
		if (value > max) {
			return false;
		}
	}
	if (p == text || *p) {
		return false;
	}
	*number = (uint32_t)value;
	return true;
}

void probe_label(char *dst, unsigned size, const char *text)
{
	static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789_.-";
	unsigned i;

	for (i = 0; text[i] && i + 1 < size; i++) {
		dst[i] = '_';
		if (strchr(fit, text[i])) {
			dst[i] = text[i];
		}
	}
	dst[i] = '\0';
}

int probe_guest(struct hv *hv, uint32_t domid, char name[GUEST_NAME_MAX + 1])
{
	char path[64];
	char *text;
	size_t length;

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	text = hv->ops->read(hv, 0, path);
	length = text ? strlen(text) : 0;
	name[0] = '\0';
	if (length && length <= GUEST_NAME_MAX) {
		memcpy(name, text, length + 1);
	}
	free(text);
	return length <= GUEST_NAME_MAX ? 0 : -ENAMETOOLONG;
}

/* Reads a node, or the directory itself if name is "". */
static char *read_node(const struct probe *probe, const char *place, const char *name)
{
	char path[PATH_SIZE];
	int length = snprintf(path, sizeof(path), "%s%s%s%s", probe->frontend, place,
			      *name ? "/" : "", name);

	if (length < 0 || length >= (int)sizeof(path)) {
		return NULL;
	}
	return probe->hv->ops->read(probe->hv, 0, path);
}

static bool exists(const struct probe *probe, const char *place)
{
	char *value = read_node(probe, place, "");
	bool found = value != NULL;

	free(value);
	return found;
}

static bool read_number(const struct probe *probe, const char *place, const char *name,
			uint32_t max, uint32_t *number)
{
	char *text = read_node(probe, place, name);
	bool valid = text && probe_number(text, max, number);

	free(text);
	return valid;
}

static bool refuse(const struct probe *probe, const char *place, const char *reason)
{
	guest_log_warning(probe->log, "vsnd %u/%u%s: card refused: %s", probe->domid, probe->devid,
			  place, reason);
	return false;
}

/* --- counting streams: both enumerations end at the first gap, as Linux's do */

static bool count_streams(struct probe *probe, unsigned pcm)
{
	char place[PLACE_SIZE];
	unsigned count = 0;

	for (;; count++) {
		snprintf(place, sizeof(place), "/%u/%u", pcm, count);
		if (!exists(probe, place)) {
			break;
		}
		if (count == PCM_STREAMS_MAX) {
			return refuse(probe, place, "more than 8 streams in one PCM device");
		}
	}
	probe->stream_count[pcm] = count;
	probe->total += count;
	return true;
}

static bool count_all(struct probe *probe)
{
	char place[PLACE_SIZE];

	for (;; probe->pcm_count++) {
		snprintf(place, sizeof(place), "/%u", probe->pcm_count);
		if (!exists(probe, place)) {
			break;
		}
		if (probe->pcm_count == PCMS_MAX) {
			return refuse(probe, place, "more than 8 PCM devices");
		}
		if (!count_streams(probe, probe->pcm_count)) {
			return false;
		}
	}
	if (!probe->total) {
		return refuse(probe, "", "no streams");
	}
	if (probe->total > probe->limits->streams) {
		return refuse(probe, "", "more streams than the configuration allows");
	}
	return true;
}

/* --- one level's parameters */

/* Zero or an invalid value counts as missing: the level above applies. */
static void inherit(const struct probe *probe, const char *place, const char *name, uint32_t *value)
{
	uint32_t own;

	if (read_number(probe, place, name, UINT32_MAX, &own) && own) {
		*value = own;
	}
}

static struct params read_params(const struct probe *probe, const char *place, struct params params)
{
	inherit(probe, place, XENSND_FIELD_CHANNELS_MAX, &params.channels);
	inherit(probe, place, XENSND_FIELD_BUFFER_SIZE, &params.buffer_bytes);
	return params;
}

static uint32_t clamp(const struct probe *probe, const char *place, const char *what,
		      uint32_t value, uint32_t max)
{
	if (value <= max) {
		return value;
	}
	guest_log_warning(probe->log, "vsnd %u/%u%s: limited to %u %s (configured: %u)",
			  probe->domid, probe->devid, place, max, what, value);
	return max;
}

/* --- one stream */

static bool read_type(const struct probe *probe, const char *place, struct stream *stream)
{
	char *type = read_node(probe, place, XENSND_FIELD_TYPE);
	bool valid = true;

	if (type && strcasecmp(type, XENSND_STREAM_TYPE_PLAYBACK) == 0) {
		stream->dir = PCM_PLAYBACK;
	} else if (type && strcasecmp(type, XENSND_STREAM_TYPE_CAPTURE) == 0) {
		stream->dir = PCM_CAPTURE;
	} else {
		valid = refuse(probe, place, type ? "type is neither p nor c" : "no type");
	}
	free(type);
	return valid;
}

static bool read_refs(const struct probe *probe, const char *place, struct card_refs *refs)
{
	if (!read_number(probe, place, XENSND_FIELD_RING_REF, UINT32_MAX, &refs->ring_gref)) {
		return refuse(probe, place, "no valid " XENSND_FIELD_RING_REF);
	}
	if (!read_number(probe, place, XENSND_FIELD_EVT_CHNL, PORT_MAX, &refs->ring_port)) {
		return refuse(probe, place, "no valid " XENSND_FIELD_EVT_CHNL);
	}
	if (!read_number(probe, place, XENSND_FIELD_EVT_RING_REF, UINT32_MAX, &refs->evt_gref)) {
		return refuse(probe, place, "no valid " XENSND_FIELD_EVT_RING_REF);
	}
	if (!read_number(probe, place, XENSND_FIELD_EVT_EVT_CHNL, PORT_MAX, &refs->evt_port)) {
		return refuse(probe, place, "no valid " XENSND_FIELD_EVT_EVT_CHNL);
	}
	return true;
}

static bool read_stream(const struct probe *probe, unsigned pcm, unsigned index,
			struct params params, struct stream *stream)
{
	char place[PLACE_SIZE];
	char *id;

	snprintf(place, sizeof(place), "/%u/%u", pcm, index);
	stream->pcm = pcm;
	stream->index = index;
	if (!read_type(probe, place, stream) || !read_refs(probe, place, &stream->refs)) {
		return false;
	}
	params = read_params(probe, place, params);
	stream->channels = clamp(probe, place, "channels", params.channels,
				 probe->limits->channels);
	stream->buffer_bytes_max = clamp(probe, place, "buffer bytes", params.buffer_bytes,
					 probe->limits->buffer_bytes);
	id = read_node(probe, place, XENSND_FIELD_STREAM_UNIQUE_ID);
	probe_label(stream->label, sizeof(stream->label), id ? id : "");
	free(id);
	/* A dot would make ports and ids ambiguous: "a.b.main" is stream main of guest a.b. */
	for (char *dot = stream->label; (dot = strchr(dot, '.')) != NULL;) {
		*dot = '_';
	}
	return true;
}

static bool read_streams(const struct probe *probe, struct card *card)
{
	struct params of_card = { CHANNELS_DEFAULT, BUFFER_BYTES_DEFAULT };
	struct stream *stream = card->streams;

	of_card = read_params(probe, "", of_card);
	for (unsigned pcm = 0; pcm < probe->pcm_count; pcm++) {
		struct params of_pcm;
		char place[PLACE_SIZE];

		snprintf(place, sizeof(place), "/%u", pcm);
		of_pcm = read_params(probe, place, of_card);
		for (unsigned i = 0; i < probe->stream_count[pcm]; i++, stream++) {
			if (!read_stream(probe, pcm, i, of_pcm, stream)) {
				return false;
			}
		}
	}
	return true;
}

/* --- labels */

static void default_label(char *dst, const struct stream *stream)
{
	snprintf(dst, CARD_LABEL_MAX + 1, "pcm%u-%u", stream->pcm, stream->index);
}

/* Whether no other stream has, or could fall back to, this stream's label. */
static bool label_is_unique(const struct card *card, const struct stream *stream)
{
	for (unsigned i = 0; i < card->stream_count; i++) {
		const struct stream *other = &card->streams[i];
		char fallback[CARD_LABEL_MAX + 1];

		default_label(fallback, other);
		if (other != stream && (strcmp(stream->label, other->label) == 0 ||
					strcmp(stream->label, fallback) == 0)) {
			return false;
		}
	}
	return true;
}

/* No stream keeps a label that is not unique: their order must not decide what is patched where. */
static void settle_labels(struct card *card)
{
	bool keep[CARD_STREAMS_MAX];

	for (unsigned i = 0; i < card->stream_count; i++) {
		const struct stream *stream = &card->streams[i];

		keep[i] = *stream->label && label_is_unique(card, stream);
	}
	for (unsigned i = 0; i < card->stream_count; i++) {
		if (!keep[i]) {
			default_label(card->streams[i].label, &card->streams[i]);
		}
	}
}

static struct card *create_card(const struct probe *probe)
{
	struct card *card = card_create(probe->total);

	if (!card) {
		refuse(probe, "", "out of memory");
		return NULL;
	}
	card->domid = probe->domid;
	card->devid = probe->devid;
	card->log = probe->log;
	return card;
}

struct card *probe_card(struct hv *hv, uint32_t domid, uint32_t devid, const char *frontend,
			const struct probe_limits *limits)
{
	struct probe probe = {
		.hv = hv,
		.domid = domid,
		.devid = devid,
		.frontend = frontend,
		.limits = limits,
		.log = guest_log_hold(domid),
	};
	struct card *card = count_all(&probe) ? create_card(&probe) : NULL;

	if (!card) {
		guest_log_drop(probe.log);
		return NULL;
	}
	if (!read_streams(&probe, card)) {
		card_destroy(card);
		return NULL;
	}
	settle_labels(card);
	card_arrange(card);
	return card;
}

bool probe_is_current(struct hv *hv, const struct card *card, const char *frontend)
{
	const struct probe probe = { .hv = hv, .frontend = frontend };

	for (unsigned i = 0; i < card->stream_count; i++) {
		const struct stream *stream = &card->streams[i];
		struct card_refs now = { 0 };
		char place[PLACE_SIZE];

		snprintf(place, sizeof(place), "/%u/%u", stream->pcm, stream->index);
		read_number(&probe, place, XENSND_FIELD_RING_REF, UINT32_MAX, &now.ring_gref);
		read_number(&probe, place, XENSND_FIELD_EVT_CHNL, PORT_MAX, &now.ring_port);
		read_number(&probe, place, XENSND_FIELD_EVT_RING_REF, UINT32_MAX, &now.evt_gref);
		read_number(&probe, place, XENSND_FIELD_EVT_EVT_CHNL, PORT_MAX, &now.evt_port);
		if (memcmp(&now, &stream->refs, sizeof(now)) != 0) {
			return false;
		}
	}
	return true;
}

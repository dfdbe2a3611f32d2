/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/log.h"
#include "xen/abi.h"

/* What Linux makes of one card and of one PCM device by default. */
#define PCMS_MAX 8u
#define STREAMS_MAX 8u
_Static_assert(PCMS_MAX *STREAMS_MAX <= CARD_SLOTS_MAX, "a card has room for every stream");
/* Xen's FIFO event channels number 2^17 a domain; no port is beyond. */
#define PORT_MAX 0x1ffffu
/* What Linux assumes where the toolstack says nothing. */
#define CHANNELS_DEFAULT 2u
#define BUFFER_BYTES_DEFAULT 65536u
/* The front end's directory, a place as below and the longest name of a node. */
#define PATH_SIZE 256
/* "/<pcm>/<stream>", "/<pcm>" or nothing: where in the front end's directory. */
#define PLACE_SIZE 24

struct probe {
	struct hv *hv;
	uint32_t domid, devid;
	const char *frontend;
	const struct probe_limits *limits;
	unsigned pcm_count;
	unsigned stream_count[PCMS_MAX];
	unsigned slot_count;
};

/* What a lower level inherits from the one above. */
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

void probe_guest(struct hv *hv, uint32_t domid, char name[CARD_NAME_MAX + 1])
{
	char path[64];
	char *text;

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	text = hv->ops->read(hv, 0, path);
	if (text && *text) {
		/* Room for a card number and a collision's number behind it. */
		probe_label(name, CARD_NAME_MAX - 16, text);
	} else {
		snprintf(name, CARD_NAME_MAX + 1, "dom%u", domid);
	}
	free(text);
}

/* A node, or the directory itself where name is "". */
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
	log_warning("vsnd %u/%u%s: card refused: %s", probe->domid, probe->devid, place, reason);
	return false;
}

/* --- how many streams there are: both enumerations end at the first gap, as Linux's do */

static bool count_streams(struct probe *probe, unsigned pcm)
{
	char place[PLACE_SIZE];
	unsigned count = 0;

	for (;; count++) {
		snprintf(place, sizeof(place), "/%u/%u", pcm, count);
		if (!exists(probe, place)) {
			break;
		}
		if (count == STREAMS_MAX) {
			return refuse(probe, place, "more streams than 8 in one PCM device");
		}
	}
	probe->stream_count[pcm] = count;
	probe->slot_count += count;
	return true;
}

static bool count_slots(struct probe *probe)
{
	char place[PLACE_SIZE];

	for (;; probe->pcm_count++) {
		snprintf(place, sizeof(place), "/%u", probe->pcm_count);
		if (!exists(probe, place)) {
			break;
		}
		if (probe->pcm_count == PCMS_MAX) {
			return refuse(probe, place, "more PCM devices than 8");
		}
		if (!count_streams(probe, probe->pcm_count)) {
			return false;
		}
	}
	if (!probe->slot_count) {
		return refuse(probe, "", "no streams");
	}
	if (probe->slot_count > probe->limits->slots) {
		return refuse(probe, "", "more streams than the configuration allows");
	}
	return true;
}

/* --- one level's parameters */

/* Zero and nonsense mean what a missing node means: as above. */
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
	log_warning("vsnd %u/%u%s: gets %u %s instead of %u", probe->domid, probe->devid, place,
		    max, what, value);
	return max;
}

/* --- one stream */

static bool read_type(const struct probe *probe, const char *place, struct slot *slot)
{
	char *type = read_node(probe, place, XENSND_FIELD_TYPE);
	bool valid = true;

	if (type && strcasecmp(type, XENSND_STREAM_TYPE_PLAYBACK) == 0) {
		slot->dir = PCM_PLAYBACK;
	} else if (type && strcasecmp(type, XENSND_STREAM_TYPE_CAPTURE) == 0) {
		slot->dir = PCM_CAPTURE;
	} else {
		valid = refuse(probe, place, type ? "its type is neither p nor c" : "no type");
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

static bool read_slot(const struct probe *probe, unsigned pcm, unsigned stream,
		      struct params params, struct slot *slot)
{
	char place[PLACE_SIZE];
	char *id;

	snprintf(place, sizeof(place), "/%u/%u", pcm, stream);
	slot->pcm = pcm;
	slot->stream = stream;
	if (!read_type(probe, place, slot) || !read_refs(probe, place, &slot->refs)) {
		return false;
	}
	params = read_params(probe, place, params);
	slot->channels = clamp(probe, place, "channels", params.channels, probe->limits->channels);
	slot->buffer_bytes_max = clamp(probe, place, "bytes of buffer", params.buffer_bytes,
				       probe->limits->buffer_bytes);
	id = read_node(probe, place, XENSND_FIELD_STREAM_UNIQUE_ID);
	probe_label(slot->label, sizeof(slot->label), id ? id : "");
	free(id);
	/* "a.b.main" is guest a.b's: no label may make another guest's port or id of it. */
	for (char *dot = slot->label; (dot = strchr(dot, '.')) != NULL;) {
		*dot = '_';
	}
	return true;
}

static bool read_slots(const struct probe *probe, struct card *card)
{
	struct params of_card = { CHANNELS_DEFAULT, BUFFER_BYTES_DEFAULT };
	struct slot *slot = card->slots;

	of_card = read_params(probe, "", of_card);
	for (unsigned pcm = 0; pcm < probe->pcm_count; pcm++) {
		struct params of_pcm;
		char place[PLACE_SIZE];

		snprintf(place, sizeof(place), "/%u", pcm);
		of_pcm = read_params(probe, place, of_card);
		for (unsigned stream = 0; stream < probe->stream_count[pcm]; stream++, slot++) {
			if (!read_slot(probe, pcm, stream, of_pcm, slot)) {
				return false;
			}
		}
	}
	return true;
}

/* --- labels */

static void default_label(char *dst, const struct slot *slot)
{
	snprintf(dst, CARD_LABEL_MAX + 1, "pcm%u-%u", slot->pcm, slot->stream);
}

/* Whether no other slot has, or could fall back to, this slot's label. */
static bool label_is_unique(const struct card *card, const struct slot *slot)
{
	for (unsigned i = 0; i < card->slot_count; i++) {
		const struct slot *other = &card->slots[i];
		char fallback[CARD_LABEL_MAX + 1];

		default_label(fallback, other);
		if (other != slot && (strcmp(slot->label, other->label) == 0 ||
				      strcmp(slot->label, fallback) == 0)) {
			return false;
		}
	}
	return true;
}

/* A label that is not unique is nobody's: who comes first must not decide who is patched where. */
static void settle_labels(struct card *card)
{
	bool keep[CARD_SLOTS_MAX];

	for (unsigned i = 0; i < card->slot_count; i++) {
		const struct slot *slot = &card->slots[i];

		keep[i] = *slot->label && label_is_unique(card, slot);
	}
	for (unsigned i = 0; i < card->slot_count; i++) {
		if (!keep[i]) {
			default_label(card->slots[i].label, &card->slots[i]);
		}
	}
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
	};
	struct card *card;

	if (!count_slots(&probe)) {
		return NULL;
	}
	card = card_create(probe.slot_count);
	if (!card) {
		refuse(&probe, "", "no memory");
		return NULL;
	}
	card->domid = domid;
	card->devid = devid;
	if (!read_slots(&probe, card)) {
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

	for (unsigned i = 0; i < card->slot_count; i++) {
		const struct slot *slot = &card->slots[i];
		struct card_refs now = { 0 };
		char place[PLACE_SIZE];

		snprintf(place, sizeof(place), "/%u/%u", slot->pcm, slot->stream);
		read_number(&probe, place, XENSND_FIELD_RING_REF, UINT32_MAX, &now.ring_gref);
		read_number(&probe, place, XENSND_FIELD_EVT_CHNL, PORT_MAX, &now.ring_port);
		read_number(&probe, place, XENSND_FIELD_EVT_RING_REF, UINT32_MAX, &now.evt_gref);
		read_number(&probe, place, XENSND_FIELD_EVT_EVT_CHNL, PORT_MAX, &now.evt_port);
		if (memcmp(&now, &slot->refs, sizeof(now)) != 0) {
			return false;
		}
	}
	return true;
}

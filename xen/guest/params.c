/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen/guest/params.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "src/base/log.h"

/* Linux's shortest period: keeps events from coming too often. */
#define PERIOD_BYTES_MIN 64u

/* As aplay does by default: a period is a quarter of the buffer. */
#define PERIODS_WANTED 4u
#define PERIOD_WANTED 1024u

/* Rounds of the five rules; no more are needed until nothing changes. */
#define REFINE_ROUNDS 3

static const uint32_t known_rates_hz[PARAMS_RATES] = { 5512,  8000,  11025, 16000, 22050,  32000,
						       44100, 48000, 64000, 96000, 176400, 192000 };

/* Indexed by sndif.h's numbers, without its last two: no width, so they cannot be opened. */
static const struct {
	const char *name;
	uint32_t bits;
} formats[] = {
	[XENSND_PCM_FORMAT_S8] = { XENSND_PCM_FORMAT_S8_STR, 8 },
	[XENSND_PCM_FORMAT_U8] = { XENSND_PCM_FORMAT_U8_STR, 8 },
	[XENSND_PCM_FORMAT_S16_LE] = { XENSND_PCM_FORMAT_S16_LE_STR, 16 },
	[XENSND_PCM_FORMAT_S16_BE] = { XENSND_PCM_FORMAT_S16_BE_STR, 16 },
	[XENSND_PCM_FORMAT_U16_LE] = { XENSND_PCM_FORMAT_U16_LE_STR, 16 },
	[XENSND_PCM_FORMAT_U16_BE] = { XENSND_PCM_FORMAT_U16_BE_STR, 16 },
	[XENSND_PCM_FORMAT_S24_LE] = { XENSND_PCM_FORMAT_S24_LE_STR, 32 },
	[XENSND_PCM_FORMAT_S24_BE] = { XENSND_PCM_FORMAT_S24_BE_STR, 32 },
	[XENSND_PCM_FORMAT_U24_LE] = { XENSND_PCM_FORMAT_U24_LE_STR, 32 },
	[XENSND_PCM_FORMAT_U24_BE] = { XENSND_PCM_FORMAT_U24_BE_STR, 32 },
	[XENSND_PCM_FORMAT_S32_LE] = { XENSND_PCM_FORMAT_S32_LE_STR, 32 },
	[XENSND_PCM_FORMAT_S32_BE] = { XENSND_PCM_FORMAT_S32_BE_STR, 32 },
	[XENSND_PCM_FORMAT_U32_LE] = { XENSND_PCM_FORMAT_U32_LE_STR, 32 },
	[XENSND_PCM_FORMAT_U32_BE] = { XENSND_PCM_FORMAT_U32_BE_STR, 32 },
	[XENSND_PCM_FORMAT_F32_LE] = { XENSND_PCM_FORMAT_F32_LE_STR, 32 },
	[XENSND_PCM_FORMAT_F32_BE] = { XENSND_PCM_FORMAT_F32_BE_STR, 32 },
	[XENSND_PCM_FORMAT_F64_LE] = { XENSND_PCM_FORMAT_F64_LE_STR, 64 },
	[XENSND_PCM_FORMAT_F64_BE] = { XENSND_PCM_FORMAT_F64_BE_STR, 64 },
	[XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE] = { XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE_STR, 32 },
	[XENSND_PCM_FORMAT_IEC958_SUBFRAME_BE] = { XENSND_PCM_FORMAT_IEC958_SUBFRAME_BE_STR, 32 },
	[XENSND_PCM_FORMAT_MU_LAW] = { XENSND_PCM_FORMAT_MU_LAW_STR, 8 },
	[XENSND_PCM_FORMAT_A_LAW] = { XENSND_PCM_FORMAT_A_LAW_STR, 8 },
	[XENSND_PCM_FORMAT_IMA_ADPCM] = { XENSND_PCM_FORMAT_IMA_ADPCM_STR, 4 },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

uint8_t params_format(enum pcm_format format)
{
	uint8_t i = 0;

	/* The table has all our formats, under the same names. */
	while (strcasecmp(formats[i].name, pcm_name(format)) != 0) {
		i++;
	}
	return i;
}

/* --- limits */

void params_limits_init(struct params_limits *limits)
{
	*limits = (struct params_limits){
		.formats = 1u << XENSND_PCM_FORMAT_U8 | 1u << XENSND_PCM_FORMAT_S16_LE,
		.rate_min_hz = 5512,
		.rate_max_hz = 48000,
		.channels_min = 1,
		.channels_max = 2,
		.buffer_bytes = 64 * 1024,
	};
}

static void rates_parse(struct params_limits *limits, char *list)
{
	char *rest, *token, text[16];
	uint32_t bits = 0;
	unsigned i;

	for (token = strtok_r(list, XENSND_LIST_SEPARATOR, &rest); token != NULL;
	     token = strtok_r(NULL, XENSND_LIST_SEPARATOR, &rest)) {
		for (i = 0; i < PARAMS_RATES; i++) {
			snprintf(text, sizeof(text), "%u", known_rates_hz[i]);
			bits |= strcmp(text, token) == 0 ? 1u << i : 0;
		}
	}
	if (bits != 0) {
		limits->rate_bits = bits;
		limits->rate_min_hz = known_rates_hz[__builtin_ctz(bits)];
		limits->rate_max_hz = known_rates_hz[31 - __builtin_clz(bits)];
	}
}

static void formats_parse(struct params_limits *limits, char *list)
{
	char *rest, *token;
	uint64_t bits = 0;
	unsigned i;

	for (token = strtok_r(list, XENSND_LIST_SEPARATOR, &rest); token != NULL;
	     token = strtok_r(NULL, XENSND_LIST_SEPARATOR, &rest)) {
		for (i = 0; i < FORMATS; i++) {
			bits |= strcasecmp(formats[i].name, token) == 0 ? UINT64_C(1) << i : 0;
		}
	}
	if (bits != 0) {
		limits->formats = bits;
	}
}

static void number_read(uint32_t *number, struct domain *domain, const char *dir, const char *node)
{
	char path[HV_SIM_PATH_MAX];
	long value;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	value = domain_read_number(domain, path, 0);
	if (value > 0 && value <= UINT32_MAX) {
		*number = (uint32_t)value;
	}
}

static void list_read(struct params_limits *limits, struct domain *domain, const char *dir,
		      const char *node, void (*parse)(struct params_limits *limits, char *list))
{
	char path[HV_SIM_PATH_MAX], *list;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	list = domain_read(domain, path);
	if (list != NULL) {
		parse(limits, list);
	}
	free(list);
}

void params_limits_read(struct params_limits *limits, struct domain *domain, const char *dir)
{
	list_read(limits, domain, dir, XENSND_FIELD_SAMPLE_RATES, rates_parse);
	list_read(limits, domain, dir, XENSND_FIELD_SAMPLE_FORMATS, formats_parse);
	number_read(&limits->channels_min, domain, dir, XENSND_FIELD_CHANNELS_MIN);
	number_read(&limits->channels_max, domain, dir, XENSND_FIELD_CHANNELS_MAX);
	number_read(&limits->buffer_bytes, domain, dir, XENSND_FIELD_BUFFER_SIZE);
	if (limits->channels_min > limits->channels_max) {
		limits->channels_min = limits->channels_max;
	}
}

/* --- the search */

/* Smallest and largest frame of a space, in bits. */
static void frame_bits(const struct xensnd_query_hw_param *space, uint64_t *min, uint64_t *max)
{
	unsigned i;

	*min = UINT64_MAX;
	*max = 0;
	for (i = 0; i < FORMATS; i++) {
		if ((space->formats & UINT64_C(1) << i) != 0) {
			*min = formats[i].bits < *min ? formats[i].bits : *min;
			*max = formats[i].bits > *max ? formats[i].bits : *max;
		}
	}
	*min *= space->channels.min;
	*max *= space->channels.max;
}

static uint32_t at_most(uint64_t value, uint32_t limit)
{
	return value < limit ? (uint32_t)value : limit;
}

static uint32_t at_least(uint64_t value, uint32_t limit)
{
	return value > limit ? at_most(value, UINT32_MAX) : limit;
}

/* ALSA's own rules: bytes against frames, at least two periods per buffer. */
static void space_arrange(struct xensnd_query_hw_param *space, uint32_t buffer_bytes)
{
	uint64_t min_bits, max_bits;

	frame_bits(space, &min_bits, &max_bits);
	if (max_bits == 0 || min_bits == 0) {
		return;
	}
	space->buffer.max = at_most(buffer_bytes * UINT64_C(8) / min_bits, space->buffer.max);
	space->period.min = at_least((PERIOD_BYTES_MIN * UINT64_C(8) + max_bits - 1) / max_bits,
				     space->period.min);
	space->period.max = at_most(space->buffer.max / 2, space->period.max);
	space->buffer.min = at_least(space->period.min * UINT64_C(2), space->buffer.min);
}

static void space_init(struct xensnd_query_hw_param *space, const struct params_limits *limits)
{
	space->formats = limits->formats;
	space->rates.min = limits->rate_min_hz;
	space->rates.max = limits->rate_max_hz;
	space->channels.min = limits->channels_min;
	space->channels.max = limits->channels_max;
	space->buffer.min = 1;
	space->buffer.max = UINT32_MAX;
	space->period.min = 1;
	space->period.max = UINT32_MAX;
	space_arrange(space, limits->buffer_bytes);
}

#define NARROW(interval, answer)                                         \
	do {                                                             \
		(interval).min = at_least((answer).min, (interval).min); \
		(interval).max = at_most((answer).max, (interval).max);  \
	} while (0)

static bool space_empty(const struct xensnd_query_hw_param *space)
{
	return space->formats == 0 || space->rates.min > space->rates.max ||
	       space->channels.min > space->channels.max || space->buffer.min > space->buffer.max ||
	       space->period.min > space->period.max;
}

int params_query(struct channel *channel, struct xensnd_query_hw_param *space)
{
	const struct xensnd_query_hw_param *answer = &channel->answer.resp.hw_param;
	struct xensnd_req request;
	int result;

	channel_prepare(&request, XENSND_OP_HW_PARAM_QUERY);
	request.op.hw_param = *space;
	result = channel_request(channel, &request);
	if (result < 0) {
		return result;
	}
	space->formats &= answer->formats;
	NARROW(space->rates, answer->rates);
	NARROW(space->channels, answer->channels);
	NARROW(space->buffer, answer->buffer);
	NARROW(space->period, answer->period);
	return space_empty(space) ? -EINVAL : 0;
}

/* One HW_REFINE: five rules, each a query, until a round changes nothing. */
static int refine(struct channel *channel, struct xensnd_query_hw_param *space,
		  uint32_t buffer_bytes)
{
	struct xensnd_query_hw_param before;
	int round, rule, result = 0;

	for (round = 0; round < REFINE_ROUNDS; round++) {
		before = *space;
		for (rule = 0; rule < 5 && result == 0; rule++) {
			result = params_query(channel, space);
			space_arrange(space, buffer_bytes);
		}
		if (result < 0 || memcmp(&before, space, sizeof(before)) == 0) {
			break;
		}
	}
	return result == 0 && space_empty(space) ? -EINVAL : result;
}

struct search {
	struct channel *channel;
	const struct params_limits *limits;
	struct xensnd_query_hw_param space;
};

static int search_refine(struct search *search, const char *what)
{
	int result = refine(search->channel, &search->space, search->limits->buffer_bytes);

	if (result == -EINVAL) {
		log_error("the back end accepts no stream with this %s", what);
	} else if (result < 0) {
		log_error("cannot query the %s: %s", what, strerror(-result));
	}
	return result;
}

static int search_fix(struct search *search, const char *what, uint32_t *min, uint32_t *max,
		      uint32_t value)
{
	if (value < *min || value > *max) {
		log_error("%s %u refused: must be %u to %u", what, value, *min, *max);
		return -EINVAL;
	}
	*min = value;
	*max = value;
	return search_refine(search, what);
}

static int search_format(struct search *search, enum pcm_format format)
{
	uint64_t bit = UINT64_C(1) << params_format(format);

	if ((search->space.formats & bit) == 0) {
		log_error("format %s refused", pcm_name(format));
		return -EINVAL;
	}
	search->space.formats = bit;
	return search_refine(search, "format");
}

static bool rate_known(const struct params_limits *limits, uint32_t rate_hz)
{
	unsigned i;

	for (i = 0; i < PARAMS_RATES; i++) {
		if ((limits->rate_bits & 1u << i) != 0 && known_rates_hz[i] == rate_hz) {
			return true;
		}
	}
	return limits->rate_bits == 0;
}

static uint32_t nearest(uint32_t wanted, uint32_t min, uint32_t max)
{
	return wanted < min ? min : wanted > max ? max : wanted;
}

int params_choose(struct channel *channel, const struct params_limits *limits,
		  struct params *params)
{
	struct search search = { .channel = channel, .limits = limits };
	struct xensnd_query_hw_param *space = &search.space;
	int result;

	space_init(space, limits);
	result = search_refine(&search, "configuration in xenstore");
	if (result == 0 && !rate_known(limits, params->rate_hz)) {
		log_error("rate %u refused: not in the configuration", params->rate_hz);
		result = -EINVAL;
	}
	if (result == 0) {
		result = search_format(&search, params->format);
	}
	if (result == 0) {
		result = search_fix(&search, "rate", &space->rates.min, &space->rates.max,
				    params->rate_hz);
	}
	if (result == 0) {
		result = search_fix(&search, "channel count", &space->channels.min,
				    &space->channels.max, params->channels);
	}
	if (result == 0 && params->period == 0) {
		params->period = params->buffer == 0 ? PERIOD_WANTED
						     : params->buffer / PERIODS_WANTED;
		params->period = nearest(params->period, space->period.min, space->period.max);
	}
	if (result == 0) {
		result = search_fix(&search, "period", &space->period.min, &space->period.max,
				    params->period);
	}
	if (result == 0 && params->buffer == 0) {
		params->buffer = nearest(params->period * PERIODS_WANTED, space->buffer.min,
					 space->buffer.max);
	}
	if (result == 0) {
		result = search_fix(&search, "buffer", &space->buffer.min, &space->buffer.max,
				    params->buffer);
	}
	return result;
}

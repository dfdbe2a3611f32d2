/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/guest.h"

#include <math.h>
#include <string.h>

#include "src/sound/stream_trigger.h"

enum { RING_GREF = 1, EVT_GREF = 2, DIRECTORY_GREF = 3, DATA_GREF = 4 };
enum { RING_PORT = 11, EVT_PORT = 12 };

#define CYCLE_MAX 1024u
#define HOOKS_MAX 16u
/* Behind each port's frames. */
#define CANARY 12345.0f

static struct {
	uint64_t page, word;
	uint32_t value;
} hooks[HOOKS_MAX];
static unsigned hook_count, hooks_done;

static RING_IDX req_prod;
static uint16_t next_id;
static struct stream_rt *inside; /* what the callback has found in this cycle */
static bool is_inside;
static float ports_in[PCM_CHANNELS_MAX][CYCLE_MAX], ports_out[PCM_CHANNELS_MAX][CYCLE_MAX + 1];

/* --- the guest's pages */

static xen_sndif_sring_t *sring_of(const struct guest *guest)
{
	return (xen_sndif_sring_t *)guest->memory->pages[RING_GREF];
}

static void on_hook(void *arg)
{
	struct guest *guest = arg;

	if (hooks_done < hook_count) {
		memory_poke(guest->memory, hooks[hooks_done].page, hooks[hooks_done].word,
			    hooks[hooks_done].value);
		hooks_done++;
	}
}

/* An event has been written and published, and the guest has not had the processor since. */
static void on_notify(void *arg, int port)
{
	const struct guest *guest = arg;
	struct xensnd_event_page *page = (struct xensnd_event_page *)guest->memory->pages[EVT_GREF];
	uint32_t newest = guest->handover->evt.in_prod - 1;
	struct xensnd_evt event;

	FUZZ_CHECK(port == RING_PORT || port == EVT_PORT);
	if (port == EVT_PORT) {
		event = XENSND_IN_RING_REF(page, newest);
		FUZZ_CHECK(page->in_prod == newest + 1);
		FUZZ_CHECK(event.id == (uint16_t)newest && event.type == XENSND_EVT_CUR_POS);
	}
}

static void fill_directory(const struct guest *guest, const uint64_t *numbers)
{
	for (uint64_t i = 0; i < numbers[3] % 1024; i++) {
		memory_poke(guest->memory, numbers[0], 1 + i,
			    (uint32_t)(numbers[1] + i * numbers[2]));
	}
}

static void add_hook(const uint64_t *numbers)
{
	if (hook_count < HOOKS_MAX) {
		hooks[hook_count].page = numbers[0];
		hooks[hook_count].word = numbers[1];
		hooks[hook_count++].value = (uint32_t)numbers[2];
	}
}

static void get_events(const struct guest *guest, uint64_t left)
{
	struct xensnd_event_page *page = (struct xensnd_event_page *)guest->memory->pages[EVT_GREF];

	page->in_cons = page->in_prod - (uint32_t)left;
}

/* --- requests */

static void push(struct guest *guest, struct xensnd_req *request)
{
	xen_sndif_sring_t *sring = sring_of(guest);
	xen_sndif_front_ring_t front;

	FRONT_RING_ATTACH(&front, sring, req_prod, HV_PAGE_SIZE);
	request->id = next_id++;
	memcpy(RING_GET_REQUEST(&front, req_prod), request, sizeof(*request));
	sring->req_prod = ++req_prod;
}

static bool fill_request(struct xensnd_req *request, char word, const uint64_t *numbers)
{
	switch (word) {
	case 'o':
		request->operation = XENSND_OP_OPEN;
		request->op.open = (struct xensnd_open_req){
			.pcm_format = (uint8_t)numbers[0],
			.pcm_rate = (uint32_t)numbers[1],
			.pcm_channels = (uint8_t)numbers[2],
			.buffer_sz = (uint32_t)numbers[3],
			.period_sz = (uint32_t)numbers[4],
			.gref_directory = (uint32_t)numbers[5],
		};
		return true;
	case 'c':
		request->operation = XENSND_OP_CLOSE;
		return true;
	case 'w':
	case 'r':
		request->operation = word == 'w' ? XENSND_OP_WRITE : XENSND_OP_READ;
		request->op.rw = (struct xensnd_rw_req){ (uint32_t)numbers[0],
							 (uint32_t)numbers[1] };
		return true;
	case 't':
		request->operation = XENSND_OP_TRIGGER;
		request->op.trigger.type = (uint8_t)numbers[0];
		return true;
	case 'v':
		request->operation = (uint8_t)numbers[0];
		request->op.rw = (struct xensnd_rw_req){ (uint32_t)numbers[1],
							 (uint32_t)numbers[2] };
		return true;
	default:
		return false;
	}
}

static bool fill_long_request(struct xensnd_req *request, char word, const uint64_t *numbers)
{
	uint32_t *words = (uint32_t *)&request->op;

	if (word == 'q') {
		request->operation = XENSND_OP_HW_PARAM_QUERY;
		request->op.hw_param.formats = numbers[0];
		words += sizeof(request->op.hw_param.formats) / sizeof(*words);
	} else if (word == 'y') {
		request->operation = (uint8_t)numbers[0];
	} else {
		return false;
	}
	for (unsigned i = 0; i < 8; i++) {
		words[i] = (uint32_t)numbers[1 + i];
	}
	return true;
}

/* --- the back end */

static void serve(struct guest *guest)
{
	struct stream_ring *ring = &guest->ring;

	/* A ring full at most, each in parts of 64 KiB of a buffer of 1 MiB at most. */
	for (unsigned i = 0; i < 32 * (16 + 2); i++) {
		enum stream_ring_left left = stream_ring_serve(ring, &guest->clock);
		bool mine = stream_ring_settle(ring);

		FUZZ_CHECK(mine == (ring->owner != STREAM_RING_RETIRED));
		FUZZ_CHECK(mine || is_inside);
		if (left == STREAM_RING_NOTHING || !mine) {
			return;
		}
	}
	FUZZ_CHECK(hook_count || ring->broken);
}

static void activate(struct guest *guest, bool active)
{
	stream_ring_activate(&guest->ring, active);
	(void)stream_ring_settle(&guest->ring);
}

/* --- cycles */

static void run(struct stream_rt *runtime, uint32_t frames)
{
	uint64_t before = rt_counter_get(&runtime->shared.hw_frames), now;
	float *out[PCM_CHANNELS_MAX];
	const float *in[PCM_CHANNELS_MAX];

	for (uint32_t c = 0; c < runtime->channels; c++) {
		out[c] = ports_out[c];
		in[c] = ports_in[c];
		ports_out[c][frames] = CANARY;
	}
	if (runtime->dir == PCM_PLAYBACK) {
		stream_rt_playback(runtime, out, frames);
	} else {
		stream_rt_capture(runtime, in, frames);
	}
	for (uint32_t c = 0; c < runtime->channels; c++) {
		FUZZ_CHECK(ports_out[c][frames] == CANARY);
	}
	/* The guest counts modulo its ring. */
	now = rt_counter_get(&runtime->shared.hw_frames);
	FUZZ_CHECK(now - before < runtime->ring_frames);
}

static void enter(struct guest *guest)
{
	if (!is_inside) {
		card_enter(guest->ring.side);
		inside = card_running(guest->ring.stream);
		is_inside = true;
	}
}

static void finish(struct guest *guest)
{
	if (is_inside) {
		card_leave(guest->ring.side);
		inside = NULL;
		is_inside = false;
	}
	(void)stream_ring_settle(&guest->ring);
}

static void cycle(struct guest *guest, uint32_t frames)
{
	bool whole = !is_inside;

	enter(guest);
	if (inside) {
		run(inside, frames);
		/* A cycle moves a stream once. */
		inside = NULL;
	}
	if (whole) {
		finish(guest);
	}
}

static void null_cycle(struct guest *guest, uint32_t frames)
{
	struct stream_rt *runtime = stream_ring_idle(&guest->ring);

	if (runtime) {
		run(runtime, frames);
	}
}

/* --- what holds of any stream */

static void check(struct guest *guest)
{
	const struct stream_ring *ring = &guest->ring;
	const struct stream_rt *runtime = ring->runtime;
	unsigned buffers = runtime ? 1 : 0;

	/* Request ring, event page, buffer. */
	FUZZ_CHECK(guest->memory->mappings == 2 + buffers);
	FUZZ_CHECK(atomic_load(&guest->handover->open) == (runtime != NULL));
	FUZZ_CHECK(ring->owner == STREAM_RING_IO || runtime);
	FUZZ_CHECK(atomic_load(&ring->stream->strip.status.fill_frames) >= 0);
	if (!runtime) {
		return;
	}
	FUZZ_CHECK(runtime->rt.carried <= STREAM_RT_LEAD_MAX);
	FUZZ_CHECK(runtime->rt.lead <= STREAM_RT_LEAD_MAX);
	FUZZ_CHECK(runtime->rt.lead_due <= STREAM_RT_LEAD_MAX);
	FUZZ_CHECK(runtime->io.queued <= runtime->ring_frames);
	FUZZ_CHECK(runtime->io.state != STREAM_RT_HALTED || guest->spoilt ||
		   runtime->rt.hw_frames % runtime->ring_frames == 0);
}

/* --- a line */

static bool request(struct guest *guest, const struct fuzz_line *line)
{
	char word = (char)(line->word[0] | 0x20);
	struct xensnd_req made;

	/* Linux clears nothing: what is reserved holds rubbish. */
	memset(&made, 0xa5, sizeof(made));
	if (word == 'c' && line->word[1] == 'y') {
		return false;
	}
	if (!fill_request(&made, word, line->numbers) &&
	    !fill_long_request(&made, word, line->numbers)) {
		return false;
	}
	push(guest, &made);
	if (line->word[0] == word) {
		serve(guest);
	}
	return true;
}

static bool do_guest(struct guest *guest, const struct fuzz_line *line)
{
	const uint64_t *numbers = line->numbers;

	switch (line->word[0]) {
	case 'd':
		fill_directory(guest, numbers);
		return true;
	case 'p':
		memory_poke(guest->memory, numbers[0], numbers[1], (uint32_t)numbers[2]);
		return true;
	case 'h':
		add_hook(numbers);
		return true;
	case 'i':
		sring_of(guest)->req_prod += (uint32_t)numbers[0];
		return true;
	case 'g':
		get_events(guest, numbers[0]);
		return true;
	default:
		return false;
	}
}

static void do_operator(struct guest *guest, const struct fuzz_line *line)
{
	const uint64_t *numbers = line->numbers;
	struct stream_ring *ring = &guest->ring;

	switch (line->word[0]) {
	case 'k':
		stream_ring_kick(ring);
		(void)stream_ring_settle(ring);
		break;
	case 'l':
		fader_set_gain(&ring->stream->strip.fader, (float)(int32_t)numbers[0] / 1000.0f);
		if (ring->runtime) {
			gain_set_level(&ring->runtime->gain, &ring->stream->strip.fader);
		}
		break;
	case 'z':
		guest->clock.rate_hz = 8000 + (uint32_t)numbers[0] % 184001;
		guest->clock.period_frames = (uint32_t)numbers[1] % (CYCLE_MAX + 1);
		stream_ring_retune(ring, &guest->clock);
		(void)stream_ring_settle(ring);
		break;
	case 'j':
		guest_leave(guest, !numbers[0]);
		guest_connect(guest, true);
		break;
	default:
		break;
	}
}

static bool do_back_end(struct guest *guest, const struct fuzz_line *line)
{
	uint32_t frames = (uint32_t)line->numbers[0] % (CYCLE_MAX + 1);

	switch (line->word[0]) {
	case 'b':
		serve(guest);
		return true;
	case 'a':
		activate(guest, line->numbers[0] % 2);
		return true;
	case 'e':
		enter(guest);
		return true;
	case 'f':
		finish(guest);
		return true;
	case 'c':
		cycle(guest, frames);
		return true;
	case 'n':
		null_cycle(guest, frames);
		return true;
	default:
		return false;
	}
}

void guest_do(struct guest *guest, const struct fuzz_line *line)
{
	if (!request(guest, line) && !do_guest(guest, line) && !do_back_end(guest, line)) {
		do_operator(guest, line);
	}
	check(guest);
}

/* --- begin and end */

/* What capture streams record; nobody changes it. */
static void fill_ports(void)
{
	static const float samples[] = { 0.0f, 1.0f,	  -1.0f,    0.5f,    1e-40f,
					 2.5f, -INFINITY, INFINITY, 1.7e38f, -0.999999f };
	static bool filled;

	for (unsigned c = 0; c < PCM_CHANNELS_MAX && !filled; c++) {
		for (unsigned i = 0; i < CYCLE_MAX; i++) {
			ports_in[c][i] = samples[(c + i) % (sizeof(samples) / sizeof(samples[0]))];
		}
	}
	filled = true;
}

void guest_begin(struct guest *guest, const struct fuzz_line *setup,
		 struct stream_ring_handover *handover)
{
	bool given = setup->word[0] == 's';
	const uint64_t *numbers = setup->numbers;
	struct stream *stream;

	*guest = (struct guest){ .memory = memory_begin(),
				 .handover = handover,
				 .clock = { 48000, 256 } };
	hook_count = hooks_done = 0;
	fill_ports();
	req_prod = 0;
	next_id = 0;
	guest->card = card_create(1);
	FUZZ_CHECK(guest->card);
	guest->card->resample = given ? (enum resamp_quality)(numbers[3] % (RESAMP_FAST + 1))
				      : RESAMP_NO;
	stream = &guest->card->streams[0];
	stream->dir = given && numbers[0] % 2 ? PCM_CAPTURE : PCM_PLAYBACK;
	stream->channels = given ? 1 + (uint32_t)numbers[1] % PCM_CHANNELS_MAX : 2;
	/* Pages may be mapped more than once, but no more of them than can be mapped. */
	stream->buffer_bytes_max = given ? (uint32_t)numbers[2] % (1u << 20) : 65536;
	stream->refs = (struct card_refs){ RING_GREF, RING_PORT, EVT_GREF, EVT_PORT };
	card_arrange(guest->card);
	SHARED_RING_INIT(sring_of(guest));
	/* As most guests have it: a directory of all the other pages. */
	fill_directory(guest, (const uint64_t[]){ DIRECTORY_GREF, DATA_GREF, 1,
						  MEMORY_PAGES - DATA_GREF });
	guest->memory->hook = on_hook;
	guest->memory->notified = on_notify;
	guest->memory->arg = guest;
	guest_connect(guest, false);
}

void guest_connect(struct guest *guest, bool adopt)
{
	guest->adopted = adopt;
	FUZZ_CHECK(stream_ring_open(&guest->ring, &guest->memory->hv,
				    (struct hv_evtchn *)guest->memory, guest->card,
				    &guest->card->streams[0], guest->handover,
				    &guest->adopted) == 0);
	stream_ring_retune(&guest->ring, &guest->clock);
	(void)stream_ring_settle(&guest->ring);
}

void guest_leave(struct guest *guest, bool killed)
{
	struct stream *stream = guest->ring.stream;

	if (killed) {
		/* The kernel's part in a death; the rest of the memory goes with it. */
		is_inside = false;
		inside = NULL;
		if (guest->ring.runtime) {
			resamp_destroy(guest->ring.runtime->resamp);
		}
		atomic_store(&stream->running, NULL);
		atomic_store(&guest->ring.side->cycles, 0);
		memory_kill(guest->memory);
		return;
	}
	finish(guest);
	activate(guest, false);
	FUZZ_CHECK(stream_ring_settle(&guest->ring));
	stream_ring_close(&guest->ring, true);
}

void guest_end(struct guest *guest)
{
	finish(guest);
	activate(guest, false);
	FUZZ_CHECK(stream_ring_settle(&guest->ring));
	stream_ring_close(&guest->ring, false);
	memory_end(guest->memory);
	card_destroy(guest->card);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The graph: all ports, their owners and order, and the connections of ours. */
#include "jack/graph.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "jack/client_pair.h"
#include "jack/graph_diff.h"
#include "jack/ports.h"
#include "tests/unit/jack/fail_alloc.h"
#include "tests/unit/jack/jack_fixture.h"

static _Atomic uint32_t freewheel;
static jack_client_t *client;
static struct card *cards[2];

/* Two guests, the second with a client of a different name, and other programs' ports. */
static int set_up(void **state)
{
	jack_set_up(state);
	start_server();
	fake_jack_add("synth:out_1", JackPortIsOutput);
	fake_jack_add("synth:midi", JackPortIsOutput | FAKE_JACK_MIDI);
	client = client_pair_handle(NULL, "c", 0);
	for (unsigned i = 0; i < 2; i++) {
		cards[i] = make_card(i ? "pc" : "daw", 2, 1);
		assert_int_equal(
			ports_register(client, cards[i], PCM_PLAYBACK, true, &freewheel, 0), 0);
		assert_int_equal(ports_register(client, cards[i], PCM_CAPTURE, true, &freewheel, 0),
				 0);
	}
	return jack_activate(client);
}

static int tear_down(void **state)
{
	jack_deactivate(client);
	jack_client_close(client);
	return jack_tear_down(state);
}

static void expect_port(const struct graph *graph, const char *id, const char *name, bool output,
			bool ours, int place)
{
	int n = graph_find(graph, id);

	assert_true(n >= 0);
	assert_string_equal(graph->names[n], name);
	assert_int_equal(graph->ports[n].output, output);
	assert_int_equal(graph->ports[n].ours, ours);
	assert_int_equal(graph->ports[n].place, place);
}

static void test_ports(void **state)
{
	struct graph graph;

	(void)state;
	assert_int_equal(graph_take(&graph, client, cards, 2), 0);
	assert_int_equal(graph.port_count, 11);
	assert_int_equal(graph.edge_count, 0);
	expect_port(&graph, "daw.main_1", "c:daw.main_1", true, true, 0);
	expect_port(&graph, "daw.main_2", "c:daw.main_2", true, true, 1);
	expect_port(&graph, "daw.in_1", "c:daw.in_1", false, true, -1);
	/* Places are counted per card. */
	expect_port(&graph, "pc.main_1", "c:pc.main_1", true, true, 0);
	expect_port(&graph, "system:playback_1", "system:playback_1", false, false, 0);
	expect_port(&graph, "system:playback_2", "system:playback_2", false, false, 1);
	expect_port(&graph, "system:capture_1", "system:capture_1", true, false, -1);
	expect_port(&graph, "synth:out_1", "synth:out_1", true, false, -1);
	assert_int_equal(graph_find(&graph, "synth:midi"), -1);
	assert_int_equal(graph_find(&graph, "c:daw.main_1"), -1);
	graph_free(&graph);
	graph_free(&graph);
	/* A card that is not passed in counts as another program. */
	assert_int_equal(graph_take(&graph, client, cards + 1, 1), 0);
	expect_port(&graph, "c:daw.main_1", "c:daw.main_1", true, false, -1);
	graph_free(&graph);
}

static bool has_edge(const struct graph *graph, const char *from, const char *to)
{
	unsigned found = 0;

	for (unsigned i = 0; i < graph->edge_count; i++) {
		found += strcmp(graph->ports[graph->edges[i].from].id, from) == 0 &&
			 strcmp(graph->ports[graph->edges[i].to].id, to) == 0;
	}
	assert_true(found <= 1);
	return found;
}

static void test_edges(void **state)
{
	struct graph graph;

	(void)state;
	fake_jack_link("c:daw.main_1", "system:playback_1");
	fake_jack_link("c:daw.main_1", "system:playback_2");
	fake_jack_link("c:daw.main_2", "c:pc.in_1");
	fake_jack_link("synth:out_1", "c:pc.in_1");
	fake_jack_link("synth:out_1", "system:playback_1");
	assert_int_equal(graph_take(&graph, client, cards, 2), 0);
	assert_int_equal(graph.edge_count, 4);
	assert_true(has_edge(&graph, "daw.main_1", "system:playback_1"));
	assert_true(has_edge(&graph, "daw.main_1", "system:playback_2"));
	assert_true(has_edge(&graph, "daw.main_2", "pc.in_1"));
	assert_true(has_edge(&graph, "synth:out_1", "pc.in_1"));
	graph_free(&graph);
	/* With only one of the two cards passed in, it is a connection to a program. */
	assert_int_equal(graph_take(&graph, client, cards + 1, 1), 0);
	assert_int_equal(graph.edge_count, 2);
	assert_true(has_edge(&graph, "c:daw.main_2", "pc.in_1"));
	graph_free(&graph);
	assert_int_equal(graph_take(&graph, client, NULL, 0), 0);
	assert_int_equal(graph.port_count, 11);
	assert_int_equal(graph.edge_count, 0);
	graph_free(&graph);
}

/* A snapshot does not change, whatever reuses a port's number or memory afterwards. */
static void test_moment(void **state)
{
	struct graph graph;

	(void)state;
	assert_int_equal(graph_take(&graph, client, cards, 2), 0);
	fake_jack_remove("synth:out_1");
	fake_jack_add("drums:out_1", JackPortIsOutput);
	expect_port(&graph, "synth:out_1", "synth:out_1", true, false, -1);
	assert_int_equal(graph_find(&graph, "drums:out_1"), -1);
	graph_free(&graph);
}

static void test_nothing(void **state)
{
	struct graph graph;

	(void)state;
	fake_jack_fail_next("jack_get_ports", 3);
	assert_int_equal(graph_take(&graph, client, cards, 2), 0);
	assert_int_equal(graph.port_count, 0);
	assert_int_equal(graph.edge_count, 0);
	assert_int_equal(graph_find(&graph, "daw.main_1"), -1);
	graph_free(&graph);
}

/* Ports whose queries fail are left out; nothing is mistaken for something else. */
static void test_failures(void **state)
{
	bool went_on = true;
	struct graph graph;

	(void)state;
	fake_jack_link("c:daw.main_1", "system:playback_1");
	fake_jack_link("c:daw.main_2", "c:pc.in_1");
	for (unsigned n = 0; went_on; n++) {
		assert_true(n < 1000);
		fake_jack_fail_at(n);
		assert_int_equal(graph_take(&graph, client, cards, 2), 0);
		went_on = fake_jack_failed();
		for (unsigned i = 0; i < graph.edge_count; i++) {
			assert_true(graph.ports[graph.edges[i].from].output);
			assert_false(graph.ports[graph.edges[i].to].output);
		}
		assert_int_equal(graph.edge_count == 2 && graph_find(&graph, "pc.in_1") >= 0 &&
					 graph.port_count == 11 && !went_on,
				 !went_on);
		graph_free(&graph);
	}
}

static void test_no_memory(void **state)
{
	bool went_on = true;
	struct graph graph;

	(void)state;
	fake_jack_link("c:daw.main_1", "system:playback_1");
	fake_jack_link("c:daw.main_2", "c:pc.in_1");
	for (unsigned n = 0; went_on; n++) {
		unsigned live = fail_alloc_live();
		int err;

		assert_true(n < 1000);
		fail_alloc_at(n);
		err = graph_take(&graph, client, cards, 2);
		went_on = fail_alloc_failed();
		assert_true(err == 0 || err == -ENOMEM);
		if (err) {
			assert_int_equal(graph.port_count, 0);
		} else {
			assert_true(went_on || graph.edge_count == 2);
			graph_free(&graph);
		}
		assert_int_equal(fail_alloc_live(), live);
	}
}

/* Playback ports are numbered on their own, even after a capture stream. */
static void test_places(void **state)
{
	struct card *card = make_card("mixed", 2, 2);
	struct graph graph;

	(void)state;
	for (unsigned dir = 0; dir < PCM_DIRS; dir++) {
		struct stream *stream = &card->streams[dir];
		bool plays = stream->dir == PCM_PLAYBACK;

		stream->dir = plays ? PCM_CAPTURE : PCM_PLAYBACK;
		snprintf(stream->label, sizeof(stream->label), "%s", plays ? "in" : "main");
		card->sides[dir].stream_count = 0;
	}
	card_arrange(card);
	assert_int_equal(ports_register(client, card, PCM_PLAYBACK, true, &freewheel, 0), 0);
	assert_int_equal(ports_register(client, card, PCM_CAPTURE, true, &freewheel, 0), 0);
	assert_int_equal(graph_take(&graph, client, &card, 1), 0);
	expect_port(&graph, "mixed.in_2", "c:mixed.in_2", false, true, -1);
	expect_port(&graph, "mixed.main_1", "c:mixed.main_1", true, true, 0);
	expect_port(&graph, "mixed.main_2", "c:mixed.main_2", true, true, 1);
	graph_free(&graph);
}

static void test_handles(void **state)
{
	const void *synth = fake_jack_port("synth:out_1");
	struct graph graph;
	int n;

	(void)state;
	assert_int_equal(graph_take(&graph, client, cards, 2), 0);
	graph_forget(&graph, synth);
	assert_int_equal(graph_identify(&graph, client), 0);
	n = graph_find(&graph, "synth:out_1");
	for (unsigned i = 0; i < graph.port_count; i++) {
		assert_ptr_equal(graph.handles[i], fake_jack_port(graph.names[i]));
	}
	graph_forget(&graph, synth);
	for (unsigned i = 0; i < graph.port_count; i++) {
		assert_int_equal(!graph.handles[i], i == (unsigned)n);
	}
	graph_forget(&graph, NULL);
	for (unsigned i = 0; i < graph.port_count; i++) {
		assert_null(graph.handles[i]);
	}
	graph_free(&graph);
}

/* Without enough memory, nothing is reported rather than something that did not happen. */
static void test_diff_no_memory(void **state)
{
	struct jack_request *diff;
	bool went_on = true;
	struct graph graph;

	(void)state;
	fake_jack_link("c:daw.main_1", "system:playback_1");
	assert_int_equal(graph_take(&graph, client, cards, 2), 0);
	for (unsigned n = 0; went_on; n++) {
		assert_true(n < 1000);
		diff = jack_request_create(JACK_REQUEST_PORTS, NULL, NULL, NULL, NULL);
		fail_alloc_at(n);
		graph_diff_compare(diff, &graph, &graph);
		went_on = fail_alloc_failed();
		fail_alloc_at(UINT_MAX);
		assert_int_equal(diff->row_count, 0);
		jack_request_finish(diff);
	}
	graph_free(&graph);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(ports),	      TEST(edges),   TEST(moment),   TEST(places),    TEST(handles),
		TEST(diff_no_memory), TEST(nothing), TEST(failures), TEST(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

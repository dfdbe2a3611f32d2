/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration; and that the sample file and the man page match the program. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/daemon/config.h"

static char lines[16][LOG_LINE_MAX];
static unsigned line_count;

static void keep_line(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	assert_true(line_count < 16);
	strncpy(lines[line_count++], line, LOG_LINE_MAX - 1);
}

static int load_for(struct config *config, const char *text, enum config_machine machine)
{
	char path[] = "/tmp/test_config.XXXXXX";
	int fd = mkstemp(path), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	line_count = 0;
	memset(lines, 0, sizeof(lines));
	log_set_sink(keep_line, NULL);
	config_init(config);
	err = config_load(config, path, machine);
	log_set_sink(NULL, NULL);
	unlink(path);
	return err;
}

static int load(struct config *config, const char *text)
{
	return load_for(config, text, CONFIG_ANY);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

static char *dump(const struct config *config)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	config_dump(config, file);
	fclose(file);
	return text;
}

/* A dump can be loaded, also with the defaults of --sim. */
static void test_dump_loads(void **state)
{
	struct config config, again;
	char *text;

	(void)state;
	config_init(&config);
	config.daemon_state[0] = '\0';
	text = dump(&config);
	assert_int_equal(load(&again, text), 0);
	assert_memory_equal(&again, &config, sizeof(config));
	free(text);
	assert_int_equal(load(&again, "[daemon]\nrun =\n"), -EINVAL);
	assert_int_equal(load(&again, "[daemon]\nstate = somewhere\n"), -EINVAL);
}

static void test_values(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load(&config, "[jack]\nserver = studio\nclients = shared\n"
				       "autoconnect = none\nmetadata = no\nrate=96000\n"
				       "period = 64 ; small\n# no comment\n[limits]\nbuffer = 64\n"
				       "requests = 100\n[daemon]\nrun = /run/other one\n"
				       "[log]\nlevel = debug\n"),
			 0);
	assert_string_equal(config.jack_server, "studio");
	assert_true(config.jack_shared);
	assert_false(config.jack_autoconnect);
	assert_int_equal(config.jack_metadata, PORT_METADATA_NO);
	assert_int_equal(config.jack_rate_hz, 96000);
	assert_int_equal(config.jack_period_frames, 64);
	assert_int_equal(config.limit_buffer_kib, 64);
	assert_int_equal(config.limit_requests, 100);
	assert_string_equal(config.daemon_run, "/run/other one");
	assert_int_equal(config.limit_cards, 8);
	assert_int_equal(config.log_level, LOG_DEBUG);
}

/* A guest's own section inherits from [guest] and overrides it. */
static void test_guests(void **state)
{
	struct config config;

	(void)state;
	/* In any order. */
	assert_int_equal(load(&config, "[guest daw]\nnew = connected\n[guest]\nresample = fast\n"
				       "[guest an old one]\nresample = no\n[guest daw]\n"
				       "resample = yes\n"),
			 0);
	assert_int_equal(config.guest_count, 2);
	assert_int_equal(config_guest(&config, "daw")->resample, RESAMP_YES);
	assert_int_equal(config_guest(&config, "an old one")->resample, RESAMP_NO);
	assert_int_equal(config_guest(&config, "other")->resample, RESAMP_FAST);
	assert_int_equal(config.guest.new_streams, CARD_NEW_CONNECTED);
	assert_int_equal(load(&config,
			      "[guest amp]\nresample = best\n[guest]\nnew = silent\n"
			      "[guest daw]\nnew = connected\n[guest mic]\nnew = unconnected\n"),
			 0);
	assert_int_equal(config_guest(&config, "other")->new_streams, CARD_NEW_SILENT);
	assert_int_equal(config_guest(&config, "daw")->new_streams, CARD_NEW_CONNECTED);
	assert_int_equal(config_guest(&config, "amp")->new_streams, CARD_NEW_SILENT);
	assert_int_equal(config_guest(&config, "mic")->new_streams, CARD_NEW_UNCONNECTED);
	assert_int_equal(load(&config, "[guest daw]\nresample = better\n[guest ]\nresample = no\n"
				       "[guest a]\nserver = x\n[guests]\nresample = no\n"),
			 -EINVAL);
	assert_int_equal(line_count, 4);
	assert_non_null(strstr(lines[0], "no or fast or yes or best"));
}

/* A section is for the guest with this name, byte for byte, and for no other. */
static void test_guest_names(void **state)
{
	/* 42 bytes, as far as inih reads them */
	static const char head[] = "012345678901234567890123456789012345678901";
	static const char *const names[] = { "mic/vm", "mic vm", "mic_vm~1", " daw ", "\xc3\xbc",
					     "daw@1",  "a=b:c",	 "[x",	     "#y" };
	char text[2048] = "[guest]\nresample = no\n", name[CONFIG_GUEST_NAME_MAX + 2];
	struct config config;

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length, "[guest %s]\nresample = best\n",
			 names[i]);
	}
	snprintf(text + strlen(text), 512,
		 "  [guest %s1]\nresample = yes\n[guest %s2]\nresample = fast\n", head, head);
	assert_int_equal(load(&config, text), 0);
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(config_guest(&config, names[i])->resample, RESAMP_BEST);
	}
	snprintf(name, sizeof(name), "%s1", head);
	assert_int_equal(config_guest(&config, name)->resample, RESAMP_YES);
	snprintf(name, sizeof(name), "%s2", head);
	assert_int_equal(config_guest(&config, name)->resample, RESAMP_FAST);
	assert_int_equal(config_guest(&config, head)->resample, RESAMP_NO);
	assert_int_equal(config_guest(&config, "mic_vm")->resample, RESAMP_NO);
	assert_int_equal(config_guest(&config, "mic:vm")->resample, RESAMP_NO);
	assert_int_equal(config_guest(&config, "daw")->resample, RESAMP_NO);
	assert_int_equal(config_guest(&config, "")->resample, RESAMP_NO);
	/* The longest, and one byte more than a line has room for. */
	memset(name, 'x', sizeof(name));
	name[CONFIG_GUEST_NAME_MAX] = '\0';
	snprintf(text, sizeof(text), "[guest %s]\nresample = yes\n", name);
	assert_int_equal(load(&config, text), 0);
	assert_int_equal(config_guest(&config, name)->resample, RESAMP_YES);
	name[CONFIG_GUEST_NAME_MAX] = 'x';
	name[CONFIG_GUEST_NAME_MAX + 1] = '\0';
	snprintf(text, sizeof(text), "[guest %s]\nresample = yes\n", name);
	assert_int_equal(load(&config, text), -EINVAL);
	assert_non_null(strstr(lines[line_count - 1], ":1: "));
}

/* A comment begins behind a blank; "\\#" and "\\;" stand for themselves, also in a dump. */
static void test_comments(void **state)
{
	struct config config, again;
	char *text;

	(void)state;
	assert_int_equal(load(&config, "[jack]\nserver = studio   # the big one\n"
				       "autoconnect = none\t;none\n#[osc]\n ; more\n[osc]\n"
				       "port = 7201 # mine\nlisten = #none\n"
				       "socket = /tmp/a#b;c \\#d\\e\n[route] # mine\n"
				       "daw.main_1 = system:playback_1   # left speaker\n"
				       "daw.main_2 = rec:Track \\#1 ;#2\n"
				       "amp \\; \\\\#1:x = daw.in_1 # a=b:c\n\\#x:y=#z.in_1\n"),
			 0);
	assert_string_equal(config.jack_server, "studio");
	assert_false(config.jack_autoconnect);
	assert_int_equal(config.osc_port, 7201);
	assert_string_equal(config.osc_listen, "");
	assert_string_equal(config.osc_socket, "/tmp/a#b;c #d\\e");
	assert_int_equal(config.route_count, 4);
	assert_string_equal(config.routes[0].right, "system:playback_1");
	assert_string_equal(config.routes[1].right, "rec:Track #1");
	assert_string_equal(config.routes[2].left, "amp ; \\#1:x");
	assert_string_equal(config.routes[2].right, "daw.in_1");
	assert_string_equal(config.routes[3].left, "#x:y");
	assert_string_equal(config.routes[3].right, "#z.in_1");
	text = dump(&config);
	assert_int_equal(load(&again, text), 0);
	assert_memory_equal(&again, &config, sizeof(config));
	free(text);
	assert_int_equal(load(&config, "[route]\ndaw.main_1 = # system:playback_1\n"), -EINVAL);
	assert_non_null(strstr(lines[0], ":2: [route] a side is empty: daw.main_1 = "));
}

/* Quotes would be looked for; the line that was meant is in the error. */
static void test_quotes(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load(&config, "[jack]\nserver = \"studio\"\nrate = '48000'\n[route]\n"
				       "daw.main_1 = \"system:playback_1\" # left\n"
				       "'a:b' = c.d_1\n[guest \"my vm\"]\nresample = \"yes\"\n"),
			 -EINVAL);
	assert_int_equal(line_count, 6);
	assert_non_null(strstr(lines[0], ":2: quotes would be part of the name; write: "
					 "server = studio"));
	assert_non_null(strstr(lines[1], ":3: quotes would be part of the name; write: "
					 "rate = 48000"));
	assert_non_null(strstr(lines[2], ":5: quotes would be part of the name; write: "
					 "daw.main_1 = system:playback_1"));
	assert_non_null(strstr(lines[3], "; write: a:b = c.d_1"));
	assert_non_null(strstr(lines[4], ":7: quotes would be part of the name; write: my vm"));
	assert_non_null(strstr(lines[5], ":8: quotes would be part of the name; write: "
					 "resample = yes"));
	/* JACK permits them inside names. */
	assert_int_equal(load(&config, "[route]\n\"a\" b:c = d.e_1\nd.e_1 = x:'5\"'s\"\n"), 0);
	assert_string_equal(config.routes[0].left, "\"a\" b:c");
	assert_string_equal(config.routes[1].right, "x:'5\"'s\"");
}

/* Whatever comes last does not win: somebody has overlooked the other. */
static void test_twice(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load(&config,
			      "[jack]\nserver = a\n[osc]\nrate = 10\n[jack]\nrate = 8000\n"
			      "server = a\n[guest]\nnew = silent\n[guest a]\nnew = silent\n"
			      "[guest b]\nnew = silent\n[guest a]\nresample = no\n"
			      "new = connected\n[osc]\nrate = 11\n"),
			 -EINVAL);
	assert_int_equal(line_count, 3);
	assert_non_null(
		strstr(lines[0], ":7: [jack] server is set in line 2 already; delete one: a"));
	assert_non_null(strstr(lines[1], ":16: [guest] new is set in line 11 already"));
	assert_non_null(strstr(lines[2], ":18: [osc] rate is set in line 4 already"));
}

/* As editors on other systems write files. */
static void test_bom(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load(&config, "\xef\xbb\xbf[guest daw]\r\nresample = yes\r\n\r\n"
				       "[jack]\r\nserver = studio # big\r\n[route]\r\n"
				       "a.b_1 = c:d\r\n"),
			 0);
	assert_int_equal(config_guest(&config, "daw")->resample, RESAMP_YES);
	assert_string_equal(config.jack_server, "studio");
	assert_string_equal(config.routes[0].right, "c:d");
	assert_int_equal(load(&config, "\xef\xbb\xbf; ours\r\n[jack]\r\n"), 0);
	assert_int_equal(load(&config, "\xef\xbb\xbf[jacks]\r\n"), -EINVAL);
	assert_non_null(strstr(
		lines[0], ":1: no such section (jack limits guest osc daemon log route): jacks"));
	/* Only there is it not text. */
	assert_int_equal(load(&config, "[jack]\n\xef\xbb\xbf[osc]\n"), -EINVAL);
}

/* Puts the folder in the place of each @. */
static void expand(char *text, const char *pattern, const char *folder)
{
	*text = '\0';
	for (; *pattern; pattern++) {
		snprintf(text + strlen(text), 256, "%.*s", *pattern == '@' ? 64 : 1,
			 *pattern == '@' ? folder : pattern);
	}
}

/* Loads lines for this machine, and returns what is said of them. */
static const char *say_here(const char *section, const char *line, const char *folder)
{
	struct config config;
	char text[1024], full[512];
	int err;

	expand(full, line, folder);
	snprintf(text, sizeof(text), "[%s]\n%s\n", section, full);
	/* On another machine, all may be well. */
	assert_int_equal(load_for(&config, text, CONFIG_ANY), 0);
	err = load_for(&config, text, CONFIG_NOW);
	assert_int_equal(err, line_count ? -EINVAL : 0);
	assert_in_range(line_count, 0, 1);
	return line_count ? strstr(lines[0], "[") : "";
}

/* What the file names must be there, or be what the daemon makes. */
static void test_machine(void **state)
{
	char folder[] = "/tmp/test_config.XXXXXX", path[512];
	struct config config;
	char said[512];
	static const struct {
		const char *section, *line, *said;
	} rows[] = {
		{ "osc", "group = nogroup-x",
		  "[osc] group: no such group; getent group lists those there are: nogroup-x" },
		{ "osc", "group = root", "" },
		{ "osc", "group =", "" },
		{ "daemon", "state = @", "" },
		{ "daemon", "state = @/new", "" },
		{ "daemon", "state = @/new/", "" },
		{ "daemon", "state = @/no/such", "[daemon] state: does not exist; make it: @/no" },
		{ "daemon", "state = @/file", "[daemon] state: not a directory: @/file" },
		{ "daemon", "state = @/file/x", "[daemon] state: Not a directory: @/file/x" },
		{ "daemon", "state = @/loose", "[daemon] state: a link to nowhere: @/loose" },
		{ "daemon", "state = @/link", "" },
		{ "daemon", "state =", "" },
		{ "daemon", "run = @/no/such", "[daemon] run: does not exist; make it: @/no" },
		{ "osc", "socket = @/new", "" },
		{ "osc", "socket = @/file", "" },
		{ "osc", "socket = @/no/s", "[osc] socket: does not exist; make it: @/no" },
		{ "osc", "socket = @", "[osc] socket: a directory; name a file in it: @" },
		{ "osc", "url = @/no/u", "[osc] url: does not exist; make it: @/no" },
		{ "osc", "url =", "" },
		{ "osc", "socket = @/no/s\n[daemon]\nrun = @/no", "" },
		{ "osc", "allow = 10.0.0.0/8\nlisten = 127.0.0.1 0.0.0.0", "" },
		{ "osc", "listen = 127.0.0.2", "" },
		{ "osc", "allow = 10.0.0.0/8\nlisten = 0.0.0.0, 192.0.2.77 127.0.0.1",
		  "[osc] listen: this machine has no such address: 192.0.2.77" },
		{ "osc", "listen = 0.0.0.0",
		  "[osc] listen: of no use unless allow names the hosts that may come: 0.0.0.0" },
		{ "osc", "port = 0\nlisten = 192.0.2.77", "" },
	};

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	snprintf(path, sizeof(path), "%s/loose", folder);
	assert_int_equal(symlink("gone", path), 0);
	snprintf(path, sizeof(path), "%s/link", folder);
	assert_int_equal(symlink("/tmp", path), 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		expand(said, rows[i].said, folder);
		assert_string_equal(say_here(rows[i].section, rows[i].line, folder), said);
	}
	/* The network may come up when the daemon has started. */
	assert_int_equal(
		load_for(&config, "[osc]\nallow = 10.0.0.0/8\nlisten = 192.0.2.77\n", CONFIG_THIS),
		0);
	assert_int_equal(load_for(&config, "[osc]\ngroup = nogroup-x\n", CONFIG_THIS), -EINVAL);
	for (unsigned i = 0; i < 3; i++) {
		expand(path, (const char *const[]){ "@/file", "@/loose", "@/link" }[i], folder);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

/* Whoever is to be trusted has to be allowed; this host is. */
static void test_trusted(void **state)
{
	(void)state;
	assert_string_equal(say_here("osc",
				     "allow = 10.0.0.0/8 fd00::/8\n"
				     "trusted = 10.1.2.3, 10.9.0.0/16 fd00::7 127.0.0.1",
				     ""),
			    "");
	assert_string_equal(
		say_here("osc", "trusted = 10.1.2.3 10.0.0.0/7\nallow = 10.0.0.0/8", ""),
		"[osc] trusted: of no use unless allow has it, too: 10.0.0.0/7");
	assert_string_equal(say_here("osc", "trusted = ::1 10.1.2.3", ""),
			    "[osc] trusted: of no use unless allow has it, too: 10.1.2.3");
}

/* What the OSC server would find out later, when it is too late to refuse the file. */
static void test_addresses(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load(&config, "[osc]\nlisten = 0.0.0.0, ::\t10.1.2.3\n"
				       "allow = 10.0.0.0/8, fd00::/8 192.168.1.7\n"),
			 0);
	assert_int_equal(load(&config, "[osc]\nlisten =\nallow =\n"), 0);
	assert_int_equal(load(&config, "[osc]\ntrusted = 10.0.0.7, fd00::7\n"), 0);
	assert_string_equal(config.osc_trusted, "10.0.0.7, fd00::7");
	assert_int_equal(load(&config, "[osc]\ntrusted = tablet\n"), -EINVAL);
	assert_non_null(strstr(lines[0], ":2: [osc] trusted must be networks"));
	assert_int_equal(load(&config, "[osc]\nlisten = nonsense\nlisten = 10.0.0.0/8\n"
				       "listen = 0.0.0.0 ::x\nallow = 127.0.0.2 10.0.0.0/33\n"
				       "allow = studio.local\n"),
			 -EINVAL);
	assert_int_equal(line_count, 5);
	assert_non_null(strstr(lines[0], ":2: [osc] listen must be addresses"));
	assert_non_null(strstr(lines[3], ":5: [osc] allow must be networks"));
	assert_non_null(strstr(lines[3], ": 127.0.0.2 10.0.0.0/33"));
	assert_string_equal(config.osc_allow, "");
}

/* Sections without options, and what inih would ignore. */
static void test_sections(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load(&config, "[jack] ; ours\n[guest] # all\n\t[route]\t\r\n"
				       "[guest daw];\n[guest]\nresample = no\n"),
			 0);
	assert_int_equal(load(&config, "[jacks]\n[jac]\n[]\n[guest a]b]\nnew = silent\n"
				       "[osc] port = 1\n"),
			 -EINVAL);
	assert_int_equal(line_count, 5);
	assert_non_null(strstr(lines[0], "): jacks"));
	assert_non_null(strstr(lines[1], "): jac"));
	assert_non_null(strstr(lines[2], ":3: no such section"));
	assert_non_null(strstr(lines[3], ":4: behind a section's ]; write on the next line: b]"));
	assert_non_null(
		strstr(lines[4], ":6: behind a section's ]; write on the next line: port = 1"));
	assert_int_equal(load(&config, "[jack\n"), -EINVAL);
	assert_int_equal(line_count, 1);
}

/* Every error of a file is logged with its line, and loading fails. */
static void test_errors(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load(&config, "[jack]\nrate = 48k\nrate = -1\nrate = 0\nrate =\n"
				       "rate = 99999999999999999999\nautoconnect = yes\n"
				       "colour = red\n[disk]\nserver = x\n[log]\nlevel = 9\n"),
			 -EINVAL);
	assert_int_equal(line_count, 9);
	assert_non_null(strstr(lines[0], ":2: "));
	assert_non_null(strstr(lines[0], "1000 to 768000"));
	assert_non_null(strstr(lines[6], ":8: "));
	assert_non_null(strstr(lines[6], "no such option in [jack] (server clients "));
	assert_non_null(strstr(lines[6], "): colour"));
	assert_non_null(strstr(lines[7], ":9: no such section"));
	assert_non_null(strstr(lines[8], ":12: "));
	assert_int_equal(load(&config, "rate = 48000\n[jack]\nserver\n\nrate 48000 # Hz\n"
				       "rate = 1\n"),
			 -EINVAL);
	assert_int_equal(line_count, 4);
	assert_non_null(strstr(lines[0], ":1: an option before the first [section]: rate"));
	assert_non_null(strstr(lines[1], ":3: neither [section] nor name = value: server"));
	assert_non_null(strstr(lines[2], ":5: neither [section] nor name = value: rate 48000"));
	assert_non_null(strstr(lines[3], ":6: "));
	assert_int_equal(load(&config, "[jack]\nserver = 0123456789012345678901234567890123456789"
				       "012345678901234567890123456789\n"),
			 -EINVAL);
	assert_int_equal(load(&config, "[daemon]\nrun = here\nrun =\nrun = /"
				       "0123456789012345678901234567890123456789012345678901234567"
				       "89012345678901234567890123456789012345678901234567\n"
				       "[limits]\nrequests = 99\nrequests = 1000001\n"),
			 -EINVAL);
	assert_int_equal(line_count, 5);
	assert_non_null(strstr(lines[0], ":2: "));
	assert_non_null(strstr(lines[0], "an absolute path of at most 107 bytes"));
	assert_non_null(strstr(lines[2], ":4: "));
	assert_non_null(strstr(lines[3], "100 to 1000000"));
	assert_int_equal(config_load(&config, "/nonexistent/xenjack.conf", CONFIG_ANY), -ENOENT);
}

/* The longest valid prefix. */
#define LONG "/23456789012345678901234567890123456789012345678901234567890123"

/* Valid and invalid prefixes of OSC addresses. */
static void test_prefix(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(load(&config, "[osc]\nprefix = /xen\n"), 0);
	assert_string_equal(config.osc_prefix, "/xen");
	assert_int_equal(load(&config, "[osc]\nprefix = /Rig-2/xen_1\n"), 0);
	assert_string_equal(config.osc_prefix, "/Rig-2/xen_1");
	assert_int_equal(load(&config, "[osc]\nprefix = " LONG "\n"), 0);
	assert_string_equal(config.osc_prefix, LONG);
	assert_int_equal(load(&config, "[osc]\nprefix =\n"), 0);
	assert_string_equal(config.osc_prefix, "");
	assert_int_equal(load(&config, "[osc]\nprefix = xen\nprefix = /\nprefix = /xen/\n"
				       "prefix = //xen\nprefix = /a//b\nprefix = /x*\n"
				       "prefix = /x.y\nprefix = /x y\nprefix = " LONG "4\n"),
			 -EINVAL);
	assert_int_equal(line_count, 9);
	assert_non_null(strstr(lines[0], ":2: [osc] prefix must be like /xen or /a/b, of letters,"
					 " digits, _ and -, at most 63 bytes: xen"));
}

/* Rules, whether '=' or ':' comes first; each error is logged with its line. */
static void test_routes(void **state)
{
	struct config config;
	char *text, many[32 * ROUTE_COUNT_MAX + 64] = "[route]\n";

	(void)state;
	assert_int_equal(load(&config, "[route]\ndaw.main_* = system:playback_*\n"
				       "  A b:c d_*  =  daw.in_* ; all\n\tx:y=z.a_1\n"
				       "a.b_1 = c:d=e:f\n"),
			 0);
	assert_int_equal(config.route_count, 4);
	assert_string_equal(config.routes[0].left, "daw.main_*");
	assert_string_equal(config.routes[0].right, "system:playback_*");
	assert_string_equal(config.routes[1].left, "A b:c d_*");
	assert_string_equal(config.routes[1].right, "daw.in_*");
	assert_string_equal(config.routes[2].left, "x:y");
	assert_string_equal(config.routes[2].right, "z.a_1");
	assert_string_equal(config.routes[3].right, "c:d=e:f");
	text = dump(&config);
	assert_non_null(strstr(text, "\n[route]\ndaw.main_* = system:playback_*\n"
				     "A b:c d_* = daw.in_*\nx:y = z.a_1\na.b_1 = c:d=e:f\n"));
	free(text);

	assert_int_equal(load(&config, "[route]\na.b_1 =\n= a.b_1\nx:y = z:a\nx:y\ndaw = x:y\n"),
			 -EINVAL);
	assert_int_equal(line_count, 5);
	assert_non_null(strstr(lines[0], ":2: [route] a side is empty: a.b_1 = "));
	assert_non_null(strstr(lines[1], ":3: [route] a side is empty:  = a.b_1"));
	assert_non_null(strstr(lines[2], ":4: [route] one side must be a guest's"));
	assert_non_null(strstr(lines[3], ":5: [route] a side is empty: x:y = "));
	assert_non_null(strstr(lines[4], ":6: [route] a side is neither"));
	assert_non_null(strstr(lines[4], ": daw = x:y"));
	for (unsigned i = 0; i < ROUTE_COUNT_MAX; i++) {
		strcat(many, "a.b_1 = c.d_1\n");
	}
	assert_int_equal(load(&config, many), 0);
	assert_int_equal(config.route_count, ROUTE_COUNT_MAX);
	strcat(many, "a.b_1 = c.d_1\n");
	assert_int_equal(load(&config, many), -EINVAL);
	assert_non_null(strstr(lines[0], ":66: [route] too many rules"));
}

/* The rest of a long line is not read as a line, and later lines keep their numbers. */
static void test_long_line(void **state)
{
	char text[600] = "[jack]\n#";
	struct config config;

	(void)state;
	memset(text + strlen(text), '-', 400);
	strcat(text, "\nrate = 0\n");
	assert_int_equal(load(&config, text), -EINVAL);
	assert_int_equal(line_count, 2);
	assert_non_null(strstr(lines[0], ":2: "));
	assert_non_null(strstr(lines[1], ":3: "));
}

/* Loading a dump reproduces the configuration. */
static void test_dump(void **state)
{
	struct config config, again;
	char *text, *second;

	(void)state;
	assert_int_equal(load(&config, "[jack]\nserver = a b\nautoconnect = none\n"
				       "[log]\nlevel = error\n[limits]\nstreams = 3\n"
				       "[guest]\nresample = yes\nnew = silent\n[guest daw]\n"
				       "resample = best\nnew = connected\n"),
			 0);
	text = dump(&config);
	assert_non_null(strstr(text, "[guest]\nresample = yes\nnew = silent\n"));
	assert_non_null(strstr(text, "[guest daw]\nresample = best\nnew = connected\n"));
	assert_int_equal(load(&again, text), 0);
	second = dump(&again);
	assert_string_equal(text, second);
	free(text);
	free(second);
}

/* Options that a running daemon cannot change stay and are logged; the others are taken over. */
static void test_take(void **state)
{
	struct config config, next;

	(void)state;
	assert_int_equal(load(&config, "[jack]\nserver = a\n[log]\nlevel = error\n"
				       "[route]\na.b_1 = c.d_1\n"),
			 0);
	assert_int_equal(load(&next, "[jack]\nserver = b\nclients = shared\nautoconnect = none\n"
				     "[limits]\ncards = 2\nrequests = 100\n"
				     "[daemon]\nrun = /elsewhere\n[guest daw]\nresample = best\n"
				     "[route]\na.b_1 = x:y\na.b_2 = x:z\n"),
			 0);
	log_set_sink(keep_line, NULL);
	config_take(&config, &next);
	log_set_sink(NULL, NULL);
	assert_int_equal(line_count, 3);
	assert_string_equal(lines[0], "[jack] server changes only when xenjackd restarts");
	assert_string_equal(lines[1], "[jack] clients changes only when xenjackd restarts");
	assert_string_equal(lines[2], "[daemon] run changes only when xenjackd restarts");
	assert_string_equal(config.jack_server, "a");
	assert_false(config.jack_shared);
	assert_string_equal(config.daemon_run, "/run/xenjack");
	assert_false(config.jack_autoconnect);
	assert_int_equal(config.limit_cards, 2);
	assert_int_equal(config.limit_requests, 100);
	assert_int_equal(config.log_level, LOG_NOTICE);
	assert_int_equal(config_guest(&config, "daw")->resample, RESAMP_BEST);
	assert_int_equal(config.route_count, 2);
	assert_string_equal(config.routes[0].right, "x:y");
	/* Without a difference, nothing is logged. */
	line_count = 0;
	log_set_sink(keep_line, NULL);
	config_take(&config, &config);
	log_set_sink(NULL, NULL);
	assert_int_equal(line_count, 0);
}

static void test_sample_has_the_defaults(void **state)
{
	struct config defaults, sample;
	char *text = read_file("conf/xenjack.conf"), *a, *b;

	(void)state;
	config_init(&defaults);
	assert_int_equal(load(&sample, text), 0);
	a = dump(&defaults);
	b = dump(&sample);
	assert_string_equal(a, b);
	free(a);
	free(b);
	free(text);
}

/* Whether an option's paragraph says that it cannot change while the daemon runs. */
static bool says_later(const char *section, const char *name)
{
	const char *at, *end, *next, *later;
	char item[128];

	snprintf(item, sizeof(item), ".It Cm %s\n", name);
	at = strstr(section, item) + strlen(item);
	end = strstr(at, "\n.El");
	next = strstr(at, "\n.It ");
	later = strstr(at, "\nA change takes effect when the daemon is restarted.\n");
	return later && later < end && (!next || later < next);
}

/* The man page describes every option in its section, with its default. */
static void test_man_page(void **state)
{
	struct config defaults;
	char *man = read_file("docs/xenjack.conf.5"), *text, *line, *rest;
	const char *section = NULL;
	char title[64] = "";
	unsigned options = 0;

	(void)state;
	config_init(&defaults);
	text = dump(&defaults);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char name[64], value[64] = "", wanted[128];
		const char *at;

		if (*line == '[') {
			snprintf(wanted, sizeof(wanted), ".Ss %s\n", line);
			snprintf(title, sizeof(title), "%.*s", (int)strlen(line) - 2, line + 1);
			section = strstr(man, wanted);
			assert_non_null(section);
			continue;
		}
		assert_true(sscanf(line, "%63s = %63s", name, value) >= 1);
		snprintf(wanted, sizeof(wanted), ".It Cm %s\n", name);
		at = strstr(section, wanted);
		assert_non_null(at);
		at = strstr(at, "Default:");
		assert_non_null(at);
		snprintf(wanted, sizeof(wanted), "%s", *value ? value : "empty");
		at += strcspn(at, " \n") + 1;
		at += strncmp(at, ".Cm ", 4) == 0 || strncmp(at, ".Pa ", 4) == 0 ? 4 : 0;
		assert_memory_equal(at, wanted, strlen(wanted));
		assert_int_equal(says_later(section, name), !config_is_live(title, name));
		options++;
	}
	assert_int_equal(options, 33);
	free(text);
	free(man);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump_loads),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_guests),
		cmocka_unit_test(test_guest_names),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_bom),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_trusted),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_sample_has_the_defaults),
		cmocka_unit_test(test_man_page),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

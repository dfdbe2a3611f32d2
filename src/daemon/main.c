/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenjackd: command line, signals, readiness notification, start and shutdown. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "jack/client.h"
#include "src/base/log.h"
#include "src/base/rundir.h"
#include "src/base/statefile_dir.h"
#include "src/daemon/config.h"
#include "src/daemon/daemon.h"
#include "src/daemon/descriptors.h"
#include "src/daemon/memory_lock.h"
#include "src/daemon/sandbox.h"
#include "src/daemon/xen_connect.h"
#include "xen/hv_xen_ioctl.h"
#include "xen/sim/hv_sim.h"

#define DEFAULT_CONFIG "/etc/xenjack/xenjack.conf"

struct options {
	const char *config; /* NULL: the default, if it exists */
	bool sim;
	const char *socket; /* NULL: hv_sim's default */
	bool check, dump;
	int verbose;
};

static const char usage[] =
	"usage: xenjackd [-v] [-c FILE] [--sim[=SOCKET]]\n"
	"       xenjackd [-c FILE] --check-config | --dump-config\n"
	"\n"
	"A Xen paravirtual sound back end that is a JACK client.\n"
	"\n"
	"  -c, --config FILE   read FILE instead of " DEFAULT_CONFIG "\n"
	"      --sim[=SOCKET]  serve simulated guests (xenjack-guest) instead of Xen's\n"
	"  -v, --verbose       log more; given twice, log every state change\n"
	"      --check-config  read the configuration, report its errors, and exit\n"
	"      --dump-config   print the configuration with all defaults, and exit\n"
	"      --version       print the version, and exit\n"
	"  -h, --help          print this help, and exit\n";

/* Fills in the options. Returns -1 to continue, or the exit status. */
static int parse_options(int argc, char **argv, struct options *options)
{
	enum { SIM = 256, CHECK, DUMP, VERSION };
	static const struct option table[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "sim", optional_argument, NULL, SIM },
		{ "verbose", no_argument, NULL, 'v' },
		{ "check-config", no_argument, NULL, CHECK },
		{ "dump-config", no_argument, NULL, DUMP },
		{ "version", no_argument, NULL, VERSION },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:vh", table, NULL)) != -1) {
		switch (c) {
		case 'c':
			options->config = optarg;
			break;
		case SIM:
			options->sim = true;
			options->socket = optarg;
			break;
		case 'v':
			options->verbose++;
			break;
		case CHECK:
			options->check = true;
			break;
		case DUMP:
			options->dump = true;
			break;
		case VERSION:
			puts("xenjackd " XENJACK_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "xenjackd: unexpected argument %s\n", argv[optind]);
		return 2;
	}
	return -1;
}

static enum log_level verbose_level(enum log_level level, int verbose)
{
	int raised = (int)level + verbose;

	return raised < LOG_DEBUG ? (enum log_level)raised : LOG_DEBUG;
}

/* The path of `name` in the directory of `path`; empty if it is too long. */
static void name_beside(const char *path, const char *name, char *text, size_t size)
{
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash + 1 - path) : 0;

	if ((size_t)snprintf(text, size, "%.*s%s", length, path, name) >= size) {
		*text = '\0';
	}
}

static void find_sim_socket(const struct options *options, char *path, size_t size)
{
	if (options->socket) {
		snprintf(path, size, "%s", options->socket);
	} else {
		hv_sim_default_path(path, size);
	}
}

static int load_config(struct config *config, const struct options *options)
{
	char path[108]; /* sun_path */
	int err;

	config_init(config);
	if (options->sim) {
		/* Simulated guests do not last: no state, no network, unless the file says
		 * otherwise. */
		config->daemon_state[0] = '\0';
		config->osc_port = 0;
		find_sim_socket(options, path, sizeof(path));
		name_beside(path, "osc.sock", config->osc_socket, sizeof(config->osc_socket));
		name_beside(path, "osc.url", config->osc_url, sizeof(config->osc_url));
	}
	err = config_load(config, options->config ? options->config : DEFAULT_CONFIG,
			  options->dump	   ? CONFIG_ANY
			  : options->check ? CONFIG_NOW
					   : CONFIG_THIS);
	/* Only a file that the user named must exist. */
	if (err == -ENOENT && !options->config) {
		err = 0;
	} else if (err == -ENOENT) {
		log_error("%s: %s", options->config, strerror(ENOENT));
	}
	return err;
}

static int open_sim_hv(const char *path, struct hv **hv)
{
	*hv = hv_sim_open(path);
	if (!*hv) {
		log_error("%s: %s", path,
			  errno == EADDRINUSE ? "another xenjackd serves it" : strerror(errno));
	}
	return *hv ? -1 : EXIT_FAILURE;
}

/* Tells a service manager that guests can connect: the protocol of sd_notify(3). */
static void notify_ready(void)
{
	static const char ready[] = "READY=1";
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;
	int fd;

	if (length < 2 || length >= sizeof(address.sun_path)) {
		return;
	}
	memcpy(address.sun_path, path, length);
	if (path[0] == '@') {
		address.sun_path[0] = '\0';
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return;
	}
	(void)sendto(fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

static struct daemon_options options_of(const struct config *config)
{
	return (struct daemon_options){
		.jack.server = *config->jack_server ? config->jack_server : NULL,
		.jack.shared = config->jack_shared,
		.jack.routes.rules = config->routes,
		.jack.routes.rule_count = config->route_count,
		.jack.routes.autoconnect = config->jack_autoconnect,
		.jack.routes.state_dir = -1,
		.jack.metadata = config->jack_metadata,
		.osc.port = (uint16_t)config->osc_port,
		.osc.socket = config->osc_socket,
		.osc.prefix = config->osc_prefix,
		.osc.url = config->osc_url,
		.osc.group = config->osc_group,
		.osc.listen = config->osc_listen,
		.osc.allow = config->osc_allow,
		.osc.trusted = config->osc_trusted,
		.osc.local_all = config->osc_local_all,
		.osc.remote_all = config->osc_remote_all,
		.osc.messages_per_s = config->osc_rate,
		.limits.streams = config->limit_streams,
		.limits.channels = config->limit_channels,
		.limits.buffer_bytes = config->limit_buffer_kib * 1024,
		.cards = config->limit_cards,
		.card_limits = { .ports = config->limit_ports,
				 .memory_kib = config->limit_memory_kib,
				 .jack_ports = config->jack_port_max,
				 .mappings = config->limit_mappings },
		.requests = config->limit_requests,
		.resample_percent = config->limit_resampling,
		.rate_hz = config->jack_rate_hz,
		.period_frames = config->jack_period_frames,
		.config = config,
		.run_dir = -1,
	};
}

/* What SIGHUP needs. */
struct running {
	struct daemon *daemon;
	struct config *config;
	const struct options *options;
};

static void on_hangup(struct ev_loop *loop, ev_signal *signal, int revents)
{
	const struct running *running = signal->data;
	struct daemon_options daemon_options;
	struct config next;

	(void)loop;
	(void)revents;
	if (load_config(&next, running->options)) {
		log_error("reload failed: the old configuration stays in effect");
		return;
	}
	config_take(running->config, &next);
	log_set_level(verbose_level(running->config->log_level, running->options->verbose));
	daemon_options = options_of(running->config);
	daemon_reload(running->daemon, &daemon_options);
	log_notice("configuration reloaded");
}

static void on_signal(struct ev_loop *loop, ev_signal *signal, int revents)
{
	(void)revents;
	log_notice("shutting down");
	/* A second signal kills the process, whatever blocks the shutdown. */
	ev_signal_stop(loop, signal);
	daemon_leave(signal->data);
}

static void run(struct ev_loop *loop, struct running *running)
{
	ev_signal terminate, interrupt, hangup;

	ev_signal_init(&terminate, on_signal, SIGTERM);
	ev_signal_init(&interrupt, on_signal, SIGINT);
	ev_signal_init(&hangup, on_hangup, SIGHUP);
	terminate.data = interrupt.data = running->daemon;
	hangup.data = running;
	ev_signal_start(loop, &hangup);
	ev_signal_start(loop, &terminate);
	ev_signal_start(loop, &interrupt);
	notify_ready();
	ev_run(loop, 0);
	ev_signal_stop(loop, &interrupt);
	ev_signal_stop(loop, &terminate);
	ev_signal_stop(loop, &hangup);
}

/* The last step before guests are served. */
static int confine(const struct config *config, const struct options *options)
{
	const struct sandbox_options sandbox = {
		.ioctls = hv_xen_ioctls,
		.ioctl_count = options->sim ? 0 : HV_XEN_IOCTL_COUNT,
		.loads_libraries = client_is_pipewire(),
		.group = config->osc_group,
	};

	return config->daemon_sandbox ? sandbox_enter(&sandbox) : 0;
}

static int serve(struct ev_loop *loop, struct hv *hv, struct config *config,
		 const struct options *options, int run_dir)
{
	struct statefile_dir state;
	struct daemon_options daemon_options = options_of(config);
	struct running running = { .config = config, .options = options };

	if (*config->daemon_state) {
		statefile_dir_open(&state, config->daemon_state);
		daemon_options.state = &state;
		daemon_options.jack.routes.state_dir = state.fd;
	}
	daemon_options.run_dir = run_dir;
	memory_lock_all();
	if (confine(config, options) == 0) {
		running.daemon = daemon_create(loop, hv, &daemon_options);
	}
	if (running.daemon) {
		run(loop, &running);
		if (!daemon_destroy(running.daemon)) {
			/* As if killed: what is still in use must not be freed. */
			_exit(EXIT_SUCCESS);
		}
	}
	if (daemon_options.state) {
		statefile_dir_close(&state);
	}
	return running.daemon ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Xen has one daemon at a time: the one that holds the run directory's lock. */
static int serve_xen(struct config *config, const struct options *options)
{
	struct ev_loop *loop = ev_default_loop(0);
	int lock, dir = rundir_open(config->daemon_run, &lock);
	struct hv *hv = NULL;
	int status;

	if (dir == -EWOULDBLOCK) {
		return EXIT_FAILURE;
	}
	status = xen_connect_run(loop, &hv);
	if (hv) {
		status = serve(loop, hv, config, options, dir);
		hv->ops->close(hv);
	}
	rundir_close(dir, lock);
	return status;
}

/* Any number of daemons, each with its own socket. Guests end with the daemon: no handover. */
static int serve_sim(struct config *config, const struct options *options)
{
	char path[108]; /* sun_path */
	struct hv *hv = NULL;
	int status;

	find_sim_socket(options, path, sizeof(path));
	status = open_sim_hv(path, &hv);
	if (hv) {
		log_notice("sim: guests connect to %s%s%s", path,
			   *config->osc_socket ? ", xenjackctl to " : "", config->osc_socket);
		status = serve(ev_default_loop(0), hv, config, options, -1);
		hv->ops->close(hv);
	}
	return status;
}

static int start(struct config *config, const struct options *options)
{
	if (config->daemon_sandbox && sandbox_drop_capabilities()) {
		return EXIT_FAILURE;
	}
	return options->sim ? serve_sim(config, options) : serve_xen(config, options);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct config config;
	int status = parse_options(argc, argv, &options);

	if (status >= 0) {
		return status;
	}
	status = EXIT_FAILURE;
	if (load_config(&config, &options) == 0) {
		log_set_level(verbose_level(config.log_level, options.verbose));
		status = EXIT_SUCCESS;
		if (options.dump) {
			config_dump(&config, stdout);
		} else if (!options.check) {
			/* Ignored until the daemon runs and can reload. */
			signal(SIGHUP, SIG_IGN);
			/* The log's reader may go away; guests play on. */
			signal(SIGPIPE, SIG_IGN);
			descriptors_raise();
			status = start(&config, &options);
		}
	}
	return status;
}

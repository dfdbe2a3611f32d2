/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JACK client that tests the trap: `rt_trap_client good|bad|fault|untrapped CYCLES`.
 * good does what a process callback may do, with one notify per cycle. bad does what it may not:
 * one deed of the table below per cycle; a good client runs beside it in the same process. fault
 * only touches fresh memory. untrapped forbids the trap's prctl first: the report must say so.
 */
#include <errno.h>
#include <fcntl.h>
#include <jack/jack.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* After the trap's warm-up. */
#define FIRST_BAD_CYCLE 60

#define FRESH_PAGES 4
#define PAGE_BYTES 4096

struct client {
	jack_client_t *jack;
	jack_port_t *port;
	int eventfd;
	/* One a cycle from FIRST_BAD_CYCLE on, up to a NULL entry. NULL: notifies instead. */
	void (*const *deeds)(void);
	atomic_ulong cycles;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sem_t sem;
static int file, blocking_eventfd;
static char *volatile fresh; /* pages not touched yet */
static void *volatile kept;  /* keeps the compiler from removing an allocation */

static void notify(int fd)
{
	const uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

static void do_malloc(void)
{
	kept = malloc(100);
	free(kept);
}

static void do_strdup(void) /* libc's own call of malloc */
{
	kept = strdup("kept");
}

static void do_mutex(void) /* uncontended: makes no system call */
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void do_sem(void)
{
	sem_post(&sem);
	sem_wait(&sem);
}

static void do_file(void)
{
	(void)!write(file, "8 bytes", 8);
}

static void do_usleep(void)
{
	usleep(1000);
}

static void do_printf(void)
{
	printf("a line in %s\n", "stdout's buffer");
}

static void do_blocking_notify(void)
{
	notify(blocking_eventfd);
}

static void do_signal(void) /* its handler returns through the trap */
{
	raise(SIGTRAP);
}

static void *thread_main(void *arg)
{
	return arg;
}

static void do_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_main, NULL) == 0) {
		pthread_join(thread, NULL);
	}
}

static void do_errno(void) /* a trapped call returns what an untrapped one does */
{
	if (write(-1, "", 1) != -1 || errno != EBADF || syscall(SYS_getpid) != getpid()) {
		abort();
	}
}

static void do_fault(void)
{
	for (int i = 0; i < FRESH_PAGES; i++) {
		fresh[i * PAGE_BYTES] = 1;
	}
}

static void (*const bad_deeds[])(void) = {
	do_malloc, do_strdup,	       do_mutex,  do_sem,    do_file,  do_usleep,
	do_printf, do_blocking_notify, do_signal, do_thread, do_errno, NULL,
};
static void (*const fault_deeds[])(void) = { do_fault, NULL };

static int process(jack_nframes_t frames, void *arg)
{
	struct client *client = arg;
	float *out = jack_port_get_buffer(client->port, frames);
	unsigned long cycle = atomic_load(&client->cycles);
	struct timespec now; /* the vdso's: no system call */

	clock_gettime(CLOCK_MONOTONIC, &now);
	for (jack_nframes_t i = 0; i < frames; i++) {
		out[i] = (float)lrintf((float)(now.tv_nsec & 1) / 2.0f);
	}
	if (!client->deeds) {
		notify(client->eventfd);
	} else if (cycle >= FIRST_BAD_CYCLE && *client->deeds) {
		(*client->deeds++)();
	}
	atomic_store(&client->cycles, cycle + 1);
	return 0;
}

static int client_open(struct client *client, const char *name)
{
	client->eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	client->jack = jack_client_open(name, JackNoStartServer, NULL);
	if (!client->jack) {
		return -1;
	}
	client->port = jack_port_register(client->jack, "out", JACK_DEFAULT_AUDIO_TYPE,
					  JackPortIsOutput, 0);
	jack_set_process_callback(client->jack, process, client);
	return jack_activate(client->jack);
}

static void on_trap(int signal_number)
{
	(void)signal_number;
}

static int prepare(void)
{
	struct sigaction action = { .sa_handler = on_trap };

	sigaction(SIGTRAP, &action, NULL);
	sem_init(&sem, 0, 0);
	file = open("/dev/null", O_WRONLY | O_CLOEXEC);
	blocking_eventfd = eventfd(0, EFD_CLOEXEC);
	/* If permitted: a page that is reclaimed would look like a fault of the callback. */
	(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	fresh = mmap(NULL, FRESH_PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fresh == MAP_FAILED || munlock(fresh, FRESH_PAGES * PAGE_BYTES) != 0) {
		return -1;
	}
	return madvise(fresh, FRESH_PAGES * PAGE_BYTES, MADV_DONTNEED);
}

/* As a kernel before 5.11 would: EINVAL for the prctl that turns the trap on. */
static int forbid_trap(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 59 /* PR_SET_SYSCALL_USER_DISPATCH */, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int run(unsigned long cycles, void (*const *deeds)(void))
{
	static struct client good, bad;

	bad.deeds = deeds;
	if (client_open(&good, "good") != 0 || (deeds && client_open(&bad, "bad") != 0)) {
		fprintf(stderr, "rt_trap_client: no JACK server\n");
		return 1;
	}
	while (atomic_load(&good.cycles) < cycles || (deeds && atomic_load(&bad.cycles) < cycles)) {
		usleep(10000);
	}
	jack_client_close(good.jack);
	if (deeds) {
		jack_client_close(bad.jack);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc == 3 ? argv[1] : "";
	unsigned long cycles = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (cycles == 0) {
		fprintf(stderr, "usage: rt_trap_client good|bad|fault|untrapped CYCLES\n");
		return 2;
	}
	if (prepare() != 0 || (strcmp(mode, "untrapped") == 0 && forbid_trap() != 0)) {
		perror("rt_trap_client");
		return 1;
	}
	if (strcmp(mode, "bad") == 0) {
		return run(cycles, bad_deeds);
	}
	return run(cycles, strcmp(mode, "fault") == 0 ? fault_deeds : NULL);
}

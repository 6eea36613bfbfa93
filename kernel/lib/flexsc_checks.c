// SPDX-License-Identifier: MIT
/*
 * flexsc_checks.c - checks of libflexsc on a machine with /dev/flexsc. Prints
 * "ok NAME" or "not ok NAME: why" for each. One process and one time limit a
 * check, so that a hang is a failure and not the end of the run.
 *
 *	flexsc_checks [seconds a check may take [path of example_echo]]
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flexsc.h"

#define DEFAULT_LIMIT_S		20u
#define NS_PER_S		INT64_C(1000000000)

static unsigned int limit_s = DEFAULT_LIMIT_S;
static const char *example_echo;
static const char *check_name;

__attribute__((format(printf, 1, 2), noreturn))
static void fail(const char *format, ...)
{
	va_list arguments;

	printf("not ok %s: ", check_name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

#define EXPECT(condition)							\
	do {									\
		if (!(condition))						\
			fail("line %d: not true: %s", __LINE__, #condition);	\
	} while (0)

#define EXPECT_EQUAL(actual, expected)						\
	do {									\
		long long actual_ = (actual), expected_ = (expected);		\
		if (actual_ != expected_)					\
			fail("line %d: %s is %lld, not %lld", __LINE__, #actual, \
			     actual_, expected_);				\
	} while (0)

/* How often a callback ran, and with what. */
struct seen {
	struct flexsc_cb	cb;
	unsigned int		count;
	int64_t			ret;
};

static void see(struct flexsc_cb *cb)
{
	struct seen *seen = cb->arg;

	seen->count++;
	seen->ret = cb->ret;
}

static struct seen *new_seen(unsigned int count)
{
	struct seen *seen = calloc(count, sizeof(*seen));

	EXPECT(seen);
	for (unsigned int i = 0; i < count; i++) {
		seen[i].cb.callback = see;
		seen[i].cb.arg = &seen[i];
	}
	return seen;
}

static struct flexsc *create(const struct flexsc_config *config)
{
	struct flexsc *flexsc;
	int error = flexsc_create(&flexsc, config);

	if (error)
		fail("flexsc_create: %s: %s", strerror(-error), flexsc_remedy(error));
	return flexsc;
}

static void make_pipe(int fds[2], int flags)
{
	EXPECT_EQUAL(pipe2(fds, O_CLOEXEC | flags), 0);
}

static void turn_until(struct flexsc *flexsc, const struct seen *seen)
{
	while (!seen->count)
		EXPECT(flexsc_turn(flexsc, 1, NS_PER_S) >= 0);
}

static void check_one_call(void)
{
	struct flexsc *flexsc = create(NULL);

	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_close, 1, (uint64_t[]){ 9999 }), -EBADF);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 7, NULL), -EINVAL);
	EXPECT_EQUAL(flexsc_in_flight(flexsc), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static void check_batch(void)
{
	const struct flexsc_config config = { .pages = 2 };
	struct flexsc *flexsc = create(&config);
	struct seen *seen = new_seen(64);
	struct flexsc_counts counts;

	for (int round = 1; round <= 100; round++) {
		for (int i = 0; i < 64; i++)
			EXPECT_EQUAL(flexsc_submit(flexsc, &seen[i].cb, 0, SYS_getpid, 0, NULL), 0);
		while (flexsc_in_flight(flexsc))
			EXPECT(flexsc_turn(flexsc, 64, -1) >= 0);
		for (int i = 0; i < 64; i++) {
			EXPECT_EQUAL(seen[i].count, round);
			EXPECT_EQUAL(seen[i].ret, getpid());
		}
	}
	counts = flexsc_counts(flexsc);
	EXPECT_EQUAL(counts.completed, 6400);
	/* One entry into the kernel a batch; a preempted wait may need another. */
	EXPECT(counts.ioctls <= 200);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static void check_full(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(64);
	int fds[2];

	make_pipe(fds, O_NONBLOCK);
	for (int i = 0; i < 63; i++)
		EXPECT_EQUAL(flexsc_read(flexsc, &seen[i].cb, fds[0], malloc(1), 1), 0);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen[63].cb, fds[0], NULL, 0), -EAGAIN);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), -EAGAIN);
	EXPECT_EQUAL(flexsc_submit(flexsc, &seen[0].cb, 0, SYS_getpid, 0, NULL), -EBUSY);
	/* The entry kept back lets one of them be cancelled. */
	EXPECT_EQUAL(flexsc_cancel(flexsc, &seen[5].cb), 0);
	turn_until(flexsc, &seen[5]);
	EXPECT_EQUAL(seen[5].ret, -ECANCELED);
	EXPECT_EQUAL(flexsc_in_flight(flexsc), 62);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static void check_blocked_call_stops_nothing(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(1);
	char byte = 0;
	int fds[2];

	make_pipe(fds, 0);
	EXPECT_EQUAL(FLEXSC_SUBMIT(flexsc, &seen->cb, 0, SYS_read, (uint64_t)fds[0],
				   FLEXSC_POINTER(&byte), 1), 0);
	for (int i = 0; i < 100; i++)
		EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(seen->count, 0);
	EXPECT_EQUAL(write(fds[1], "x", 1), 1);
	turn_until(flexsc, seen);
	EXPECT_EQUAL(seen->ret, 1);
	EXPECT_EQUAL(byte, 'x');
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static void check_readiness_holds_no_thread(void)
{
	const struct flexsc_config config = { .pages = 2, .max_threads = 1 };
	struct flexsc *flexsc = create(&config);
	struct seen *seen = new_seen(100);
	char bytes[100] = "";
	int fds[2];

	make_pipe(fds, O_NONBLOCK);
	for (int i = 0; i < 100; i++)
		EXPECT_EQUAL(flexsc_read(flexsc, &seen[i].cb, fds[0], &bytes[i], 1), 0);
	/* A hundred reads wait, and the only thread is free. */
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	for (int i = 0; i < 100; i++)
		EXPECT_EQUAL(write(fds[1], "x", 1), 1);
	while (flexsc_in_flight(flexsc))
		EXPECT(flexsc_turn(flexsc, 1, -1) >= 0);
	for (int i = 0; i < 100; i++) {
		EXPECT_EQUAL(seen[i].ret, 1);
		EXPECT_EQUAL(bytes[i], 'x');
	}
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static void check_cancel(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(2);
	int blocking[2], waiting[2];
	char byte;

	make_pipe(blocking, 0);
	make_pipe(waiting, O_NONBLOCK);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen[0].cb, blocking[0], &byte, 1), 0);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen[1].cb, waiting[0], &byte, 1), 0);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	for (int i = 0; i < 2; i++) {
		EXPECT_EQUAL(flexsc_cancel(flexsc, &seen[i].cb), 0);
		turn_until(flexsc, &seen[i]);
		EXPECT(seen[i].ret == -ECANCELED || seen[i].ret == -EINTR);
		EXPECT_EQUAL(flexsc_cancel(flexsc, &seen[i].cb), -ENOENT);
	}
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static void check_call_times_out(void)
{
	struct flexsc *flexsc = create(NULL);
	char byte;
	int fds[2];

	make_pipe(fds, 0);
	EXPECT_EQUAL(flexsc_call(flexsc, NS_PER_S / 20, 0, SYS_read, 3,
				 (uint64_t[]){ fds[0], FLEXSC_POINTER(&byte), 1 }), -ETIME);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

/*
 * libc's setgid() signals every thread and waits for each, those inside RUN
 * included. The blocked read goes on afterwards and can still be cancelled,
 * so its token has outlived the restart.
 */
static void check_signal_restarts_call(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(2);
	char byte = 0;
	int fds[2];

	make_pipe(fds, 0);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQUAL(flexsc_read(flexsc, &seen[i].cb, fds[0], &byte, 1), 0);
		EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	}
	EXPECT_EQUAL(setgid(getgid()), 0);
	EXPECT_EQUAL(flexsc_call(flexsc, -1, 0, SYS_getpid, 0, NULL), getpid());
	EXPECT_EQUAL(setgid(getgid()), 0);
	EXPECT_EQUAL(seen[0].count + seen[1].count, 0);
	EXPECT_EQUAL(flexsc_cancel(flexsc, &seen[0].cb), 0);
	turn_until(flexsc, &seen[0]);
	EXPECT(seen[0].ret < 0);
	EXPECT_EQUAL(write(fds[1], "x", 1), 1);
	turn_until(flexsc, &seen[1]);
	EXPECT_EQUAL(seen[1].ret, 1);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

/* At the bound of threads calls wait; the loop does not spin meanwhile. */
static void check_bound_of_threads(void)
{
	const struct flexsc_config config = { .max_threads = 3 };
	struct flexsc *flexsc = create(&config);
	struct seen *seen = new_seen(5);
	uint64_t ioctls;
	char byte;
	int fds[2];

	make_pipe(fds, 0);
	for (int i = 0; i < 4; i++)
		EXPECT_EQUAL(FLEXSC_SUBMIT(flexsc, &seen[i].cb, 0, SYS_read, (uint64_t)fds[0],
					   FLEXSC_POINTER(&byte), 1), 0);
	EXPECT_EQUAL(flexsc_submit(flexsc, &seen[4].cb, 0, SYS_getpid, 0, NULL), 0);
	for (int i = 0; i < 10; i++)
		EXPECT_EQUAL(flexsc_turn(flexsc, 1, NS_PER_S / 50), 0);
	EXPECT_EQUAL(flexsc_counts(flexsc).threads, 3);
	EXPECT_EQUAL(seen[4].count, 0);
	ioctls = flexsc_counts(flexsc).ioctls;
	EXPECT_EQUAL(flexsc_call(flexsc, NS_PER_S / 5, 0, SYS_getpid, 0, NULL), -EINPROGRESS);
	/* Two waits, the call's and that for its cancel, and a few early ends. */
	EXPECT(flexsc_counts(flexsc).ioctls - ioctls <= 16);
	for (int i = 0; i < 4; i++)
		EXPECT_EQUAL(write(fds[1], "x", 1), 1);
	while (flexsc_in_flight(flexsc))
		EXPECT(flexsc_turn(flexsc, 1, -1) >= 0);
	for (int i = 0; i < 4; i++)
		EXPECT_EQUAL(seen[i].ret, 1);
	EXPECT_EQUAL(seen[4].ret, getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static int stack_answer, heap_answer;

__attribute__((noinline))
static void submit_from_own_frame(struct flexsc *flexsc)
{
	struct flexsc_cb on_stack = { .callback = see };

	stack_answer = flexsc_submit(flexsc, &on_stack, 0, SYS_getpid, 0, NULL);
}

static void submit_as_on_the_slides(struct flexsc_cb *cb)
{
	struct seen *next = cb->arg;

	submit_from_own_frame(cb->flexsc);
	heap_answer = flexsc_submit(cb->flexsc, &next->cb, 0, SYS_getpid, 0, NULL);
}

static void check_callback_on_stack_is_refused(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(1);
	struct flexsc_cb first = { .callback = submit_as_on_the_slides, .arg = seen };

	/* This frame outlives the loop below, so here it is allowed. */
	EXPECT_EQUAL(flexsc_submit(flexsc, &first, 0, SYS_getpid, 0, NULL), 0);
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(stack_answer, -EFAULT);
	EXPECT_EQUAL(heap_answer, 0);
	EXPECT_EQUAL(seen->ret, getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static int turn_answer;
static int64_t nested_answer;

static void call_in_callback(struct flexsc_cb *cb)
{
	turn_answer = flexsc_turn(cb->flexsc, 1, 0);
	nested_answer = flexsc_call(cb->flexsc, -1, 0, SYS_getpid, 0, NULL);
}

static void check_call_inside_callback(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(10);
	struct flexsc_cb first = { .callback = call_in_callback };

	EXPECT_EQUAL(flexsc_submit(flexsc, &first, 0, SYS_getpid, 0, NULL), 0);
	for (int i = 0; i < 10; i++)
		EXPECT_EQUAL(flexsc_submit(flexsc, &seen[i].cb, 0, SYS_getpid, 0, NULL), 0);
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(turn_answer, -EBUSY);
	EXPECT_EQUAL(nested_answer, getpid());
	for (int i = 0; i < 10; i++)
		EXPECT_EQUAL(seen[i].count, 1);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static void *stop_later(void *arg)
{
	const struct timespec pause = { .tv_nsec = 50000000 };

	nanosleep(&pause, NULL);
	flexsc_stop(arg);
	return NULL;
}

static void check_stop_from_another_thread(void)
{
	struct flexsc *flexsc = create(NULL);
	struct seen *seen = new_seen(1);
	pthread_t thread;
	char byte;
	int fds[2];

	make_pipe(fds, O_NONBLOCK);
	EXPECT_EQUAL(flexsc_read(flexsc, &seen->cb, fds[0], &byte, 1), 0);
	EXPECT_EQUAL(pthread_create(&thread, NULL, stop_later, flexsc), 0);
	EXPECT_EQUAL(flexsc_loop(flexsc), 0);
	EXPECT_EQUAL(seen->count, 0);
	EXPECT_EQUAL(pthread_join(thread, NULL), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
	EXPECT_EQUAL(seen->count, 1);
	EXPECT_EQUAL(seen->ret, -ECANCELED);
}

/* Every kind of call in flight, and more blocked ones than threads. */
static void check_destroy_with_calls_in_flight(void)
{
	const struct flexsc_config config = { .threads = 2, .max_threads = 2 };
	struct flexsc *flexsc = create(&config);
	struct seen *seen = new_seen(8);
	int blocking[2], waiting[2];
	char byte;

	make_pipe(blocking, 0);
	make_pipe(waiting, O_NONBLOCK);
	for (int i = 0; i < 8; i++)
		EXPECT_EQUAL(FLEXSC_SUBMIT(flexsc, &seen[i].cb, i % 2 ? FLEXSC_ENTRY_POLL_IN : 0,
					   SYS_read, (uint64_t)(i % 2 ? waiting[0] : blocking[0]),
					   FLEXSC_POINTER(&byte), 1), 0);
	EXPECT_EQUAL(flexsc_turn(flexsc, 1, NS_PER_S / 10), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
	for (int i = 0; i < 8; i++) {
		EXPECT_EQUAL(seen[i].count, 1);
		EXPECT(seen[i].ret == -ECANCELED || seen[i].ret == -EINTR);
	}
}

static void check_poll_of_the_device(void)
{
	struct flexsc *flexsc = create(NULL);
	struct pollfd ready = { .fd = flexsc_fd(flexsc), .events = POLLIN };
	struct seen *seen = new_seen(1);

	EXPECT_EQUAL(poll(&ready, 1, 0), 0);
	EXPECT_EQUAL(flexsc_submit(flexsc, &seen->cb, 0, SYS_getpid, 0, NULL), 0);
	EXPECT_EQUAL(flexsc_kick(flexsc), 0);
	EXPECT_EQUAL(poll(&ready, 1, -1), 1);
	EXPECT_EQUAL(flexsc_turn(flexsc, 1, 0), 1);
	EXPECT_EQUAL(seen->ret, getpid());
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

static void check_configuration(void)
{
	static const struct flexsc_config bad[] = {
		{ .pages = FLEXSC_MAX_PAGES + 1 },
		{ .max_threads = FLEXSC_MAX_THREADS + 1 },
		{ .threads = 3, .max_threads = 2 },
		{ .spin_us = FLEXSC_MAX_SPIN_US + 1 },
		{ .pinned = true, .cpu = -1 },
		{ .pinned = true, .cpu = 1000 },
	};
	const struct flexsc_config other_core = { .pinned = true, .cpu = 1 };
	struct flexsc *flexsc;
	cpu_set_t core = { 0 };

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_EQUAL(flexsc_create(&flexsc, &bad[i]), -EINVAL);
		EXPECT(!flexsc);
	}
	/* A core outside the mask of the thread that creates the page set is no obstacle. */
	CPU_SET(0, &core);
	EXPECT_EQUAL(sched_setaffinity(0, sizeof(core), &core), 0);
	EXPECT_EQUAL(flexsc_destroy(create(&other_core)), 0);
	for (int i = 0; i < 50; i++)
		EXPECT_EQUAL(flexsc_destroy(create(NULL)), 0);
}

#define ECHO_CLIENTS	16
#define ECHO_BYTES	20000

static unsigned int start_echo(FILE **out, pid_t *child)
{
	char clients[8];
	unsigned int port = 0;
	char line[64];
	int fds[2];

	snprintf(clients, sizeof(clients), "%d", ECHO_CLIENTS);
	make_pipe(fds, 0);
	*child = fork();
	EXPECT(*child >= 0);
	if (!*child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		execl(example_echo, example_echo, "0", clients, NULL);
		_exit(127);
	}
	close(fds[1]);
	*out = fdopen(fds[0], "r");
	EXPECT(fgets(line, sizeof(line), *out));
	EXPECT_EQUAL(sscanf(line, "listening on 127.0.0.1:%u", &port), 1);
	return port;
}

static void fill(char *bytes, int seed)
{
	for (int i = 0; i < ECHO_BYTES; i++)
		bytes[i] = i * 7 + seed;
}

static void send_all(int fd, int seed)
{
	char bytes[ECHO_BYTES];

	fill(bytes, seed);
	EXPECT_EQUAL(write(fd, bytes, ECHO_BYTES), ECHO_BYTES);
}

static void receive_all(int fd, int seed)
{
	char expected[ECHO_BYTES], bytes[ECHO_BYTES];
	size_t got = 0;

	fill(expected, seed);
	while (got < ECHO_BYTES) {
		ssize_t count = read(fd, bytes + got, ECHO_BYTES - got);

		EXPECT(count > 0);
		got += count;
	}
	EXPECT(!memcmp(bytes, expected, ECHO_BYTES));
}

static void check_example_echo(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fds[ECHO_CLIENTS];
	char line[256] = "";
	FILE *out;
	pid_t child;
	int status;

	address.sin_port = htons(start_echo(&out, &child));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < ECHO_CLIENTS; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		EXPECT_EQUAL(connect(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < ECHO_CLIENTS; i++)
			send_all(fds[i], i + round);
		for (int i = 0; i < ECHO_CLIENTS; i++)
			receive_all(fds[i], i + round);
	}
	for (int i = 0; i < ECHO_CLIENTS; i++) {
		char byte;

		EXPECT_EQUAL(shutdown(fds[i], SHUT_WR), 0);
		/* The server closes through the page; without task_work this never ends. */
		EXPECT_EQUAL(read(fds[i], &byte, 1), 0);
	}
	EXPECT(fgets(line, sizeof(line), out));
	EXPECT_EQUAL(waitpid(child, &status, 0), child);
	EXPECT_EQUAL(status, 0);
	printf("# echo: %s", line);
}

static const struct check {
	const char	*name;
	void		(*run)(void);
} checks[] = {
	{ "one-call", check_one_call },
	{ "batch", check_batch },
	{ "full-page-set", check_full },
	{ "blocked-call-stops-nothing", check_blocked_call_stops_nothing },
	{ "readiness-holds-no-thread", check_readiness_holds_no_thread },
	{ "cancel", check_cancel },
	{ "call-times-out", check_call_times_out },
	{ "signal-restarts-call", check_signal_restarts_call },
	{ "bound-of-threads", check_bound_of_threads },
	{ "callback-on-stack-is-refused", check_callback_on_stack_is_refused },
	{ "call-inside-callback", check_call_inside_callback },
	{ "stop-from-another-thread", check_stop_from_another_thread },
	{ "destroy-with-calls-in-flight", check_destroy_with_calls_in_flight },
	{ "poll-of-the-device", check_poll_of_the_device },
	{ "configuration", check_configuration },
	{ "example-echo", check_example_echo },
};

/* Whether it passed. */
static bool run(const struct check *check)
{
	pid_t child;
	int status;

	check_name = check->name;
	fflush(stdout);
	child = fork();
	if (!child) {
		alarm(limit_s);
		check->run();
		printf("ok %s\n", check_name);
		fflush(stdout);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		printf("not ok %s: no process: %s\n", check_name, strerror(errno));
		return false;
	}
	if (WIFSIGNALED(status))
		printf("not ok %s: %s\n", check_name, WTERMSIG(status) == SIGALRM ?
		       "hangs" : strsignal(WTERMSIG(status)));
	return status == 0;
}

int main(int argc, char **argv)
{
	bool passed = true;

	if (argc > 1)
		limit_s = strtoul(argv[1], NULL, 10);
	example_echo = argc > 2 ? argv[2] : "./example_echo";
	for (unsigned int i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		passed &= run(&checks[i]);
	return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

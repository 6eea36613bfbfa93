// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - fuzzes /dev/flexsc: one process after the other, each killed or
 * ended while calls are under way, until enough calls have been executed.
 * Prints "ok NAME" or "not ok NAME: why", the seed, and the counts.
 *
 * Meant for a virtual machine that is thrown away: calls are random.
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "main.h"

#define MIN_CHILDREN	24u
#define GUARD_BYTES	(1u << 20)

static struct {
	uint64_t	children;
	uint64_t	killed;
	uint64_t	killed_while_running;
	uint64_t	own_end;
	uint64_t	crashed;
	uint64_t	removals_refused;
	uint64_t	violations;
	char		violation[160];
	struct report	sum;
} total;

static bool failed;

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / NS_PER_MS;
}

void result(bool passed, const char *name, const char *format, ...)
{
	va_list arguments;

	failed |= !passed;
	printf("%sok fuzz-%s: ", passed ? "" : "not ", name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
}

static void print_file(const char *path)
{
	char text[4096];
	ssize_t bytes;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return;
	bytes = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (bytes <= 0)
		return;
	text[bytes] = 0;
	printf("# %s\n%s\n", path, text);
}

/* Where the threads of a process that does not die are. */
static void print_threads(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		char file[400];

		if (entry->d_name[0] == '.')
			continue;
		for (int i = 0; i < 2; i++) {
			snprintf(file, sizeof(file), "%s/%s/%s", path, entry->d_name,
				 i ? "stack" : "stat");
			print_file(file);
		}
	}
	if (directory)
		closedir(directory);
}

/*
 * In namespaces of its own a random call finds no process, mount or IPC object
 * of the guest, and reboot means the namespace.
 */
__attribute__((noreturn))
static void keep_child(const struct child_plan *plan)
{
	int status = 0;
	pid_t child;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS))
		_exit(1);
	child = fork();
	if (!child)
		run_child(plan);
	if (child < 0)
		_exit(1);
	__atomic_store_n(&plan->report->pid, child, __ATOMIC_RELEASE);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* Whether the keeper has ended by then; SIGCHLD is blocked and wakes this. */
bool ends_until(pid_t keeper, uint64_t until_ms, int *status)
{
	sigset_t child_signal;

	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	for (;;) {
		uint64_t now = now_ms();
		struct timespec left = { 0 };

		if (waitpid(keeper, status, WNOHANG) == keeper)
			return true;
		if (now >= until_ms)
			return false;
		left.tv_sec = (until_ms - now) / 1000;
		left.tv_nsec = (until_ms - now) % 1000 * NS_PER_MS;
		sigtimedwait(&child_signal, NULL, &left);
	}
}

static void add_up(const struct report *report)
{
	struct report *sum = &total.sum;

	sum->submitted += report->submitted;
	sum->scribbles += report->scribbles;
	sum->signals += report->signals;
	sum->cancels += report->cancels;
	sum->reboots += report->reboots;
	sum->range_closes += report->range_closes;
	sum->bad_buffers += report->bad_buffers;
	sum->forks += report->forks;
	sum->stats.executed += report->stats.executed;
	sum->stats.completed += report->stats.completed;
	sum->stats.refused += report->stats.refused;
	sum->stats.malformed += report->stats.malformed;
	sum->stats.polled += report->stats.polled;
	sum->stats.handoffs += report->stats.handoffs;
	if (report->violations && !total.violations)
		memcpy(total.violation, report->violation, sizeof(total.violation));
	total.violations += report->violations;
}

/* The module is in use, so it must stay. */
static bool removal_is_refused(void)
{
	if (syscall(SYS_delete_module, "flexsc", O_NONBLOCK) == 0) {
		result(false, "rmmod-in-use", "the module went away under a process that uses it");
		return false;
	}
	if (errno == EAGAIN || errno == EBUSY)
		total.removals_refused++;
	return true;
}

/* Whether the fuzzing can go on. */
static bool run_one(struct random *random, struct report *report)
{
	struct child_plan plan = {
		.seed = options.seed,
		.number = total.children,
		.milliseconds = options.milliseconds / 4 + below(random, options.milliseconds),
		.ending = below(random, ENDINGS),
		.privileged = one_in(random, 2),
		.reckless = one_in(random, 8),
		.report = report,
	};
	/* A little after its end, so that some are killed on the way out. */
	uint64_t kill_after_ms = plan.ending == ENDING_KILLED || one_in(random, 4) ?
				 1 + below(random, plan.milliseconds) :
				 plan.milliseconds + options.milliseconds;
	bool ended = false;
	pid_t keeper, child;
	int status = 0;

	memset(report, 0, sizeof(*report));
	keeper = fork();
	if (keeper < 0) {
		result(false, "fork", "%s", strerror(errno));
		return false;
	}
	if (!keeper)
		keep_child(&plan);
	total.children++;

	/* The time counts from the moment at which calls can be under way. */
	for (uint64_t until_ms = now_ms() + options.hang_s * 1000;
	     !ended && now_ms() < until_ms && !__atomic_load_n(&report->running, __ATOMIC_ACQUIRE);)
		ended = ends_until(keeper, now_ms() + 2, &status);
	child = __atomic_load_n(&report->pid, __ATOMIC_ACQUIRE);
	if (plan.number % 4 == 0 && report->running && !report->ended && !removal_is_refused())
		return false;
	if (!ended && !ends_until(keeper, now_ms() + kill_after_ms, &status)) {
		total.killed++;
		total.killed_while_running += !report->ended;
		kill(child > 0 ? child : keeper, SIGKILL);
		if (!ends_until(keeper, now_ms() + options.hang_s * 1000, &status)) {
			print_threads(child);
			result(false, "reaped", "process %llu (seed %llu) is still there %llu s after "
			       "SIGKILL", (unsigned long long)plan.number,
			       (unsigned long long)options.seed, (unsigned long long)options.hang_s);
			return false;
		}
	} else if (report->ended) {
		total.own_end++;
	} else {
		total.crashed++;
	}
	add_up(report);
	return true;
}

static bool has_seen_attacks(void)
{
	const struct report *sum = &total.sum;

	return sum->signals && sum->scribbles && sum->stats.malformed && sum->bad_buffers &&
	       sum->reboots && sum->range_closes;
}

static void print_results(bool complete, uint64_t took_ms)
{
	const struct report *sum = &total.sum;
#define COUNT(value)	((unsigned long long)(value))

	printf("# %llu processes in %llu ms: %llu killed, %llu of them at work; %llu ended by "
	       "themselves, %llu crashed\n", COUNT(total.children), COUNT(took_ms),
	       COUNT(total.killed), COUNT(total.killed_while_running), COUNT(total.own_end),
	       COUNT(total.crashed));
	printf("# %llu entries submitted, %llu torn writes, %llu signals, %llu cancels; by the kernel: "
	       "%llu executed, %llu completed, %llu refused, %llu malformed, %llu polled, "
	       "%llu handoffs\n", COUNT(sum->submitted), COUNT(sum->scribbles), COUNT(sum->signals),
	       COUNT(sum->cancels), COUNT(sum->stats.executed), COUNT(sum->stats.completed),
	       COUNT(sum->stats.refused), COUNT(sum->stats.malformed), COUNT(sum->stats.polled),
	       COUNT(sum->stats.handoffs));
	result(complete && sum->stats.executed >= options.calls, "executed",
	       "%llu calls executed by the kernel, %llu wanted, limit %llu s",
	       COUNT(sum->stats.executed), COUNT(options.calls), COUNT(options.limit_s));
	result(total.killed_while_running && total.own_end, "endings",
	       "%llu killed at work, %llu ended by themselves",
	       COUNT(total.killed_while_running), COUNT(total.own_end));
	result(!total.violations && sum->forks, "rules", "%llu forked children tried the descriptor, "
	       "%llu rules broken%s%s", COUNT(sum->forks), COUNT(total.violations),
	       total.violations ? ", first: " : "", total.violation);
	result(has_seen_attacks(), "attacks",
	       "%llu signals, %llu torn writes, %llu malformed slots, %llu bad buffers, "
	       "%llu reboots, %llu close_ranges", COUNT(sum->signals), COUNT(sum->scribbles),
	       COUNT(sum->stats.malformed), COUNT(sum->bad_buffers), COUNT(sum->reboots),
	       COUNT(sum->range_closes));
#undef COUNT
}

/*
 * Each kind of attack comes by chance; where the machine is busy, the calls
 * wanted may be done before one of them has.
 */
static bool has_seen_enough(void)
{
	const struct report *sum = &total.sum;

	return sum->stats.executed >= options.calls && total.children >= MIN_CHILDREN &&
	       total.killed_while_running && total.own_end && sum->forks && has_seen_attacks() &&
	       (total.removals_refused || !options.module);
}

/*
 * Fuzzed calls write far beyond the buffers they are given, and this would be
 * the memory above those, so nothing can be reached on either side.
 */
static struct report *map_report(void)
{
	char *memory = mmap(NULL, 2 * GUARD_BYTES + sizeof(struct report), PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return MAP_FAILED;
	return mmap(memory + GUARD_BYTES, sizeof(struct report), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

int main(int argc, char **argv)
{
	struct report *report;
	struct random random;
	sigset_t child_signal;
	uint64_t start_ms, until_ms;
	bool go_on = true;

	read_options(argc, argv);
	printf("# fuzz seed %llu\n", (unsigned long long)options.seed);
	fflush(stdout);
	random = random_of(options.seed, UINT32_MAX, 0);
	report = map_report();
	if (access("/proc/self/ns/pid", F_OK)) {
		result(false, "namespaces", "the kernel has no PID namespaces: reboot would end the guest");
		return EXIT_FAILURE;
	}
	if (report == MAP_FAILED || access(FLEXSC_DEVICE_PATH, R_OK | W_OK)) {
		result(false, "device", "%s", strerror(errno));
		return EXIT_FAILURE;
	}
	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_signal, NULL);

	start_ms = now_ms();
	until_ms = start_ms + options.limit_s * 1000;
	while (go_on && now_ms() < until_ms && !has_seen_enough())
		go_on = run_one(&random, report);
	print_results(go_on && total.children >= MIN_CHILDREN, now_ms() - start_ms);
	if (go_on)
		try_fresh_page_set("fresh-after");
	if (go_on && options.module) {
		result(total.removals_refused, "rmmod-in-use", "refused %llu times",
		       (unsigned long long)total.removals_refused);
		try_removal();
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

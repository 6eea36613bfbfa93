// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch.c - the FlexSC paper's microbenchmark (Soares and Stumm, OSDI 2010,
 * section on overhead): what does one getpid cost when a batch of them goes
 * through a page, on the same core and on another, against the ordinary call?
 *
 * Within a repetition the ordinary call and all batch sizes take turns, so that
 * what disturbs the machine disturbs them alike. A repetition's figure is the
 * median of many short slices, since on a machine with other work the mean is
 * that of being preempted; the table's is the median of the repetitions. The
 * mean stands beside it: rare but dear events show there only.
 */
#define _GNU_SOURCE

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "batch.h"

#define MIN_REPETITIONS		5u
#define MAX_REPETITIONS		99u
#define CALLS_A_SLICE		256u	/* at least; and at least four rounds */
#define WARM_UP_ROUNDS		32u
#define MAX_SLICES		65536u	/* a cell and repetition; later ones count for the mean */
#define NS_PER_MS		UINT64_C(1000000)

static const unsigned int batches[] = { 1, 2, 4, 8, 16, 32, 64 };

#define BATCH_SIZES	(sizeof(batches) / sizeof(*batches))

struct cell {
	double		ns[MAX_REPETITIONS];
	uint64_t	calls;
	uint64_t	took_ns;
	struct counts	counts;		/* of all repetitions */
};

static struct {
	const struct backend	*backend;
	unsigned int		repetitions;
	unsigned int		milliseconds;	/* a cell and repetition */
	bool			emulated;
	bool			check;
} options = { NULL, 7, 40, false, false };

static unsigned int failures;

void die(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "batch: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(EXIT_FAILURE);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(double *values, unsigned int count)
{
	unsigned int middle = count / 2;

	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

static void ordinary_calls(unsigned int count)
{
	while (count--)
		syscall(SYS_getpid);
}

/* Repeats slices of a round each until the time is over. */
static void measure_slices(struct cell *cell, unsigned int repetition, void (*round)(unsigned int),
			   unsigned int batch)
{
	static double slices[MAX_SLICES];
	unsigned int rounds = CALLS_A_SLICE / batch, count = 0;
	uint64_t start = now_ns(), before = start, after;

	if (rounds < 4)
		rounds = 4;
	do {
		for (unsigned int i = 0; i < rounds; i++)
			round(batch);
		after = now_ns();
		if (count < MAX_SLICES)
			slices[count++] = (double)(after - before) / (rounds * batch);
		cell->calls += rounds * batch;
		before = after;
	} while (after - start < options.milliseconds * NS_PER_MS);
	cell->took_ns += after - start;
	cell->ns[repetition] = median(slices, count);
}

static void add(uint64_t *sum, uint64_t after, uint64_t before)
{
	*sum = after == NOT_KNOWN ? NOT_KNOWN : *sum + after - before;
}

static void measure_batch(const struct arrangement *arrangement, struct cell *cell,
			  unsigned int batch, unsigned int repetition)
{
	struct counts before = arrangement->counts(), after;

	measure_slices(cell, repetition, arrangement->round, batch);
	after = arrangement->counts();
	add(&cell->counts.traps, after.traps, before.traps);
	add(&cell->counts.executed, after.executed, before.executed);
	add(&cell->counts.handoffs, after.handoffs, before.handoffs);
	add(&cell->counts.thread_wakeups, after.thread_wakeups, before.thread_wakeups);
	add(&cell->counts.program_wakeups, after.program_wakeups, before.program_wakeups);
}

static double mean(const struct cell *cell)
{
	return (double)cell->took_ns / cell->calls;
}

static void print_count(uint64_t count, uint64_t calls)
{
	if (count == NOT_KNOWN)
		printf(" %9s", "-");
	else
		printf(" %9.4f", (double)count / calls);
}

static void print_table(const struct arrangement *arrangement, struct cell *ordinary,
			struct cell *cells)
{
	double ordinary_ns = median(ordinary->ns, options.repetitions);
	unsigned int even = 0;

	printf("\n%s\n", arrangement->name);
	printf("%6s %9s %9s %10s | a call: %8s %9s %9s %10s %10s\n", "batch", "ns/call", "mean",
	       "x ordinary", options.backend->trap, "executed", "handoffs", "thr.wakes",
	       "prog.wakes");
	printf("%6s %9.1f %9.1f %10.2f |\n", "call", ordinary_ns, mean(ordinary), 1.0);
	for (unsigned int i = 0; i < BATCH_SIZES; i++) {
		struct cell *cell = &cells[i];
		double ns = median(cell->ns, options.repetitions);

		printf("%6u %9.1f %9.1f %10.2f |        ", batches[i], ns, mean(cell),
		       ns / ordinary_ns);
		print_count(cell->counts.traps, cell->calls);
		print_count(cell->counts.executed, cell->calls);
		print_count(cell->counts.handoffs, cell->calls);
		print_count(cell->counts.thread_wakeups, cell->calls);
		print_count(cell->counts.program_wakeups, cell->calls);
		printf("\n");
		if (!even && ns <= ordinary_ns)
			even = batches[i];
	}
	if (even)
		printf("As cheap as the ordinary call from batches of %u%s.\n", even,
		       options.emulated ? " (emulated: says nothing of hardware)" : "");
	else
		printf("Never as cheap as the ordinary call%s.\n",
		       options.emulated ? " (emulated: says nothing of hardware)" : "");
}

/*
 * The mechanism is in the counts: every call was executed once, by somebody
 * else, and the program trapped no more than once a batch. A preemption can
 * split a wait in two, hence one more for eight batches.
 */
static void check_counts(const struct arrangement *arrangement, const struct cell *cells)
{
	for (unsigned int i = 0; i < BATCH_SIZES; i++) {
		const struct cell *cell = &cells[i];
		uint64_t rounds = cell->calls / batches[i];

		if (cell->counts.executed == cell->calls &&
		    cell->counts.traps <= rounds + rounds / 8) {
			printf("ok batch of %u, %s: %llu calls, %llu traps\n", batches[i],
			       arrangement->name, (unsigned long long)cell->calls,
			       (unsigned long long)cell->counts.traps);
			continue;
		}
		failures++;
		printf("not ok batch of %u, %s: %llu calls, %llu executed, %llu traps\n", batches[i],
		       arrangement->name, (unsigned long long)cell->calls,
		       (unsigned long long)cell->counts.executed,
		       (unsigned long long)cell->counts.traps);
	}
}

static void measure(const struct arrangement *arrangement, int own_core, int other_core)
{
	struct cell *cells = calloc(BATCH_SIZES + 1, sizeof(*cells));
	struct cell *ordinary = &cells[BATCH_SIZES];

	if (!cells)
		die("no memory");
	arrangement->start(arrangement, own_core, other_core);
	for (unsigned int i = 0; i < WARM_UP_ROUNDS; i++)
		arrangement->round(MAX_BATCH);
	for (unsigned int repetition = 0; repetition < options.repetitions; repetition++) {
		measure_slices(ordinary, repetition, ordinary_calls, CALLS_A_SLICE);
		for (unsigned int i = 0; i < BATCH_SIZES; i++)
			measure_batch(arrangement, &cells[i], batches[i], repetition);
	}
	arrangement->stop();
	print_table(arrangement, ordinary, cells);
	if (options.check)
		check_counts(arrangement, cells);
	free(cells);
	fflush(stdout);
}

/* The hypervisor's name by cpuid, "" on bare metal. */
static void hypervisor(char name[13])
{
	name[0] = 0;
#ifdef __x86_64__
	uint32_t a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 31))
		return;
	__cpuid(0x40000000, a, b, c, d);
	memcpy(name, &b, 4);
	memcpy(name + 4, &c, 4);
	memcpy(name + 8, &d, 4);
	name[12] = 0;
	/* Shorter names are padded. */
	for (int i = 11; i >= 0 && (name[i] == ' ' || !name[i]); i--)
		name[i] = 0;
#endif
}

static void print_heading(void)
{
	char machine[13];
	struct utsname system;

	hypervisor(machine);
	if (!strcmp(machine, "TCGTCGTCGTCG"))
		options.emulated = true;
	uname(&system);
	printf("backend %s, each entry is %s\n", options.backend->name, options.backend->call);
	printf("against the ordinary call getpid; Linux %s, %s%s, %ld cores; median of %u, %u ms each\n",
	       system.release, machine[0] ? "under hypervisor " : "no hypervisor seen", machine,
	       sysconf(_SC_NPROCESSORS_ONLN), options.repetitions, options.milliseconds);
	if (options.emulated)
		printf("EMULATED processor: the times say nothing about hardware, "
		       "the counts do show the mechanism\n");
}

static void usage(void)
{
	fprintf(stderr, "usage: batch [--backend kernel-module|io-uring] [--repetitions %u..%u]\n"
		"             [--milliseconds N] [--emulated] [--check]\n",
		MIN_REPETITIONS, MAX_REPETITIONS);
	exit(2);
}

static void read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "backend", required_argument, NULL, 'b' },
		{ "repetitions", required_argument, NULL, 'r' },
		{ "milliseconds", required_argument, NULL, 'm' },
		{ "emulated", no_argument, NULL, 'e' },
		{ "check", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'b':
			options.backend = !strcmp(optarg, "kernel-module") ? &device_backend :
					  !strcmp(optarg, "io-uring") ? &uring_backend : NULL;
			if (!options.backend)
				usage();
			break;
		case 'r':
			options.repetitions = strtoul(optarg, NULL, 10);
			break;
		case 'm':
			options.milliseconds = strtoul(optarg, NULL, 10);
			break;
		case 'e':
			options.emulated = true;
			break;
		case 'c':
			options.check = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || options.repetitions < MIN_REPETITIONS ||
	    options.repetitions > MAX_REPETITIONS || !options.milliseconds)
		usage();
	if (!options.backend)
		options.backend = access("/dev/flexsc", F_OK) ? &uring_backend : &device_backend;
}

/* Two of the cores this process may use; the second is -1 when there is one. */
static void choose_cores(int *own_core, int *other_core)
{
	cpu_set_t allowed, own;

	*own_core = *other_core = -1;
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		die("sched_getaffinity: %m");
	for (int core = 0; core < CPU_SETSIZE && *other_core < 0; core++) {
		if (!CPU_ISSET(core, &allowed))
			continue;
		if (*own_core < 0)
			*own_core = core;
		else
			*other_core = core;
	}
	CPU_ZERO(&own);
	CPU_SET(*own_core, &own);
	if (sched_setaffinity(0, sizeof(own), &own))
		die("sched_setaffinity to core %d: %m", *own_core);
}

int main(int argc, char **argv)
{
	int own_core, other_core;

	read_options(argc, argv);
	choose_cores(&own_core, &other_core);
	print_heading();
	for (unsigned int i = 0; i < options.backend->arrangement_count; i++) {
		const struct arrangement *arrangement = &options.backend->arrangements[i];

		if (arrangement->other_core && other_core < 0)
			printf("\n%s\nskipped: this process may use one core only\n",
			       arrangement->name);
		else
			measure(arrangement, own_core, other_core);
	}
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

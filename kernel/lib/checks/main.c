// SPDX-License-Identifier: MIT
/*
 * main.c - checks of libflexsc on a machine with /dev/flexsc. Prints
 * "ok NAME" or "not ok NAME: why" for each. One process and one time limit a
 * check, so that a hang is a failure and not the end of the run.
 *
 *	flexsc_checks [seconds a check may take [path of example_echo]]
 */
#define _GNU_SOURCE

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define DEFAULT_LIMIT_S		20u

static unsigned int limit_s = DEFAULT_LIMIT_S;
const char *example_echo;
static const char *check_name;

void fail(const char *format, ...)
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
	{ "timer-once", check_timer_once },
	{ "timer-repeats", check_timer_repeats },
	{ "timer-that-is-late-runs-once", check_timer_that_is_late_runs_once },
	{ "timer-ends-a-wait", check_timer_ends_a_wait },
	{ "timer-that-restarts-starves-nothing", check_timer_that_restarts_starves_nothing },
	{ "timer-that-cannot-be-started", check_timer_that_cannot_be_started },
	{ "deadline", check_deadline },
	{ "deadline-of-a-call-that-ends", check_deadline_of_a_call_that_ends },
	{ "deadlines-of-a-full-page-set", check_deadlines_of_a_full_page_set },
	{ "destroy-with-deadlines", check_destroy_with_deadlines },
	{ "calls-of-descriptors", check_calls_of_descriptors },
	{ "calls-of-files", check_calls_of_files },
	{ "calls-of-names", check_calls_of_names },
	{ "calls-of-sockets", check_calls_of_sockets },
	{ "calls-of-datagrams", check_calls_of_datagrams },
	{ "calls-that-wait", check_calls_that_wait },
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

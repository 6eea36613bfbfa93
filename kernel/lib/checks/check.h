/* SPDX-License-Identifier: MIT */
/* check.h - what the files of the checks share. */
#ifndef FLEXSC_CHECK_H
#define FLEXSC_CHECK_H

#include <stdint.h>

#include "../flexsc.h"

#define NS_PER_S		INT64_C(1000000000)

/* Path of the example server. */
extern const char *example_echo;

__attribute__((format(printf, 1, 2), noreturn))
void fail(const char *format, ...);

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

/* Counts and remembers; its argument is a struct seen. */
void see(struct flexsc_cb *cb);
/* This many, each with see() as its callback. */
struct seen *new_seen(unsigned int count);
struct flexsc *create(const struct flexsc_config *config);
void make_pipe(int fds[2], int flags);
/* Turns the loop until the callback has run. */
void turn_until(struct flexsc *flexsc, const struct seen *seen);

/* Waits for a call by its name; its result. */
#define CALL(name, ...)	flexsc_call_##name(flexsc, -1, __VA_ARGS__)

/* Submits one, runs the loop; its result. */
#define SUBMIT(name, ...)								\
	({										\
		struct seen *seen_ = new_seen(1);					\
											\
		EXPECT(!flexsc_##name(flexsc, &seen_->cb, __VA_ARGS__));		\
		turn_until(flexsc, seen_);						\
		seen_->ret;								\
	})

void check_one_call(void);
void check_batch(void);
void check_full(void);
void check_blocked_call_stops_nothing(void);
void check_readiness_holds_no_thread(void);
void check_cancel(void);
void check_call_times_out(void);
void check_signal_restarts_call(void);
void check_bound_of_threads(void);
void check_callback_on_stack_is_refused(void);
void check_call_inside_callback(void);
void check_stop_from_another_thread(void);
void check_destroy_with_calls_in_flight(void);
void check_poll_of_the_device(void);
void check_configuration(void);
void check_timer_once(void);
void check_timer_repeats(void);
void check_timer_that_is_late_runs_once(void);
void check_timer_ends_a_wait(void);
void check_timer_that_restarts_starves_nothing(void);
void check_timer_that_cannot_be_started(void);
void check_deadline(void);
void check_deadline_of_a_call_that_ends(void);
void check_deadlines_of_a_full_page_set(void);
void check_destroy_with_deadlines(void);
void check_calls_of_files(void);
void check_calls_of_descriptors(void);
void check_calls_of_names(void);
void check_calls_of_sockets(void);
void check_calls_of_datagrams(void);
void check_calls_that_wait(void);
void check_example_echo(void);

#endif /* FLEXSC_CHECK_H */

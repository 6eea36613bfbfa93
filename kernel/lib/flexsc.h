/* SPDX-License-Identifier: MIT */
/*
 * flexsc.h - libflexsc: asynchronous system calls through /dev/flexsc.
 *
 * The interface of the libflexsc slides (Soares and Stumm, USENIX ATC 2011): a
 * call is submitted with a callback, a main loop runs the callbacks, a call can
 * be cancelled. Any system call can be submitted, except those that the kernel
 * refuses (kernel/README.md).
 *
 * A struct flexsc belongs to the thread that runs its loop. Only flexsc_stop()
 * may be called by other threads. No function uses errno; errors are -errno.
 *
 * For C99 and C++11 and later. The memory of a struct that is handed over is
 * zero before its first use.
 */
#ifndef FLEXSC_H
#define FLEXSC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "flexsc_abi.h"
#include "flexsc_device.h"

#ifdef __cplusplus
extern "C" {
#endif

struct flexsc;

/**
 * struct flexsc_cb - what happens when a call has ended
 * @callback: run by the loop, once for each submission
 * @arg: the program's own
 * @ret: the call's result as the kernel returns it: a value or -errno
 * @flexsc: set by the library: the page set the call went through
 * @next: the library's own
 * @token: the library's own; zero before the first use
 *
 * Lives from the submission until its callback begins, so it must not lie in
 * the frame of the function that submits it unless that function also waits.
 * The slides' handle_accept() keeps the one of the read in its own frame and
 * returns: the result is then written into whatever the stack holds by that
 * time. flexsc_submit() recognises this inside a callback and answers -EFAULT.
 * The same holds for every buffer whose address is an argument, but there the
 * library cannot look: it does not know which arguments are addresses.
 *
 * A callback may submit the same struct again.
 */
struct flexsc_cb {
	void			(*callback)(struct flexsc_cb *cb);
	void			*arg;
	int64_t			ret;
	struct flexsc		*flexsc;
	struct flexsc_cb	*next;
	uint64_t		token;
};

/**
 * struct flexsc_timer - something that becomes due on a loop
 * @callback: run by the loop; may start or stop this timer and others
 * @arg: the program's own
 * @flexsc: set by the library: the page set whose loop it is on
 * @expirations: set by the library before the callback: 1, or more when a
 *	repeating timer is late and periods have passed without a callback
 * @due_ns: the library's own
 * @period_ns: the library's own
 * @target: the library's own
 * @place: the library's own; zero while the timer is not started
 *
 * One struct is one timer, started again and again without allocation. It must
 * live until it is due or stopped, as a struct flexsc_cb until its callback.
 */
struct flexsc_timer {
	void			(*callback)(struct flexsc_timer *timer);
	void			*arg;
	struct flexsc		*flexsc;
	uint64_t		expirations;
	int64_t			due_ns;
	int64_t			period_ns;
	struct flexsc_cb	*target;
	uint32_t		place;
};

/* Most timers of one page set. */
#define FLEXSC_MAX_TIMERS	1048576u

/* Longest delay and period: 73 years, so that no sum of them overflows. */
#define FLEXSC_MAX_DELAY_NS	(INT64_C(1) << 61)

/**
 * struct flexsc_config - a page set's size and threads; 0 takes the default
 * @pages: syscall pages of 64 entries, 1..FLEXSC_MAX_PAGES; default 1
 * @threads: syscall threads at the start; default 1
 * @max_threads: bound on them, at most FLEXSC_MAX_THREADS; default 64. At the
 *	bound, calls wait until a blocked one ends.
 * @spin_us: how long an idle syscall thread looks for work before it sleeps,
 *	in microseconds, at most FLEXSC_MAX_SPIN_US; default 0
 * @pinned: whether syscall threads stay on @cpu; default false
 * @cpu: core for the syscall threads if @pinned
 * @teardown_ms: how long flexsc_destroy() waits for calls and threads to end,
 *	in milliseconds; default 2000
 * @max_timers: bound on timers started at one time, at most FLEXSC_MAX_TIMERS;
 *	default 4096. At the bound, starting another answers -EAGAIN.
 */
struct flexsc_config {
	unsigned int	pages;
	unsigned int	threads;
	unsigned int	max_threads;
	unsigned int	spin_us;
	bool		pinned;
	int		cpu;
	unsigned int	teardown_ms;
	unsigned int	max_timers;
};

/**
 * struct flexsc_counts - what this side did; the kernel's side is in flexsc_stats
 * @ioctls: requests made by the loop's thread
 * @submitted: entries handed to the kernel
 * @completed: callbacks due, those of flexsc_call() included
 * @threads: syscall threads started
 * @threads_denied: times another was wanted at the bound
 */
struct flexsc_counts {
	uint64_t	ioctls;
	uint64_t	submitted;
	uint64_t	completed;
	uint64_t	threads;
	uint64_t	threads_denied;
};

/**
 * flexsc_create() - opens the device, maps a page set, starts syscall threads
 * @out: the page set, NULL on failure
 * @config: sizes, or NULL for the defaults
 *
 * Return: 0; -ENOENT (module not loaded), -EACCES (not in the device's group),
 * -EINVAL (a size, time or core out of range, or a module of another ABI), -EPERM (the
 * process runs under seccomp), -ENOMEM, -EAGAIN (no more threads or memory for
 * this user or cgroup). flexsc_remedy() has a sentence for each.
 */
int flexsc_create(struct flexsc **out, const struct flexsc_config *config);

/**
 * flexsc_destroy() - cancels what is in flight, runs its callbacks, ends the threads
 * @flexsc: the page set
 *
 * Every callback due runs before this returns; they get -ECANCELED where the
 * call was stopped, and -ESHUTDOWN when they submit again or start a timer.
 * Timers are stopped first, and none of their callbacks run. Not to be called
 * in a callback (-EBUSY).
 *
 * Return: 0; -ETIMEDOUT when a call could not be stopped within teardown_ms.
 * The page set then stays, because the kernel may still write to memory the
 * call names; flexsc_destroy() may be tried again.
 */
int flexsc_destroy(struct flexsc *flexsc);

/**
 * flexsc_submit() - puts one system call into the page set
 * @flexsc: the page set
 * @cb: run when the call has ended
 * @flags: FLEXSC_ENTRY_POLL_IN, _POLL_OUT, _POLL_FIRST or 0
 * @number: SYS_* or FLEXSC_NR_*
 * @argument_count: 0..6
 * @arguments: as many arguments
 *
 * A syscall thread that is awake takes the entry at once; one that sleeps takes
 * it at the next turn of the loop, or after flexsc_kick().
 *
 * Return: 0; -EAGAIN when every entry is in flight; -EBUSY when @cb already is;
 * -EFAULT when @cb lies in a frame of the running callback; -EINVAL;
 * -ESHUTDOWN during flexsc_destroy().
 */
int flexsc_submit(struct flexsc *flexsc, struct flexsc_cb *cb, unsigned int flags,
		  unsigned int number, unsigned int argument_count, const uint64_t *arguments);

/**
 * flexsc_cancel() - stops a call in flight
 * @flexsc: the page set
 * @target: the callback the call was submitted with
 *
 * The callback of @target runs in any case: with -ECANCELED or -EINTR, or with
 * the call's result if it was faster. Only then may its memory be reused.
 *
 * Return: 0 when the request went out; -ENOENT when @target is not in flight;
 * -EAGAIN when no entry is free.
 */
int flexsc_cancel(struct flexsc *flexsc, struct flexsc_cb *target);

/**
 * flexsc_call() - submits one call and waits for it
 * @flexsc: the page set
 * @timeout_ns: how long, < 0 without end
 * @flags: as for flexsc_submit()
 * @number: as for flexsc_submit()
 * @argument_count: as for flexsc_submit()
 * @arguments: as for flexsc_submit()
 *
 * Callbacks of other calls that end meanwhile, and of timers that become due,
 * run in the next turn of the loop, so this may be called in a callback.
 *
 * Return: the call's result; -ETIME when the time was over and the call has
 * been cancelled; -EINPROGRESS when it could not be: then the kernel still uses
 * the memory the call names. Otherwise what flexsc_submit() answers.
 */
int64_t flexsc_call(struct flexsc *flexsc, int64_t timeout_ns, unsigned int flags,
		    unsigned int number, unsigned int argument_count, const uint64_t *arguments);

/**
 * flexsc_timer_start() - has a callback run after a while, once or repeatedly
 * @flexsc: the page set
 * @timer: not started; its callback is set
 * @delay_ns: until it is due the first time, 0..FLEXSC_MAX_DELAY_NS, on
 *	CLOCK_MONOTONIC; 0: in the next turn
 * @period_ns: from then on between two callbacks, 0..FLEXSC_MAX_DELAY_NS; 0: once
 *
 * Never early; late by what the loop's thread does meanwhile. A repeating timer
 * keeps its rhythm: one that is late runs once, says so in @expirations, and is
 * due next at the next multiple of its period. A turn runs a timer at most once.
 *
 * Return: 0; -EBUSY when @timer is started; -EAGAIN when max_timers are;
 * -ENOMEM; -EFAULT when @timer lies in a frame of the running callback;
 * -EINVAL (no callback, a time out of range); -ESHUTDOWN during
 * flexsc_destroy().
 */
int flexsc_timer_start(struct flexsc *flexsc, struct flexsc_timer *timer, int64_t delay_ns,
		       int64_t period_ns);

/**
 * flexsc_timer_stop() - its callback does not run any more
 * @timer: once started, or zero
 *
 * Return: 0; -ENOENT when it is not started, for example since it was due.
 */
int flexsc_timer_stop(struct flexsc_timer *timer);

/** flexsc_timer_is_started() - from the start until it is due for the last time or stopped */
bool flexsc_timer_is_started(const struct flexsc_timer *timer);

/**
 * flexsc_timer_next_ns() - how long until a timer is due
 * @flexsc: the page set
 *
 * For programs that wait for flexsc_fd() in a loop of their own.
 *
 * Return: nanoseconds, 0 when one is due already, -1 when none is started.
 */
int64_t flexsc_timer_next_ns(const struct flexsc *flexsc);

/**
 * flexsc_cancel_after() - gives a call in flight a deadline
 * @flexsc: the page set
 * @target: the callback the call was submitted with
 * @timer: not started; its callback is not used
 * @delay_ns: as for flexsc_timer_start()
 *
 * A call that has not ended by then is cancelled, and its callback gets -ETIME
 * in place of -ECANCELED or -EINTR. When the call ends first, the timer is
 * stopped, so that it lives no longer than @target. flexsc_timer_stop() takes
 * the deadline back.
 *
 * Return: what flexsc_timer_start() does; -ENOENT when @target is not in
 * flight; -EBUSY when it has a deadline, too.
 */
int flexsc_cancel_after(struct flexsc *flexsc, struct flexsc_cb *target,
			struct flexsc_timer *timer, int64_t delay_ns);

/**
 * flexsc_turn() - one turn of the loop: kick, wait, run callbacks
 * @flexsc: the page set
 * @min_completions: how many calls to wait for; fewer may have ended on return
 * @timeout_ns: how long, < 0 without end, 0 not at all
 *
 * One ioctl when the kernel has to be entered, none when calls have ended
 * already. A turn runs at most as many callbacks as there are entries, then
 * those of the timers that are due. A timer that becomes due ends the wait.
 *
 * Return: callbacks run, those of timers included, 0 when the time was over or
 * flexsc_stop() was called;
 * -EBUSY inside a callback; -EIO when the page set's rings make no sense (the
 * program has overwritten them); the reason when no syscall thread is left.
 */
int flexsc_turn(struct flexsc *flexsc, unsigned int min_completions, int64_t timeout_ns);

/**
 * flexsc_loop() - turns until flexsc_stop() or until there is nothing to wait for:
 * no call in flight and no timer started
 * @flexsc: the page set
 *
 * Return: 0, or a turn's error.
 */
int flexsc_loop(struct flexsc *flexsc);

/**
 * flexsc_stop() - ends flexsc_loop() after its present turn
 * @flexsc: the page set
 *
 * For any thread, and for signal handlers.
 */
void flexsc_stop(struct flexsc *flexsc);

/**
 * flexsc_kick() - makes sleeping syscall threads look at the page set now
 * @flexsc: the page set
 *
 * For a program that goes on to compute instead of turning its loop. Costs an
 * ioctl only when they do sleep.
 *
 * Return: 0 or -errno.
 */
int flexsc_kick(struct flexsc *flexsc);

/** flexsc_in_flight() - calls whose callback has not begun */
unsigned int flexsc_in_flight(const struct flexsc *flexsc);

/** flexsc_counts() - this side's counters since flexsc_create() */
struct flexsc_counts flexsc_counts(const struct flexsc *flexsc);

/** flexsc_stats() - the kernel's counters; 0 or -errno */
int flexsc_stats(const struct flexsc *flexsc, struct flexsc_stats *stats);

/** flexsc_fd() - the device's descriptor, readable by poll(2) when calls have ended */
int flexsc_fd(const struct flexsc *flexsc);

/** flexsc_remedy() - what to do about an error of flexsc_create(), as a sentence */
const char *flexsc_remedy(int error);

#include "flexsc_calls.h"

/* flexsc_submit() with the number and the arguments in one array. */
static inline int flexsc_submit_values(struct flexsc *flexsc, struct flexsc_cb *cb,
				       unsigned int flags, unsigned int count,
				       const uint64_t *values)
{
	return flexsc_submit(flexsc, cb, flags, (unsigned int)values[0], count - 1, values + 1);
}

#ifdef __cplusplus
} /* extern "C" */

/* What FLEXSC_SUBMIT() is in C++, which has no compound literals. */
template <typename... Values>
inline int flexsc_submit_each(struct flexsc *flexsc, struct flexsc_cb *cb, unsigned int flags,
			      Values... each)
{
	const uint64_t values[] = { static_cast<uint64_t>(each)... };

	return flexsc_submit_values(flexsc, cb, flags, sizeof...(each), values);
}

/**
 * FLEXSC_SUBMIT() - flexsc_submit() of a number and up to six arguments
 *
 * FLEXSC_SUBMIT(flexsc, cb, flags, number, argument...); pointers are passed
 * with FLEXSC_POINTER().
 */
#define FLEXSC_SUBMIT(flexsc, cb, flags, ...)						\
	flexsc_submit_each((flexsc), (cb), (flags), __VA_ARGS__)
#else
#define FLEXSC_SUBMIT(flexsc, cb, flags, ...)						\
	flexsc_submit_values((flexsc), (cb), (flags),					\
			     sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t), \
			     (const uint64_t[]){ __VA_ARGS__ })
#endif

#endif /* FLEXSC_H */

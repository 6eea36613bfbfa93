// SPDX-License-Identifier: GPL-2.0-only
/*
 * Executing one entry.
 */
#include <linux/sched/signal.h>
#include <linux/thread_info.h>
#include <linux/unistd.h>

#include "flexsc.h"

#define FLEXSC_POLL_FLAGS	(FLEXSC_ENTRY_POLL_IN | FLEXSC_ENTRY_POLL_OUT)
#define FLEXSC_KNOWN_FLAGS	(FLEXSC_POLL_FLAGS | FLEXSC_ENTRY_POLL_FIRST | \
				 FLEXSC_ENTRY_PROVIDED_BUFFER)

static __poll_t flexsc_events(const struct flexsc_request *request)
{
	__poll_t events = EPOLLERR | EPOLLHUP;

	if (request->number == FLEXSC_NR_POLL)
		return events | demangle_poll((u16)request->arguments[1]);
	if (request->flags & FLEXSC_ENTRY_POLL_IN)
		events |= EPOLLIN;
	if (request->flags & FLEXSC_ENTRY_POLL_OUT)
		events |= EPOLLOUT;
	return events;
}

static enum flexsc_arm_outcome flexsc_arm_request(struct flexsc_request *request, s64 *answer)
{
	return flexsc_arm(request, (unsigned int)request->arguments[0], flexsc_events(request),
			  answer);
}

/* A result that stands for "make the call again", never shown to a program. */
static bool flexsc_is_restart(s64 result)
{
	return result == -ERESTARTSYS || result == -ERESTARTNOINTR ||
	       result == -ERESTARTNOHAND || result == -ERESTART_RESTARTBLOCK;
}

/*
 * Is the thread barred from making calls? Seccomp may be set for all threads at
 * once (TSYNC) after this one came in.
 */
static bool flexsc_is_barred(const struct flexsc_thread *thread)
{
	return test_syscall_work(SECCOMP) || !flexsc_is_tied(&thread->ties) ||
	       flexsc_has_stranger();
}

/* An errno for a call that is not made, else 0. */
static int flexsc_refusal(const struct flexsc_thread *thread,
			  const struct flexsc_request *request)
{
	if (flexsc_is_barred(thread))
		return -EPERM;
	if (request->number >= FLEXSC_NR_BASE)
		return request->number > FLEXSC_NR_POLL ? -ENOSYS : 0;
	if (!flexsc_is_known(request->number))
		return -ENOSYS;
	return flexsc_is_refused(request->number, request->arguments) ? -EPERM : 0;
}

/*
 * A call that waits with another signal mask, such as ppoll(), and that was
 * interrupted, leaves the old one to be put back on the way to user mode. With
 * a signal pending that way is taken next, and its handler has to run before.
 */
static void flexsc_restore_signal_mask(void)
{
	if (test_restore_sigmask() && !task_sigpending(current)) {
		clear_restore_sigmask();
		sigprocmask(SIG_SETMASK, &current->saved_sigmask, NULL);
	}
}

/* Checks last of all, when the arguments are those that the call will see. */
static s64 flexsc_make_call(const struct flexsc_thread *thread,
			    const struct flexsc_request *request)
{
	s64 result;

	if (flexsc_is_cancelled(request))
		return -ECANCELED;
	result = flexsc_refusal(thread, request);
	if (result) {
		flexsc_count(request->set, refused);
		return result;
	}
	flexsc_count(request->set, executed);
	result = flexsc_call(request->number, request->arguments);
	flexsc_restore_signal_mask();
	return result;
}

/*
 * Completes an entry. Before, what its call left for the way to user mode,
 * which is not taken here: above all the last part of close(), so that a peer
 * has seen the end when the program sees that the entry is done.
 */
void flexsc_finish(struct flexsc_request *request, s64 result)
{
	flexsc_run_task_work();
	flexsc_complete(request, result);
}

enum flexsc_next {
	FLEXSC_NEXT_COMPLETE,
	FLEXSC_NEXT_AGAIN,	/* this thread makes the call again, now */
	FLEXSC_NEXT_LATER,	/* some thread makes the call again */
};

/* What follows from a call that was interrupted; @result may be replaced. */
static enum flexsc_next flexsc_after_interrupt(struct flexsc_request *request, s64 *result)
{
	bool by_signal = task_sigpending(current);

	if (flexsc_is_cancelled(request) || READ_ONCE(request->set->stopped)) {
		*result = -ECANCELED;
		return FLEXSC_NEXT_COMPLETE;
	}
	if (by_signal && (*result == -ERESTARTSYS || *result == -ERESTARTNOINTR))
		return FLEXSC_NEXT_LATER;
	if (!by_signal && test_thread_flag(TIF_NOTIFY_SIGNAL) &&
	    *result != -ERESTART_RESTARTBLOCK) {
		/* Somebody else's task work, not a signal. */
		flexsc_run_task_work();
		return FLEXSC_NEXT_AGAIN;
	}
	*result = -EINTR;
	return FLEXSC_NEXT_COMPLETE;
}

/* Gives an entry that has to be executed again to whoever is free. */
static bool flexsc_later(struct flexsc_request *request)
{
	if (flexsc_make_ready(request))
		return false;
	flexsc_finish(request, -ECANCELED);
	return true;
}

/* Makes the call, again if need be. Return: what comes next. */
static enum flexsc_next flexsc_attempt(const struct flexsc_thread *thread,
				       struct flexsc_request *request, s64 *result)
{
	enum flexsc_next next;

	do {
		next = FLEXSC_NEXT_COMPLETE;
		*result = flexsc_make_call(thread, request);
		if (flexsc_is_restart(*result))
			next = flexsc_after_interrupt(request, result);
		else if (*result == -EINTR && flexsc_is_cancelled(request))
			*result = -ECANCELED;
	} while (next == FLEXSC_NEXT_AGAIN);
	if (next == FLEXSC_NEXT_LATER || *result <= 0)
		flexsc_buffer_put_back(request);
	return next;
}

/* Takes a buffer; without one, waits for the moment the call would need it. */
static enum flexsc_arm_outcome flexsc_find_buffer(struct flexsc_request *request, s64 *answer)
{
	enum flexsc_arm_outcome outcome;

	if (flexsc_buffer_take(request))
		return FLEXSC_ARM_READY;
	if (request->flags & FLEXSC_POLL_FLAGS) {
		outcome = flexsc_arm_request(request, answer);
		if (outcome != FLEXSC_ARM_READY || flexsc_buffer_take(request))
			return outcome;
	}
	*answer = -ENOBUFS;
	return FLEXSC_ARM_FAILED;
}

/* Everything before the call. READY: it may be made now. */
static enum flexsc_arm_outcome flexsc_prepare(struct flexsc_request *request, s64 *answer)
{
	enum flexsc_arm_outcome outcome;

	if ((request->flags & FLEXSC_ENTRY_POLL_FIRST) && !request->waited) {
		outcome = flexsc_arm_request(request, answer);
		if (outcome != FLEXSC_ARM_READY)
			return outcome;
		request->waited = true;
	}
	if (request->flags & FLEXSC_ENTRY_PROVIDED_BUFFER)
		return flexsc_find_buffer(request, answer);
	return FLEXSC_ARM_READY;
}

static bool flexsc_execute_poll(struct flexsc_request *request)
{
	s64 result;

	if (flexsc_arm_request(request, &result) == FLEXSC_ARM_WAITING)
		return false;
	/* A signal came before the events were known. */
	if (!result)
		return flexsc_later(request);
	flexsc_finish(request, result);
	return true;
}

static bool flexsc_execute_call(const struct flexsc_thread *thread,
				struct flexsc_request *request)
{
	enum flexsc_arm_outcome outcome;
	s64 result;

	for (;;) {
		outcome = flexsc_prepare(request, &result);
		if (outcome == FLEXSC_ARM_READY) {
			if (flexsc_attempt(thread, request, &result) == FLEXSC_NEXT_LATER)
				return flexsc_later(request);
			if (result != -EAGAIN || !(request->flags & FLEXSC_POLL_FLAGS) ||
			    ++request->futile > FLEXSC_MAX_FUTILE)
				break;
			outcome = flexsc_arm_request(request, &result);
		}
		if (outcome == FLEXSC_ARM_WAITING)
			return false;
		if (outcome == FLEXSC_ARM_FAILED)
			break;
		cond_resched();
		if (signal_pending(current))
			return flexsc_later(request);
	}
	flexsc_finish(request, result);
	return true;
}

/* What is no call but the module's own. */
static bool flexsc_execute_own(struct flexsc_request *request)
{
	s64 result = 0;

	if (request->number == FLEXSC_NR_POLL)
		return flexsc_execute_poll(request);
	if (request->number == FLEXSC_NR_CANCEL)
		result = flexsc_cancel(request->set, request->arguments[0]);
	flexsc_finish(request, result);
	return true;
}

/**
 * flexsc_execute() - executes a request until it is completed or waits.
 * @thread: the current one.
 * @request: the caller's, new or ready again.
 *
 * Whether it may be executed is judged here each time: it may have waited long.
 * From here to the end the thread counts as blocked when it is switched out to
 * wait, for whatever reason: asking a file for its events may wait too.
 *
 * Return: true when it was completed and is the caller's again, false when it
 * waits for readiness or for another thread.
 */
bool flexsc_execute(struct flexsc_thread *thread, struct flexsc_request *request)
{
	bool is_completed = true;
	s64 result;

	WRITE_ONCE(thread->running_index, request->index);
	WRITE_ONCE(thread->running_generation, request->generation);
	WRITE_ONCE(thread->in_call, true);
	/*
	 * Cancelling marks the entry, then looks for its thread; here it is the
	 * other way round, so one sees the other.
	 */
	smp_mb();
	result = flexsc_refusal(thread, request);
	if (result) {
		flexsc_count(request->set, refused);
		flexsc_finish(request, result);
	} else if (request->number >= FLEXSC_NR_BASE) {
		is_completed = flexsc_execute_own(request);
	} else {
		is_completed = flexsc_execute_call(thread, request);
	}
	WRITE_ONCE(thread->in_call, false);
	return is_completed;
}

static bool flexsc_flags_are_good(const struct flexsc_request *request, u8 argument_count)
{
	u8 flags = request->flags;

	if ((flags & ~FLEXSC_KNOWN_FLAGS) || argument_count > FLEXSC_MAX_ARGUMENTS)
		return false;
	if ((flags & FLEXSC_ENTRY_POLL_FIRST) && !(flags & FLEXSC_POLL_FLAGS))
		return false;
	if ((flags & FLEXSC_ENTRY_PROVIDED_BUFFER) &&
	    (!request->set->buffer_capacity || !flexsc_reads_into_a_buffer(request->number)))
		return false;
	return request->number < FLEXSC_NR_BASE || !flags;
}

/* As flexsc_execute(), for an entry taken from the submission ring. */
bool flexsc_execute_new(struct flexsc_thread *thread, struct flexsc_request *request,
			u8 argument_count)
{
	if (flexsc_flags_are_good(request, argument_count))
		return flexsc_execute(thread, request);
	flexsc_count(request->set, refused);
	flexsc_complete(request, -EINVAL);
	return true;
}

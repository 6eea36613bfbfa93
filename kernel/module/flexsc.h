/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's own structures.
 *
 * Nothing in the shared memory is trusted: the kernel's positions in the rings
 * and the state of every entry are kept here, an entry is read once into a
 * request, and what is written to the shared memory is never read back.
 *
 * Locks, in the order they nest:
 *   a wait queue's lock of the file waited for -> flexsc_set.lock
 *   flexsc_set.lock -> a task's or run queue's lock (wake_up_process)
 * so the set's own wait queue (program) is never woken under flexsc_set.lock:
 * its waiters may be epoll, and an entry may wait for that epoll. take_lock,
 * completion_lock, buffer_lock and files_lock are leaves, never taken in an
 * interrupt.
 */
#ifndef FLEXSC_H
#define FLEXSC_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "../flexsc_device.h"

/* Completions a busy thread may keep from a sleeping program: one page's worth. */
#define FLEXSC_ANNOUNCE_BATCH	64u
/* Ring slots looked at under one hold of take_lock. */
#define FLEXSC_TAKE_BATCH	64u
/* Waiting entries beyond which a thread on another core is woken to help. */
#define FLEXSC_SPREAD_BACKLOG	8u
/* Attempts in a row that answer -EAGAIN though the file says it is ready. */
#define FLEXSC_MAX_FUTILE	64u
/* Calls of one FLEXSC_IOC_RUN while the audit system records paths. */
#define FLEXSC_AUDIT_BATCH	1024u
/* Wait queues one file may use; pipes opened read-write have two. */
#define FLEXSC_POLL_QUEUES	2u

/* Buckets in which the files that are waited for are looked up, at most. */
#define FLEXSC_MAX_FILE_BUCKETS	4096u

struct cred;
struct files_struct;
struct fs_struct;
struct nsproxy;
struct user_struct;
struct flexsc_set;
struct flexsc_request;

struct flexsc_poll_wait {
	struct wait_queue_entry		entry;
	struct wait_queue_head		*head;	/* NULL: not queued */
	struct flexsc_request		*request;
};

enum flexsc_request_state {
	FLEXSC_REQUEST_RUNNING,		/* belongs to a thread */
	FLEXSC_REQUEST_ARMED,		/* on flexsc_set.armed */
	FLEXSC_REQUEST_READY,		/* on flexsc_set.ready */
};

/* One use of an entry: the copy that is executed, and what it waits for. */
struct flexsc_request {
	struct flexsc_set		*set;
	struct list_head		node;	/* ready or armed; flexsc_set.lock */
	enum flexsc_request_state	state;	/* flexsc_set.lock */
	bool				woken;	/* flexsc_set.lock: an event while arming */
	u32				index;
	u64				generation;
	u16				number;
	u8				flags;
	bool				waited;	/* has been ready once: POLL_FIRST is done */
	unsigned int			futile;
	u64				arguments[FLEXSC_MAX_ARGUMENTS];
	struct flexsc_buffer		buffer;
	bool				has_buffer;
	__poll_t			events;
	unsigned int			wait_count;
	int				wait_error;
	struct file			*file;	/* waited for; a reference */
	struct hlist_node		file_node;	/* flexsc_set.files; files_lock */
	struct flexsc_poll_wait		waits[FLEXSC_POLL_QUEUES];
};

/* What the kernel knows of an entry, whatever the shared memory says. */
struct flexsc_slot {
	u64			generation;	/* times taken */
	u64			cancelled;	/* generation that must not wait (again) */
	struct flexsc_request	*request;	/* armed or ready; flexsc_set.lock */
	u32			busy;		/* taken and not completed */
};

/*
 * The threads that share a core (or, as one lane, those without one). One of a
 * lane is active, the others stand in when it waits inside a call.
 */
struct flexsc_lane {
	struct list_head	node;
	struct list_head	idle;		/* sleeping threads, the latest first */
	atomic_t		active;
	int			cpu;
	unsigned int		threads;
};

/* What makes a thread part of its process. */
struct flexsc_ties {
	const struct cred	*credentials;	/* a reference */
	struct files_struct	*files;
	struct fs_struct	*directories;
	struct nsproxy		*namespaces;
};

/*
 * A program's thread while it is in FLEXSC_IOC_RUN. Not on its stack: a thread
 * that dies inside a call never comes back to take itself off the lists, and
 * flexsc_bury() does that for it.
 */
struct flexsc_thread {
	struct flexsc_set	*set;
	struct flexsc_lane	*lane;
	struct task_struct	*task;		/* a reference */
	struct file		*file;		/* a reference: the set stays */
	struct flexsc_ties	ties;		/* as it came in */
	cpumask_var_t		old_cores;	/* for flexsc_unpin() */
	struct flexsc_request	*spare;		/* for the next entry */
	struct flexsc_request	*running;	/* the one it executes */
	struct list_head	node;		/* flexsc_set.threads */
	struct list_head	idle;		/* flexsc_lane.idle */
	struct preempt_notifier	notifier;
	struct callback_head	interrupt;	/* makes a call answer -ERESTARTSYS */
	bool			interrupting;	/* flexsc_set.lock */
	bool			in_call;
	u32			running_index;
	u64			running_generation;
	bool			blocked;
	bool			is_dead;	/* it has been switched out for good */
	unsigned int		unannounced;
	unsigned int		calls;		/* since RUN began */
};

/* The pages a user has been charged for, as mlock() charges them. */
struct flexsc_charge {
	struct user_struct	*user;		/* a reference; NULL: none */
	unsigned long		pages;
};

/* A process that has page sets: who may use them, and what it holds through them. */
struct flexsc_process {
	struct list_head	node;
	struct pid		*pid;		/* of its thread group; a reference */
	unsigned int		sets;
	atomic_t		files;		/* waited for by entries */
};

struct flexsc_counters {
	atomic64_t	executed;
	atomic64_t	completed;
	atomic64_t	refused;
	atomic64_t	malformed;
	atomic64_t	polled;
	atomic64_t	handoffs;
	atomic64_t	passes;
	atomic64_t	program_wakeups;
	atomic64_t	thread_wakeups;
	atomic64_t	kicks;
	atomic64_t	waits;
	atomic64_t	wakes;
};

/* One open file: a page set and the threads lent to it. */
struct flexsc_set {
	struct mm_struct	*mm;
	struct files_struct	*opener_files;	/* compared only */
	struct flexsc_process	*process;
	struct flexsc_charge	own_charge;
	struct flexsc_charge	pages_charge;
	struct mutex		setup_lock;	/* one FLEXSC_IOC_SETUP at a time */
	bool			is_set_up;	/* released last, acquired first */
	bool			stopped;

	/* Shared memory: the pages, and where its parts are. */
	struct page		**page_array;
	unsigned int		page_array_count;
	void			*base;
	struct flexsc_control	*control;
	u32			*submission_slots;
	u32			*completion_slots;
	struct flexsc_buffer	*buffer_slots;
	struct flexsc_entry	*entries;
	u32			entry_count;
	u32			ring_capacity;
	u32			buffer_capacity;

	struct flexsc_slot	*slots;

	spinlock_t		take_lock ____cacheline_aligned_in_smp;
	u32			submission_head;

	spinlock_t		completion_lock ____cacheline_aligned_in_smp;
	u32			completion_tail;

	spinlock_t		buffer_lock ____cacheline_aligned_in_smp;
	u32			buffer_head;
	u32			kept_count;
	struct flexsc_buffer	kept[FLEXSC_MAX_THREADS];

	spinlock_t		files_lock ____cacheline_aligned_in_smp;
	struct hlist_head	*files;		/* requests, by the file they wait for */
	u32			file_buckets;

	spinlock_t		lock ____cacheline_aligned_in_smp;
	struct list_head	ready;
	struct list_head	armed;
	struct list_head	threads;
	struct list_head	lanes;
	unsigned int		thread_count;
	unsigned int		mappings;

	atomic_t		active;		/* neither asleep nor blocked */
	atomic_t		blocked;
	struct irq_work		handoff;
	int			has_dead;	/* a thread died inside a call */
	struct work_struct	burial;

	/* The program's side. */
	wait_queue_head_t	program ____cacheline_aligned_in_smp;
	int			unannounced;
	int			wake_pending;	/* FLEXSC_IOC_WAKE not yet seen */
	int			want_pending;	/* a thread is wanted, not yet told */
	bool			is_wanting;

	struct flexsc_counters	counters;
};

#define flexsc_count(set, counter)	atomic64_inc(&(set)->counters.counter)

/* device.c */
extern struct workqueue_struct *flexsc_workqueue;

bool flexsc_is_device_file(const struct file *file);
struct flexsc_request *flexsc_request_alloc(void);
void flexsc_request_free(struct flexsc_request *request);

/* process.c */
struct flexsc_process *flexsc_process_get(void);
void flexsc_process_put(struct flexsc_process *process);
bool flexsc_is_owner(const struct flexsc_set *set);
void flexsc_note_ties(struct flexsc_ties *ties);
void flexsc_drop_ties(struct flexsc_ties *ties);
bool flexsc_is_tied(const struct flexsc_ties *ties);
bool flexsc_has_stranger(void);

/* limits.c */
int flexsc_charge(struct flexsc_charge *charge, size_t bytes);
void flexsc_uncharge(struct flexsc_charge *charge);
int flexsc_files_create(struct flexsc_set *set);
void flexsc_files_destroy(struct flexsc_set *set);
int flexsc_file_count(struct flexsc_request *request);
void flexsc_file_uncount(struct flexsc_request *request);

/* pages.c */
int flexsc_pages_create(struct flexsc_set *set, struct flexsc_setup *setup);
void flexsc_pages_destroy(struct flexsc_set *set);
int flexsc_pages_map(struct flexsc_set *set, struct vm_area_struct *vma);

/* rings.c */
bool flexsc_work_waits(const struct flexsc_set *set);
u32 flexsc_backlog(const struct flexsc_set *set);
u32 flexsc_completions(const struct flexsc_set *set);
bool flexsc_take_submitted(struct flexsc_set *set, struct flexsc_request *request, u8 *count);
void flexsc_complete(struct flexsc_request *request, s64 result);
bool flexsc_buffer_take(struct flexsc_request *request);
void flexsc_buffer_put_back(struct flexsc_request *request);

/* threads.c */
long flexsc_run(struct file *file, struct flexsc_set *set, const struct flexsc_run *run);
void flexsc_stop(struct flexsc_set *set);
void flexsc_interrupt(struct flexsc_set *set, u32 index, u64 generation);
void flexsc_bury(struct work_struct *work);
void flexsc_threads_init(struct flexsc_set *set);
void flexsc_threads_destroy(struct flexsc_set *set);

/* cores.c */
int flexsc_pin(int cpu, struct cpumask *old);
void flexsc_unpin(int cpu, const struct cpumask *old);

/* wakeups.c */
extern struct preempt_ops flexsc_preempt_operations;

bool flexsc_is_syscall_thread(void);
void flexsc_activate(struct flexsc_set *set, struct flexsc_lane *lane);
void flexsc_deactivate(struct flexsc_set *set, struct flexsc_lane *lane);
void flexsc_sleep(struct flexsc_thread *thread);
bool flexsc_wake_thread(struct flexsc_set *set);
void flexsc_kick(struct flexsc_set *set);
void flexsc_handoff(struct irq_work *work);
void flexsc_has_thread(struct flexsc_set *set);
void flexsc_tell_want(struct flexsc_set *set);

/* loop.c */
long flexsc_loop(struct flexsc_thread *thread, u32 spin_us);

/* execute.c */
void flexsc_finish(struct flexsc_request *request, s64 result);
bool flexsc_execute(struct flexsc_thread *thread, struct flexsc_request *request);
bool flexsc_execute_new(struct flexsc_thread *thread, struct flexsc_request *request,
			u8 argument_count);

/* readiness.c */
enum flexsc_arm_outcome {
	FLEXSC_ARM_WAITING,	/* the request is no longer the caller's */
	FLEXSC_ARM_READY,
	FLEXSC_ARM_FAILED,
};

enum flexsc_arm_outcome flexsc_arm(struct flexsc_request *request, unsigned int descriptor,
				   __poll_t events, s64 *answer);
bool flexsc_make_ready(struct flexsc_request *request);
struct flexsc_request *flexsc_take_ready(struct flexsc_set *set);
bool flexsc_is_cancelled(const struct flexsc_request *request);
s64 flexsc_cancel(struct flexsc_set *set, u64 token);
void flexsc_end(struct flexsc_request *request, bool may_release);
void flexsc_cancel_all(struct flexsc_set *set, bool may_release);

/* wait.c */
long flexsc_wait(struct flexsc_set *set, const struct flexsc_wait *wait);
void flexsc_announce(struct flexsc_set *set);
void flexsc_wake_program(struct flexsc_set *set);
bool flexsc_program_has_news(const struct flexsc_set *set);

/* dispatch.c */
int flexsc_dispatch_init(void);
long flexsc_call(u16 number, const u64 *arguments);
void flexsc_run_task_work(void);
void flexsc_cores_of_cpuset(struct cpumask *mask);

/* refused.c */
void flexsc_refused_init(void);
bool flexsc_is_refused(u16 number, const u64 *arguments);
bool flexsc_is_known(u16 number);
bool flexsc_reads_into_a_buffer(u16 number);

#endif /* FLEXSC_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks' frame: every check is a process of its own, killed at a deadline,
 * and reports one line "ok NAME" or "not ok NAME: why".
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

struct check {
	const char	*name;
	void		(*run)(void);
	struct check	*next;
};

void check_register(struct check *check);

#define CHECK(check_name)							\
	static void check_name(void);						\
	static struct check check_name##_entry = { #check_name, check_name, 0 };	\
	__attribute__((constructor)) static void check_name##_register(void)	\
	{									\
		check_register(&check_name##_entry);				\
	}									\
	static void check_name(void)

/* Ends the check. */
__attribute__((noreturn, format(printf, 1, 2))) void check_fail(const char *format, ...);
/* Ends the check, which the guest has not what it takes for. */
__attribute__((noreturn)) void check_skip(const char *reason);

#define EXPECT(condition)							\
	do {									\
		if (!(condition))						\
			check_fail("%s:%d: %s", __FILE_NAME__, __LINE__, #condition);	\
	} while (0)

#define EXPECT_EQUAL(expected, actual)						\
	do {									\
		long long expected_ = (expected), actual_ = (actual);		\
										\
		if (expected_ != actual_)					\
			check_fail("%s:%d: %s is %lld, not %lld", __FILE_NAME__,	\
				   __LINE__, #actual, actual_, expected_);	\
	} while (0)

/* The call fails with this errno. */
#define EXPECT_ERRNO(expected, call)						\
	do {									\
		errno = 0;							\
		long result_ = (call);						\
										\
		if (result_ != -1 || errno != (expected))			\
			check_fail("%s:%d: %s: %ld, errno %d instead of %d",	\
				   __FILE_NAME__, __LINE__, #call, result_, errno, expected); \
	} while (0)

bool check_on_debug_kernel(void);
/* Everything a check waits for has this many seconds; emulation is slow. */
int check_deadline_seconds(void);
/* Milliseconds of the clock the deadlines use. */
long long now_ms(void);
/* Waits, in small steps, until the condition holds. */
#define EVENTUALLY(condition)							\
	do {									\
		long long end_ = now_ms() + check_deadline_seconds() * 1000LL;	\
										\
		while (!(condition)) {						\
			if (now_ms() > end_)					\
				check_fail("%s:%d: never: %s", __FILE_NAME__,	\
					   __LINE__, #condition);		\
			pause_briefly();					\
		}								\
	} while (0)
void pause_briefly(void);

#endif /* CHECK_H */

// SPDX-License-Identifier: GPL-2.0-only
/* calls.c - which calls the fuzz program makes, and with what arguments. */
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "fuzz.h"

/* Beyond the newest call of the kernels this is run on. */
#define HIGHEST_NUMBER	480u

static const char ends_guest[] = "ends the guest";
static const char changes_module[] = "changes the module under test";
static const char signals_others[] = "signals or writes to the fuzz program itself";
static const char changes_guest[] = "changes the guest for the suites that follow";
static const char changes_clock[] = "changes the clock the time limits go by";
static const char starves_guest[] = "real-time priority for a thread that spins starves the guest";
static const char destroys_memory[] = "destroys the fuzzed process's own memory, so that it ends early "
				      "(one process in eight may)";

static const struct exclusion {
	unsigned int	number;
	const char	*name;
	const char	*reason;
} exclusions[] = {
#define EXCLUDE(name, reason)	{ SYS_##name, #name, reason }
	EXCLUDE(kexec_load, ends_guest),
	EXCLUDE(kexec_file_load, ends_guest),
	EXCLUDE(init_module, changes_module),
	EXCLUDE(finit_module, changes_module),
	EXCLUDE(delete_module, changes_module),
	EXCLUDE(kill, signals_others),
	EXCLUDE(tkill, signals_others),
	EXCLUDE(tgkill, signals_others),
	EXCLUDE(rt_sigqueueinfo, signals_others),
	EXCLUDE(rt_tgsigqueueinfo, signals_others),
	EXCLUDE(pidfd_send_signal, signals_others),
	EXCLUDE(process_vm_writev, signals_others),
	EXCLUDE(process_madvise, signals_others),
	EXCLUDE(prlimit64, signals_others),
	EXCLUDE(mount, changes_guest),
	EXCLUDE(umount2, changes_guest),
	EXCLUDE(move_mount, changes_guest),
	EXCLUDE(mount_setattr, changes_guest),
	EXCLUDE(pivot_root, changes_guest),
	EXCLUDE(swapon, changes_guest),
	EXCLUDE(swapoff, changes_guest),
	EXCLUDE(syslog, changes_guest),
	EXCLUDE(vhangup, changes_guest),
	EXCLUDE(sethostname, changes_guest),
	EXCLUDE(setdomainname, changes_guest),
	EXCLUDE(acct, changes_guest),
	EXCLUDE(settimeofday, changes_clock),
	EXCLUDE(clock_settime, changes_clock),
	EXCLUDE(adjtimex, changes_clock),
	EXCLUDE(clock_adjtime, changes_clock),
	EXCLUDE(sched_setscheduler, starves_guest),
	EXCLUDE(sched_setparam, starves_guest),
	EXCLUDE(sched_setattr, starves_guest),
	EXCLUDE(mmap, destroys_memory),
	EXCLUDE(munmap, destroys_memory),
	EXCLUDE(mremap, destroys_memory),
	EXCLUDE(mprotect, destroys_memory),
	EXCLUDE(pkey_mprotect, destroys_memory),
	EXCLUDE(madvise, destroys_memory),
	EXCLUDE(brk, destroys_memory),
	EXCLUDE(shmat, destroys_memory),
	EXCLUDE(remap_file_pages, destroys_memory),
#undef EXCLUDE
};

#define EXCLUSIONS	(sizeof(exclusions) / sizeof(*exclusions))

const char *excluded(unsigned int number, bool reckless)
{
	for (unsigned int i = 0; i < EXCLUSIONS; i++) {
		if (exclusions[i].number == number &&
		    !(reckless && exclusions[i].reason == destroys_memory))
			return exclusions[i].reason;
	}
	return NULL;
}

void print_excluded(void)
{
	for (unsigned int i = 0; i < EXCLUSIONS; i++)
		printf("%s (%u): %s\n", exclusions[i].name, exclusions[i].number,
		       exclusions[i].reason);
}

unsigned int random_number(struct random *random, bool reckless)
{
	static const unsigned int own[] = {
		FLEXSC_NR_NOP, FLEXSC_NR_CANCEL, FLEXSC_NR_POLL, FLEXSC_NR_POLL + 1,
	};
	/* Those that servers make, and that take the paths of files and sockets. */
	static const unsigned int common[] = {
		SYS_read, SYS_write, SYS_close, SYS_recvfrom, SYS_sendto, SYS_accept4, SYS_openat,
		SYS_fstat, SYS_lseek, SYS_getpid, SYS_pread64, SYS_readv, SYS_writev, SYS_dup,
		SYS_socket, SYS_pipe2, SYS_epoll_wait, SYS_ioctl, SYS_fcntl, SYS_getdents64,
		/* What once ended the thread, split it off, or left its signal mask changed. */
		SYS_reboot, SYS_close_range, SYS_ppoll, SYS_futex,
	};
	unsigned int number;

	do {
		switch (below(random, 8)) {
		case 0:
			return own[below(random, sizeof(own) / sizeof(*own))];
		case 1:
		case 2:
		case 3:
			return common[below(random, sizeof(common) / sizeof(*common))];
		case 4:
			number = below(random, one_in(random, 4) ? UINT16_MAX + 1 : HIGHEST_NUMBER);
			break;
		default:
			number = below(random, HIGHEST_NUMBER);
			break;
		}
	} while (excluded(number, reckless));
	return number;
}

static uint64_t special_value(struct random *random)
{
	static const uint64_t values[] = {
		0, 1, UINT64_MAX, INT32_MAX, (uint64_t)INT64_MAX + 1, UINT32_MAX, 4096, 65536,
		FLEXSC_IOC_SETUP, FLEXSC_IOC_RUN, FLEXSC_IOC_KICK, FLEXSC_IOC_WAIT, FLEXSC_IOC_WAKE,
		FLEXSC_IOC_STATS, O_RDWR | O_CREAT | O_NONBLOCK, (uint64_t)AT_FDCWD,
		/* Non-canonical, and where the kernel lives. */
		UINT64_C(0x0000800000000000), UINT64_C(0xffff888000000000),
	};

	return values[below(random, sizeof(values) / sizeof(*values))];
}

uint64_t random_argument(struct random *random, const struct material *material)
{
	switch (below(random, 10)) {
	case 0:
	case 1:
		return below(random, 17);
	case 2:
	case 3:
	case 4:
		return material->fds[below(random, material->fd_count)];
	case 5:
	case 6:
		return (uint64_t)(material->arena + below(random, material->arena_bytes));
	case 7:
		return (uint64_t)(material->page_set + below(random, material->page_set_bytes));
	case 8:
		return special_value(random);
	default:
		return next_random(random) >> below(random, 64);
	}
}

/* Reboots for which only the refusal stands between the thread and its end. */
static void reboot_arguments(struct random *random, uint64_t *arguments)
{
	static const unsigned int commands[] = {
		LINUX_REBOOT_CMD_RESTART, LINUX_REBOOT_CMD_HALT, LINUX_REBOOT_CMD_POWER_OFF,
		LINUX_REBOOT_CMD_RESTART2,
	};

	arguments[0] = LINUX_REBOOT_MAGIC1;
	arguments[1] = LINUX_REBOOT_MAGIC2;
	arguments[2] = commands[below(random, sizeof(commands) / sizeof(*commands))];
}

/* One descriptor, or a range above all that are used: not all of them at once. */
static void close_range_arguments(struct random *random, const struct material *material,
				  uint64_t *arguments)
{
	if (one_in(random, 2)) {
		arguments[0] = material->fds[below(random, material->fd_count)];
		arguments[1] = arguments[0];
	} else {
		arguments[0] = MOST_DESCRIPTORS + below(random, 1000);
		arguments[1] = arguments[0] + below(random, UINT32_MAX);
	}
	arguments[2] = one_in(random, 2) ? CLOSE_RANGE_UNSHARE :
		       one_in(random, 2) ? CLOSE_RANGE_CLOEXEC : 0;
}

/**
 * random_arguments() - fills in what a call is made with.
 * @number: of the call; some do nothing unless their arguments fit.
 * @arguments: FLEXSC_MAX_ARGUMENTS of them.
 */
void random_arguments(struct random *random, const struct material *material, unsigned int number,
		      uint64_t *arguments)
{
	for (unsigned int i = 0; i < FLEXSC_MAX_ARGUMENTS; i++)
		arguments[i] = random_argument(random, material);
	if (one_in(random, 16))
		return;
	if (number == SYS_reboot)
		reboot_arguments(random, arguments);
	else if (number == SYS_close_range)
		close_range_arguments(random, material, arguments);
}

/* Words that mean something to one call or another: descriptors, sizes, paths, addresses. */
void fill_arena(struct random *random, const struct material *material)
{
	/* Nothing that could be removed or renamed and is needed later. */
	static const char *const paths[] = {
		"a", "b", "c/d", ".", "..", "", "/proc/self/status", "/proc/self/fd", "/proc/stat",
	};
	size_t at = 0;

	while (at + 64 <= material->arena_bytes) {
		uint64_t word;
		const char *path;

		if (one_in(random, 4)) {
			path = paths[below(random, sizeof(paths) / sizeof(*paths))];
			strcpy(material->arena + at, path);
			at += 64;
			continue;
		}
		word = random_argument(random, material);
		memcpy(material->arena + at, &word, sizeof(word));
		at += sizeof(word);
	}
}

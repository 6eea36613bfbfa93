/*
 * deny_io_uring - run a program that may not use io_uring.
 *
 *	deny_io_uring [--errno=EPERM|ENOSYS] program [argument...]
 *
 * Installs a seccomp filter that answers io_uring_setup, io_uring_enter and
 * io_uring_register with the errno (EPERM unless told otherwise, as a default
 * container does) and executes the program. The filter is inherited by every
 * process the program starts.
 *
 * Exits with 2 for wrong usage, 125 when the filter cannot be installed, 126
 * when the program cannot be executed, 127 when it is not there; else with
 * the program's own status.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The same on every architecture. */
#define FIRST_IO_URING_CALL	425u	/* io_uring_setup */
#define LAST_IO_URING_CALL	427u	/* io_uring_register */

/* Set in the numbers of the x32 ABI, which would pass the filter otherwise. */
#define X32_BIT			0x40000000u

#define EXIT_USAGE		2
#define EXIT_FILTER		125
#define EXIT_EXEC		126
#define EXIT_NOT_FOUND		127

static int install_filter(unsigned int error_number)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~X32_BIT),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_IO_URING_CALL, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_IO_URING_CALL, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error_number & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	/* Without it a filter needs CAP_SYS_ADMIN. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	static const char option[] = "--errno=";
	unsigned int error_number = EPERM;
	int first = 1;

	if (first < argc && !strncmp(argv[first], option, sizeof(option) - 1)) {
		const char *name = argv[first++] + sizeof(option) - 1;

		if (!strcmp(name, "ENOSYS")) {
			error_number = ENOSYS;
		} else if (strcmp(name, "EPERM")) {
			fprintf(stderr, "deny_io_uring: --errno takes EPERM or ENOSYS, not '%s'\n", name);
			return EXIT_USAGE;
		}
	}
	if (first >= argc) {
		fprintf(stderr, "usage: deny_io_uring [--errno=EPERM|ENOSYS] program [argument...]\n");
		return EXIT_USAGE;
	}
	if (install_filter(error_number)) {
		fprintf(stderr, "deny_io_uring: cannot install the seccomp filter: %s\n", strerror(errno));
		return EXIT_FILTER;
	}
	execvp(argv[first], argv + first);
	fprintf(stderr, "deny_io_uring: cannot execute %s: %s\n", argv[first], strerror(errno));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_EXEC;
}

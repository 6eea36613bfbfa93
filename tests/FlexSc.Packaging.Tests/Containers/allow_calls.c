/*
 * allow_calls - run a program that may make the named system calls only.
 *
 *	allow_calls LIST program [argument...]
 *
 * LIST is a file of lines "NUMBER" or "NUMBER ARGUMENT MASK": a call that is
 * allowed, or allowed where none of the bits of MASK is set in an argument.
 * All others answer ENOSYS, as under a container engine's profile whose
 * defaultErrnoRet is 38. The filter is inherited by what the program starts.
 *
 * Exits with 2 for wrong usage, 125 when the filter cannot be installed, 127
 * when the program cannot be executed; else with the program's own status.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MOST_INSTRUCTIONS	4096	/* BPF_MAXINSNS */
#define EXIT_USAGE		2
#define EXIT_FILTER		125
#define EXIT_EXEC		127

static struct sock_filter code[MOST_INSTRUCTIONS];
static unsigned short length;

static int add(struct sock_filter instruction)
{
	if (length == MOST_INSTRUCTIONS)
		return -1;
	code[length++] = instruction;
	return 0;
}

/* One instruction behind the comparison for a plain call, five for one with a mask: then the number is to be loaded again. */
static int allow(unsigned int number, int argument, unsigned int mask)
{
	int failed = 0;

	if (argument < 0) {
		failed |= add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
		failed |= add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
		return failed;
	}
	failed |= add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4));
	failed |= add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, args) + 8 * argument));
	failed |= add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 1, 0));
	failed |= add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	failed |= add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
	return failed;
}

static int read_list(const char *path)
{
	char line[128];
	FILE *list = fopen(path, "re");
	int failed = 0;

	if (!list)
		return -1;
	failed |= add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	while (!failed && fgets(line, sizeof(line), list)) {
		unsigned int number, mask = 0;
		int argument = -1;
		int words = sscanf(line, "%u %d %u", &number, &argument, &mask);

		failed |= words != 1 && words != 3;
		if (!failed)
			failed |= allow(number, words == 3 ? argument : -1, mask);
	}
	failed |= add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
	fclose(list);
	return failed;
}

int main(int argc, char **argv)
{
	struct sock_fprog program = { .filter = code };

	if (argc < 3) {
		fprintf(stderr, "usage: allow_calls LIST program [argument...]\n");
		return EXIT_USAGE;
	}
	if (read_list(argv[1])) {
		fprintf(stderr, "allow_calls: cannot use the list %s\n", argv[1]);
		return EXIT_USAGE;
	}
	program.len = length;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		fprintf(stderr, "allow_calls: cannot install the seccomp filter: %s\n", strerror(errno));
		return EXIT_FILTER;
	}
	execvp(argv[2], argv + 2);
	fprintf(stderr, "allow_calls: cannot execute %s: %s\n", argv[2], strerror(errno));
	return EXIT_EXEC;
}

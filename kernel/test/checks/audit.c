// SPDX-License-Identifier: GPL-2.0-only
/* The audit system keeps the paths of a system call until it ends. */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "fixtures.h"

struct audit_request {
	struct nlmsghdr	header;
	char		data[2048];
};

static int send_audit(int fd, int type, const void *data, size_t length)
{
	struct audit_request request = { 0 };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct {
		struct nlmsghdr	header;
		struct nlmsgerr	error;
		char		rest[4096];
	} answer;

	request.header.nlmsg_len = NLMSG_SPACE(length);
	request.header.nlmsg_type = type;
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	memcpy(request.data, data, length);
	if (sendto(fd, &request, request.header.nlmsg_len, 0, (struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		return -errno;
	do {
		if (recv(fd, &answer, sizeof(answer), 0) < 0)
			return -errno;
	} while (answer.header.nlmsg_type != NLMSG_ERROR);
	return answer.error.error;
}

static void run_audited(void)
{
	struct program *program = program_open(1, 0);
	struct program_thread *thread = program_thread_once(program);
	int i;

	wait_threads_in(program, 1);
	for (i = 0; i < 1024; i++)
		EXPECT_EQUAL(-ENOENT, call(program, 0, CALL(SYS_openat, AT_FDCWD,
							    (long)"/tmp/no-such-file", 0, 0)));
	EVENTUALLY(__atomic_load_n(&thread->done, __ATOMIC_ACQUIRE));
	EXPECT_EQUAL(EINTR, thread->result);
}

CHECK(run_ends_now_and_then_under_audit)
{
	struct audit_rule_data rule = { .flags = AUDIT_FILTER_EXIT, .action = AUDIT_NEVER };
	struct audit_status on = { .mask = AUDIT_STATUS_ENABLED, .enabled = 1 };
	struct audit_status off = { .mask = AUDIT_STATUS_ENABLED };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	int status;
	pid_t child;

	if (fd < 0)
		check_skip("the kernel has no audit");
	EXPECT_EQUAL(0, send_audit(fd, AUDIT_SET, &on, sizeof(on)));
	memset(rule.mask, 0xff, sizeof(rule.mask));
	EXPECT_EQUAL(0, send_audit(fd, AUDIT_ADD_RULE, &rule, sizeof(rule)));
	/* Only a process made after that is audited. */
	child = fork();
	if (child == 0) {
		run_audited();
		_exit(0);
	}
	status = wait_status(child);
	EXPECT_EQUAL(0, send_audit(fd, AUDIT_DEL_RULE, &rule, sizeof(rule)));
	EXPECT_EQUAL(0, send_audit(fd, AUDIT_SET, &off, sizeof(off)));
	EXPECT_EQUAL(0, status);
}

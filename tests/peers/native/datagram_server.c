// SPDX-License-Identifier: MIT
/*
 * The least an echo of datagrams can do: up to 64 of them in one recvmmsg,
 * back in one sendmmsg. What it costs is the kernel's share. A line on its
 * input is answered by the CPU time used so far.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define BATCH		64
#define DATAGRAM_BYTES	4096

static double microseconds(struct timeval time)
{
	return time.tv_sec * 1e6 + time.tv_usec;
}

static void *answer(void *unused)
{
	char line[128];

	(void)unused;
	while (fgets(line, sizeof(line), stdin)) {
		struct rusage usage;

		getrusage(RUSAGE_SELF, &usage);
		printf("{\"CpuUs\":%f}\n",
		       microseconds(usage.ru_utime) +
		       microseconds(usage.ru_stime));
		fflush(stdout);
	}
	exit(0);
}

int main(void)
{
	static struct mmsghdr messages[BATCH];
	static struct iovec vectors[BATCH];
	static struct sockaddr_in senders[BATCH];
	static char bytes[BATCH][DATAGRAM_BYTES];
	struct sockaddr_in local = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(local);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	pthread_t thread;

	if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)) ||
	    getsockname(fd, (struct sockaddr *)&local, &length) ||
	    pthread_create(&thread, NULL, answer, NULL)) {
		perror("datagram_server");
		return 1;
	}

	printf("recvmmsg and sendmmsg\nlistening on 127.0.0.1:%u\n",
	       ntohs(local.sin_port));
	fflush(stdout);
	for (;;) {
		int count, sent = 0;

		for (int i = 0; i < BATCH; i++) {
			vectors[i].iov_base = bytes[i];
			vectors[i].iov_len = DATAGRAM_BYTES;
			messages[i].msg_hdr.msg_name = &senders[i];
			messages[i].msg_hdr.msg_namelen = sizeof(senders[i]);
			messages[i].msg_hdr.msg_iov = &vectors[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}

		count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < count; i++)
			vectors[i].iov_len = messages[i].msg_len;

		while (sent < count) {
			int more = sendmmsg(fd, messages + sent, count - sent, 0);

			if (more <= 0)
				break;
			sent += more;
		}
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/* Clients: each connection has one request under way at a time. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "servers.h"

#define MOST_CONNECTIONS	256
#define SILENCE_MS		60000

struct connection {
	int socket;
	unsigned int round;
	size_t answered;
	char answer[2 * MESSAGE_BYTES];
};

static struct connection connections_of_run[MOST_CONNECTIONS];

static int open_connection(unsigned short port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int yes = 1;

	if (file < 0)
		return -1;
	if (connect(file, (struct sockaddr *)&address, sizeof(address))) {
		close(file);
		return -1;
	}
	setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return file;
}

static bool ask(const struct protocol *protocol, struct connection *connection, unsigned int index)
{
	char request[MESSAGE_BYTES];
	size_t bytes = protocol->request(request, index, connection->round);

	connection->answered = 0;
	return write(connection->socket, request, bytes) == (ssize_t)bytes;
}

/* Takes what has come. Return: 1 when the answer is complete, 0 when not, -1 when wrong. */
static int listen_to(const struct protocol *protocol, struct connection *connection,
		     unsigned int index)
{
	ssize_t got = read(connection->socket, connection->answer + connection->answered,
			   sizeof(connection->answer) - connection->answered);
	ssize_t complete;

	if (got <= 0)
		return -1;
	connection->answered += (size_t)got;
	complete = protocol->check(connection->answer, connection->answered, index,
				   connection->round);
	if (complete < 0 || complete > (ssize_t)connection->answered)
		return -1;
	if (complete == 0)
		return connection->answered < sizeof(connection->answer) ? 0 : -1;
	/* Nothing was asked beyond it. */
	return complete == (ssize_t)connection->answered ? 1 : -1;
}

static bool exchange(const struct protocol *protocol, int events, unsigned int connections,
		     unsigned int rounds)
{
	struct epoll_event happened[MOST_CONNECTIONS];
	unsigned int left = connections;

	while (left > 0) {
		int count = epoll_wait(events, happened, MOST_CONNECTIONS, SILENCE_MS);
		int i;

		if (count <= 0) {
			printf("not ok %s: no answer for %d ms\n", protocol->name, SILENCE_MS);
			return false;
		}
		for (i = 0; i < count; i++) {
			unsigned int index = happened[i].data.u32;
			struct connection *connection = &connections_of_run[index];
			int outcome = listen_to(protocol, connection, index);

			if (outcome < 0) {
				printf("not ok %s: wrong answer to request %u of connection %u: '%.*s'\n",
				       protocol->name, connection->round, index,
				       (int)connection->answered, connection->answer);
				return false;
			}
			if (outcome == 0)
				continue;
			if (++connection->round == rounds)
				left--;
			else if (!ask(protocol, connection, index)) {
				printf("not ok %s: connection %u is gone: %s\n", protocol->name,
				       index, strerror(errno));
				return false;
			}
		}
	}
	return true;
}

bool load_run(const struct protocol *protocol, unsigned short port, unsigned int connections,
	      unsigned int rounds)
{
	int events = epoll_create1(EPOLL_CLOEXEC);
	unsigned int i;
	bool good = events >= 0;

	for (i = 0; good && i < connections; i++) {
		struct epoll_event interest = { .events = EPOLLIN, .data.u32 = i };
		struct connection *connection = &connections_of_run[i];

		connection->round = 0;
		connection->socket = open_connection(port);
		good = connection->socket >= 0 &&
		       epoll_ctl(events, EPOLL_CTL_ADD, connection->socket, &interest) == 0;
	}
	for (i = 0; good && i < connections; i++)
		good = ask(protocol, &connections_of_run[i], i);
	if (!good)
		printf("not ok %s: connection %u failed: %s\n", protocol->name, i, strerror(errno));
	good = good && exchange(protocol, events, connections, rounds);
	for (i = 0; i < connections; i++)
		close(connections_of_run[i].socket);
	close(events);
	return good;
}

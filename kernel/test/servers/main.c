// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts the example servers on the backend kernel-module, has 64 clients talk
 * to each over loopback, and counts the traps its loop made for that: ioctls
 * above all, as calls travel through the page. Counts say the same in an
 * emulated guest as on hardware; times do not, so there are none.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "servers.h"

#define CONNECTIONS	64u
#define WARM_UP_ROUNDS	20u
#define ROUNDS		150u
/* The conformance suite, which runs at the same time, keeps core 0 busy. */
#define SERVER_CPU	1
#define CLIENT_CPU	0
/* Traps a request, at 64 connections, in hundredths. */
#define MOST_TRAPS	10u

static size_t http_request(char *target, unsigned int connection, unsigned int round)
{
	(void)connection;
	(void)round;
	return (size_t)snprintf(target, MESSAGE_BYTES, "GET /plaintext HTTP/1.1\r\nHost: guest\r\n\r\n");
}

static ssize_t http_check(const char *answer, size_t bytes, unsigned int connection,
			  unsigned int round)
{
	static const char status[] = "HTTP/1.1 200 OK\r\n";
	static const char body[] = "Hello, World!";
	const char *end;

	(void)connection;
	(void)round;
	end = memmem(answer, bytes, "\r\n\r\n", 4);
	if (!end || bytes < (size_t)(end - answer) + 4 + strlen(body))
		return 0;
	if (memcmp(answer, status, strlen(status)) || memcmp(end + 4, body, strlen(body)))
		return -1;
	return end - answer + 4 + (ssize_t)strlen(body);
}

/* A value that only this connection has stored, and only now. */
static int kv_value(char *target, unsigned int connection, unsigned int round)
{
	return sprintf(target, "value-%u-%u", connection, round / 2);
}

static size_t kv_request(char *target, unsigned int connection, unsigned int round)
{
	char value[64];
	int bytes = kv_value(value, connection, round);

	if (round % 2 == 0)
		return (size_t)snprintf(target, MESSAGE_BYTES, "set key-%u 7 0 %d\r\n%s\r\n",
					connection, bytes, value);
	return (size_t)snprintf(target, MESSAGE_BYTES, "get key-%u\r\n", connection);
}

static ssize_t kv_check(const char *answer, size_t bytes, unsigned int connection,
			unsigned int round)
{
	char value[64], expected[MESSAGE_BYTES];
	int value_bytes = kv_value(value, connection, round);
	size_t expected_bytes;

	if (round % 2 == 0)
		strcpy(expected, "STORED\r\n");
	else
		snprintf(expected, sizeof(expected), "VALUE key-%u 7 %d\r\n%s\r\nEND\r\n",
			 connection, value_bytes, value);
	expected_bytes = strlen(expected);
	if (memcmp(answer, expected, bytes < expected_bytes ? bytes : expected_bytes))
		return -1;
	return bytes < expected_bytes ? 0 : (ssize_t)expected_bytes;
}

static const struct protocol protocols[] = {
	{ "http_server", "/opt/servers/HttpServer", { NULL }, http_request, http_check },
	/* Its 2 s are short where the code that ends it has to be compiled by an emulated machine. */
	{ "kv_server", "/opt/servers/KvServer", { "--stop-timeout-s", "60", NULL }, kv_request,
	  kv_check },
};

#define PROTOCOLS	(sizeof(protocols) / sizeof(protocols[0]))

static void pin_to(int cpu)
{
	cpu_set_t cores;

	CPU_ZERO(&cores);
	CPU_SET(cpu, &cores);
	sched_setaffinity(0, sizeof(cores), &cores);
}

static bool measure(const struct protocol *protocol, const struct server *server)
{
	struct figures before, after;
	unsigned long long requests, traps;

	if (!load_run(protocol, server->port, CONNECTIONS, WARM_UP_ROUNDS))
		return false;
	if (!server_figures(server, &before)) {
		printf("not ok %s: no statistics before the run\n", protocol->name);
		return false;
	}
	if (!load_run(protocol, server->port, CONNECTIONS, ROUNDS))
		return false;
	if (!server_figures(server, &after)) {
		printf("not ok %s: no statistics after the run\n", protocol->name);
		return false;
	}
	requests = after.requests - before.requests;
	traps = after.traps - before.traps;
	printf("%s: %llu requests over %u connections, %llu calls through the page, %llu traps: 0.%04llu a request\n",
	       protocol->name, requests, CONNECTIONS, after.submissions - before.submissions,
	       traps, requests ? traps * 10000 / requests : 0);
	if (requests != CONNECTIONS * ROUNDS) {
		printf("not ok %s: it counted %llu requests of %u\n", protocol->name, requests,
		       CONNECTIONS * ROUNDS);
		return false;
	}
	printf("ok %s_answers_every_client\n", protocol->name);
	if (traps * 100 > requests * MOST_TRAPS) {
		printf("not ok %s: more than 0.%02u traps a request\n", protocol->name, MOST_TRAPS);
		return false;
	}
	printf("ok %s_makes_less_than_a_tenth_of_a_trap_a_request\n", protocol->name);
	return true;
}

static bool test(const struct protocol *protocol, const struct server *server)
{
	bool good;

	printf("%s: %s\n", protocol->name, server->description);
	good = strstr(server->description, "kernel-module") != NULL;
	if (!good)
		printf("not ok %s: another backend runs\n", protocol->name);
	return good && measure(protocol, server);
}

static bool end(const struct protocol *protocol, const struct server *server)
{
	if (!server_stop(server)) {
		printf("not ok %s: it did not end well\n", protocol->name);
		return false;
	}
	printf("ok %s_ends_when_asked\n", protocol->name);
	return true;
}

int main(void)
{
	struct server servers[PROTOCOLS];
	bool started[PROTOCOLS], listens[PROTOCOLS], good = true;
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	/* Both at once, as starting takes longest; what is counted comes after that. */
	for (i = 0; i < PROTOCOLS; i++)
		started[i] = server_start(&servers[i], &protocols[i], SERVER_CPU);
	for (i = 0; i < PROTOCOLS; i++)
		listens[i] = started[i] && server_listens(&servers[i], &protocols[i]);
	pin_to(CLIENT_CPU);
	for (i = 0; i < PROTOCOLS; i++) {
		good = listens[i] && test(&protocols[i], &servers[i]) && good;
		if (started[i])
			good = end(&protocols[i], &servers[i]) && good;
	}
	return good ? 0 : 1;
}

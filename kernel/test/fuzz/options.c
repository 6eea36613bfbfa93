// SPDX-License-Identifier: GPL-2.0-only
/* options.c - the command line. */
#define _GNU_SOURCE

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "main.h"

struct options options = {
	.calls = 2000, .limit_s = 60, .hang_s = 20, .milliseconds = 200, .parameters = "",
};

static void usage(void)
{
	fprintf(stderr, "usage: fuzz [--seed N] [--calls N] [--limit SECONDS] [--hang SECONDS]\n"
		"            [--milliseconds A-PROCESS-LIVES] [--module FLEXSC.KO]\n"
		"            [--parameters TEXT] [--list-excluded]\n");
	exit(2);
}

void read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "calls", required_argument, NULL, 'c' },
		{ "limit", required_argument, NULL, 'l' },
		{ "hang", required_argument, NULL, 'h' },
		{ "milliseconds", required_argument, NULL, 't' },
		{ "module", required_argument, NULL, 'm' },
		{ "parameters", required_argument, NULL, 'p' },
		{ "list-excluded", no_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 's':
			options.seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			options.calls = strtoull(optarg, NULL, 10);
			break;
		case 'l':
			options.limit_s = strtoull(optarg, NULL, 10);
			break;
		case 'h':
			options.hang_s = strtoull(optarg, NULL, 10);
			break;
		case 't':
			options.milliseconds = strtoull(optarg, NULL, 10);
			break;
		case 'm':
			options.module = optarg;
			break;
		case 'p':
			options.parameters = optarg;
			break;
		case 'x':
			print_excluded();
			exit(0);
		default:
			usage();
		}
	}
	if (optind != argc || !options.limit_s || !options.hang_s || !options.milliseconds)
		usage();
	while (!options.seed && getrandom(&options.seed, 4, 0) != 4)
		;
}

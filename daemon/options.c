/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include "daemon/options.h"

static void __attribute__((noreturn)) usage(int status)
{
	fputs("usage: gdoixd [OPTION]...\n"
	      "  -n, --nvram DIR      startup-config, private-config and state (" GX_STATEDIR ")\n"
	      "  -r, --run DIR        vty.sock and gdoixd.pid (" GX_RUNDIR ")\n"
	      "  -f, --foreground     stays in the foreground, log on standard error\n"
	      "  -c, --check          parses the startup-config, prints errors and ends: 0 none, 1 some\n"
	      "      --telnet-port N  TCP port of 'transport input telnet' (23)\n"
	      "      --ssh-port N     TCP port of 'transport input ssh' (22)\n"
	      "  -h, --help           shows this\n"
	      "  -V, --version        shows the version\n",
		status ? stderr : stdout);
	exit(status);
}

static uint16_t port(const char *option, const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (*s < '0' || *s > '9' || *end || n < 1 || n > 65535) {
		fprintf(stderr, "gdoixd: --%s takes a number from 1 to 65535, not %s\n", option, s);
		exit(2);
	}
	return (uint16_t)n;
}

void options_parse(int argc, char **argv, struct options *o)
{
	static const struct option longopts[] = { { "nvram", required_argument, NULL, 'n' },
		{ "run", required_argument, NULL, 'r' }, { "foreground", no_argument, NULL, 'f' },
		{ "check", no_argument, NULL, 'c' }, { "telnet-port", required_argument, NULL, 't' },
		{ "ssh-port", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	int c;

	*o = (struct options){ .nvram = GX_STATEDIR, .rundir = GX_RUNDIR, .telnet_port = 23, .ssh_port = 22 };
	while ((c = getopt_long(argc, argv, "n:r:fchV", longopts, NULL)) != -1) {
		switch (c) {
		case 'n':
			o->nvram = optarg;
			break;
		case 'r':
			o->rundir = optarg;
			break;
		case 'f':
			o->foreground = true;
			break;
		case 'c':
			o->check = true;
			break;
		case 't':
			o->telnet_port = port("telnet-port", optarg);
			break;
		case 's':
			o->ssh_port = port("ssh-port", optarg);
			break;
		case 'h':
			usage(0);
		case 'V':
			puts("gdoixd " GX_VERSION);
			exit(0);
		default:
			usage(2);
		}
	}
	if (optind < argc)
		usage(2);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of gdoixd(8). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *nvram, *rundir;
	bool foreground, check;
	uint16_t telnet_port, ssh_port;
};

/* Ends the program on --help, --version and mistakes. */
void options_parse(int argc, char **argv, struct options *o);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pty on which the terminal of local users runs for telnet and ssh. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>
#include "cli/gdoixsh.h"

bool pty_open(int *master, int *slave)
{
	const char *name;
	struct termios raw;

	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	name = *master >= 0 && grantpt(*master) == 0 && unlockpt(*master) == 0 ? ptsname(*master) : NULL;
	*slave = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (*slave < 0) {
		perror("gdoixsh: no terminal can be had");
		return false;
	}
	/* Nothing may echo before the child is there. */
	if (tcgetattr(*slave, &raw) == 0) {
		cfmakeraw(&raw);
		cfsetospeed(&raw, B50);	/* so slow that terminfo pads nothing with NULs, as it does for a vt100 at 38400 baud */
		tcsetattr(*slave, TCSANOW, &raw);
	}
	return true;
}

void pty_size(int pty, unsigned rows, unsigned columns)
{
	struct winsize w = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	/* Nobody has such a screen; a line editor on two columns is not worth its trouble. */
	if (columns < 10 || columns > 1000 || rows < 2 || rows > 1000)
		w = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	ioctl(pty, TIOCSWINSZ, &w);
}

void pty_type(const char *name, char out[PTY_TYPE])
{
	out[0] = '\0';
	for (size_t n = 0; name && name[n]; n++) {
		char c = name[n];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (n + 1 >= PTY_TYPE || !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (n && c == '-')))
			return;
		out[n] = c;
		out[n + 1] = '\0';
	}
}

int pty_terminal(int slave, const char *type, struct link *l)
{
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGHUP);
	if (ioctl(slave, TIOCSCTTY, 0) < 0 || dup2(slave, 0) < 0 || dup2(slave, 1) < 0 || dup2(slave, 2) < 0)
		return 2;
	close(slave);
	setenv("TERM", type[0] ? type : "vt100", 1);
	return term_run(l);
}

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/syslog-messages.md is what messages.def says.
if ! "${top_builddir:-.}/syslog/msgdoc" | diff -u "${top_srcdir:-.}/docs/syslog-messages.md" -; then
	echo "docs/syslog-messages.md is out of date: run 'make syslog-docs'"
	exit 1
fi

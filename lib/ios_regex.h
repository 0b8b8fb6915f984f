/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The regular expressions of IOS's output modifiers, on POSIX ones (regcomp); what they cost has a bound. */
#pragma once
#include <regex.h>
#include <stdbool.h>

/* For regexec() without matches; the caller's to regfree(). False: none, or too large; re then holds nothing. */
bool ios_regex(regex_t *re, const char *ios);

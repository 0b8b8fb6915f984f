/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The algorithms against known answers: 'test crypto self-test'. */
#pragma once
#include <stdbool.h>

struct text;

/* A line for each algorithm into out. False: one of them is wrong. Makes an RSA key: for a pool worker. */
bool crypto_selftest(struct text *out);

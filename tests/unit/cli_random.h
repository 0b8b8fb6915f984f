/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random lines of a mode, made from its rows: what the property test and the linearity test type. */
#pragma once
#include "cli/grammar.h"

struct rng;

/* One line that a row of the mode may take (a value may still be refused); no newline. */
void random_line(struct grammar *g, enum mode_id mode, struct rng *rng, struct text *out);
/* A configuration: global lines, each followed by lines of the mode it opens. */
void random_config(struct grammar *g, struct rng *rng, unsigned lines, struct text *out);

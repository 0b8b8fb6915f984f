/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Handlers behind rows_crypto_exec.c, by the file they are in. */
#pragma once
#include "cli/cmd.h"

/* exec_gdoi.c */
int exec_clear_gdoi(struct cmd *c);
int exec_clear_members(struct cmd *c);
int exec_clear_member_counters(struct cmd *c);
int exec_clear_coop_role(struct cmd *c);
int exec_clear_coop_counters(struct cmd *c);
int exec_clear_replay_counter(struct cmd *c);
int exec_clear_isakmp(struct cmd *c);
int exec_clear_isakmp_counters(struct cmd *c);
int exec_ks_rekey(struct cmd *c);

/* exec_key.c */
int exec_key_generate(struct cmd *c);
int exec_key_zeroize(struct cmd *c);
int exec_key_export(struct cmd *c);
int exec_key_import(struct cmd *c);

/* exec_debug.c */
int exec_debug(struct cmd *c);
int exec_debug_condition(struct cmd *c);
int exec_undebug(struct cmd *c);
int exec_undebug_all(struct cmd *c);

/* exec_clock.c */
int exec_clock_set(struct cmd *c);
/* 1 to 12 from any beginning of three letters and more; 0: none. */
int clock_month(const char *s);
extern const char *const clock_months[];	/* their names in small letters, January first */
int exec_clear_logging(struct cmd *c);

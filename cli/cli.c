/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "syslog/syslog.h"

const struct row_table *const row_tables[] = {
	&rows_exec, &rows_show, &rows_show_crypto, &rows_crypto_exec, &rows_crypto_config, &rows_ipsec_exec, &rows_ipsec_df,
	&rows_config_top, &rows_config, &rows_clock, &rows_test,
	&rows_logging, &rows_line_enter, &rows_line, &rows_isakmp, &rows_isakmp_policy, &rows_keyring, &rows_ipsec,
	&rows_transform, &rows_profile, &rows_gdoi, &rows_group, &rows_ks, &rows_sa, &rows_coop, &rows_map, &rows_map_entry,
	&rows_fail_close, &rows_interface, &rows_acl, &rows_ext_acl, &rows_std_acl,
	/* before the common rows: their 'exit' comes first */
	&rows_ssh, &rows_ssh_chain, &rows_ssh_user, &rows_ssh_data, &rows_show_ssh, &rows_common,
	&rows_filter, &rows_files, &rows_configure, &rows_system, &rows_ping, &rows_reload, &rows_aaa, &rows_login, &rows_show_login, &rows_lockout,
	&rows_archive_enter, &rows_archive, &rows_archive_log, &rows_archive_exec, &rows_privilege, &rows_show_aliases,
	&rows_ignored[0], &rows_ignored[1], &rows_ignored[2], &rows_ignored[3], &rows_ignored[4], &rows_ignored[5],
	&rows_ignored[6], &rows_ignored[7], &rows_ignored[8], NULL
};

/* 'logging ...' and 'service timestamps ...' take effect with the line. */
void cli_apply_logging(struct cli *c)
{
	const struct cfg *cfg = config_running(c->deps.config);

	if (!c->dry && memcmp(&cfg->logging, syslog_config(c->deps.log), sizeof(cfg->logging)) != 0)
		syslog_configure(c->deps.log, &cfg->logging);
}

static void on_config(void *arg, enum config_event ev)
{
	if (ev == CONFIG_CHANGED)
		cli_apply_logging(arg);
}

struct cli *cli_new(const struct cli_deps *deps)
{
	struct cli *c = mem_zalloc(sizeof(*c));

	c->deps = *deps;
	c->started = clock_now(deps->env->clock);
	c->grammar = grammar_new();
	cfg_line_reset(&c->scratch, LINE_CONSOLE);
	if (!filter_init(c)) {
		grammar_free(c->grammar);
		free(c);
		return NULL;
	}
	revert_init(c);
	reload_init(c);
	login_watch_init(c);
	archive_init(c);
	if (deps->loop)
		load_start(&c->load, deps->env->timers);
	c->config_handle = config_subscribe(deps->config, on_config, c);
	return c;
}

void cli_free(struct cli *c)
{
	if (!c)
		return;
	while (c->sessions)
		session_free(c->sessions);
	revert_free(c);
	reload_forget(c);
	login_watch_stop(c);
	lockout_free(&c->lockouts);
	archive_free(c);
	load_stop(&c->load);
	config_unsubscribe(c->deps.config, c->config_handle);
	filter_done(c);
	grammar_free(c->grammar);
	free(c);
}

uint64_t cli_started(const struct cli *c)
{
	return c->started;
}

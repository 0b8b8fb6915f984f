/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gdoixd: makes the parts in order, lets the loop run, takes them down in reverse. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/vty_server.h"
#include "config/cfg.h"
#include "config/config.h"
#include "daemon/interfaces.h"
#include "daemon/options.h"
#include "daemon/port848.h"
#include "daemon/process.h"
#include "coop/coop.h"
#include "gdoi/gdoi.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/netif.h"
#include "lib/pool.h"
#include "lib/rng.h"
#include "lib/secret.h"
#include "lib/store.h"
#include "lib/text.h"
#include "lib/timer.h"
#include "lib/why.h"
#include "syslog/msg.h"
#include "xfrm/dataplane_xfrm.h"

#define SECRET_HEAP (8u << 20)	/* 8,000 members' phase 1 and room to spare */
#define WORKERS_MAX 4

struct daemon {
	struct options o;
	struct env env;
	struct loop *loop;
	struct syslog *log;
	struct store *nvram;
	struct config *config;
	struct netif *netif;
	struct port848 *port;
	struct net *loghost;		/* a socket of its own: log datagrams leave from any port */
	struct isakmp *isakmp;
	struct dataplane *dataplane;
	struct interfaces *interfaces;
	struct gdoi *gdoi;
	struct coop *coop;
	struct cli_deps cli_deps;
	struct cli *cli;
	struct vty_server *vty;
	struct watch *term, *intr;
	unsigned subscription;
	bool subscribed, locked_memory, reload;
	struct why unwritable;		/* the state directory, when it is: read, and served from */
	struct why memory;
};

static void to_stderr(void *arg, const struct log_line *line)
{
	fprintf(stderr, "%s\n", line->line);
}

static void on_signal(int signo, void *arg)
{
	struct daemon *d = arg;

	log_SYS_STOP(d->log, strsignal(signo));
	loop_stop(d->loop);
}

static void on_reload(void *arg)
{
	struct daemon *d = arg;

	d->reload = true;
	loop_stop(d->loop);
}

static void on_netif(void *arg)
{
	struct daemon *d = arg;

	if (d->interfaces)
		interfaces_configure(d->interfaces);
	if (d->dataplane)
		xfrm_interfaces_changed(d->dataplane);
	if (d->gdoi)
		gdoi_interfaces_changed(d->gdoi);
}

static bool if_address(void *arg, const char *ifname, struct ip4 *out)
{
	struct daemon *d = arg;
	const struct netif_link *l = d->netif ? netif_find(d->netif, ifname) : NULL;

	if (!l || !l->naddr)
		return false;
	*out = l->addr[0].ip;
	return true;
}

static void on_config(void *arg, enum config_event ev)
{
	struct daemon *d = arg;

	if (d->dataplane)
		xfrm_set_df(d->dataplane, (enum xfrm_df)config_running(d->config)->df_bit);
	if (d->interfaces)
		interfaces_configure(d->interfaces);
}

static void on_datagram(void *arg, const struct datagram *dg)
{
	struct daemon *d = arg;

	isakmp_input(d->isakmp, dg);
}

/* ---- in order ---- */

static unsigned workers(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : (unsigned)n;
}

static bool start_base(struct daemon *d, struct why *why)
{
	d->env.clock = clock_new_real();
	d->env.timers = timers_new(d->env.clock);
	d->env.rng = rng_new_system();
	d->loop = loop_new(d->env.timers);
	if (!d->loop)
		return why_set(why, "no event queue: %s", strerror(errno));
	d->env.pool = pool_new(d->loop, workers());
	if (!d->env.pool)
		return why_set(why, "no worker threads: %s", strerror(errno));
	d->log = syslog_new(d->env.clock);
	if (d->o.foreground && !d->o.check)
		syslog_sink_add(d->log, SINK_CONSOLE, to_stderr, NULL);
	return true;
}

static void start_config(struct daemon *d)
{
	struct why why;

	d->config = config_new(d->nvram);
	d->subscription = config_subscribe(d->config, on_config, d);
	d->subscribed = true;
	if (!d->locked_memory)
		log_SYS_MEMLOCK(d->log, "RLIMIT_MEMLOCK is too low");
	if (d->unwritable.text[0])
		log_SYS_CFG_WRITE(d->log, d->unwritable.text);
	if (!config_keys_load(d->config, &why))
		log_SYS_CFG_READ(d->log, why.text);
}

static bool start_network(struct daemon *d, struct why *why)
{
	struct why loghost;

	d->netif = netif_open(d->loop, on_netif, d, why);
	if (!d->netif)
		return false;
	d->loghost = udp_open(d->loop, 0, NULL, NULL, &loghost);
	syslog_set_net(d->log, d->loghost);
	syslog_set_addresses(d->log, if_address, d);
	d->dataplane = xfrm_new(&d->env, d->log, d->loop, d->netif);
	d->interfaces = interfaces_new(d->log, d->config, d->netif, d->dataplane);
	return true;
}

static void start_engine(struct daemon *d)
{
	struct gdoi_deps g = { .env = &d->env, .log = d->log, .config = d->config, .dataplane = d->dataplane,
		.if_address = if_address, .if_arg = d };

	d->port = port848_new(&d->env, d->loop, d->log);
	d->isakmp = isakmp_new(&d->env, d->log, d->config, port848_net(d->port), GDOI_VERSION);
	g.isakmp = d->isakmp;
	g.net = port848_net(d->port);
	d->gdoi = gdoi_new(&g);
	d->coop = coop_new(&(struct coop_deps){ .env = &d->env, .log = d->log, .config = d->config, .isakmp = d->isakmp,
		.gdoi = d->gdoi });
	d->cli_deps = (struct cli_deps){ .env = &d->env, .log = d->log, .config = d->config, .isakmp = d->isakmp,
		.gdoi = d->gdoi, .coop = d->coop, .netif = d->netif, .stop = on_reload, .stop_arg = d, .version = GX_VERSION,
		.loop = d->loop };
	d->cli = cli_new(&d->cli_deps);
	coop_on_copy(d->coop, cli_save_share, d->cli);
}

/* Each line that does not parse is logged by cli_replay() and skipped. */
static void load_startup(struct daemon *d)
{
	struct text text = TEXT_EMPTY;
	bool missing = false;
	struct why why;

	if (config_load_text(d->config, &text, &missing, &why))
		cli_replay(d->cli, bytes_of(text.s, text.n), NULL);
	else if (!missing)
		log_SYS_CFG_READ(d->log, why.text);
	text_free(&text);
}

static bool start_sockets(struct daemon *d, struct why *why)
{
	struct vty_options v = { .rundir = d->o.rundir, .telnet_port = d->o.telnet_port, .ssh_port = d->o.ssh_port };

	port848_open(d->port, on_datagram, d);
	process_nobody(&v.uid, &v.gid);
	v.gdoixsh = process_find_gdoixsh();
	d->vty = vty_server_new(d->cli, &d->cli_deps, d->loop, &v, why);
	d->term = watch_signal(d->loop, SIGTERM, on_signal, d);
	d->intr = watch_signal(d->loop, SIGINT, on_signal, d);
	return d->vty != NULL;
}

/* ---- in reverse ---- */

static void stop_parts(struct daemon *d)
{
	vty_server_free(d->vty);
	if (d->port)
		port848_close(d->port);
	if (d->cli)
		cli_free(d->cli);
	if (d->dataplane)
		xfrm_stopping(d->dataplane);
	if (d->gdoi)
		gdoi_free(d->gdoi);
	coop_free(d->coop);
	interfaces_free(d->interfaces);
	d->interfaces = NULL;
	if (d->dataplane)
		xfrm_free(d->dataplane);
	d->dataplane = NULL;
	if (d->isakmp)
		isakmp_free(d->isakmp);
	port848_free(d->port);
	if (d->netif)
		netif_close(d->netif);
	d->netif = NULL;
	if (d->subscribed)
		config_unsubscribe(d->config, d->subscription);
}

static void stop_base(struct daemon *d)
{
	if (d->env.pool)
		pool_free(d->env.pool);
	if (d->config)
		config_free(d->config);
	if (d->nvram)
		store_close(d->nvram);
	if (d->log) {
		syslog_set_net(d->log, NULL);
		syslog_free(d->log);
	}
	udp_close(d->loghost);
	watch_del(d->term);
	watch_del(d->intr);
	loop_free(d->loop);
	if (d->env.rng)
		rng_free(d->env.rng);
	if (d->env.timers)
		timers_free(d->env.timers);
	if (d->env.clock)
		clock_free(d->env.clock);
}

static void stop(struct daemon *d)
{
	stop_parts(d);
	stop_base(d);
}

static bool lock_directories(struct daemon *d, struct why *why)
{
	if (!process_directory(d->o.nvram, 0700, why) || !process_directory(d->o.rundir, 0755, why))
		return false;
	return process_lock(d->o.rundir, "gdoixd.pid", NULL, why) >= 0 &&
		process_lock(d->o.nvram, "lock", &d->unwritable, why) >= 0;
}

static bool start(struct daemon *d, struct why *why)
{
	if (!lock_directories(d, why))
		return false;
	d->locked_memory = secret_heap_init(SECRET_HEAP);
	process_harden();
	if (!process_drop_capabilities(why))
		return false;
	d->nvram = store_open(d->o.nvram, why);
	if (!d->nvram || !start_base(d, why))
		return false;
	start_config(d);
	if (!start_network(d, why))
		return false;
	start_engine(d);
	load_startup(d);
	log_SYS_RESTART(d->log, "gdoix Software, Version " GX_VERSION, "GPL-3.0-or-later");
	return start_sockets(d, why);
}

/* 'gdoixd --check': nothing is locked, opened or written, and the kernel is not asked; the daemon may be running. */
static int check(struct daemon *d)
{
	struct text text = TEXT_EMPTY, errors = TEXT_EMPTY;
	bool missing = false;
	unsigned refused = 0;
	struct why why;

	d->nvram = store_open(d->o.nvram, &why);
	if (!d->nvram || !start_base(d, &why)) {
		fprintf(stderr, "gdoixd: %s\n", why.text);
		stop(d);
		return 2;
	}
	d->config = config_new(d->nvram);
	start_engine(d);
	config_hold(d->config);
	if (config_load_text(d->config, &text, &missing, &why)) {
		refused = cli_replay(d->cli, bytes_of(text.s, text.n), &errors);
	} else if (!missing) {
		text_printf(&errors, "%s\n", why.text);
		refused = 1;
	}
	fputs(text_str(&errors), stdout);
	text_free(&text);
	text_free(&errors);
	stop(d);
	return refused ? 1 : 0;
}

/* 'reload': the same program once more, in this process, so that whoever supervises it sees no end. */
static void __attribute__((noreturn)) run_again(const struct options *o)
{
	char port[8], ssh_port[8], name[] = "gdoixd", nvram[] = "--nvram", run[] = "--run", telnet[] = "--telnet-port",
		ssh[] = "--ssh-port", stay[] = "--foreground";
	char *dir = strdup(o->nvram), *rundir = strdup(o->rundir);
	char *argv[] = { name, nvram, dir, run, rundir, telnet, port, ssh, ssh_port, stay, NULL };

	snprintf(port, sizeof(port), "%u", o->telnet_port);
	snprintf(ssh_port, sizeof(ssh_port), "%u", o->ssh_port);
	execv("/proc/self/exe", argv);
	perror("gdoixd: reload");
	exit(1);
}

/* Relative directories must mean the same once the daemon has left for "/". */
static const char *absolute(const char *dir)
{
	char *path = NULL, *cwd;

	if (dir[0] == '/')
		return dir;
	cwd = getcwd(NULL, 0);
	if (!cwd || asprintf(&path, "%s/%s", cwd, dir) < 0) {
		perror("gdoixd: working directory");
		exit(1);
	}
	free(cwd);
	return path;
}

int main(int argc, char **argv)
{
	static struct daemon d;
	struct why why;
	bool ok;

	options_parse(argc, argv, &d.o);
	d.o.nvram = absolute(d.o.nvram);
	d.o.rundir = absolute(d.o.rundir);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (d.o.check)
		return check(&d);
	if (!d.o.foreground)
		process_background();
	ok = start(&d, &why);
	if (ok) {
		process_ready();
		loop_run(d.loop);
	} else {
		fprintf(stderr, "gdoixd: %s\n", why.text);
	}
	stop(&d);
	if (d.reload)
		run_again(&d.o);
	return ok ? 0 : 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXEC commands about configuration texts and files: show running-config, write, copy, more, dir, delete, erase. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include "cli/files.h"
#include "cli/json.h"
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/crypto/prf.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "syslog/msg.h"

/* IOS tells how fast it was, too. */
static void copied(struct cmd *c, size_t octets, uint64_t began)
{
	uint64_t msec = (clock_now(c->deps->env->clock) - began) / 1000 + 1;

	text_printf(c->out, "%zu bytes copied in %" PRIu64 ".%03u secs (%" PRIu64 " bytes/sec)\n", octets, msec / 1000, (unsigned)(msec % 1000),
		octets * 1000 / msec);
}

/* ---- running ---- */

static void stamp(const struct cmd *c, const char *what, uint64_t wall, const char *by, struct text *out)
{
	char at[96];

	if (wall)
		text_printf(out, "! %s at %s%s%s\n", what, wall_text(c->cfg, wall, at), *by ? " by " : "", by);
}

static void running(const struct cmd *c, bool all, struct text *out)
{
	text_add(out, "!\n");
	stamp(c, "Last configuration change", c->cli->changed, c->cli->changed_by, out);
	stamp(c, "NVRAM config last updated", c->cli->saved, c->cli->saved_by, out);
	if (c->cli->changed || c->cli->saved)
		text_add(out, "!\n");
	nvgen(c->cli, all, out);
}

void files_running(const struct cmd *c, struct text *out)
{
	running(c, false, out);
}

/* "interface X" with what is indented below it, of 'all'. */
static bool block_of(const char *all, const char *heading, struct text *out)
{
	struct text line = TEXT_EMPTY;
	const char *p, *end;

	text_printf(&line, "\n%s\n", heading);
	p = strstr(all, text_str(&line));
	text_free(&line);
	if (!p)
		return false;
	end = p + 1 + strcspn(p + 1, "\n");
	while (*end && end[1] == ' ')
		end += 1 + strcspn(end + 1, "\n");
	text_add(out, "!\n");
	text_addn(out, p + 1, (size_t)(end - p));
	text_add(out, "end\n");
	return true;
}

bool files_running_part(struct cmd *c, struct text *out)
{
	struct text all = TEXT_EMPTY;
	char heading[CFG_NAME + 16];
	bool ok = true;

	running(c, cmd_has(c, "all") || cmd_has(c, "full"), &all);
	if (cmd_has(c, "section")) {
		ok = filter_section(cmd_str(c, "pattern"), text_str(&all), out);
		if (!ok)
			cmd_error(c, "Invalid regular expression");
	} else if (cmd_has(c, "interface")) {
		snprintf(heading, sizeof(heading), "interface %s", cmd_str(c, "interface-name"));
		ok = block_of(text_str(&all), heading, out);
		if (!ok)
			cmd_error(c, "Interface %s is not configured", cmd_str(c, "interface-name"));
	} else {
		text_addn(out, text_str(&all), all.n);
	}
	text_free(&all);
	return ok;
}

static int show_running(struct cmd *c)
{
	struct text t = TEXT_EMPTY;
	bool ok = files_running_part(c, &t), section = cmd_has(c, "section");

	if (ok && !section)
		text_printf(c->out, "Building configuration...\n\nCurrent configuration : %zu bytes\n", t.n);
	if (ok)
		text_addn(c->out, text_str(&t), t.n);
	if (ok && !section)
		text_add(c->out, "\n");
	text_free(&t);
	return ok ? CMD_OK : CMD_ERROR;
}

#define NVRAM_SIZE (64u << 20)	/* what lib/store takes */

bool files_startup(struct cmd *c, struct text *out, bool *missing)
{
	struct why why;
	bool ok = config_load_text(c->deps->config, out, missing, &why);

	if (!ok)
		cmd_error(c, "Cannot read the startup-config: %s", why.text);
	return ok;
}

static int show_startup(struct cmd *c)
{
	struct text t = TEXT_EMPTY;
	bool missing = false, ok = files_startup(c, &t, &missing);

	if (ok && (missing || !t.n))
		text_add(c->out, "startup-config is not present\n");
	else if (ok)
		text_printf(c->out, "Using %zu out of %u bytes\n%s", t.n, NVRAM_SIZE, text_str(&t));
	if (ok && t.n && t.s[t.n - 1] == '\n')
		text_add(c->out, "\n");
	text_free(&t);
	return ok ? CMD_OK : CMD_ERROR;
}

int files_save(struct cmd *c)
{
	struct text t = TEXT_EMPTY;
	struct why why;
	bool ok;

	text_add(c->out, "Building configuration...\n");
	running(c, false, &t);
	ok = config_save_text(c->deps->config, bytes_of(text_str(&t), t.n), &why);
	text_free(&t);
	if (!ok) {
		log_SYS_CFG_WRITE(c->deps->log, why.text);
		return cmd_error(c, "Cannot write the startup-config: %s", why.text);
	}
	c->cli->saved = clock_wall(c->deps->env->clock);
	str_copy(c->cli->saved_by, sizeof(c->cli->saved_by), c->session ? c->session->user : "");
	text_add(c->out, "[OK]\n");
	if (c->cfg->archive.write_memory) {
		cmd_flush(c);
		archive_save_or_log(c->cli);
	}
	return CMD_OK;
}

/* Adds the startup-config to the running configuration, line by line. */
int files_load_startup(struct cmd *c)
{
	struct text t = TEXT_EMPTY, errors = TEXT_EMPTY;
	struct why why;
	bool missing = false;
	uint64_t began = clock_now(c->deps->env->clock);
	unsigned bad;

	if (!config_load_text(c->deps->config, &t, &missing, &why) || missing) {
		text_free(&t);
		return cmd_error(c, "Cannot read the startup-config: %s", missing ? "it is not present" : why.text);
	}
	bad = cli_replay(c->cli, bytes_of(text_str(&t), t.n), &errors);
	text_addn(c->out, text_str(&errors), errors.n);
	copied(c, t.n, began);
	c->cli->changed = clock_wall(c->deps->env->clock);
	cmd_flush(c);
	log_SYS_CONFIG_I(c->deps->log, "memory", cmd_by(c));
	text_free(&t);
	text_free(&errors);
	return bad ? CMD_ERROR : CMD_OK;
}

static int erase_answered(struct cmd *c, const struct answer *a)
{
	struct why why;

	if (!a->yes)
		return CMD_OK;
	if (!config_save_text(c->deps->config, BYTES_NONE, &why)) {
		log_SYS_CFG_WRITE(c->deps->log, why.text);
		return cmd_error(c, "Cannot erase the startup-config: %s", why.text);
	}
	text_add(c->out, "[OK]\nErase of nvram: complete\n");
	cmd_flush(c);
	log_SYS_NV_BLOCK_INIT(c->deps->log);
	return CMD_OK;
}

static int erase(struct cmd *c)
{
	return cmd_ask_confirm(c, "Erasing the nvram filesystem will remove all configuration files! Continue?", erase_answered);
}


/* ---- files ---- */

static bool is_running(const char *url)
{
	return strcasecmp(url, "running-config") == 0 || strcasecmp(url, "system:running-config") == 0;
}

static bool is_startup(const char *url)
{
	return strcasecmp(url, "startup-config") == 0 || strcasecmp(url, "nvram:startup-config") == 0;
}

bool files_read(struct cmd *c, const char *url, struct text *out, struct why *why)
{
	if (is_running(url)) {
		running(c, false, out);
		return true;
	}
	return file_get(c->deps->config, url, out, why);
}

static int more(struct cmd *c)
{
	struct text t = TEXT_EMPTY;
	struct why why;
	bool ok = files_read(c, cmd_str(c, "url"), &t, &why);

	text_addn(c->out, text_str(&t), t.n);
	if (t.n && t.s[t.n - 1] != '\n')
		text_add(c->out, "\n");
	text_free(&t);
	return ok ? CMD_OK : cmd_error(c, "%s", why.text);
}

/* What was computed is shown, or compared with what the operator was told. */
static int verify(struct cmd *c)
{
	enum hash_id h = cmd_has(c, "/sha256") ? HASH_SHA256 : cmd_has(c, "/sha512") ? HASH_SHA512 : HASH_MD5;
	const char *name = h == HASH_SHA256 ? "sha256" : h == HASH_SHA512 ? "sha512" : "md5", *url = cmd_str(c, "url");
	struct text t = TEXT_EMPTY, hex = TEXT_EMPTY;
	uint8_t digest[HASH_SIZE_MAX];
	struct bytes all;
	struct why why;
	int r = CMD_OK;

	if (!files_read(c, url, &t, &why)) {
		text_free(&t);
		return cmd_error(c, "%s", why.text);
	}
	all = bytes_of(text_str(&t), t.n);
	hash_parts(h, &all, 1, digest);
	text_hex(&hex, bytes_of(digest, hash_alg(h)->size));
	for (size_t i = 0; i < hex.n; i++)
		hex.s[i] = (char)tolower((unsigned char)hex.s[i]);
	text_add(c->out, "Done!\n");
	if (!cmd_has(c, "expected"))
		text_printf(c->out, "verify /%s (%s) = %s\n", name, url, text_str(&hex));
	else if (strcasecmp(cmd_str(c, "expected"), text_str(&hex)) == 0)
		text_printf(c->out, "Verified (%s) = %s\n", url, text_str(&hex));
	else
		r = cmd_error(c, "Error verifying %s\nComputed signature  = %s\nSubmitted signature = %s", url, text_str(&hex), cmd_str(c, "expected"));
	text_free(&hex);
	text_free(&t);
	return r;
}

/* "Nov 21 2026 23:15:01 +00:00" */
static void dir_line(struct cmd *c, unsigned n, uint64_t size, uint64_t changed, const char *name)
{
	time_t t = (time_t)(changed / USEC_PER_SEC);
	char at[40] = "<no date>";
	struct tm tm;

	if (changed && gmtime_r(&t, &tm))
		strftime(at, sizeof(at), "%b %e %Y %H:%M:%S +00:00", &tm);
	text_printf(c->out, "%5u  -rw-  %10llu  %27s  %s\n", n, (unsigned long long)size, at, name);
}

bool files_dir(struct cmd *c, struct files_dir *d)
{
	const char *url = cmd_has(c, "url") ? cmd_str(c, "url") : "flash:";
	bool nvram = strncasecmp(url, "nvram:", 6) == 0;
	struct text startup = TEXT_EMPTY;
	struct why why;

	if ((!nvram && strncasecmp(url, "flash:", 6) != 0) || (url[6] && strcmp(url + 6, "/") != 0)) {
		cmd_error(c, "Error opening %.100s (No such file or directory)", url);
		return false;
	}
	d->place = nvram ? "nvram:" : "flash:";
	d->n = 0;
	d->used = 0;
	if (nvram && file_get(c->deps->config, "startup-config", &startup, &why) && startup.n)
		d->file[d->n++] = (struct file_info){ .name = "startup-config", .size = startup.n };
	text_free(&startup);
	d->n += file_list(c->deps->config, d->file + d->n, FILES_MAX);
	for (unsigned i = 0; i < d->n; i++)
		d->used += strcmp(d->file[i].name, "startup-config") != 0 ? d->file[i].size : 0;
	return true;
}

static int dir(struct cmd *c)
{
	struct files_dir d;

	if (!files_dir(c, &d))
		return CMD_ERROR;
	text_printf(c->out, "Directory of %s/\n\n", d.place);
	for (unsigned i = 0; i < d.n; i++)
		dir_line(c, i + 1, d.file[i].size, d.file[i].changed, d.file[i].name);
	if (!d.n)
		text_add(c->out, "No files in directory\n");
	text_printf(c->out, "\n%zu bytes total (%zu bytes free)\n", FILES_SIZE, d.used < FILES_SIZE ? FILES_SIZE - (size_t)d.used : 0);
	return CMD_OK;
}

static int delete_confirmed(struct cmd *c, const struct answer *a)
{
	const char *url = c->user ? c->user : cmd_str(c, "url");
	struct why why;

	if (!a->yes)
		return CMD_OK;
	return file_remove(c->deps->config, url, &why) ? CMD_OK : cmd_error(c, "%s", why.text);
}

/* The file that was named first, or another one. */
static int delete_named(struct cmd *c, const struct answer *a)
{
	char question[160];
	struct why why;
	const char *name = file_name(a->text, true, &why);

	if (!name)
		return cmd_error(c, "%s", why.text);
	if (!file_exists(c->deps->config, a->text))
		return cmd_error(c, "Error deleting %.100s (No such file or directory)", a->text);
	free(c->user);
	c->user = mem_strdup(name);
	c->user_free = free;
	snprintf(question, sizeof(question), "Delete flash:/%s?", name);
	return cmd_ask_confirm(c, question, delete_confirmed);
}

static int delete_file(struct cmd *c)
{
	const char *url = cmd_str(c, "url"), *name;
	struct answer yes = { .yes = true, .text = "" };
	char question[160];
	struct why why;

	name = file_name(url, true, &why);
	if (!name)
		return cmd_error(c, "%s", why.text);
	if (!file_exists(c->deps->config, url))
		return cmd_error(c, "Error deleting %.100s (No such file or directory)", url);
	if (cmd_has(c, "/force"))
		return delete_confirmed(c, &yes);
	snprintf(question, sizeof(question), "Delete filename [%s]? ", name);
	return cmd_ask_text(c, question, name, delete_named);
}

/* ---- copy ---- */

struct copy {
	char from[208], to[208];
};

static int copy_load(struct cmd *c, const char *url, const struct text *t)
{
	uint64_t began = clock_now(c->deps->env->clock);
	struct text errors = TEXT_EMPTY;
	unsigned bad = replay_text(c->cli, url, bytes_of(text_str(t), t->n), &errors);

	config_changed(c->deps->config);
	config_closed(c->deps->config);
	text_addn(c->out, text_str(&errors), errors.n);
	copied(c, t->n, began);
	c->cli->changed = clock_wall(c->deps->env->clock);
	str_copy(c->cli->changed_by, sizeof(c->cli->changed_by), c->session ? c->session->user : "");
	cmd_flush(c);
	log_SYS_CONFIG_I(c->deps->log, url, cmd_by(c));
	text_free(&errors);
	return bad ? CMD_ERROR : CMD_OK;
}

static int copy_do(struct cmd *c)
{
	uint64_t began = clock_now(c->deps->env->clock);
	struct copy *k = c->user;
	struct text t = TEXT_EMPTY;
	struct why why;
	bool ok;
	int r;

	if (is_running(k->from) && is_startup(k->to))
		return files_save(c);
	if (is_startup(k->from) && is_running(k->to))
		return files_load_startup(c);
	if (is_running(k->from) && is_running(k->to))
		return cmd_error(c, "Source and destination are the same");
	ok = files_read(c, k->from, &t, &why);
	if (ok && is_running(k->to)) {
		r = copy_load(c, k->from, &t);
		text_free(&t);
		return r;
	}
	if (ok && is_startup(k->to))
		ok = config_save_text(c->deps->config, bytes_of(text_str(&t), t.n), &why);
	else if (ok)
		ok = file_put(c->deps->config, k->to, bytes_of(text_str(&t), t.n), false, &why);
	if (ok && is_startup(k->to))
		text_add(c->out, "[OK]\n");
	if (ok)
		copied(c, t.n, began);
	text_free(&t);
	return ok ? CMD_OK : cmd_error(c, "%s", why.text);
}

static int copy_over(struct cmd *c, const struct answer *a)
{
	return a->yes ? copy_do(c) : CMD_OK;
}

static int copy_to(struct cmd *c, const struct answer *a)
{
	struct copy *k = c->user;
	struct why why;

	/* The answer is a name at the place that the command named. */
	if (!strchr(a->text, ':') && strchr(k->to, ':'))
		snprintf(strchr(k->to, ':') + 1, sizeof(k->to) - 8, "%.190s", a->text);
	else
		str_copy(k->to, sizeof(k->to), a->text);
	if (is_running(k->to) || is_startup(k->to))
		return copy_do(c);
	if (!file_name(k->to, true, &why))
		return cmd_error(c, "%s", why.text);
	if (!file_exists(c->deps->config, k->to))
		return copy_do(c);
	text_add(c->out, "%Warning:There is a file already existing with this name\n");
	return cmd_ask_confirm(c, "Do you want to over write?", copy_over);
}

static int copy(struct cmd *c)
{
	struct copy *k = mem_zalloc(sizeof(*k));
	struct text t = TEXT_EMPTY;
	const char *name;
	char question[300];
	struct why why;

	c->user = k;
	c->user_free = free;
	str_copy(k->from, sizeof(k->from), c->arg[1].word);
	str_copy(k->to, sizeof(k->to), c->arg[2].word);
	if (c->arg[1].tok->kind == T_KW)
		str_copy(k->from, sizeof(k->from), c->arg[1].tok->text);
	if (c->arg[2].tok->kind == T_KW)
		str_copy(k->to, sizeof(k->to), c->arg[2].tok->text);
	if (!files_read(c, k->from, &t, &why))
		return cmd_error(c, "%s", why.text);
	text_free(&t);
	name = strchr(k->to, ':') ? strchr(k->to, ':') + 1 : k->to;
	if (!*name) {
		const char *from = strchr(k->from, ':');

		name = from ? from + 1 : k->from;
	}
	snprintf(question, sizeof(question), "Destination filename [%s]? ", name);
	return cmd_ask_text(c, question, name, copy_to);
}

/* clang-format off */
#define SHOW KW("show", "Show running system information")
#define URL(name_, help_) { .kind = T_WORD, .name = name_, .text = "URL", .help = help_, .lo = 1, .hi = 200 }
#define WRITE KW("write", "Write running configuration to memory or terminal")

static const struct row files_rows[] = {
	{ ROW(KW("copy", "Copy from one file to another"), ALT(KW("running-config", "Copy from current system configuration"), OR,
		KW("startup-config", "Copy from startup configuration"), OR, URL("from", "Copy from flash:FILE or nvram:FILE")),
		ALT(KWN("running-config", "Update (merge with) current system configuration", "to-running"), OR,
		KWN("startup-config", "Copy to startup configuration", "to-startup"), OR, URL("to", "Copy to flash:FILE or nvram:FILE"))),
	  .handler = copy, .priv = 15 },
	{ ROW(KW("delete", "Delete a file"), OPT(KW("/force", "Delete without asking")), URL("url", "File to be deleted: flash:FILE or nvram:FILE")),
	  .handler = delete_file, .priv = 15 },
	{ ROW(KW("dir", "List files on a filesystem"), OPT(KW("/all", "List all files")), OPT(URL("url", "flash: or nvram:"))),
	  .handler = dir, JSON("dir", json_dir), .flags = R_FILTER, .priv = 15 },
	{ ROW(KW("erase", "Erase a filesystem"), ALT(KW("nvram:", "Filesystem to be erased"), OR,
		KW("startup-config", "Erase contents of configuration memory"))), .handler = erase, .priv = 15 },
	{ ROW(KW("more", "Display the contents of a file"), URL("url", "flash:FILE, nvram:startup-config, system:running-config")),
	  .handler = more, JSON("more", json_more), .flags = R_FILTER, .priv = 15 },
	{ ROW(SHOW, KW("configuration", "Contents of Non-Volatile memory")), .handler = show_startup, JSON("startup-config", json_startup), .priv = 15 },
	{ ROW(SHOW, KW("running-config", "Current operating configuration"), OPT(ALT(KW("all", "Configuration with defaults"), OR,
		KW("brief", "Configuration without certificate data"), OR,
		KW("full", "Full configuration"), OR,
		KW("interface", "Show interface configuration"), WORD("interface-name", "Interface name"), OR,
		KW("section", "Show the sections that match"), LINE("pattern", "Regular Expression"), OR,
		KW("view", "View options"), KWN("full", "The whole configuration", "whole")))), .handler = show_running,
	  JSON("running-config", json_running), .priv = 15 },
	{ ROW(SHOW, KW("startup-config", "Contents of startup configuration")), .handler = show_startup, JSON("startup-config", json_startup), .priv = 15 },
	{ ROW(SHOW, KW("flash:", "Display information about flash: file system")), .handler = dir, JSON("dir", json_dir), .priv = 15 },
	{ ROW(KW("verify", "Verify a file"), OPT(ALT(KW("/md5", "Compute an md5 signature for a file"), OR,
		KW("/sha256", "Compute a SHA-256 signature for a file"), OR, KW("/sha512", "Compute a SHA-512 signature for a file"))),
		URL("url", "File to be verified: flash:FILE, nvram:startup-config, system:running-config"),
		OPT({ .kind = T_WORD, .name = "expected", .help = "Signature that it should have", .lo = 32, .hi = 128 })),
	  .handler = verify, .priv = 15 },
	{ ROW(WRITE), .handler = files_save, .priv = 15 },
	{ ROW(WRITE, KW("erase", "Erase NV memory")), .handler = erase, .priv = 15 },
	{ ROW(WRITE, KW("memory", "Write to NV memory")), .handler = files_save, .priv = 15 },
	{ ROW(WRITE, KW("terminal", "Write to terminal")), .handler = show_running, JSON("running-config", json_running), .flags = R_FILTER, .priv = 15 },
};
/* clang-format on */

const struct row_table rows_files = ROWS(IN_EXEC, files_rows);

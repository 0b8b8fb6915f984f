/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crypto maps (group members) and the interfaces they stand on. */
#include <stdio.h>
#include "cli/shell.h"

/* The interfaces that carry the map: "Gi3,eth1"; false when there is none. */
static bool map_users(const struct cfg *cfg, const char *map, struct text *out)
{
	CFG_EACH(struct cfg_interface, i, &cfg->interfaces)
		if (strcmp(i->map, map) == 0)
			text_printf(out, "%s%s", out->n ? "," : "", i->name);
	return out->n != 0;
}

static int in_use(struct cmd *c, const char *map)
{
	struct text t = TEXT_EMPTY;
	int r = CMD_OK;

	if (map_users(c->cfg, map, &t))
		r = cmd_error(c, "Crypto-map %s is in use by interface(s): %s", map, text_str(&t));
	text_free(&t);
	return r;
}

/* A map of which nothing is left goes. */
static void map_trim(struct cfg *cfg, struct cfg_map *m)
{
	if (!m->entries.head && !m->local_if[0] && !m->fail_close.present)
		cfg_remove(&cfg->maps, &m->node);
}

static int enter_map(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_map *m = cfg_map(c->cfg, name);
	uint32_t seq = cmd_u32(c, "seq", 0);
	struct cfg_map_entry *e = m ? cfg_map_entry(m, seq) : NULL;

	if (!c->no) {
		if (!e && c->session)
			text_add(c->out, "% NOTE: This new crypto map will remain disabled until a valid group has been configured.\n");
		if (!m)
			m = cfg_map_add(c->cfg, name);
		cfg_map_entry_add(m, seq);
		shell_enter(c, IN_MAP, name, seq, 0);
		return CMD_OK;
	}
	if (!m)
		return c->session ? cmd_error(c, "Could not find crypto map %s", name) : CMD_OK;
	if (cmd_has(c, "seq")) {
		if (e && !m->entries.head->hh.next && in_use(c, name) != CMD_OK)
			return CMD_ERROR;
		if (e)
			cfg_remove(&m->entries, &e->node);
		map_trim(c->cfg, m);
		return CMD_OK;
	}
	if (in_use(c, name) != CMD_OK)
		return CMD_ERROR;
	cfg_remove(&c->cfg->maps, &m->node);
	return CMD_OK;
}

/* A key server is never a member of its own group; rows_gdoi.c has the other ways round. */
static int set_group(struct cmd *c)
{
	const struct cfg_group *g = c->no ? NULL : cfg_group(c->cfg, cmd_str(c, "group"));

	if (g && g->ks.present)
		return cmd_error(c, "Group %s is configured as key server (server local): it cannot be group member as well", g->name);
	bind_apply(c);
	return CMD_OK;
}

static int enter_fail_close(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_map *m = cfg_map(c->cfg, name);

	if (c->no) {
		if (m) {
			memset(&m->fail_close, 0, sizeof(m->fail_close));
			map_trim(c->cfg, m);
		}
		return CMD_OK;
	}
	if (!m)
		m = cfg_map_add(c->cfg, name);
	m->fail_close.present = true;
	shell_enter(c, IN_FAIL_CLOSE, name, 0, 0);
	return CMD_OK;
}

static int set_local_address(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_map *m = cfg_map(c->cfg, name);

	if (c->no) {
		if (m) {
			m->local_if[0] = '\0';
			map_trim(c->cfg, m);
		}
		return CMD_OK;
	}
	if (!m)
		m = cfg_map_add(c->cfg, name);
	str_copy(m->local_if, sizeof(m->local_if), cmd_str(c, "interface-name"));
	return CMD_OK;
}

static void nv_maps(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_map, m, &nv->cfg->maps) {
		if (m->local_if[0])
			nv_line(nv, "crypto map %s local-address %s", m->name, m->local_if);
		if (m->fail_close.present) {
			nv_line(nv, "crypto map %s gdoi fail-close", m->name);
			nv_mode(nv, IN_FAIL_CLOSE, m);
		}
		CFG_EACH(struct cfg_map_entry, e, &m->entries) {
			nv_line(nv, "crypto map %s %u gdoi ", m->name, e->seq);
			nv_mode(nv, IN_MAP, e);
		}
	}
}

/* ---- interfaces ---- */

static int enter_interface(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_interface *i = cfg_interface(c->cfg, name);

	if (c->no) {
		if (i)
			cfg_remove(&c->cfg->interfaces, &i->node);
		return CMD_OK;
	}
	cfg_interface_add(c->cfg, name);
	shell_enter(c, IN_INTERFACE, name, 0, 0);
	return CMD_OK;
}

static void nv_interfaces(struct nv *nv, const struct row *row, const void *obj)
{
	bool first = true;

	CFG_EACH(struct cfg_interface, i, &nv->cfg->interfaces) {
		if (!first)
			nv_line(nv, "!");
		first = false;
		nv_line(nv, "interface %s", i->name);
		nv_mode(nv, IN_INTERFACE, i);
	}
}

static int set_address(struct cmd *c)
{
	struct cfg_interface *i = c->obj;
	struct ip4 ip = { 0 }, mask = { 0 };

	if (!c->no) {
		cmd_ip4(c, "ip-address", &ip);
		cmd_ip4(c, "mask", &mask);
		if (ip4_mask_bits(mask) < 1)
			return cmd_error(c, "Bad mask 0x%08X for address %s", mask.a, ip4_s(ip));
		if (ip4_none(ip) || ip4_multicast(ip) || (ip4_mask_bits(mask) < 31 && !(ip.a & ~mask.a)))
			return cmd_error(c, "Bad address %s", ip4_s(ip));
	}
	i->ip = ip;
	i->mask = mask;
	return CMD_OK;
}

static void nv_address(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_interface *i = obj;

	if (!ip4_none(i->ip))
		nv_line(nv, "ip address %s %s", ip4_s(i->ip), ip4_s(i->mask));
}

/* clang-format off */
#define CRYPTO KW("crypto", "Encryption module")
#define MAP KW("map", "Enter a crypto map")
#define NAME WORD("name", "Crypto map tag")
#define ACL_NUM(lo_, hi_, help_, type_, f_, name_) \
	{ .kind = T_UINT, .name = name_, .lo = lo_, .hi = hi_, .help = help_, .bind = BIND_STR, FIELD_(type_, f_) }

static const struct row global_rows[] = {
	{ ROW(CRYPTO, MAP, NAME, NOEND, UINT("seq", 1, 65535, "Sequence to insert into crypto map entry"), NOEND,
		KW("gdoi", "GKM (Group Key Management, GDOI or G-IKEv2)")),
	  .flags = R_NO, .handler = enter_map, .nv = nv_maps, .order = 1400 },
	{ ROW(CRYPTO, MAP, NAME, KW("gdoi", "Configure crypto map gdoi features"), KW("fail-close", "Fail-close mode of the crypto map")),
	  .flags = R_NO, .handler = enter_fail_close },
	{ ROW(CRYPTO, MAP, NAME, KW("local-address", "Interface to use for local address for this crypto map"), NOEND,
		WORD("interface-name", "Interface name")),
	  .flags = R_NO, .handler = set_local_address },
	{ ROW(KW("interface", "Select an interface to configure"), WORD("name", "Interface name as the system has it")),
	  .flags = R_NO, .handler = enter_interface, .nv = nv_interfaces, .order = 1500 },
};

static const struct row map_rows[] = {
	{ ROW(KW("description", "Description of the crypto map statement policy"), NOEND, LINE_B("Description", struct cfg_map_entry, description)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("set", "Set values for encryption/decryption"), KW("group", "Set the group"), NOEND, WORD_B("Group name", struct cfg_map_entry, group)),
	  .flags = R_NO | R_NV, .handler = set_group },
	{ ROW(KW("match", "Match values"), KW("address", "Match address of packets to encrypt"), NOEND, ALT(
		ACL_NUM(100, 199, "IP access list (extended)", struct cfg_map_entry, acl, "acl"), OR,
		ACL_NUM(2000, 2699, "IP access list (expanded range)", struct cfg_map_entry, acl, "acl"), OR,
		WORD_B("Access-list name", struct cfg_map_entry, acl))),
	  .flags = R_NO | R_NV },
};

static const struct row fail_close_rows[] = {
	{ ROW(KW("match", "Match values"), KW("address", "Match address of packets to pass in clear"), NOEND, ALT(
		ACL_NUM(100, 199, "IP access list (extended)", struct cfg_map, fail_close.acl, "acl"), OR,
		ACL_NUM(2000, 2699, "IP access list (expanded range)", struct cfg_map, fail_close.acl, "acl"), OR,
		WORD_B("Access-list name", struct cfg_map, fail_close.acl))),
	  .flags = R_NO | R_NV },
	{ ROW(KW_TRUE("activate", "Activate the crypto map to work in fail-close mode", struct cfg_map, fail_close.activate)),
	  .flags = R_NO | R_NV },
};

static const struct row interface_rows[] = {
	{ ROW(KW("description", "Interface specific description"), NOEND, LINE_B("Up to 240 characters describing this interface", struct cfg_interface, description)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("ip", "Interface Internet Protocol config commands"), KW("address", "Set the IP address of an interface"), NOEND,
		IP4("ip-address", "IP address"), IP4("mask", "IP subnet mask")),
	  .flags = R_NO, .handler = set_address, .nv = nv_address },
	{ ROW(KW("ip", "Interface Internet Protocol config commands"), KW("tcp", "TCP interface commands"),
		KW("adjust-mss", "Adjust the mss of transit packets"), NOEND,
		UINT_B(500, 1460, "Maximum segment size in bytes", struct cfg_interface, adjust_mss)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("crypto", "Encryption/Decryption commands"), KW("map", "Assign a Crypto Map"), NOEND, WORD_B("Crypto Map tag", struct cfg_interface, map)),
	  .flags = R_NO | R_NV },
};
/* clang-format on */

const struct row_table rows_map = ROWS(IN_CONFIG, global_rows);
const struct row_table rows_map_entry = ROWS(IN_MAP, map_rows);
const struct row_table rows_fail_close = ROWS(IN_FAIL_CLOSE, fail_close_rows);
const struct row_table rows_interface = ROWS(IN_INTERFACE, interface_rows);

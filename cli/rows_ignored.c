/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines that IOS configurations carry and that have no meaning here: taken without effect, so that a pasted
 * configuration loads; not shown again. Keywords must be spelled out. docs/cli-reference.md lists them.
 */
#include "cli/shell.h"

/* clang-format off */
#define W(text_) { .kind = T_KW, .text = text_, .name = text_, .help = "Taken without effect", .exact = true }
#define REST OPT(LINE("rest", "Taken without effect"))
#define IGNORE(...) { ROW(__VA_ARGS__), .flags = R_NO | R_IGNORED }

static const struct row config_rows[] = {
	IGNORE(W("version"), REST),
	IGNORE(W("boot-start-marker")),
	IGNORE(W("boot-end-marker")),
	IGNORE(W("boot"), REST),
	IGNORE(W("config-register"), REST),
	IGNORE(W("platform"), REST),
	IGNORE(W("license"), REST),
	IGNORE(W("diagnostic"), REST),
	IGNORE(W("memory-size"), REST),
	IGNORE(W("mmi"), REST),
	IGNORE(W("service"), ALT(W("config"), OR, W("pad"), OR, W("tcp-keepalives-in"), OR, W("tcp-keepalives-out"), OR,
		W("linenumber"), OR, W("dhcp"), OR, W("call-home"), OR, W("udp-small-servers"), OR, W("tcp-small-servers")), REST),
	{ ROW(W("aaa"), W("new-model")), .flags = R_ONLY_NO | R_IGNORED },
	IGNORE(W("aaa"), W("session-id"), W("common")),
	IGNORE(W("redundancy")),
	IGNORE(W("multilink"), W("bundle-name"), W("authenticated")),
	IGNORE(W("control-plane")),
	IGNORE(W("spanning-tree"), REST),
	IGNORE(W("ip"), W("cef"), REST),
	IGNORE(W("ipv6"), ALT(W("cef"), OR, W("unicast-routing"))),
	IGNORE(W("ip"), W("forward-protocol"), REST),
	IGNORE(W("ip"), W("classless")),
	IGNORE(W("ip"), W("subnet-zero")),
	IGNORE(W("ip"), W("source-route")),
	IGNORE(W("ip"), W("finger")),
	IGNORE(W("ip"), W("bootp"), W("server")),
	IGNORE(W("ip"), W("gratuitous-arps")),
	IGNORE(W("ip"), W("tcp"), W("synwait-time"), REST),
	IGNORE(W("ip"), W("routing")),
	{ ROW(W("ip"), W("http"), ALT(W("server"), OR, W("secure-server"))), .flags = R_ONLY_NO | R_IGNORED },
	IGNORE(W("ip"), W("http"), ALT(W("authentication"), OR, W("client")), REST),
	IGNORE(W("ip"), W("ssh"), ALT(W("bulk-mode"), OR, W("client"), OR, W("maxstartups"), OR, W("source-interface"), OR,
		W("window-size")), REST),
	IGNORE(W("ip"), W("route"), REST),
	IGNORE(W("crypto"), W("isakmp"), W("enable")),
	IGNORE(W("crypto"), W("isakmp"), W("aggressive-mode"), W("disable")),
	IGNORE(W("crypto"), W("isakmp"), W("invalid-spi-recovery")),
	IGNORE(W("crypto"), W("isakmp"), W("nat"), W("keepalive"), REST),
	IGNORE(W("crypto"), W("ipsec"), W("security-association"), W("lifetime"), W("kilobytes"), REST),
	IGNORE(W("crypto"), W("ipsec"), W("security-association"), W("idle-time"), REST),
	IGNORE(W("crypto"), W("ipsec"), W("nat-transparency"), REST),
	IGNORE(W("logging"), W("rate-limit"), REST),
	IGNORE(W("logging"), W("count")),
	IGNORE(W("logging"), W("userinfo")),
	IGNORE(W("logging"), W("message-counter"), REST),
	IGNORE(W("snmp-server"), REST),
	IGNORE(W("ntp"), REST),
	IGNORE(W("scheduler"), REST),
	IGNORE(W("gatekeeper")),
	IGNORE(W("mgcp"), REST),
	IGNORE(W("cdp"), REST),
	IGNORE(W("lldp"), REST),
	IGNORE(W("security"), W("passwords"), W("min-length"), REST),
	IGNORE(W("alias"), REST),
	IGNORE(W("exception"), REST),
	IGNORE(W("subscriber"), W("templating")),
	IGNORE(W("vtp"), REST),
	IGNORE(W("call-home")),
};

static const struct row interface_rows[] = {
	IGNORE(W("duplex"), REST),
	IGNORE(W("speed"), REST),
	IGNORE(W("negotiation"), REST),
	IGNORE(W("shutdown")),
	IGNORE(W("media-type"), REST),
	IGNORE(W("load-interval"), REST),
	IGNORE(W("bandwidth"), REST),
	IGNORE(W("delay"), REST),
	IGNORE(W("keepalive"), REST),
	IGNORE(W("cdp"), REST),
	IGNORE(W("lldp"), REST),
	IGNORE(W("mop"), REST),
	IGNORE(W("snmp"), REST),
	IGNORE(W("ipv6"), REST),
	IGNORE(W("encapsulation"), REST),
	IGNORE(W("ip"), W("address"), W("dhcp")),
	IGNORE(W("ip"), ALT(W("mtu"), OR, W("redirects"), OR, W("unreachables"), OR, W("proxy-arp"), OR, W("route-cache"), OR,
		W("ospf"), OR, W("pim"), OR, W("igmp"), OR, W("nat"), OR, W("virtual-reassembly"), OR, W("flow")), REST),
};

static const struct row line_rows[] = {
	IGNORE(W("stopbits"), REST),
	IGNORE(W("speed"), REST),
	IGNORE(W("flowcontrol"), REST),
	IGNORE(W("databits"), REST),
	IGNORE(W("parity"), REST),
	IGNORE(W("modem"), REST),
	IGNORE(W("exec")),
	IGNORE(W("session-timeout"), REST),
	IGNORE(W("session-limit"), REST),
	IGNORE(W("absolute-timeout"), REST),
	IGNORE(W("timeout"), W("login"), W("response"), REST),
	IGNORE(W("transport"), ALT(W("output"), OR, W("preferred")), REST),
	IGNORE(W("activation-character"), REST),
	IGNORE(W("rotary"), REST),
	IGNORE(W("location"), REST),
	IGNORE(W("ipv6"), REST),
	IGNORE(W("escape-character"), REST),
};

static const struct row profile_rows[] = {
	IGNORE(W("set"), W("security-association"), W("lifetime"), W("kilobytes"), REST),
	IGNORE(W("set"), W("security-association"), W("idle-time"), REST),
};

static const struct row map_rows[] = {
	IGNORE(W("qos"), W("pre-classify")),
};

static const struct row group_rows[] = {
	IGNORE(W("client"), W("bypass-policy")),
	IGNORE(W("client"), W("protocol"), W("gdoi")),
};

static const struct row ks_rows[] = {
	{ ROW(W("gdoi")), .flags = R_IGNORED },
	{ ROW(W("pfs")), .flags = R_ONLY_NO | R_IGNORED },
	{ ROW(W("gikev2"), REST), .flags = R_ONLY_NO | R_IGNORED },
};

static const struct row sa_rows[] = {
	{ ROW(W("tag"), REST), .flags = R_ONLY_NO | R_IGNORED },
};
/* clang-format on */

const struct row_table rows_ignored[8] = {
	ROWS(IN_CONFIG, config_rows), ROWS(IN_INTERFACE, interface_rows), ROWS(IN_LINE, line_rows), ROWS(IN_PROFILE, profile_rows),
	ROWS(IN_MAP, map_rows), ROWS(IN_GROUP, group_rows), ROWS(IN_KS, ks_rows), ROWS(IN_SA, sa_rows),
};

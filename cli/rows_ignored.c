/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines that IOS configurations carry and that have no meaning here: taken without effect, so that a pasted
 * configuration loads; not shown again. Keywords must be spelled out. docs/cli-reference.md lists them. Some begin a section:
 * what stands in it is taken as it is (shell_match).
 */
#include "cli/shell.h"

static const struct {
	const char *head, *prompt;
} prompts[] = {
	{ "aaa group", "(config-sg)" }, { "call-home", "(cfg-call-home)" }, { "class-map", "(config-cmap)" },
	{ "control-plane", "(config-cp)" }, { "controller", "(config-controller)" },
	{ "crypto ikev2 authorization", "(config-ikev2-author-policy)" }, { "crypto ikev2 keyring", "(config-ikev2-keyring)" },
	{ "crypto ikev2 policy", "(config-ikev2-policy)" }, { "crypto ikev2 profile", "(config-ikev2-profile)" },
	{ "crypto ikev2 proposal", "(config-ikev2-proposal)" }, { "crypto pki certificate", "(config-cert-chain)" },
	{ "crypto pki trustpoint", "(ca-trustpoint)" }, { "dial-peer", "(config-dial-peer)" }, { "event manager", "(config-applet)" },
	{ "flow exporter", "(config-flow-exporter)" }, { "flow monitor", "(config-flow-monitor)" }, { "flow record", "(config-flow-record)" },
	{ "gatekeeper", "(config-gk)" }, { "ip dhcp pool", "(dhcp-config)" }, { "ip sla", "(config-ip-sla)" }, { "ip vrf", "(config-vrf)" },
	{ "ipv6 access-list", "(config-ipv6-acl)" }, { "key chain", "(config-keychain)" }, { "kron", "(config-kron-policy)" },
	{ "line", "(config-line)" }, { "object-group", "(config-network-group)" }, { "parameter-map", "(config-profile)" },
	{ "policy-map", "(config-pmap)" }, { "radius server", "(config-radius-server)" }, { "redundancy", "(config-red)" },
	{ "route-map", "(config-route-map)" }, { "router", "(config-router)" }, { "tacacs server", "(config-server-tacacs)" },
	{ "track", "(config-track)" }, { "vlan", "(config-vlan)" }, { "voice", "(config-voi)" }, { "vrf definition", "(config-vrf)" },
	{ "zone-pair", "(config-sec-zone-pair)" }, { "zone", "(config-sec-zone)" },
};

static int enter_section(struct cmd *c)
{
	const char *line = c->line + strspn(c->line, " \t"), *prompt = "(config-section)";

	for (size_t i = 0; i < sizeof(prompts) / sizeof(prompts[0]); i++) {
		if (strncasecmp(line, prompts[i].head, strlen(prompts[i].head)) == 0) {
			prompt = prompts[i].prompt;
			break;
		}
	}
	if (!c->no)
		shell_enter(c, IN_IGNORED, prompt, 0, 0);
	return CMD_OK;
}

/* clang-format off */
#define W(text_) { .kind = T_KW, .text = text_, .name = text_, .help = "Taken without effect", .exact = true }
#define REST OPT(LINE("rest", "Taken without effect"))
#define IGNORE(...) { ROW(__VA_ARGS__), .flags = R_NO | R_IGNORED }
#define SECTION(...) { ROW(__VA_ARGS__), .flags = R_NO | R_IGNORED, .handler = enter_section }

static const struct row config_rows[] = {
	/* the box, its images and licences */
	IGNORE(W("version"), REST),
	IGNORE(ALT(W("boot-start-marker"), OR, W("boot-end-marker"))),
	IGNORE(ALT(W("boot"), OR, W("config-register"), OR, W("platform"), OR, W("license"), OR, W("diagnostic"), OR, W("memory-size"), OR,
		W("memory"), OR, W("mmi"), OR, W("card"), OR, W("hw-module"), OR, W("network-clock-participate"), OR, W("transceiver"), OR,
		W("process"), OR, W("buffers"), OR, W("scheduler"), OR, W("exception"), OR, W("sdm"), OR, W("fabric"), OR,
		W("parser"), OR, W("file"), OR, W("macro"), OR, W("errdisable"), OR, W("warm-reboot")), REST),
	IGNORE(W("service"), ALT(W("config"), OR, W("pad"), OR, W("tcp-keepalives-in"), OR, W("tcp-keepalives-out"), OR,
		W("linenumber"), OR, W("dhcp"), OR, W("call-home"), OR, W("udp-small-servers"), OR, W("tcp-small-servers"), OR,
		W("nagle"), OR, W("compress-config"), OR, W("internal"), OR, W("counters"), OR, W("unsupported-transceiver"), OR,
		W("finger"), OR, W("alignment")), REST),
	SECTION(W("redundancy")),
	/* AAA: there are no servers */
	{ ROW(W("aaa"), W("new-model")), .flags = R_ONLY_NO | R_IGNORED },
	IGNORE(W("aaa"), W("session-id"), REST),
	IGNORE(W("aaa"), W("accounting"), REST),
	IGNORE(W("aaa"), W("authorization"), ALT(W("commands"), OR, W("config-commands"), OR, W("network"), OR, W("auth-proxy"), OR,
		W("reverse-access"), OR, W("credential-download")), REST),
	IGNORE(W("aaa"), W("authentication"), ALT(W("ppp"), OR, W("dot1x"), OR, W("sgbp"), OR, W("arap")), REST),
	SECTION(W("aaa"), W("group"), W("server"), REST),
	SECTION(ALT(W("tacacs"), OR, W("radius")), W("server"), REST),
	IGNORE(ALT(W("tacacs-server"), OR, W("radius-server")), REST),
	IGNORE(W("security"), W("passwords"), W("min-length"), REST),
	/* switching, routing, filtering, quality of service: the host's business */
	IGNORE(W("multilink"), W("bundle-name"), W("authenticated")),
	IGNORE(ALT(W("spanning-tree"), OR, W("vtp"), OR, W("cdp"), OR, W("lldp"), OR, W("udld"), OR, W("mac"), OR,
		W("port-channel"), OR, W("bridge"), OR, W("arp"), OR, W("l2tp"), OR, W("mpls"), OR, W("ethernet"), OR, W("bfd"), OR,
		W("frame-relay"), OR, W("dialer-list"), OR, W("access-session"), OR, W("dot11"), OR, W("dot1x"), OR, W("isdn"), OR,
		W("standby"), OR, W("cns"), OR, W("rmon"), OR, W("monitor"), OR, W("nat64"), OR, W("cwmp"), OR, W("flow-sampler-map")), REST),
	SECTION(W("control-plane"), REST),
	SECTION(ALT(W("router"), OR, W("route-map"), OR, W("class-map"), OR, W("policy-map"), OR, W("parameter-map"), OR,
		W("controller"), OR, W("vlan"), OR, W("track"), OR, W("zone"), OR, W("zone-pair"), OR, W("object-group")), REST),
	SECTION(W("vrf"), W("definition"), REST),
	SECTION(W("ip"), ALT(W("vrf"), OR, W("sla")), REST),
	SECTION(W("ip"), W("dhcp"), ALT(W("pool"), OR, W("class")), REST),
	SECTION(W("key"), W("chain"), REST),
	SECTION(W("flow"), ALT(W("record"), OR, W("exporter"), OR, W("monitor")), REST),
	SECTION(W("ipv6"), ALT(W("router"), OR, W("access-list"), OR, W("dhcp")), REST),
	IGNORE(W("ipv6"), ALT(W("cef"), OR, W("unicast-routing"), OR, W("route"), OR, W("source-route"), OR, W("nd"), OR, W("icmp"), OR,
		W("multicast-routing"), OR, W("prefix-list"), OR, W("hop-limit")), REST),
	IGNORE(W("ip"), ALT(W("cef"), OR, W("forward-protocol"), OR, W("classless"), OR, W("subnet-zero"), OR, W("source-route"), OR,
		W("finger"), OR, W("gratuitous-arps"), OR, W("routing"), OR, W("options"), OR, W("icmp"), OR, W("arp"), OR, W("route"), OR,
		W("default-gateway"), OR, W("default-network"), OR, W("multicast"), OR, W("multicast-routing"), OR, W("pim"), OR,
		W("igmp"), OR, W("mroute"), OR, W("msdp"), OR, W("nat"), OR, W("nbar"), OR, W("inspect"), OR, W("ips"), OR, W("audit"), OR,
		W("flow-export"), OR, W("flow-cache"), OR, W("flow-top-talkers"), OR, W("flow"), OR, W("prefix-list"), OR,
		W("as-path"), OR, W("community-list"), OR, W("extcommunity-list"), OR, W("local"), OR, W("policy"), OR,
		W("dhcp-server"), OR, W("device"), OR, W("accounting"), OR, W("accounting-list"), OR, W("identd"), OR, W("rcmd"), OR,
		W("bgp-community"), OR, W("reflexive-list"), OR, W("port-map"), OR, W("admission"), OR, W("auth-proxy"), OR,
		W("dns"), OR, W("radius"), OR, W("tacacs"), OR, W("tftp"), OR, W("ftp"), OR, W("scp"), OR, W("name-server"), OR,
		W("host"), OR, W("telnet"), OR, W("rip"), OR, W("rsvp"), OR, W("spd")), REST),
	IGNORE(W("ip"), W("dhcp"), ALT(W("excluded-address"), OR, W("database"), OR, W("conflict"), OR, W("relay"), OR, W("use"), OR,
		W("smart-relay"), OR, W("bootp"), OR, W("ping"), OR, W("snooping"), OR, W("limit")), REST),
	IGNORE(W("ip"), W("sla"), ALT(W("schedule"), OR, W("auto"), OR, W("enable"), OR, W("responder"), OR, W("logging"), OR,
		W("low-memory"), OR, W("reaction-configuration"), OR, W("group"), OR, W("key-chain")), REST),
	IGNORE(W("ip"), W("bootp"), W("server")),
	IGNORE(W("ip"), W("tcp"), ALT(W("synwait-time"), OR, W("path-mtu-discovery"), OR, W("selective-ack"), OR, W("window-size"), OR,
		W("timestamp"), OR, W("intercept"), OR, W("ecn"), OR, W("mss"), OR, W("queuemax"), OR, W("chunk-size"), OR, W("keepalive")), REST),
	IGNORE(W("ip"), W("http"), REST),
	IGNORE(W("ip"), W("domain"), ALT(W("list"), OR, W("timeout"), OR, W("retry"), OR, W("round-robin")), REST),
	IGNORE(W("ip"), W("ssh"), ALT(W("bulk-mode"), OR, W("client"), OR, W("maxstartups"), OR, W("source-interface"), OR,
		W("window-size"), OR, W("port"), OR, W("break-string"), OR, W("stricthostkeycheck")), REST),
	SECTION(W("line"), UINT("first", 0, 999, "Taken without effect"), OPT(UINT("last", 1, 999, "Taken without effect"))),
	/* certificates, and what there is of IPsec beside GET VPN */
	SECTION(W("crypto"), W("pki"), ALT(W("trustpoint"), OR, W("certificate"), OR, W("server"), OR, W("trustpool")), REST),
	SECTION(W("crypto"), W("ikev2"), ALT(W("authorization"), OR, W("client"), OR, W("keyring"), OR, W("policy"), OR, W("profile"), OR,
		W("proposal")), REST),
	IGNORE(W("crypto"), W("ikev2"), ALT(W("certificate-cache"), OR, W("cookie-challenge"), OR, W("cts"), OR, W("diagnose"), OR,
		W("disconnect-revoked-peers"), OR, W("dpd"), OR, W("fragmentation"), OR, W("http-url"), OR, W("limit"), OR, W("nat"), OR,
		W("name-mangler"), OR, W("redirect"), OR, W("window")), REST),
	IGNORE(W("crypto"), ALT(W("engine"), OR, W("logging"), OR, W("call"), OR, W("mib")), REST),
	IGNORE(W("crypto"), W("isakmp"), W("enable")),
	IGNORE(W("crypto"), W("isakmp"), W("aggressive-mode"), W("disable")),
	IGNORE(W("crypto"), W("isakmp"), ALT(W("invalid-spi-recovery"), OR, W("fragmentation"), OR, W("diagnose")), REST),
	IGNORE(W("crypto"), W("isakmp"), W("nat"), W("keepalive"), REST),
	IGNORE(W("crypto"), W("ipsec"), W("security-association"), W("lifetime"), W("kilobytes"), REST),
	IGNORE(W("crypto"), W("ipsec"), W("security-association"), ALT(W("idle-time"), OR, W("replay"), OR, W("ecn"), OR, W("dummy")), REST),
	IGNORE(W("crypto"), W("ipsec"), ALT(W("nat-transparency"), OR, W("fragmentation"), OR, W("optional")), REST),
	/* logs and management */
	IGNORE(W("logging"), ALT(W("rate-limit"), OR, W("count"), OR, W("userinfo"), OR, W("message-counter"), OR, W("history"), OR,
		W("queue-limit"), OR, W("event"), OR, W("exception"), OR, W("persistent"), OR, W("snmp-trap"), OR, W("snmp-authfail"), OR,
		W("esm"), OR, W("server-arp"), OR, W("reload"), OR, W("cns-events"), OR, W("discriminator"), OR, W("dmvpn"), OR, W("alarm"), OR,
		W("file"), OR, W("delimiter"), OR, W("linecard")), REST),
	IGNORE(ALT(W("snmp-server"), OR, W("snmp"), OR, W("ntp"), OR, W("sntp"), OR, W("tftp-server"), OR, W("prompt"), OR,
		W("netconf-yang"), OR, W("netconf"), OR, W("restconf"), OR, W("telemetry"), OR, W("wsma"), OR, W("mgcp"), OR,
		W("call"), OR, W("ccm-manager"), OR, W("alias"), OR, W("default-value"), OR, W("privilege")), REST),
	IGNORE(W("clock"), W("calendar-valid")),
	IGNORE(W("banner"), ALT(W("incoming"), OR, W("slip-ppp"), OR, W("prompt-timeout")), REST),
	IGNORE(W("subscriber"), W("templating")),
	IGNORE(W("event"), W("manager"), ALT(W("directory"), OR, W("environment"), OR, W("policy"), OR, W("session"), OR, W("history")), REST),
	SECTION(W("event"), W("manager"), W("applet"), REST),
	SECTION(W("kron"), REST),
	SECTION(W("call-home")),
	SECTION(W("gatekeeper")),
	SECTION(ALT(W("voice"), OR, W("voice-card"), OR, W("voice-port"), OR, W("dial-peer"), OR, W("telephony-service"), OR,
		W("sip-ua"), OR, W("gateway"), OR, W("call-manager-fallback")), REST),
};

/* What stands in a section that has no meaning here. */
static const struct row section_rows[] = {
	{ ROW(LINE("line", "Taken without effect")), .flags = R_NO | R_IGNORED | R_CATCH_ALL },
};

static const struct row interface_rows[] = {
	IGNORE(W("shutdown")),
	IGNORE(ALT(W("duplex"), OR, W("speed"), OR, W("negotiation"), OR, W("media-type"), OR, W("load-interval"), OR,
		W("bandwidth"), OR, W("delay"), OR, W("keepalive"), OR, W("mtu"), OR, W("carrier-delay"), OR, W("hold-queue"), OR,
		W("fair-queue"), OR, W("tx-ring-limit"), OR, W("arp"), OR, W("clock"), OR, W("plim"), OR, W("macro"), OR,
		W("encapsulation"), OR, W("snmp"), OR, W("mop"), OR, W("cdp"), OR, W("lldp"), OR, W("bfd"), OR, W("ppp"), OR,
		W("dialer"), OR, W("dialer-group"), OR, W("pppoe"), OR, W("pppoe-client"), OR, W("pvc"), OR, W("peer"), OR, W("isdn"), OR,
		W("serial"), OR, W("frame-relay"), OR, W("tunnel"), OR, W("auto"), OR, W("trust"), OR, W("rate-limit"), OR,
		W("priority-group"), OR, W("random-detect"), OR, W("max-reserved-bandwidth"), OR, W("llc2")), REST),
	IGNORE(ALT(W("vrf"), OR, W("switchport"), OR, W("spanning-tree"), OR, W("channel-group"), OR, W("bridge-group"), OR,
		W("standby"), OR, W("vrrp"), OR, W("glbp"), OR, W("service-policy"), OR, W("zone-member"), OR, W("ipv6"), OR, W("mpls"), OR,
		W("xconnect"), OR, W("dot1x"), OR, W("authentication"), OR, W("mab"), OR, W("ntp"), OR, W("isis"), OR, W("service"), OR,
		W("backup"), OR, W("track"), OR, W("storm-control"), OR, W("udld"), OR, W("nat64"), OR, W("cts")), REST),
	IGNORE(W("logging"), W("event"), REST),
	IGNORE(W("ip"), W("address"), ALT(W("dhcp"), OR, W("negotiated")), REST),
	IGNORE(W("ip"), ALT(W("mtu"), OR, W("redirects"), OR, W("unreachables"), OR, W("proxy-arp"), OR, W("route-cache"), OR,
		W("ospf"), OR, W("pim"), OR, W("igmp"), OR, W("nat"), OR, W("virtual-reassembly"), OR, W("flow"), OR, W("nbar"), OR,
		W("access-group"), OR, W("helper-address"), OR, W("directed-broadcast"), OR, W("accounting"), OR, W("policy"), OR,
		W("vrf"), OR, W("verify"), OR, W("inspect"), OR, W("ips"), OR, W("bandwidth-percent"), OR, W("summary-address"), OR,
		W("hello-interval"), OR, W("hold-time"), OR, W("authentication"), OR, W("rip"), OR, W("split-horizon"), OR,
		W("mask-reply"), OR, W("information-reply"), OR, W("local-proxy-arp"), OR, W("dhcp"), OR, W("nhrp"), OR, W("rsvp"), OR,
		W("cef"), OR, W("load-sharing"), OR, W("multicast"), OR, W("mroute-cache"), OR, W("irdp"), OR, W("rtp"), OR,
		W("admission"), OR, W("broadcast-address"), OR, W("router"), OR, W("dvmrp"), OR, W("sap"), OR, W("traffic-export")), REST),
};

static const struct row line_rows[] = {
	IGNORE(W("exec")),
	IGNORE(ALT(W("stopbits"), OR, W("speed"), OR, W("flowcontrol"), OR, W("databits"), OR, W("parity"), OR, W("modem"), OR,
		W("session-timeout"), OR, W("session-limit"), OR, W("absolute-timeout"), OR, W("activation-character"), OR,
		W("rotary"), OR, W("location"), OR, W("ipv6"), OR, W("escape-character"), OR, W("disconnect-character"), OR,
		W("stop-character"), OR, W("start-character"), OR, W("notify"), OR, W("padding"), OR, W("rxspeed"), OR, W("txspeed"), OR,
		W("autocommand"), OR, W("autohangup"), OR, W("autoselect"), OR, W("international"), OR, W("special-character-bits"), OR,
		W("exec-character-bits"), OR, W("domain-lookup"), OR, W("motd-banner"), OR, W("exec-banner"), OR, W("vacant-message"), OR,
		W("logout-warning"), OR, W("terminal-type"), OR, W("accounting"), OR, W("editing")), REST),
	IGNORE(W("authorization"), ALT(W("commands"), OR, W("reverse-access")), REST),
	IGNORE(W("timeout"), W("login"), W("response"), REST),
	IGNORE(W("transport"), W("output"), REST),
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

const struct row_table rows_ignored[9] = {
	ROWS(IN_IGNORED, section_rows), ROWS(IN_CONFIG, config_rows), ROWS(IN_INTERFACE, interface_rows), ROWS(IN_LINE, line_rows), ROWS(IN_PROFILE, profile_rows),
	ROWS(IN_MAP, map_rows), ROWS(IN_GROUP, group_rows), ROWS(IN_KS, ks_rows), ROWS(IN_SA, sa_rows),
};

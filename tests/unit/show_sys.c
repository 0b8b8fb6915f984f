/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto isakmp, crypto map, ipsec, key; access lists, version, clock. */
#include <check.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include "lib/env.h"
#include "lib/netif.h"
#include "tests/unit/show_fake.h"

static struct device dev;

static void set_up(void)
{
	device_open(&dev);
}

static void tear_down(void)
{
	device_close(&dev);
}

static void some_sas(void)
{
	fake.nsa = 3;
	fake.sa[0] = (struct isakmp_sa_info){ .local = { { 0xAC100101 }, 848 }, .remote = { { 0xAC100109 }, 848 },
		.dst = { 0xAC100101 }, .src = { 0xAC100109 }, .state = GDOI_IDLE, .conn_id = 1067, .encr = CIPHER_AES256,
		.hash = HASH_SHA256, .group = DH_14, .auth = ISAKMP_AUTH_PSK, .left = 72, .dpd = true, .peer_id = "172.16.1.9" };
	fake.sa[1] = fake.sa[0];
	fake.sa[1].conn_id = 1069;
	fake.sa[1].state = MM_DELETED;
	fake.sa[2] = fake.sa[0];
	fake.sa[2].conn_id = 29493;
	fake.sa[2].state = MM_KEY_EXCH;
	fake.sa[2].auth = ISAKMP_AUTH_RSA_SIG;
	fake.sa[2].remote.ip.a = 0x640C8602;
	fake.sa[2].src.a = 0x640C8602;
	fake.sa[2].dpd = false;
	fake.sa[2].peer_id[0] = '\0';
}

START_TEST(isakmp_sa)
{
	device_member(&dev);
	fake.nrekey = 1;
	fake.rekey[0] = (struct gdoi_rekey_sa_info){ .dst = { 0xAC100109 }, .src = { 0xAC100101 }, .conn_id = 1068, .active = true };
	some_sas();
	show_isakmp_sa(&dev.show);
	device_says(&dev, "IPv4 Crypto ISAKMP SA\n"
		"dst             src             state          conn-id status\n"
		"172.16.1.9      172.16.1.1      GDOI_REKEY        1068 ACTIVE\n"
		"172.16.1.1      172.16.1.9      GDOI_IDLE         1067 ACTIVE\n"
		"172.16.1.1      172.16.1.9      MM_NO_STATE       1069 ACTIVE (deleted)\n"
		"172.16.1.1      100.12.134.2    MM_KEY_EXCH      29493 ACTIVE\n"
		"\n"
		"IPv6 Crypto ISAKMP SA\n"
		"\n");
	show_isakmp_sa_count(&dev.show);
	device_says(&dev, "Active ISAKMP SA's: 1\n\nStandby ISAKMP SA's: 0\n\n"
		"Currently being negotiated ISAKMP SA's: 1\n\nDead ISAKMP SA's: 1\n");
	show_isakmp_peers(&dev.show);
	device_says(&dev, "Peer: 172.16.1.9 Port: 848 Local: 172.16.1.1\n Phase1 id: 172.16.1.9\n"
		"Peer: 100.12.134.2 Port: 848 Local: 172.16.1.1\n");
}
END_TEST

START_TEST(isakmp_sa_detail)
{
	some_sas();
	fake.nsa = 1;
	show_isakmp_sa_detail(&dev.show);
	device_says(&dev, "Codes: C - IKE configuration mode, D - Dead Peer Detection\n"
		"       K - Keepalives, N - NAT-traversal\n"
		"       T - cTCP encapsulation, X - IKE Extended Authentication\n"
		"       psk - Preshared key, rsig - RSA signature\n"
		"       renc - RSA encryption\n"
		"IPv4 Crypto ISAKMP SA\n"
		"\n"
		"C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.\n"
		"\n"
		"1067  172.16.1.1      172.16.1.9             ACTIVE aes  sha256 psk  14 00:01:12 D  \n"
		"       Engine-id:Conn-id =  SW:67\n"
		"\n"
		"IPv6 Crypto ISAKMP SA\n"
		"\n");
}
END_TEST

static void add_key(struct cfg_table *t, const char *key, uint32_t addr, uint32_t mask, const char *host)
{
	struct cfg_psk_id id;

	memset(&id, 0, sizeof(id));
	id.addr.a = addr;
	id.mask.a = mask;
	str_copy(id.hostname, sizeof(id.hostname), host);
	cfg_psk_add(t, &id)->key = secret_copy(bytes_str(key));
}

START_TEST(isakmp_config)
{
	struct cfg *c = device_cfg(&dev);
	struct cfg_isakmp_policy *p;

	p = cfg_isakmp_policy_add(c, 20);
	p->encr = CIPHER_3DES;
	p->hash = HASH_SHA1;
	p->group = DH_24;
	p->auth = ISAKMP_AUTH_RSA_SIG;
	p = cfg_isakmp_policy_add(c, 10);
	p->encr = CIPHER_AES256;
	p->hash = HASH_SHA256;
	p->group = DH_14;
	p->auth = ISAKMP_AUTH_PSK;
	show_isakmp_policy(&dev.show);
	device_says(&dev, "\n"
		"Global IKE policy\n"
		"Protection suite of priority 10\n"
		"        encryption algorithm:   AES - Advanced Encryption Standard (256 bit keys).\n"
		"        hash algorithm:         Secure Hash Standard 2 (256 bit)\n"
		"        authentication method:  Pre-Shared Key\n"
		"        Diffie-Hellman group:   #14 (2048 bit)\n"
		"        lifetime:               86400 seconds, no volume limit\n"
		"Protection suite of priority 20\n"
		"        encryption algorithm:   Three key triple DES\n"
		"        hash algorithm:         Secure Hash Standard\n"
		"        authentication method:  Rivest-Shamir-Adleman Signature\n"
		"        Diffie-Hellman group:   #24 (2048 bit, 256 bit subgroup)\n"
		"        lifetime:               86400 seconds, no volume limit\n");
	add_key(&c->isakmp_keys, "cisco123", 0x0A010102, UINT32_MAX, "");
	add_key(&c->isakmp_keys, "cisco\x01", 0, 0, "");
	add_key(&cfg_keyring_add(c, "ring")->psks, "k", 0, 0, "gm1.example.com");
	show_isakmp_key(&dev.show);
	device_says(&dev, "Keyring      Hostname/Address                            Preshared Key\n"
		"\n"
		"default      10.1.1.2                                    cisco123\n"
		"             0.0.0.0            [0.0.0.0]                cisco\\x01\n"
		"ring         gm1.example.com                             k\n");
}
END_TEST

START_TEST(crypto_map)
{
	struct cfg *c = device_cfg(&dev);
	struct cfg_map_entry *e;
	struct cfg_map *m;
	struct acl_ace ace = { .proto = 89, .src.wild = { UINT32_MAX }, .dst.wild = { UINT32_MAX }, .icmp_type = -1,
		.icmp_code = -1, .dscp = -1, .precedence = -1, .tos = -1 };

	show_crypto_map(&dev.show, NULL);
	device_says(&dev, "No crypto maps found.\n");
	device_member(&dev);
	cfg_group(c, "getvpn1")->identity = 1;
	cfg_group(c, "getvpn1")->identity_number = 1234;
	m = cfg_map_add(c, "GETVPN-MAP");
	e = cfg_map_entry_add(m, 10);
	str_copy(e->group, sizeof(e->group), "getvpn1");
	str_copy(cfg_interface_add(c, "eth1")->map, CFG_NAME, "GETVPN-MAP");
	cfg_interface_add(c, "eth2");
	show_crypto_map(&dev.show, NULL);
	device_says(&dev, "Crypto Map IPv4 \"GETVPN-MAP\" 10 gdoi\n"
		"\tGroup Name: getvpn1\n"
		"\tidentity number 1234\n"
		"\tserver address ipv4 1.1.1.1\n"
		"\tserver address ipv4 1.1.1.2\n"
		"\tInterfaces using crypto map GETVPN-MAP:\n"
		"\t\teth1\n"
		"\n");
	show_crypto_map(&dev.show, "other");
	device_says(&dev, "");
	acl_add(cfg_acl_add(c, "105", false, NULL), 0, &ace, NULL, NULL);
	m->fail_close.present = m->fail_close.activate = true;
	str_copy(m->fail_close.acl, CFG_NAME, "105");
	show_crypto_map_fail_close(&dev.show, NULL);
	device_says(&dev, "Crypto Map: \"GETVPN-MAP\"\n"
		"    Activate: yes\n"
		"    Fail-Close Access-List: (Deny = Forward In Clear, Permit = Drop)\n"
		"        access-list 105 deny ospf any any\n");
	/* The map's own list is what a member denies locally. */
	str_copy(e->acl, CFG_NAME, "105");
	show_gm_acl(&dev.show, false, true);
	device_says(&dev, "Group Name: getvpn1\n"
		" ACL Configured Locally: \n"
		"  Map Name: GETVPN-MAP\n"
		"   access-list 105 deny ospf any any\n");
}
END_TEST

START_TEST(ipsec)
{
	struct cfg *c = device_cfg(&dev);
	struct cfg_transform_set *t = cfg_transform_set_add(c, "gdoi-trans");
	struct cfg_ipsec_profile *p = cfg_ipsec_profile_add(c, "gdoi-p");

	t->enc = ESP_AES256;
	t->auth = ESP_SHA256;
	str_copy(p->sets[0], CFG_NAME, "gdoi-trans");
	show_transform_set(&dev.show, NULL);
	device_says(&dev, "Transform set gdoi-trans: { esp-256-aes esp-sha256-hmac  }\n   will negotiate = { Tunnel,  },\n\n");
	show_ipsec_profile(&dev.show, "gdoi-p");
	device_says(&dev, "IPSEC profile gdoi-p\n"
		"        Security association lifetime: 4608000 kilobytes/3600 seconds\n"
		"        Responder-Only (Y/N): N\n"
		"        PFS (Y/N): N\n"
		"        Mixed-mode : Disabled\n"
		"        Transform sets={\n"
		"                gdoi-trans:  { esp-256-aes esp-sha256-hmac  } ,\n"
		"        }\n"
		"\n");
}
END_TEST

START_TEST(access_lists)
{
	struct cfg *c = device_cfg(&dev);
	struct acl_ace ace = { .permit = true, .src = { .ip = { 0xC0A80100 }, .wild = { 255 } }, .icmp_type = -1, .icmp_code = -1,
		.dscp = -1, .precedence = -1, .tos = -1 };
	struct cfg_acl *a;

	device_key_server(&dev);
	a = cfg_acl_add(c, "52", true, NULL);
	acl_add(a, 0, &ace, NULL, NULL);
	ace.permit = false;
	ace.src.wild.a = UINT32_MAX;
	ace.src.ip.a = 0;
	ace.log = true;
	acl_add(a, 0, &ace, NULL, NULL);
	show_access_lists(&dev.show, NULL);
	device_says(&dev, "Extended IP access list acl1\n"
		"    10 deny udp any eq 848 any eq 848\n"
		"    30 permit ip 10.0.0.0 0.255.255.255 host 11.23.33.33\n"
		"Standard IP access list 52\n"
		"    10 permit 192.168.1.0, wildcard bits 0.0.0.255\n"
		"    20 deny   any log\n");
	show_access_lists(&dev.show, "nope");
	device_says(&dev, "");
}
END_TEST

START_TEST(clock_and_version)
{
	struct text want = TEXT_EMPTY;
	struct utsname u;

	show_clock(&dev.show, true, false);
	device_says(&dev, "*09:24:31.000 UTC Fri Mar 22 2024\nTime source is hardware calendar\n");
	device_cfg(&dev)->timezone.minutes = 330;
	str_copy(device_cfg(&dev)->timezone.name, 32, "IST");
	show_clock(&dev.show, false, true);
	device_says(&dev, "14:54:31.000 IST Fri Mar 22 2024\n");
	device_cfg(&dev)->timezone.minutes = 0;
	device_cfg(&dev)->timezone.name[0] = '\0';
	clock_advance(dev.env.clock, SEC(1000) + SEC((UINT64_C(2) * 365 + 31 * 7 + 1) * 86400 + 9 * 3600 + 55 * 60 + 3));
	show_version(&dev.show, SEC(1000));
	ck_assert_int_eq(uname(&u), 0);
	text_printf(&want, "gdoix Software, GET VPN key server and group member, Version 0.1.0, RELEASE SOFTWARE\n"
		"gdoix is free software under the GNU General Public License, version 3 or later.\n"
		"There is NO WARRANTY, to the extent permitted by law.\n"
		"\n"
		"GET VPN software version 1.0.2\n"
		"\n"
		"Router uptime is 2 years, 31 weeks, 1 day, 9 hours, 55 minutes\n"
		"System restarted at 09:24:31 UTC Fri Mar 22 2024\n"
		"System configuration file is \"nvram:startup-config\"\n"
		"\n"
		"%s %s (%s)\n0 IP interfaces\n0 GDOI groups\n", u.sysname, u.release, u.machine);
	device_says(&dev, text_str(&want));
	text_free(&want);
}
END_TEST

START_TEST(interfaces_none)
{
	show_ip_interface_brief(&dev.show);
	device_says(&dev, "Interface              IP-Address      OK? Method Status                Protocol\n");
}
END_TEST

/* Instead of the system's: lib/netif.c is not linked. */
static const struct netif_link links[] = {
	{ .name = "lo", .index = 1, .admin_up = true, .running = true, .naddr = 1, .addr = { { { 0x7F000001 }, { 0xFF000000 } } } },
	{ .name = "eth0", .index = 2, .admin_up = true, .running = true, .naddr = 2,
		.addr = { { { 0x0A000002 }, { 0xFFFFFF00 } }, { { 0x0A000003 }, { 0xFFFFFF00 } } } },
	{ .name = "eth1", .index = 3, .admin_up = true },
	{ .name = "fifteen-letters", .index = 4 },
};

const struct netif_link *netif_at(const struct netif *n, unsigned i)
{
	return i < sizeof(links) / sizeof(links[0]) ? &links[i] : NULL;
}

START_TEST(interfaces)
{
	static char there;

	dev.deps.netif = (struct netif *)(void *)&there;
	cfg_interface_add(device_cfg(&dev), "eth0")->ip.a = 0x0A000002;
	show_ip_interface_brief(&dev.show);
	device_says(&dev, "Interface              IP-Address      OK? Method Status                Protocol\n"
		"lo                     127.0.0.1       YES other  up                    up      \n"
		"eth0                   10.0.0.2        YES NVRAM  up                    up      \n"
		"eth1                   unassigned      YES unset  down                  down    \n"
		"fifteen-letters        unassigned      YES unset  administratively down down    \n");
}
END_TEST

START_TEST(counters)
{
	show_isakmp_counters(&dev.show);
	ck_assert_ptr_nonnull(strstr(text_str(&dev.out), "    malformed             : 2\n"));
}
END_TEST

START_TEST(hex_words)
{
	uint8_t b[33];

	for (unsigned n = 0; n < sizeof(b); n++)
		b[n] = (uint8_t)n;
	show_hex_words(&dev.out, "  ", bytes_of(b, 32));
	device_says(&dev, "  00010203 04050607 08090A0B 0C0D0E0F 10111213 14151617 18191A1B 1C1D1E1F \n");
	show_hex_words(&dev.out, "  ", bytes_of(b, 33));
	device_says(&dev, "  00010203 04050607 08090A0B 0C0D0E0F 10111213 14151617 18191A1B 1C1D1E1F \n  20 \n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("show crypto and system");
	TCase *t = tcase_create("screens");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, isakmp_sa);
	tcase_add_test(t, isakmp_sa_detail);
	tcase_add_test(t, isakmp_config);
	tcase_add_test(t, crypto_map);
	tcase_add_test(t, ipsec);
	tcase_add_test(t, access_lists);
	tcase_add_test(t, clock_and_version);
	tcase_add_test(t, interfaces_none);
	tcase_add_test(t, interfaces);
	tcase_add_test(t, counters);
	tcase_add_test(t, hex_words);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole screens of both roles against the layouts of IOS XE 17. */
#include <check.h>
#include <stdlib.h>
#include "lib/mem.h"
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

static void two_members(void)
{
	fake.member = mem_zalloc(2 * sizeof(*fake.member));
	fake.nmember = 2;
	fake.member[0] = (struct gdoi_member_info){ .id = { 0x03030101 }, .version = { 1, 0, 2 }, .ks = { 0x01010101 },
		.phase1_id = "gm1\x1b[2J", .rekeys_sent = 5, .acks = 5, .sent_seq = { 2, 3, 4, 1 }, .rcvd_seq = { 2, 3, 4, 1 } };
	fake.member[1] = (struct gdoi_member_info){ .id = { 0x04040101 }, .version = { 1, 0, 1 }, .ks = { 0x01010102 },
		.rekeys_sent = 5, .retries = 2, .acks = 4, .missed = 1, .sent_seq = { 1234567, 3, 4, 1 } };
	fake.group[0].members = fake.ks.members = 2;
}

#define COUNTERS                                                                                                \
	"\nGDOI MESSAGE COUNTERS\n\n"                                                                           \
	"    Registration: received 3, malformed 0, refused 0\n"                                               \
	"    Rekey       : received 0, accepted 0, unknown SPI 0, malformed 0\n"                               \
	"                  replayed 1, bad signature 0, bad pseudotime 0\n"                                    \
	"    Rekey ACK   : received 0, accepted 0, bad 0, unsolicited 0\n"

START_TEST(key_server_with_members)
{
	device_key_server(&dev);
	two_members();
	show_gdoi(&dev.show);
	device_says(&dev, "GROUP INFORMATION\n\n"
		"    Group Name               : getvpn1 (Unicast)\n"
		"    Re-auth on new CRL       : Disabled\n"
		"    Group Identity           : 1223\n"
		"    Group Type               : GDOI (ISAKMP)\n"
		"    Crypto Path              : ipv4\n"
		"    Key Management Path      : ipv4\n"
		"    Group Members            : 2\n"
		"    IPSec SA Direction       : Both\n"
		"    IP D3P Window            : Disabled\n"
		"    Split Resiliency Factor  : 0\n"
		"    CKM status               : Disabled\n"
		"    Group Rekey Lifetime     : 1200 secs\n"
		"    Group Rekey\n"
		"        Remaining Lifetime   : 787 secs\n"
		"        Time to Rekey        : 552 secs\n"
		"        Acknowledgement Cfg  : Cisco\n"
		"    Rekey Retransmit Period  : 40 secs\n"
		"    Rekey Retransmit Attempts: 3\n"
		"    Group Retransmit\n"
		"        Remaining Lifetime   : 0 secs\n"
		"\n"
		"      IPSec SA Number        : 1\n"
		"      IPSec SA Rekey Lifetime: 600 secs\n"
		"      Profile Name           : gdoi-p\n"
		"      Replay method          : Count Based\n"
		"      Replay Window Size     : 64\n"
		"      Tagging method         : Disabled\n"
		"      SA Rekey\n"
		"         Remaining Lifetime  : 188 secs\n"
		"         Time to Rekey       : 62 secs\n"
		"      ACL Configured         : access-list acl1\n"
		"\n"
		"     Group Server list       : Local\n" COUNTERS);
}
END_TEST

START_TEST(key_server_without_members)
{
	device_key_server(&dev);
	dev.show.group = "getvpn1";
	str_copy(fake.group[0].problem, sizeof(fake.group[0].problem), "RSA key REKEYRSA not found");
	show_gdoi(&dev.show);
	device_says(&dev, "    Group Name               : getvpn1 (Unicast)\n"
		"    Re-auth on new CRL       : Disabled\n"
		"    Group Identity           : 1223\n"
		"    Group Type               : GDOI (ISAKMP)\n"
		"    Crypto Path              : ipv4\n"
		"    Key Management Path      : ipv4\n"
		"    Group Members            : 0\n"
		"    IPSec SA Direction       : Both\n"
		"    IP D3P Window            : Disabled\n"
		"    Split Resiliency Factor  : 0\n"
		"    CKM status               : Disabled\n"
		"    Group Rekey Lifetime     : 1200 secs\n"
		"    Rekey Retransmit Period  : 40 secs\n"
		"    Rekey Retransmit Attempts: 3\n"
		"\n"
		"      IPSec SA Number        : 1\n"
		"      IPSec SA Rekey Lifetime: 600 secs\n"
		"      Profile Name           : gdoi-p\n"
		"      Replay method          : Count Based\n"
		"      Replay Window Size     : 64\n"
		"      Tagging method         : Disabled\n"
		"      ACL Configured         : access-list acl1\n"
		"\n"
		"     Group Server list       : Local\n"
		"    Group does not work      : RSA key REKEYRSA not found\n");
}
END_TEST

#define MEMBER_BLOCK                                                                                            \
	"Group Member Information For Group getvpn1:\n"                                                         \
	"    IPSec SA Direction       : Both\n"                                                                 \
	"    ACL Received From KS     : gdoi_group_getvpn1_temp_acl\n"                                          \
	"\n"                                                                                                    \
	"    Group member             : 3.3.1.1         vrf: None\n"                                            \
	"       Local addr/port       : 3.3.1.1/848\n"                                                          \
	"       Remote addr/port      : 1.1.1.1/848\n"                                                          \
	"       fvrf/ivrf             : None/None\n"                                                            \
	"       Version               : 1.0.2\n"                                                                \
	"       Registration status   : Registered\n"                                                           \
	"       Registered with       : 1.1.1.1\n"                                                              \
	"       Re-registers in       : 449 sec\n"                                                              \
	"       Succeeded registration: 1\n"                                                                    \
	"       Attempted registration: 1\n"                                                                    \
	"       Last rekey from       : 1.1.1.1\n"                                                              \
	"       Last rekey seq num    : 0\n"                                                                    \
	"       Unicast rekey received: 25\n"                                                                   \
	"       Rekey ACKs sent       : 25\n"                                                                   \
	"       Rekey Rcvd(hh:mm:ss)  : 00:01:30\n"                                                             \
	"       PFS Rekey received    : 0\n"                                                                    \
	"       DP Error Monitoring   : OFF\n"                                                                  \
	"       IPSEC init reg executed    : 0\n"                                                               \
	"       IPSEC init reg postponed   : 0\n"                                                               \
	"       Active TEK Number     : 2\n"                                                                    \
	"       SA Track (OID/status) : disabled\n"                                                             \
	"       Fail-Close Revert : Disabled\n"

START_TEST(member_registered)
{
	device_member(&dev);
	show_gdoi(&dev.show);
	device_says(&dev, "GROUP INFORMATION\n"
		"\n"
		"    Group Name               : getvpn1\n"
		"    Group Identity           : 1223\n"
		"    Group Type               : GDOI (ISAKMP)\n"
		"    Crypto Path              : ipv4\n"
		"    Key Management Path      : ipv4\n"
		"    Rekeys received          : 25\n"
		"    IPSec SA Direction       : Both\n"
		"\n"
		"     Group Server list       : 1.1.1.1\n"
		"                               1.1.1.2\n"
		"\n" MEMBER_BLOCK "\n"
		"       allowable rekey cipher: any\n"
		"       allowable rekey hash  : any\n"
		"       allowable transformtag: any ESP\n"
		"\n"
		"    Rekeys cumulative\n"
		"       Total received        : 25\n"
		"       After latest register : 25\n"
		"       Rekey Acks sents      : 25\n"
		"\n"
		" ACL Downloaded From KS 1.1.1.1:\n"
		"   access-list   deny esp any any\n"
		"   access-list   deny tcp any port = 179 any\n"
		"   access-list   deny ospf any any\n"
		"   access-list   deny ip host 11.23.33.33 host 24.54.55.55\n"
		"   access-list   permit ip 25.25.0.0 0.0.255.255 15.15.0.0 0.0.255.255\n"
		"\n"
		"KEK POLICY:\n"
		"    Rekey Transport Type     : Unicast\n"
		"    Lifetime (secs)          : 787\n"
		"    Encrypt Algorithm        : AES\n"
		"    Key Size                 : 256\n"
		"    Sig Hash Algorithm       : HMAC_AUTH_SHA\n"
		"    Sig Key Length (bits)    : 4400\n"
		"\n"
		"TEK POLICY for the current KS-Policy ACEs Downloaded:\n"
		"  eth1:\n"
		"    IPsec SA:\n"
		"        spi: 0x5A69F51E(1516893470)\n"
		"        transform: esp-256-aes esp-sha256-hmac\n"
		"        sa timing:remaining key lifetime (sec): (510)\n"
		"        Anti-Replay(Counter Based) : 64\n"
		"        tag method : disabled\n"
		"        alg key size: 32 (bytes)\n"
		"        sig key size: 32 (bytes)\n"
		"        encaps: ENCAPS_TUNNEL\n"
		"\n"
		"    IPsec SA:\n"
		"        spi: 0xF553AC4C(4115901516)\n"
		"        transform: esp-256-aes esp-sha256-hmac\n"
		"        sa timing:remaining key lifetime (sec): (35)\n"
		"        Anti-Replay(Counter Based) : 64\n"
		"        tag method : disabled\n"
		"        alg key size: 32 (bytes)\n"
		"        sig key size: 32 (bytes)\n"
		"        encaps: ENCAPS_TUNNEL\n"
		"\n"
		"\n"
		"KGS POLICY:\n"
		"  REG_GM: local_addr 3.3.1.1\n"
		"\n"
		"P2P POLICY:\n"
		"  REG_GM: local_addr 3.3.1.1\n" COUNTERS);
	show_gm(&dev.show);
	device_says(&dev, MEMBER_BLOCK);
}
END_TEST

START_TEST(member_registering)
{
	device_member(&dev);
	fake.gm.state = GM_REGISTERING;
	fake.gm.reregisters_in = 13;
	fake.gm.kek.present = false;
	fake.gm.last_rekey = UINT64_MAX;
	fake.gm.last_rekey_from = (struct ip4){ 0 };
	fake.gm.active_teks = fake.gm.succeeded = fake.gm.rekeys = fake.gm.acks_sent = 0;
	fake.ngm_tek = fake.nace = 0;
	fake.group[0].dataplane_down = true;
	str_copy(fake.group[0].dataplane_problem, sizeof(fake.group[0].dataplane_problem), "the kernel has no ESP");
	str_copy(fake.gm.refused, sizeof(fake.gm.refused), "rekey cipher 3DES is not allowed");
	show_gm(&dev.show);
	device_says(&dev, "Group Member Information For Group getvpn1:\n"
		"    IPSec SA Direction       : Both\n"
		"    ACL Received From KS     : None\n"
		"\n"
		"    Group member             : 3.3.1.1         vrf: None\n"
		"       Local addr/port       : 3.3.1.1/848\n"
		"       Remote addr/port      : 1.1.1.1/848\n"
		"       fvrf/ivrf             : None/None\n"
		"       Version               : 1.0.2\n"
		"       Registration status   : Registering\n"
		"       Registering to        : 1.1.1.1\n"
		"       Re-registers in       : 13 sec\n"
		"       Succeeded registration: 0\n"
		"       Attempted registration: 1\n"
		"       Last rekey from       : UNKNOWN\n"
		"       Last rekey seq num    : 0\n"
		"       Unicast rekey received: 0\n"
		"       Rekey ACKs sent       : 0\n"
		"       Rekey Received        : never\n"
		"       PFS Rekey received    : 0\n"
		"       DP Error Monitoring   : OFF\n"
		"       IPSEC init reg executed    : 0\n"
		"       IPSEC init reg postponed   : 0\n"
		"       Active TEK Number     : 0\n"
		"       SA Track (OID/status) : disabled\n"
		"       Fail-Close Revert : Disabled\n"
		"       Policy refused        : rekey cipher 3DES is not allowed\n"
		"       Data plane down       : the kernel has no ESP\n");
}
END_TEST

START_TEST(members)
{
	device_key_server(&dev);
	two_members();
	show_ks_members(&dev.show);
	device_says(&dev, "\nGroup Member Information : \n"
		"\n"
		"Number of rekeys sent for group getvpn1 : 60\n"
		"Number of retransmits during the last rekey for group getvpn1 : 0\n"
		"Duration of the last rekey for group getvpn1 : 10000 msec\n"
		"\n"
		"Group Member ID    : 3.3.1.1  GM Version: 1.0.2\n"
		" Group ID          : 1223\n"
		" Group Name        : getvpn1\n"
		" Group Type        : GDOI (ISAKMP)\n"
		" GM State          : Registered\n"
		" Key Server ID     : 1.1.1.1\n"
		" Rekeys sent       : 5\n"
		" Rekeys retries    : 0\n"
		" Rekey Acks Rcvd   : 5\n"
		" Rekey Acks missed : 0\n"
		"\n"
		" Sent seq num : 2     3     4     1     \n"
		" Rcvd seq num : 2     3     4     1     \n"
		"\n"
		"Group Member ID    : 4.4.1.1  GM Version: 1.0.1\n"
		" Group ID          : 1223\n"
		" Group Name        : getvpn1\n"
		" Group Type        : GDOI (ISAKMP)\n"
		" GM State          : Registered\n"
		" Key Server ID     : 1.1.1.2\n"
		" Rekeys sent       : 5\n"
		" Rekeys retries    : 2\n"
		" Rekey Acks Rcvd   : 4\n"
		" Rekey Acks missed : 1\n"
		"\n"
		" Sent seq num : 1234567 3     4     1     \n"
		" Rcvd seq num : 0     0     0     0     \n"
		"\n");
	show_ks_members_summary(&dev.show);
	device_says(&dev, "Group Member Information : \n"
		"\n"
		"Group Name: getvpn1, ID: 1223, Group Members: 2\n"
		"Key Server ID: 1.1.1.1, GMDB state: LOCAL, Group Members: 1\n"
		"  Member ID     Version      Rekey sent     Rekey Ack missed\n"
		"  3.3.1.1   1.0.2         5               0\n"
		"\n"
		"Key Server ID: 1.1.1.2, GMDB state: REDUNDANT, Group Members: 1\n"
		"  Member ID     Version      Rekey sent     Rekey Ack missed\n"
		"  4.4.1.1   1.0.1         5               1\n"
		"\n");
}
END_TEST

START_TEST(one_member)
{
	device_key_server(&dev);
	two_members();
	show_ks_member(&dev.show, (struct ip4){ 0x03030101 });
	device_says(&dev, "\n\nGroup Member ID    : 3.3.1.1  GM Version: 1.0.2\n"
		" Group ID          : 1223\n"
		" Group Name        : getvpn1\n"
		" Group Type        : GDOI (ISAKMP)\n"
		" GM State          : Registered\n"
		" Key Server ID     : 1.1.1.1\n"
		" Rekeys sent       : 5\n"
		" Rekeys retries    : 0\n"
		" Rekey Acks Rcvd   : 5\n"
		" Rekey Acks missed : 0\n"
		"\n"
		" Sent seq num : 2     3     4     1     \n"
		" Rcvd seq num : 2     3     4     1     \n"
		"\n"
		" Phase 1 identity  : gm1\\x1B[2J\n");
	show_ks_member(&dev.show, (struct ip4){ 0x09090909 });
	device_says(&dev, "\n\nGroup Member not Found\n");
}
END_TEST

START_TEST(policy)
{
	device_key_server(&dev);
	fake.ks.pending_change = true;
	show_ks_policy(&dev.show);
	device_says(&dev, "Key Server Policy:\n"
		"For group getvpn1 (handle: 0x40000002) server 1.1.1.1 (handle: 0x40000002):\n"
		"\n"
		"  # of teks : 2  Seq num : 0\n"
		"  KEK POLICY (transport type : Unicast)\n"
		"    spi : 0xEEB0E9A2BBD4C71AF1034F6B24EB8022\n"
		"    management alg     : disabled      encrypt alg           : AES\n"
		"    crypto iv length   : 16            key size              : 32\n"
		"    orig life(sec)     : 1200          remaining life(sec)   : 787\n"
		"    time to rekey (sec): 552\n"
		"    sig hash algorithm : enabled       sig key length        : 550\n"
		"    sig size           : 512\n"
		"    sig key name       : REKEYRSA\n"
		"    acknowledgement    : Cisco\n"
		"\n"
		"  TEK POLICY (encaps : ENCAPS_TUNNEL)\n"
		"    spi                : 0xEE021924\n"
		"    access-list        : acl1\n"
		"    transform          : esp-256-aes esp-sha256-hmac\n"
		"    alg key size       : 32            sig key size          : 32\n"
		"    orig life(sec)     : 600           remaining life(sec)   : 188\n"
		"    tek life(sec)      : 600           elapsed time(sec)     : 412\n"
		"    override life(sec) : 0             antireplay window size: 64\n"
		"    time to rekey (sec): 62\n"
		"\n"
		"  TEK POLICY (encaps : ENCAPS_TUNNEL)\n"
		"    spi                : 0x3A14695B\n"
		"    access-list        : acl1\n"
		"    transform          : esp-256-aes esp-sha256-hmac\n"
		"    alg key size       : 32            sig key size          : 32\n"
		"    orig life(sec)     : 600           remaining life(sec)   : 0\n"
		"    tek life(sec)      : 600           elapsed time(sec)     : 887\n"
		"    override life(sec) : 0             antireplay window size: 64\n"
		"    time to rekey (sec): n/a\n"
		"\n"
		"  Policy is configured but not sent yet: 'crypto gdoi ks rekey' sends it now,\n"
		"  otherwise the next scheduled rekey does\n"
		"\n");
}
END_TEST

START_TEST(key_server_small_screens)
{
	device_key_server(&dev);
	two_members();
	show_ks(&dev.show);
	device_says(&dev, "Total group members registered to this box: 1\n"
		"\n"
		"Key Server Information For Group getvpn1:\n"
		"    Group Name               : getvpn1\n"
		"    Re-auth on new CRL       : Disabled\n"
		"    Group Identity           : 1223\n"
		"    Group Type               : GDOI (ISAKMP)\n"
		"    Group Members            : 2\n"
		"    Rekey Acknowledgement Cfg: Cisco\n"
		"    IPSec SA Direction       : Both\n"
		"    IP D3P Window            : Disabled\n"
		"    Split Resiliency Factor  : 0\n"
		"    CKM status               : Disabled\n"
		"    ACL Configured: \n"
		"        access-list acl1\n");
	show_ks_acl(&dev.show);
	device_says(&dev, "Group Name: getvpn1\n Configured ACL:\n"
		"   access-list acl1  deny udp any port = 848 any port = 848\n"
		"   access-list acl1  permit ip 10.0.0.0 0.255.255.255 host 11.23.33.33\n");
	show_ks_rekey(&dev.show);
	device_says(&dev, "Group getvpn1 (Unicast)\n"
		"    Number of Rekeys sent               : 60\n"
		"    Number of Rekeys retransmitted      : 8\n"
		"    KEK rekey lifetime (sec)            : 1200\n"
		"        Remaining lifetime (sec)        : 787\n"
		"    Retransmit period                   : 40\n"
		"    Number of retransmissions           : 3\n"
		"    IPSec SA 1  lifetime (sec)          : 600\n"
		"        Remaining lifetime (sec)        : 188\n"
		"    Number of registrations after rekey : 1\n");
	show_ks_identifier(&dev.show, false);
	device_says(&dev, "KS Sender ID (KSSID) Information for Group getvpn1:\n\n"
		"    Transform Mode           : Non-Counter (Non-Suite-B)\n"
		"    Re-initializing          : No\n"
		"    SID Length (Group Size)  : 24 bits (MEDIUM)\n"
		"    Current KSSID In-Use     : none\n"
		"    Last GMSID Used          : none\n");
	show_ks_replay(&dev.show);
	device_says(&dev, "Anti-replay Information For Group getvpn1:\n  Timebased Replay:\n    is not enabled\n\n");
	fake.ks.time_based = true;
	fake.ks.pseudotime = 1085850;
	fake.ks.sync_left = 6114;
	show_ks_replay(&dev.show);
	device_says(&dev, "Anti-replay Information For Group getvpn1:\n  Timebased Replay:\n"
		"    Replay Value             : 1085.85 secs\n    Remaining sync time      : 6114 secs\n\n");
}
END_TEST

START_TEST(member_small_screens)
{
	device_member(&dev);
	fake.nace = 3;
	fake.ace[1] = fake.ace[4];
	fake.ace[2] = (struct dp_ace){ .proto = 17, .dport = 848 };
	show_gdoi_ipsec_sa(&dev.show);
	device_says(&dev, "SA created for group getvpn1:\n"
		"  eth1:\n"
		"    protocol = esp\n"
		"      local ident  = ANY, port = 0\n"
		"      remote ident = ANY, port = 0\n"
		"      direction: Both, replay(method/window): Counter/64\n"
		"    protocol = ip\n"
		"      local ident  = 25.25.0.0/16, port = 0\n"
		"      remote ident = 15.15.0.0/16, port = 0\n"
		"      direction: Both, replay(method/window): Counter/64\n"
		"    protocol = udp\n"
		"      local ident  = ANY, port = 0\n"
		"      remote ident = ANY, port = 848\n"
		"      direction: Both, replay(method/window): Counter/64\n"
		"\n");
	show_gm_acl(&dev.show, true, true);
	device_says(&dev, "Group Name: getvpn1\n"
		" ACL Downloaded From KS 1.1.1.1:\n"
		"   access-list  deny esp any any\n"
		"   access-list  permit ip 25.25.0.0 0.0.255.255 15.15.0.0 0.0.255.255\n"
		"   access-list  deny udp any any port = 848\n"
		" ACL Configured Locally: \n");
	fake.dp = (struct dp_counters){ .encrypt = 21592009, .decrypt = 7, .replay_dropped = 2 };
	show_gm_dataplane(&dev.show);
	device_says(&dev, "\nData-plane statistics for group getvpn1:\n"
		"    #pkts encrypt            : 21592009    #pkts decrypt            : 7\n"
		"    #pkts tagged (send)      : 0        #pkts untagged (rcv)     : 0\n"
		"    #pkts no sa (send)       : 0        #pkts invalid sa (rcv)   : 0\n"
		"    #pkts encaps fail (send) : 0        #pkts decap fail (rcv)   : 0\n"
		"    #pkts invalid prot (rcv) : 0        #pkts verify fail (rcv)  : 0\n"
		"    #pkts not tagged (send)  : 0        #pkts not untagged (rcv) : 0\n"
		"    #pkts internal err (send): 0        #pkts internal err (rcv) : 0\n"
		"    #pkts clear drop (rcv)   : 0        #pkts replay drop (rcv)  : 2\n");
	show_gm_identifier(&dev.show, true);
	device_says(&dev, "GM Sender ID (SID) Information for Group getvpn1:\n\n"
		"  Group Member: 3.3.1.1          vrf: None\n"
		"    Transform Mode                  : Non-Counter (Non-Suite-B)\n"
		"    # of SIDs Last Requested        : 0\n\n"
		"    CURRENT SIDs: None\n\n"
		"    NEXT SID REQUEST:\n"
		"      TEK Lifetime                  : 510 sec\n"
		"      SID Length (Group Size)       : 24 bits (MEDIUM)\n");
	fake.dp_sa = (struct dp_sa_info){ .ifname = "eth1", .inbound = true, .replay = 1 };
	show_gm_replay(&dev.show);
	device_says(&dev, "Anti-replay Information For Group getvpn1:\n  Timebased Replay:\n    is not enabled\n\n"
		"TBAR Error History (sampled at 10pak/min):\n    No TBAR errors detected\n");
	fake.dp_sa.replay = 2;	/* a group of two */
	fake.dp_sa.window = 128;
	fake.dp = (struct dp_counters){ .decrypt = 12, .replay_dropped = 3 };
	show_gm_replay(&dev.show);
	device_says(&dev, "Anti-replay Information For Group getvpn1:\n  Timebased Replay:\n    is not enabled\n\n"
		"  Counterbased Replay:\n    Window Size              : 128 packets\n"
		"    Input Packets            : 12       Input Error Packets      : 3\n\n"
		"TBAR Error History (sampled at 10pak/min):\n    No TBAR errors detected\n");
	fake.gm.time_based = true;
	fake.gm.pseudotime = UINT64_C(3611735210);
	fake.dp = (struct dp_counters){ .encrypt = 396920861, .decrypt = UINT64_C(2209247136) };
	show_gm_replay(&dev.show);
	device_says(&dev, "Anti-replay Information For Group getvpn1:\n"
		"  Timebased Replay:\n"
		"    Replay Value             : 3611735.21 secs\n"
		"    Input Packets            : 2209247136    Output Packets           : 396920861\n"
		"    Input Error Packets      : 0        Output Error Packets     : 0\n"
		"    Time Sync Error          : 0        Max time delta           : 0.00 secs\n\n"
		"TBAR Error History (sampled at 10pak/min):\n"
		"    No TBAR errors detected\n");
}
END_TEST

START_TEST(rekey_sas)
{
	static const uint8_t key[] = { 0x30, 0x82, 0x01, 0x22, 0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D,
		0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0F, 0x00, 0x30, 0x82, 0x01, 0x0A, 0x02, 0x82, 0x01, 0x01,
		0x00, 0xBB, 0xFC, 0x1F, 0x7C, 0x31 };

	device_member(&dev);
	fake.nrekey = 1;
	fake.rekey[0] = (struct gdoi_rekey_sa_info){ .dst = { 0x03030101 }, .src = { 0x01010101 }, .conn_id = 1712,
		.active = true, .kek = fake.gm.kek, .seq = 3, .prev_seq = 2 };
	fake.pubkey = BYTES_OF(key);
	show_rekey_sa(&dev.show, false);
	device_says(&dev, "GETVPN REKEY SA\n"
		"dst             src             conn-id         status\n"
		"3.3.1.1         1.1.1.1         1712            ACTIVE\n");
	show_rekey_sa(&dev.show, true);
	device_says(&dev, "KEK SA DB STATS:\n"
		"    num_active = 1\n"
		"\n"
		"  KEK POLICY (transport type : Unicast)\n"
		"   Local addr/port : 3.3.1.1/848\n"
		"   Remote addr/port : 1.1.1.1/848\n"
		"    spi : 0xEEB0E9A2BBD4C71AF1034F6B24EB8022\n"
		"    management alg     : disabled    encrypt alg       : AES       \n"
		"    crypto iv length   : 16          key size          : 32      \n"
		"    orig life(sec)     : 1200      \n"
		"    sig hash algorithm : enabled     sig key length    : 550     \n"
		"    sig size           : 512\n"
		"    acknowledgement    : Cisco\n"
		"    conn_id (IKEv1)    : 1712\n"
		"    seq num            : 3           prev seq num      : 2       \n"
		"    handle             : 40000001  \n"
		"    Interface          : eth1\n"
		"    Group Name         : getvpn1             \n");
	show_gm_rekey(&dev.show, true);
	device_says(&dev, "Group getvpn1 (Unicast)\n"
		"    Number of Rekeys received (cumulative)       : 25\n"
		"    Number of Rekeys received after registration : 25\n"
		"    Number of Rekey Acks sent                    : 25\n"
		"\n"
		"Rekey (KEK) SA information :\n"
		"          dst             src             conn-id  my-cookie  his-cookie\n"
		"New     : 3.3.1.1         1.1.1.1           1712   F1034F6B   EEB0E9A2\n"
		"Current : ---             ---               ---    ---        ---\n"
		"Previous: ---             ---               ---    ---        ---\n"
		"\n");
	show_gm_pubkey(&dev.show);
	device_says(&dev, "  GDOI Group: getvpn1\n"
		"    KS IP Address: 1.1.1.1\n"
		"    conn-id: 1712    my-cookie:F1034F6B    his-cookie:EEB0E9A2\n"
		"    Key Data:\n"
		"      30820122 300D0609 2A864886 F70D0101 01050003 82010F00 3082010A 02820101 \n"
		"      00BBFC1F 7C31 \n");
}
END_TEST

START_TEST(features)
{
	device_key_server(&dev);
	two_members();
	show_gdoi_feature(&dev.show, "gm-removal");
	device_says(&dev, "Group Name: getvpn1\n"
		"    Key Server ID       Version   Feature Supported\n"
		"        1.1.1.1          1.0.2          Yes\n"
		"\n"
		"    Group Member ID     Version   Feature Supported\n"
		"        3.3.1.1          1.0.2          Yes\n"
		"        4.4.1.1          1.0.1          No\n"
		"\n");
	str_copy(cfg_group(device_cfg(&dev), "getvpn1")->version, 16, "1.0.1");
	show_gdoi_features(&dev.show);
	device_says(&dev, "Group Name: getvpn1\n"
		"    Feature            Since     This KS   Members Yes   Members No\n"
		"    gm-removal         1.0.2     No        1             1\n"
		"    policy-replace     1.0.2     No        1             1\n"
		"    suite-b            never     No        0             2\n"
		"\n");
}
END_TEST

START_TEST(group_filter)
{
	device_key_server(&dev);
	dev.show.group = "nope";
	ck_assert(!show_group_ok(&dev.show, GDOI_ROLE_NONE));
	device_says(&dev, "% group nope doesn't yet exist.\n");
	dev.show.group = "getvpn1";
	ck_assert(show_group_ok(&dev.show, GDOI_ROLE_KS));
	ck_assert(!show_group_ok(&dev.show, GDOI_ROLE_GM));
	device_says(&dev, "% This device is not a group member of group getvpn1.\n");
	fake.group[0].role = GDOI_ROLE_NONE;
	str_copy(fake.group[0].problem, sizeof(fake.group[0].problem), "no identity");
	ck_assert(!show_group_ok(&dev.show, GDOI_ROLE_KS));
	device_says(&dev, "% Group getvpn1 does not work: no identity\n");
}
END_TEST

START_TEST(thousands_of_members)
{
	device_key_server(&dev);
	fake.nmember = 8000;
	fake.member = mem_zalloc(fake.nmember * sizeof(*fake.member));
	for (unsigned n = 0; n < fake.nmember; n++)
		fake.member[n] = (struct gdoi_member_info){ .id = { 0x0A000000 + n }, .version = { 255, 255, 255 },
			.ks = { UINT32_MAX }, .rekeys_sent = UINT32_MAX, .retries = UINT32_MAX, .acks = UINT32_MAX,
			.missed = UINT32_MAX, .sent_seq = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX },
			.rcvd_seq = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX } };
	memset(fake.group[0].name, 'x', GDOI_NAME - 1);
	show_ks_members(&dev.show);
	ck_assert_uint_gt(dev.out.n, 8000 * 500);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("show gdoi");
	TCase *t = tcase_create("screens");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, key_server_with_members);
	tcase_add_test(t, key_server_without_members);
	tcase_add_test(t, member_registered);
	tcase_add_test(t, member_registering);
	tcase_add_test(t, members);
	tcase_add_test(t, one_member);
	tcase_add_test(t, policy);
	tcase_add_test(t, key_server_small_screens);
	tcase_add_test(t, member_small_screens);
	tcase_add_test(t, rekey_sas);
	tcase_add_test(t, features);
	tcase_add_test(t, group_filter);
	tcase_add_test(t, thousands_of_members);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

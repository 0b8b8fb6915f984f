/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clear, debug, undebug, crypto gdoi ks rekey, crypto key ..., clock set. */
#include "cli/exec_crypto.h"

/* clang-format off */
#define GKM	ALT(KW("gdoi", "GDOI and GKM groups"), OR, KW("gkm", "GDOI and GKM groups"))
#define ONE	OPT(KW("group", "Only one group"), WORD("name", "Group name"))
#define CLEAR	KW("clear", "Reset functions"), KW("crypto", "Encryption module")
#define CRYPTO	KW("crypto", "Encryption module")
#define KEY	KW("key", "Long-term keys")
#define LABEL	WORD("label-name", "Key name")
#define RSA	KW("rsa", "RSA keys")

/* crypto key ...: the same rows in EXEC and in configuration mode. */
#define ROW_GENERATE { ROW(CRYPTO, KEY, KW("generate", "Generate new keys"), RSA, \
		OPT(ALT(KW("general-keys", "One key pair for signing and encrypting"), OR, \
			KW("usage-keys", "A key pair for signing"))), \
		SET(KW("exportable", "Allow the key pair to be exported"), OR, \
		KW("label", "Give the key pair a name"), LABEL, OR, \
		KW("modulus", "Size of the key modulus"), UINT("bits", 360, 4096, "Size in bits"))), \
		exec_key_generate, .priv = 15 }
#define ROW_ZEROIZE { ROW(CRYPTO, KEY, KW("zeroize", "Remove keys"), RSA, OPT(LABEL)), exec_key_zeroize, .priv = 15 }
#define ROW_EXPORT { ROW(CRYPTO, KEY, KW("export", "Export keys"), RSA, LABEL, KW("pem", "PEM files"), \
		KW("terminal", "On the terminal"), \
		ALT(KW("3des", "Encrypt the private key with 3DES"), OR, KW("aes", "Encrypt the private key with AES"), OR, \
		KW("des", "Encrypt the private key with DES")), WORD("passphrase", "Passphrase that protects the private key")), \
		exec_key_export, .flags = R_SECRET, .priv = 15 }
#define ROW_IMPORT { ROW(CRYPTO, KEY, KW("import", "Import keys"), RSA, LABEL, OPT(KW("pem", "PEM files")), \
		OPT(KW("general-keys", "One key pair for signing and encrypting")), \
		OPT(KW("exportable", "Allow the key pair to be exported")), \
		KW("terminal", "From the terminal"), WORD("passphrase", "Passphrase that protects the private key")), \
		exec_key_import, .flags = R_SECRET, .priv = 15 }

#define LEVEL OPT(ALT(KW("all-levels", "All levels"), OR, KW("detail", "Detail level"), OR, KW("error", "Error level"), OR, \
		KW("event", "Event level"), OR, KW("packet", "Packet level"), OR, KW("terse", "Terse level")))
#define ALL KW("all-features", "All features")
#define INFRA KW("infrastructure", "Infrastructure")
#define REGISTRATION KW("registration", "Registration")
#define REKEY KW("rekey", "Rekeys")
#define REPLAY KW("replay", "Time-based anti-replay")
/* What debug.def has, as a tree; tests/unit/show_rows.c holds the two together. */
#define DEBUG_ROWS(word_, help_, handler_, flags_) \
	{ ROW(KW(word_, help_), CRYPTO, GKM, OPT(ALL), LEVEL), handler_, .flags = flags_, .priv = 15 }, \
	{ ROW(KW(word_, help_), CRYPTO, GKM, KW("gm", "Group member"), \
		OPT(ALT(ALL, OR, INFRA, OR, REGISTRATION, OR, REKEY, OR, REPLAY)), LEVEL), handler_, .flags = flags_, .priv = 15 }, \
	{ ROW(KW(word_, help_), CRYPTO, GKM, KW("ks", "Key server"), \
		OPT(ALT(ALL, OR, KW("coop", "Cooperative key servers"), OR, INFRA, OR, REGISTRATION, OR, REKEY, OR, REPLAY)), \
		LEVEL), handler_, .flags = flags_, .priv = 15 }, \
	{ ROW(KW(word_, help_), CRYPTO, GKM, KW("condition", "Print only what is about some peers"), \
		ALT(KW("peer", "Peer"), KW("address", "Its address"), KW("ipv4", "IPv4 address"), IP4("peer-address", "Address of the peer"), OR, \
		KW("unmatched", "What names no address, too"))), exec_debug_condition, .flags = flags_, .priv = 15 }, \
	{ ROW(KW(word_, help_), CRYPTO, KW("isakmp", "ISAKMP"), LEVEL), handler_, .flags = flags_, .priv = 15 }, \
	{ ROW(KW(word_, help_), CRYPTO, KW("ipsec", "IPsec"), LEVEL), handler_, .flags = flags_, .priv = 15 }

static const struct row exec_rows[] = {
	{ ROW(CLEAR, GKM, ONE), exec_clear_gdoi, .priv = 15 },
	{ ROW(CLEAR, GKM, ONE, KW("ks", "Key server"), KW("policy", "Keys and policy that it created")), exec_clear_gdoi, .priv = 15 },
	{ ROW(CLEAR, GKM, ONE, KW("ks", "Key server"), KW("members", "Registered group members"),
		OPT(KW("now", "Have them forget keys and policy at once"))), exec_clear_members, .priv = 15 },
	{ ROW(CLEAR, GKM, ONE, KW("ks", "Key server"), KW("members", "Registered group members"),
		KW("counters", "Their rekey counters")), exec_clear_member_counters, .priv = 15 },
	{ ROW(CLEAR, GKM, ONE, KW("ks", "Key server"), KW("coop", "Cooperative key servers"),
		KW("role", "Give the primary role up")), exec_clear_coop_role, .priv = 15 },
	{ ROW(CLEAR, GKM, ONE, KW("ks", "Key server"), KW("coop", "Cooperative key servers"),
		KW("counters", "Message counters")), exec_clear_coop_counters, .priv = 15 },
	{ ROW(CLEAR, GKM, ONE, KW("replay", "Time-based anti-replay"), KW("counter", "Counters")), exec_clear_replay_counter,
		.priv = 15 },
	{ ROW(CLEAR, KW("isakmp", "ISAKMP"), OPT(UINT("conn-id", 1, 4294967295, "Connection id of SA"))), exec_clear_isakmp,
		.priv = 15 },
	{ ROW(CLEAR, KW("isakmp", "ISAKMP"), KW("counters", "Datagram counters")), exec_clear_isakmp_counters, .priv = 15 },
	{ ROW(KW("clear", "Reset functions"), KW("logging", "Clear logging buffer")), exec_clear_logging, .priv = 15 },
	{ ROW(KW("clock", "Manage the system clock"), KW("set", "Set the time and date"),
		{ .kind = T_WORD, .name = "time", .text = "hh:mm:ss", .help = "Current time" },
		ALT(UINT("day", 1, 31, "Day of the month"), { .kind = T_WORD, .name = "month", .text = "MONTH",
		.help = "Month of the year" }, OR, { .kind = T_WORD, .name = "month", .text = "MONTH", .help = "Month of the year" },
		UINT("day", 1, 31, "Day of the month")), UINT("year", 1993, 2099, "Year")), exec_clock_set, .priv = 15 },
	{ ROW(CRYPTO, GKM, KW("ks", "Key server"), ONE, KW("rekey", "Send the configured policy in a rekey"),
		OPT(SET(KW("replace-now", "Replace old keys at once"), OR,
		KW("dry-run", "Show what the rekey would do, send nothing")))), exec_ks_rekey, .priv = 15 },
	ROW_GENERATE,
	ROW_ZEROIZE,
	ROW_EXPORT,
	ROW_IMPORT,
	DEBUG_ROWS("debug", "Debugging functions", exec_debug, R_NO),
	DEBUG_ROWS("undebug", "Disable debugging functions", exec_undebug, 0),
	{ ROW(KW("undebug", "Disable debugging functions"), KWN("all", "Turn off all debugging", "everything")), exec_undebug_all,
		.priv = 15 },
	{ ROW(KW("debug", "Debugging functions"), KWN("all", "Turn off all debugging", "everything")), exec_undebug_all,
		.flags = R_ONLY_NO, .priv = 15 },
};

static const struct row config_rows[] = {
	ROW_GENERATE,
	ROW_ZEROIZE,
	ROW_EXPORT,
	ROW_IMPORT,
};
/* clang-format on */

const struct row_table rows_crypto_exec = ROWS(IN_EXEC, exec_rows);
const struct row_table rows_crypto_config = ROWS(IN_CONFIG, config_rows);

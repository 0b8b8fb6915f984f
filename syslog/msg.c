/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "syslog/msg.h"

static const struct msg_desc table[MSG_MAX] = {
#define X(fac, sev, mnem, fmt, params, args, expl, action)                                                      \
	[MSG_##fac##_##mnem] = { #fac, #mnem, fmt, expl, action, sev },
#include "syslog/messages.def"
#undef X
};

const struct msg_desc *msg_desc(int id)
{
	return &table[id];
}

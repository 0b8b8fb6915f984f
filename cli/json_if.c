/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show interfaces, show ip interface, show ipv6 interface | json: one form for all */
#include <ifaddrs.h>
#include <linux/if_link.h>
#include "cli/json.h"
#include "cli/show_fmt.h"
#include "cli/show_if.h"
#include "lib/netif.h"

static void counters(json_t *o, const struct rtnl_link_stats *c)
{
	json_num(o, "packets_in", c->rx_packets);
	json_num(o, "octets_in", c->rx_bytes);
	json_num(o, "multicasts_in", c->multicast);
	json_num(o, "errors_in", c->rx_errors);
	json_num(o, "crc_errors_in", c->rx_crc_errors);
	json_num(o, "frame_errors_in", c->rx_frame_errors);
	json_num(o, "overruns_in", c->rx_over_errors);
	json_num(o, "no_buffer_in", c->rx_missed_errors);
	json_num(o, "drops_in", c->rx_dropped);
	json_num(o, "packets_out", c->tx_packets);
	json_num(o, "octets_out", c->tx_bytes);
	json_num(o, "errors_out", c->tx_errors);
	json_num(o, "underruns_out", c->tx_fifo_errors);
	json_num(o, "collisions", c->collisions);
	json_num(o, "drops_out", c->tx_dropped);
}

static void hardware(json_t *o, const struct ifaddrs *hw)
{
	static const char *const kinds[] = { [HARDWARE_ETHERNET] = "ethernet", [HARDWARE_LOOPBACK] = "loopback",
		[HARDWARE_TUNNEL] = "tunnel" };
	char mac[MAC_TEXT] = "";

	json_put(o, "hardware", hw ? kinds[show_if_mac(hw, mac)] : "unknown");
	json_put_or_null(o, "mac", mac);
	if (hw && hw->ifa_data)
		counters(json_part(o, "counters"), hw->ifa_data);
	else
		json_null_at(o, "counters");
}

static void ip6_addresses(json_t *list, const struct ifaddrs *all, const char *ifname)
{
	struct show_ip6 ip6;

	for (; all; all = all->ifa_next)
		if (show_if_ip6(all, ifname, &ip6)) {
			json_t *a = json_item(list);

			json_put(a, "address", ip6.address);
			json_put(a, "subnet", ip6.subnet);
			json_num(a, "prefix_length", ip6.bits);
			json_flag(a, "link_local", ip6.link_local);
		}
}

static void interface(const struct show *s, const struct netif_link *l, const struct ifaddrs *all, void *arg)
{
	const struct cfg_interface *f = cfg_interface(show_cfg(s), l->name);
	json_t *o = json_item(arg), *addresses;

	json_put(o, "name", l->name);
	json_flag(o, "admin_up", l->admin_up);
	json_flag(o, "up", l->admin_up && l->running);
	json_num(o, "mtu", l->mtu);
	json_put(o, "description", f ? f->description : "");
	json_put(o, "crypto_map", f ? f->map : "");
	addresses = json_list(o, "addresses");
	for (unsigned k = 0; k < l->naddr && k < NETIF_ADDRS; k++) {
		json_t *a = json_item(addresses);

		json_ip(a, "address", l->addr[k].ip);
		json_mask(a, "mask", l->addr[k].mask);
	}
	json_put(o, "address_method", show_address_method(show_cfg(s), l));
	ip6_addresses(json_list(o, "ipv6_addresses"), all, l->name);
	hardware(o, show_if_hardware(all, l->name));
}

void json_interfaces(struct cmd *c, json_t *o)
{
	const char *name = show_name(c, "ifname");
	struct show s = show_open(c);

	if (!show_each_interface(&s, name, interface, json_list(o, "interfaces")))
		cmd_error(c, "There is no interface %s", name);
}

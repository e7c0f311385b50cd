#include "host/os/linux/netlink_layouts.h"

#include <linux/fib_rules.h>
#include <linux/if_addrlabel.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>

namespace emulate::linux_os::netlink {
namespace {

constexpr Attribute nest(std::uint16_t type, const Space& space) {
  return {type, {}, Inside::attributes, &space};
}
constexpr Attribute by_name(std::uint16_t type, std::uint16_t name_type,
                            std::span<const NamedSpace> named) {
  return {type, {}, Inside::by_name, nullptr, name_type, named};
}

// Structures in front of the attributes.
constexpr Members kIfinfomsg = "112444", kIfaddrmsg = "11114", kRtmsg = "111111114",
                  kNdmsg = "1124211", kFibRule = "111111114", kTcmsg = "1124444", kNdtmsg = "112",
                  kFamily = "1", kPrefixmsg = "11241111", kAddrLabel = "111144", kNexthop = "11114";

// --- links ---------------------------------------------------------------------------------------

constexpr Attribute kInetAttributes[] = {{IFLA_INET_CONF, "4"}};
constexpr Space kInet{"", kInetAttributes};

constexpr Attribute kInet6Attributes[] = {
    {IFLA_INET6_FLAGS, "4"},         {IFLA_INET6_CONF, "4"},       {IFLA_INET6_STATS, "8"},
    {IFLA_INET6_CACHEINFO, "4"},     {IFLA_INET6_ICMP6STATS, "8"}, {IFLA_INET6_TOKEN, "1"},
    {IFLA_INET6_ADDR_GEN_MODE, "1"}, {IFLA_INET6_RA_MTU, "4"},
};
constexpr Space kInet6{"", kInet6Attributes};

constexpr Attribute kFamilyAttributes[] = {nest(AF_INET, kInet), nest(AF_INET6, kInet6)};
constexpr Space kFamilies{"", kFamilyAttributes};

constexpr Attribute kXdpAttributes[] = {{IFLA_XDP_ATTACHED, "1"}};
constexpr Space kXdp{"", kXdpAttributes, "4"};

constexpr Attribute kAltNameAttributes[] = {{IFLA_ALT_IFNAME, "1"}};
constexpr Space kAltNames{"", kAltNameAttributes};
constexpr Space kDownReasons{"", {}, "4"};

/// What all kinds of links have, and a message about one tells.
constexpr Attribute kPlainLinkAttributes[] = {
    {IFLA_ADDRESS, "1"},
    {IFLA_BROADCAST, "1"},
    {IFLA_IFNAME, "1"},
    {IFLA_MTU, "4"},
    {IFLA_LINK, "4"},
    {IFLA_QDISC, "1"},
    {IFLA_STATS, "4"},
    {IFLA_COST, "4"},
    {IFLA_PRIORITY, "4"},
    {IFLA_MASTER, "4"},
    {IFLA_TXQLEN, "4"},
    {IFLA_MAP, "888211"},
    {IFLA_WEIGHT, "4"},
    {IFLA_OPERSTATE, "1"},
    {IFLA_LINKMODE, "1"},
    {IFLA_NET_NS_PID, "4"},
    {IFLA_IFALIAS, "1"},
    {IFLA_NUM_VF, "4"},
    {IFLA_STATS64, "8"},
    {IFLA_GROUP, "4"},
    {IFLA_NET_NS_FD, "4"},
    {IFLA_EXT_MASK, "4"},
    {IFLA_PROMISCUITY, "4"},
    {IFLA_NUM_TX_QUEUES, "4"},
    {IFLA_NUM_RX_QUEUES, "4"},
    {IFLA_CARRIER, "1"},
    {IFLA_PHYS_PORT_ID, "1"},
    {IFLA_CARRIER_CHANGES, "4"},
    {IFLA_PHYS_SWITCH_ID, "1"},
    {IFLA_LINK_NETNSID, "4"},
    {IFLA_PHYS_PORT_NAME, "1"},
    {IFLA_PROTO_DOWN, "1"},
    {IFLA_GSO_MAX_SEGS, "4"},
    {IFLA_GSO_MAX_SIZE, "4"},
    {IFLA_PAD, "1"},
    {IFLA_EVENT, "4"},
    {IFLA_NEW_NETNSID, "4"},
    {IFLA_TARGET_NETNSID, "4"},
    {IFLA_CARRIER_UP_COUNT, "4"},
    {IFLA_CARRIER_DOWN_COUNT, "4"},
    {IFLA_NEW_IFINDEX, "4"},
    {IFLA_MIN_MTU, "4"},
    {IFLA_MAX_MTU, "4"},
    {IFLA_ALT_IFNAME, "1"},
    {IFLA_PERM_ADDRESS, "1"},
    {IFLA_PARENT_DEV_NAME, "1"},
    {IFLA_PARENT_DEV_BUS_NAME, "1"},
    {IFLA_GRO_MAX_SIZE, "4"},
    {IFLA_TSO_MAX_SIZE, "4"},
    {IFLA_TSO_MAX_SEGS, "4"},
    {IFLA_ALLMULTI, "4"},
    nest(IFLA_XDP, kXdp),
    nest(IFLA_PROP_LIST, kAltNames),
    nest(IFLA_PROTO_DOWN_REASON, kDownReasons),
};
constexpr Space kPlainLink{kIfinfomsg, kPlainLinkAttributes};

// --- what kinds of links have of their own -------------------------------------------------------

constexpr Attribute kVethAttributes[] = {nest(VETH_INFO_PEER, kPlainLink)};
constexpr Space kVeth{"", kVethAttributes};

constexpr Attribute kVlanQosAttributes[] = {{IFLA_VLAN_QOS_MAPPING, "4"}};
constexpr Space kVlanQos{"", kVlanQosAttributes};
constexpr Attribute kVlanAttributes[] = {
    {IFLA_VLAN_ID, "2"},
    {IFLA_VLAN_FLAGS, "4"},
    {IFLA_VLAN_PROTOCOL, "1"},
    nest(IFLA_VLAN_EGRESS_QOS, kVlanQos),
    nest(IFLA_VLAN_INGRESS_QOS, kVlanQos),
};
constexpr Space kVlan{"", kVlanAttributes};

constexpr Attribute kMacvlanAttributes[] = {
    {IFLA_MACVLAN_MODE, "4"},
    {IFLA_MACVLAN_FLAGS, "2"},
    {IFLA_MACVLAN_MACADDR_MODE, "4"},
    {IFLA_MACVLAN_MACADDR, "1"},
    {IFLA_MACVLAN_MACADDR_COUNT, "4"},
    {IFLA_MACVLAN_BC_QUEUE_LEN, "4"},
    {IFLA_MACVLAN_BC_QUEUE_LEN_USED, "4"},
};
constexpr Space kMacvlan{"", kMacvlanAttributes};
constexpr Space kIpvlan{"", {}, "2"};
constexpr Space kVrf{"", {}, "4"};

constexpr Attribute kTunAttributes[] = {
    {IFLA_TUN_OWNER, "4"},
    {IFLA_TUN_GROUP, "4"},
    {IFLA_TUN_NUM_QUEUES, "4"},
    {IFLA_TUN_NUM_DISABLED_QUEUES, "4"},
};
constexpr Space kTun{"", kTunAttributes, "1"};

constexpr Attribute kVxlanAttributes[] = {
    {IFLA_VXLAN_ID, "4"},
    {IFLA_VXLAN_LINK, "4"},
    {IFLA_VXLAN_AGEING, "4"},
    {IFLA_VXLAN_LIMIT, "4"},
};
constexpr Space kVxlan{"", kVxlanAttributes, "1"};

constexpr Attribute kIpTunnelAttributes[] = {
    {IFLA_IPTUN_LINK, "4"},          {IFLA_IPTUN_FLAGS, "2"},
    {IFLA_IPTUN_6RD_PREFIXLEN, "2"}, {IFLA_IPTUN_6RD_RELAY_PREFIXLEN, "2"},
    {IFLA_IPTUN_ENCAP_TYPE, "2"},    {IFLA_IPTUN_ENCAP_FLAGS, "2"},
    {IFLA_IPTUN_FWMARK, "4"},
};
constexpr Space kIpTunnel{"", kIpTunnelAttributes, "1"};

constexpr Attribute kGreAttributes[] = {
    {IFLA_GRE_LINK, "4"},        {IFLA_GRE_FLAGS, "4"},  {IFLA_GRE_ENCAP_TYPE, "2"},
    {IFLA_GRE_ENCAP_FLAGS, "2"}, {IFLA_GRE_FWMARK, "4"}, {IFLA_GRE_ERSPAN_INDEX, "4"},
    {IFLA_GRE_ERSPAN_HWID, "2"},
};
constexpr Space kGre{"", kGreAttributes, "1"};

constexpr Attribute kBridgeAttributes[] = {
    {IFLA_BR_FORWARD_DELAY, "4"},
    {IFLA_BR_HELLO_TIME, "4"},
    {IFLA_BR_MAX_AGE, "4"},
    {IFLA_BR_AGEING_TIME, "4"},
    {IFLA_BR_STP_STATE, "4"},
    {IFLA_BR_PRIORITY, "2"},
    {IFLA_BR_GROUP_FWD_MASK, "2"},
    {IFLA_BR_ROOT_PORT, "2"},
    {IFLA_BR_ROOT_PATH_COST, "4"},
    {IFLA_BR_HELLO_TIMER, "8"},
    {IFLA_BR_TCN_TIMER, "8"},
    {IFLA_BR_TOPOLOGY_CHANGE_TIMER, "8"},
    {IFLA_BR_GC_TIMER, "8"},
    {IFLA_BR_MCAST_HASH_ELASTICITY, "4"},
    {IFLA_BR_MCAST_HASH_MAX, "4"},
    {IFLA_BR_MCAST_LAST_MEMBER_CNT, "4"},
    {IFLA_BR_MCAST_STARTUP_QUERY_CNT, "4"},
    {IFLA_BR_MCAST_LAST_MEMBER_INTVL, "8"},
    {IFLA_BR_MCAST_MEMBERSHIP_INTVL, "8"},
    {IFLA_BR_MCAST_QUERIER_INTVL, "8"},
    {IFLA_BR_MCAST_QUERY_INTVL, "8"},
    {IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, "8"},
    {IFLA_BR_MCAST_STARTUP_QUERY_INTVL, "8"},
    {IFLA_BR_VLAN_DEFAULT_PVID, "2"},
    {IFLA_BR_MULTI_BOOLOPT, "4"},
};
constexpr Space kBridge{"", kBridgeAttributes, "1"};

constexpr Attribute kBridgePortAttributes[] = {
    {IFLA_BRPORT_PRIORITY, "2"},
    {IFLA_BRPORT_COST, "4"},
    {IFLA_BRPORT_DESIGNATED_PORT, "2"},
    {IFLA_BRPORT_DESIGNATED_COST, "2"},
    {IFLA_BRPORT_ID, "2"},
    {IFLA_BRPORT_NO, "2"},
    {IFLA_BRPORT_MESSAGE_AGE_TIMER, "8"},
    {IFLA_BRPORT_FORWARD_DELAY_TIMER, "8"},
    {IFLA_BRPORT_HOLD_TIMER, "8"},
    {IFLA_BRPORT_GROUP_FWD_MASK, "2"},
    {IFLA_BRPORT_BACKUP_PORT, "4"},
    {IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT, "4"},
    {IFLA_BRPORT_MCAST_EHT_HOSTS_CNT, "4"},
};
constexpr Space kBridgePort{"", kBridgePortAttributes, "1"};

constexpr NamedSpace kKinds[] = {
    {"bridge", &kBridge},   {"gre", &kGre},         {"gretap", &kGre},    {"ip6gre", &kGre},
    {"ip6gretap", &kGre},   {"ip6tnl", &kIpTunnel}, {"ipip", &kIpTunnel}, {"ipvlan", &kIpvlan},
    {"macvlan", &kMacvlan}, {"macvtap", &kMacvlan}, {"sit", &kIpTunnel},  {"tun", &kTun},
    {"veth", &kVeth},       {"vlan", &kVlan},       {"vrf", &kVrf},       {"vxlan", &kVxlan},
};
constexpr NamedSpace kPortKinds[] = {{"bridge", &kBridgePort}, {"vrf", &kVrf}};

constexpr Attribute kInfoAttributes[] = {
    {IFLA_INFO_KIND, "1"},
    {IFLA_INFO_SLAVE_KIND, "1"},
    by_name(IFLA_INFO_DATA, IFLA_INFO_KIND, kKinds),
    by_name(IFLA_INFO_SLAVE_DATA, IFLA_INFO_SLAVE_KIND, kPortKinds),
};
constexpr Space kInfo{"", kInfoAttributes};

constexpr Attribute kLinkAttributes[] = {
    nest(IFLA_PROTINFO, kInet6),
    nest(IFLA_LINKINFO, kInfo),
    nest(IFLA_AF_SPEC, kFamilies),
};
constexpr Space kLink{kIfinfomsg, kLinkAttributes, {}, &kPlainLink};

constexpr Attribute kBridgeFamilyAttributes[] = {
    {IFLA_BRIDGE_FLAGS, "2"},
    {IFLA_BRIDGE_MODE, "2"},
    {IFLA_BRIDGE_VLAN_INFO, "2"},
};
constexpr Space kBridgeFamily{"", kBridgeFamilyAttributes};
constexpr Attribute kBridgeLinkAttributes[] = {
    nest(IFLA_PROTINFO, kBridgePort),
    nest(IFLA_LINKINFO, kInfo),
    nest(IFLA_AF_SPEC, kBridgeFamily),
};
constexpr Space kBridgeLink{kIfinfomsg, kBridgeLinkAttributes, {}, &kPlainLink};

// --- addresses, neighbours -----------------------------------------------------------------------

constexpr Attribute kAddressAttributes[] = {
    {IFA_ADDRESS, "1"},     {IFA_LOCAL, "1"},     {IFA_LABEL, "1"},          {IFA_BROADCAST, "1"},
    {IFA_ANYCAST, "1"},     {IFA_CACHEINFO, "4"}, {IFA_MULTICAST, "1"},      {IFA_FLAGS, "4"},
    {IFA_RT_PRIORITY, "4"}, {IFA_PROTO, "1"},     {IFA_TARGET_NETNSID, "4"},
};
constexpr Space kAddress{kIfaddrmsg, kAddressAttributes};

constexpr Attribute kNeighbourAttributes[] = {
    {NDA_DST, "1"},
    {NDA_LLADDR, "1"},
    {NDA_CACHEINFO, "4"},
    {NDA_PROBES, "4"},
    {NDA_VLAN, "2"},
    {NDA_PORT, "1"},
    {NDA_VNI, "4"},
    {NDA_IFINDEX, "4"},
    {NDA_MASTER, "4"},
    {NDA_LINK_NETNSID, "4"},
    {NDA_SRC_VNI, "4"},
    {NDA_PROTOCOL, "1"},
    {NDA_NH_ID, "4"},
    {NDA_FLAGS_EXT, "4"},
    {NDA_NDM_STATE_MASK, "2"},
    {NDA_NDM_FLAGS_MASK, "1"},
};
constexpr Space kNeighbour{kNdmsg, kNeighbourAttributes};

constexpr Attribute kTableParameterAttributes[] = {
    {NDTPA_IFINDEX, "4"},    {NDTPA_REFCNT, "4"},         {NDTPA_QUEUE_LEN, "4"},
    {NDTPA_APP_PROBES, "4"}, {NDTPA_UCAST_PROBES, "4"},   {NDTPA_MCAST_PROBES, "4"},
    {NDTPA_PROXY_QLEN, "4"}, {NDTPA_QUEUE_LENBYTES, "4"}, {NDTPA_MCAST_REPROBES, "4"},
    {NDTPA_PAD, "1"},
};
constexpr Space kTableParameters{"", kTableParameterAttributes, "8"};
constexpr Attribute kNeighbourTableAttributes[] = {
    {NDTA_NAME, "1"},        {NDTA_THRESH1, "4"},  {NDTA_THRESH2, "4"},
    {NDTA_THRESH3, "4"},     {NDTA_CONFIG, "224"}, {NDTA_STATS, "8"},
    {NDTA_GC_INTERVAL, "8"}, {NDTA_PAD, "1"},      nest(NDTA_PARMS, kTableParameters),
};
constexpr Space kNeighbourTable{kNdtmsg, kNeighbourTableAttributes};

// --- routes, rules -------------------------------------------------------------------------------

constexpr Attribute kMetricAttributes[] = {{RTAX_CC_ALGO, "1"}};
constexpr Space kMetrics{"", kMetricAttributes, "4"};

/// What a route and each of its hops may have.
constexpr Attribute kHopAttributes[] = {
    {RTA_GATEWAY, "1"}, {RTA_FLOW, "4"}, {RTA_VIA, "21"}, {RTA_NEWDST, "1"}, {RTA_PAD, "1"},
};
constexpr Space kHop{"", kHopAttributes};
constexpr Attribute kRouteAttributes[] = {
    {RTA_DST, "1"},
    {RTA_SRC, "1"},
    {RTA_IIF, "4"},
    {RTA_OIF, "4"},
    {RTA_PRIORITY, "4"},
    {RTA_PREFSRC, "1"},
    {RTA_CACHEINFO, "4"},
    {RTA_TABLE, "4"},
    {RTA_MARK, "4"},
    {RTA_MFC_STATS, "8"},
    {RTA_PREF, "1"},
    {RTA_EXPIRES, "4"},
    {RTA_UID, "4"},
    {RTA_TTL_PROPAGATE, "1"},
    {RTA_IP_PROTO, "1"},
    {RTA_SPORT, "1"},
    {RTA_DPORT, "1"},
    {RTA_NH_ID, "4"},
    nest(RTA_METRICS, kMetrics),
    {RTA_MULTIPATH, {}, Inside::hops, &kHop},
};
constexpr Space kRoute{kRtmsg, kRouteAttributes, {}, &kHop};

constexpr Attribute kRuleAttributes[] = {
    {FRA_DST, "1"},         {FRA_SRC, "1"},         {FRA_IIFNAME, "1"},
    {FRA_GOTO, "4"},        {FRA_PRIORITY, "4"},    {FRA_FWMARK, "4"},
    {FRA_FLOW, "4"},        {FRA_TUN_ID, "1"},      {FRA_SUPPRESS_IFGROUP, "4"},
    {FRA_TABLE, "4"},       {FRA_FWMASK, "4"},      {FRA_SUPPRESS_PREFIXLEN, "4"},
    {FRA_OIFNAME, "1"},     {FRA_PAD, "1"},         {FRA_L3MDEV, "1"},
    {FRA_PROTOCOL, "1"},    {FRA_IP_PROTO, "1"},    {FRA_UID_RANGE, "4"},
    {FRA_SPORT_RANGE, "2"}, {FRA_DPORT_RANGE, "2"},
};
constexpr Space kRule{kFibRule, kRuleAttributes};

constexpr Attribute kNexthopAttributes[] = {
    {NHA_ID, "4"},     {NHA_GROUP, "4112*"}, {NHA_GROUP_TYPE, "2"}, {NHA_BLACKHOLE, "1"},
    {NHA_OIF, "4"},    {NHA_GATEWAY, "1"},   {NHA_ENCAP_TYPE, "2"}, {NHA_GROUPS, "1"},
    {NHA_MASTER, "4"}, {NHA_FDB, "1"},
};
constexpr Space kNexthops{kNexthop, kNexthopAttributes};

// --- the rest ------------------------------------------------------------------------------------

constexpr Attribute kQueueAttributes[] = {
    {TCA_KIND, "1"},           {TCA_FCNT, "4"},         {TCA_PAD, "1"},
    {TCA_DUMP_INVISIBLE, "1"}, {TCA_CHAIN, "4"},        {TCA_HW_OFFLOAD, "1"},
    {TCA_INGRESS_BLOCK, "4"},  {TCA_EGRESS_BLOCK, "4"}, {TCA_DUMP_FLAGS, "4"},
    {TCA_EXT_WARN_MSG, "1"},   {TCA_STATS, "84"},
};
constexpr Space kQueue{kTcmsg, kQueueAttributes};

constexpr Attribute kPrefixAttributes[] = {{PREFIX_ADDRESS, "1"}, {PREFIX_CACHEINFO, "4"}};
constexpr Space kPrefix{kPrefixmsg, kPrefixAttributes};

constexpr Attribute kLabelAttributes[] = {{IFAL_ADDRESS, "1"}, {IFAL_LABEL, "4"}};
constexpr Space kLabel{kAddrLabel, kLabelAttributes};

constexpr Attribute kNetconfAttributes[] = {
    {NETCONFA_IFINDEX, "4"},     {NETCONFA_FORWARDING, "4"},
    {NETCONFA_RP_FILTER, "4"},   {NETCONFA_MC_FORWARDING, "4"},
    {NETCONFA_PROXY_NEIGH, "4"}, {NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, "4"},
    {NETCONFA_INPUT, "4"},       {NETCONFA_BC_FORWARDING, "4"},
};
constexpr Space kNetconf{kFamily, kNetconfAttributes};

constexpr Attribute kNamespaceAttributes[] = {
    {NETNSA_NSID, "4"},        {NETNSA_PID, "4"},          {NETNSA_FD, "4"},
    {NETNSA_TARGET_NSID, "4"}, {NETNSA_CURRENT_NSID, "4"},
};
constexpr Space kNamespace{kFamily, kNamespaceAttributes};

/// Messages come in fours: new, del, get, set.
struct MessageRow {
  std::uint16_t first;
  const Space* space;
};
constexpr MessageRow kMessages[] = {
    {RTM_NEWLINK, &kLink},
    {RTM_NEWADDR, &kAddress},
    {RTM_NEWROUTE, &kRoute},
    {RTM_NEWNEIGH, &kNeighbour},
    {RTM_NEWRULE, &kRule},
    {RTM_NEWQDISC, &kQueue},
    {RTM_NEWTCLASS, &kQueue},
    {RTM_NEWTFILTER, &kQueue},
    {RTM_NEWPREFIX, &kPrefix},
    {RTM_GETMULTICAST & ~3, &kAddress},
    {RTM_GETANYCAST & ~3, &kAddress},
    {RTM_NEWNEIGHTBL, &kNeighbourTable},
    {RTM_NEWADDRLABEL, &kLabel},
    {RTM_NEWNETCONF, &kNetconf},
    {RTM_NEWNSID, &kNamespace},
    {RTM_NEWCHAIN, &kQueue},
    {RTM_NEWNEXTHOP, &kNexthops},
    {RTM_NEWLINKPROP, &kLink},
};

constexpr Attribute kErrorAttributes[] = {
    {NLMSGERR_ATTR_MSG, "1"},       {NLMSGERR_ATTR_OFFS, "4"},      {NLMSGERR_ATTR_COOKIE, "1"},
    {NLMSGERR_ATTR_MISS_TYPE, "4"}, {NLMSGERR_ATTR_MISS_NEST, "4"},
};

}  // namespace

constexpr Space kErrorSpace{"", kErrorAttributes};

const Attribute* Space::find(std::uint16_t type) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [type](const Attribute& a) { return a.type == type; });
  if (found != attributes.end()) return &*found;
  return base != nullptr ? base->find(type) : nullptr;
}

const Space* message_space(std::uint16_t type, std::uint8_t family) {
  const auto row = std::find_if(std::begin(kMessages), std::end(kMessages),
                                [type](const MessageRow& r) { return r.first == (type & ~3); });
  if (row == std::end(kMessages)) return nullptr;
  return row->space == &kLink && family == AF_BRIDGE ? &kBridgeLink : row->space;
}

}  // namespace emulate::linux_os::netlink

import { BlockList, isIP } from 'node:net'

/** Networks that are not part of the public internet, each with its purpose (IANA IPv4 and IPv6 Special-Purpose Address
 *  Registries). Tencent Cloud's metadata service is 169.254.0.23; its internal DNS and mirrors are in 100.64.0.0/10. */
const privateNetworks = [
  '0.0.0.0/8', // this host
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link local
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relay
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved and broadcast
  '::/96', // this host, loopback and IPv4-compatible
  '::ffff:0:0:0/96', // IPv4-translated (RFC 2765)
  '64:ff9b::/96', // translated IPv4
  '64:ff9b:1::/48', // translated IPv4, local
  '100::/64', // discard
  '2001::/23', // protocol assignments, Teredo among them
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which carries an IPv4 address
  '3fff::/20', // documentation
  '5f00::/16', // segment routing
  'fc00::/7', // unique local
  'fe80::/10', // link local
  'fec0::/10', // site local
  'ff00::/8', // multicast
]

let blockList: BlockList | undefined

/** Returns the networks as a list that `node:net` checks. Made when the first address is checked. */
const getBlockList = (): BlockList => {
  if (blockList) return blockList
  blockList = new BlockList()
  for (const [address = '', bits] of privateNetworks.map((network) => network.split('/')))
    blockList.addSubnet(address, Number(bits), getFamily(address))
  return blockList
}

const getFamily = (address: string): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4')

/** Whether an IP address, as a resolver or a URL gives it, is outside the public internet. An IPv4 address written as
 *  IPv6 (`::ffff:10.0.0.1`) counts as IPv4. Text that is not an address counts as private. */
export const isPrivateAddress = (address: string): boolean => {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  return isIP(bare) === 0 || getBlockList().check(bare, getFamily(bare))
}

/** Names that may resolve to this machine or this network (RFC 6761, RFC 6762, RFC 8375; the metadata services of
 *  Tencent Cloud and others). */
const privateNames =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|lan|home\.arpa|in-addr\.arpa|ip6\.arpa|metadata\.tencentyun\.com)$/

/** How the URL parser spells addresses. No other host ends in a number (WHATWG URL, "host parsing"). */
const addressPattern = /^\[|^[\d.]+$/

/** Whether the host of a parsed URL is private by its spelling alone. The URL parser has already turned `0x7f.1`,
 *  `2130706433`, `０.0.0.0` and similar forms into plain addresses. */
export const isPrivateHost = (hostname: string): boolean => {
  const name = hostname.toLowerCase().replace(/\.$/, '')
  if (addressPattern.test(name)) return isPrivateAddress(name)
  return !name.includes('.') || privateNames.test(name)
}

import { BlockList, isIP } from 'node:net'
import { memoizeWeak } from '../../runtime/memoize.ts'

/** A range of addresses (RFC 4632, RFC 4291): its first address, the length of its prefix, and its family. */
interface AddressRange {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Parses `203.0.113.0/24`, `2001:db8::/32`, or one address. Returns undefined if it is none. */
export const parseAddressRange = (text: string): AddressRange | undefined => {
  const [address = '', length, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0 || address.includes('%')) return undefined
  const most = version === 4 ? 32 : 128
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined
  const prefix = length === undefined ? most : Number(length)
  return prefix <= most ? { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined
}

/** Returns an address without what proxies may write around it: a port (`203.0.113.7:4711`, `[2001:db8::7]:4711`), or the form of
 *  IPv6 around IPv4 (`::ffff:203.0.113.7`). */
const toPlainAddress = (text: string): string =>
  text
    .replace(/^\[([^\]]*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '')

/** Whether an address is in one of the ranges. `::/0` holds all addresses. */
export const isWithin = (ranges: readonly string[], address: string): boolean => {
  const plain = toPlainAddress(address)
  const version = isIP(plain)
  return version !== 0 && toBlockList(ranges).check(plain, version === 4 ? 'ipv4' : 'ipv6')
}

const toBlockList = memoizeWeak((ranges: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const text of ranges) {
    const range = parseAddressRange(text)
    if (range) list.addSubnet(range.address, range.prefix, range.family)
  }
  return list
})

import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { coerceError, DiscardJob } from '../errors.ts';

/** Turns a host name into every address it has. */
export type ResolveHost = (
  hostname: string,
  options: LookupOptions & { all: true },
) => Promise<LookupAddress[]>;

type Block = readonly [network: string, prefix: number];

/** Every block of the IANA special-purpose registry for IPv4, and the addresses that clouds use beyond it. */
const FORBIDDEN_IPV4: readonly Block[] = [
  ['0.0.0.0', 8], // unspecified, "this network"
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT; 100.100.100.200 is the metadata service of a cloud
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // public by its number: the host of each machine of a cloud, with its metadata
  ['169.254.0.0', 16], // link-local, with the metadata services of most clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments; 192.0.0.192 is the metadata service of a cloud
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112, answers for private names
  ['192.52.193.0', 24], // multicast tunnels
  ['192.88.99.0', 24], // 6to4 relays, withdrawn
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/**
 * Everything outside these is refused: loopback, link-local, unique-local with the metadata service fd00:ec2::254,
 * discard-only, segment routing, multicast and what is yet to be assigned.
 */
const REACHABLE_IPV6: readonly Block[] = [
  ['2000::', 3], // global unicast
  ['::ffff:0:0', 96], // IPv4-mapped, judged by the address inside
  ['64:ff9b::', 96], // NAT64, likewise; that of a network of its own, 64:ff9b:1::/48, is refused
];

/** The blocks of the registry that lie within those. */
const FORBIDDEN_IPV6: readonly Block[] = [
  ['2001::', 23], // protocol assignments, Teredo, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, withdrawn: it carries any IPv4 address to whichever relay is near
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation
  ...FORBIDDEN_IPV4.flatMap(([network, prefix]) => ipv6Carriers(network, prefix)),
];

// One list per family: a BlockList matches IPv4 addresses against IPv6 blocks too, as ::ffff:a.b.c.d.
const forbiddenIpv4 = blockList(FORBIDDEN_IPV4, 'ipv4');
const forbiddenIpv6 = blockList(FORBIDDEN_IPV6, 'ipv6');
const reachableIpv6 = blockList(REACHABLE_IPV6, 'ipv6');

/**
 * Guards one request against reaching into the own network: returns the `lookup` to connect with, which hands on only
 * addresses it has checked, so that a name re-bound between check and connection gains nothing.
 * A host is refused when any one of its addresses is forbidden: a mixed answer is a mistake or an attack, and which of
 * the addresses gets connected to is chance. Throws, and the lookup fails with, DiscardJob naming the host.
 */
export function guardTarget(url: URL, resolve: ResolveHost = systemLookup): LookupFunction {
  // node:http asks no lookup for a literal address, so this is the only place to check one.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0) requirePublic(host, [host]);
  return (hostname, options, callback) => {
    resolvePublic(hostname, options, resolve).then(
      ([first, ...others]) => {
        if (options.all) callback(null, [first, ...others]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(coerceError(error), ''),
    );
  };
}

/**
 * Says whether an address is private, loopback, reserved or otherwise not public; true for what is no address at all.
 */
export function isForbiddenAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return forbiddenIpv4.check(address, 'ipv4');
    case 6:
      return !reachableIpv6.check(address, 'ipv6') || forbiddenIpv6.check(address, 'ipv6');
    default:
      return true;
  }
}

async function resolvePublic(
  hostname: string,
  options: LookupOptions,
  resolve: ResolveHost,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const [first, ...others] = await resolve(hostname, { ...options, all: true });
  if (first === undefined) throw new Error(`${hostname} has no address`);
  requirePublic(
    hostname,
    [first, ...others].map(({ address }) => address),
  );
  return [first, ...others];
}

function requirePublic(host: string, addresses: readonly string[]): void {
  if (!addresses.some(isForbiddenAddress)) return;
  throw new DiscardJob(
    `${host} is or resolves to a private or reserved address; set WEBHOOK_ALLOW_PRIVATE=true to allow such targets`,
  );
}

/** The IPv6 blocks whose addresses carry an IPv4 address of the block: mapped and NAT64. */
function ipv6Carriers(network: string, prefix: number): Block[] {
  const [a = 0, b = 0, c = 0, d = 0] = network.split('.').map(Number);
  const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  return [
    [`::ffff:${hex}`, 96 + prefix],
    [`64:ff9b::${hex}`, 96 + prefix],
  ];
}

function blockList(blocks: readonly Block[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of blocks) list.addSubnet(network, prefix, family);
  return list;
}

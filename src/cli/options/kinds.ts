// Kinds of option values: how each is written as text (flag, environment) and as JSON (config file), and the words
// that say what was expected where something else came.

import { fromHex } from '../../base/bytes.ts'

export interface Kind<T> {
  /** In help: `--port <number>`; undefined for a switch that takes no value. */
  readonly placeholder?: string
  /** "a whole number from 0 to 65535" */
  readonly expected: string
  /** undefined: not of this kind. */
  fromText(text: string): T | undefined
  fromJson(value: unknown): T | undefined
  /** As written in help and docs. */
  show(value: T): string
  /** May be given more than once; text is a comma-separated list. */
  readonly repeatable?: true
  /** The flag may stand alone, which is the text `true`: `--altda [host:port]`. */
  readonly alone?: true
}

export const text = (placeholder: string, expected = 'some text'): Kind<string> => ({
  placeholder,
  expected,
  fromText: (value) => (value === '' ? undefined : value),
  fromJson: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
  show: (value) => value,
})

export const integer = (placeholder: string, min: number, max: number): Kind<number> => {
  const within = (value: number) =>
    Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined
  return {
    placeholder,
    expected: `a whole number from ${min} to ${max}`,
    fromText: (value) => (/^\d{1,16}$/.test(value) ? within(Number(value)) : undefined),
    fromJson: (value) => (typeof value === 'number' ? within(value) : undefined),
    show: String,
  }
}

/** A number strictly between two others. */
export const between = (placeholder: string, low: number, high: number): Kind<number> => {
  const within = (value: number) => (value > low && value < high ? value : undefined)
  return {
    placeholder,
    expected: `a number between ${low} and ${high}`,
    fromText: (value) => (/^\d*\.?\d+(e-?\d+)?$/i.test(value) ? within(Number(value)) : undefined),
    fromJson: (value) => (typeof value === 'number' ? within(value) : undefined),
    show: String,
  }
}

/** A switch: its flag alone turns it on. */
export const toggle: Kind<boolean> = {
  expected: 'true or false',
  fromText: (value) =>
    ['true', '1'].includes(value) ? true : ['false', '0'].includes(value) ? false : undefined,
  fromJson: (value) => (typeof value === 'boolean' ? value : undefined),
  show: String,
}

export const choice = <const T extends string>(placeholder: string, values: readonly T[]): Kind<T> => {
  const find = (value: unknown) => values.find((known) => known === value)
  return {
    placeholder,
    expected: `one of ${values.join(', ')}`,
    fromText: find,
    fromJson: find,
    show: (value) => value,
  }
}

/** Several values: a repeated flag, a comma-separated variable, or an array in the config file. */
export const list = <T>(kind: Kind<T>): Kind<readonly T[]> => {
  const all = (values: readonly (T | undefined)[]) =>
    values.includes(undefined) ? undefined : (values as readonly T[])
  return {
    ...(kind.placeholder !== undefined && { placeholder: kind.placeholder }),
    expected: kind.expected,
    fromText: (value) =>
      value === '' ? [] : all(value.split(',').map((part) => kind.fromText(part.trim()))),
    fromJson: (value) => (Array.isArray(value) ? all(value.map((part) => kind.fromJson(part))) : undefined),
    show: (values) => (values.length === 0 ? 'none' : values.map((value) => kind.show(value)).join(', ')),
    repeatable: true,
  }
}

/** A libp2p multiaddr; its parts are read by libp2p when it is used. */
export const multiaddr = (withPeer: boolean): Kind<string> => {
  const read = (value: unknown) =>
    typeof value === 'string' &&
    /^\/(ip4|ip6|dns|dns4|dns6|dnsaddr)\/[^/\s]+(\/[^\s,]*)?$/.test(value) &&
    (!withPeer || /\/p2p\/[1-9A-HJ-NP-Za-km-z]+$/.test(value))
      ? value
      : undefined
  return {
    placeholder: 'multiaddr',
    expected: withPeer
      ? 'a multiaddr with a peer id, such as /ip4/203.0.113.5/tcp/26700/p2p/12D3Koo...'
      : 'a multiaddr, such as /ip4/0.0.0.0/tcp/26700',
    fromText: read,
    fromJson: read,
    show: (value) => value,
  }
}

export interface Setting<Name extends string> {
  readonly name: Name
  readonly value: number
}

/** `<name>=<value>` with a known name and a whole number of at least 1. */
export const setting = <const Name extends string>(names: readonly Name[]): Kind<Setting<Name>> => {
  const read = (text: unknown): Setting<Name> | undefined => {
    const [, known, digits] = typeof text === 'string' ? (/^(\w+)=(\d{1,15})$/.exec(text) ?? []) : []
    const name = names.find((one) => one === known)
    return name === undefined || Number(digits) < 1 ? undefined : { name, value: Number(digits) }
  }
  return {
    placeholder: 'name=value',
    expected: `a limit of docs/operations.md and a whole number of at least 1, such as ${names[0]}=50`,
    fromText: read,
    fromJson: read,
    show: ({ name, value }) => `${name}=${value}`,
  }
}

export const httpUrl: Kind<string> = {
  placeholder: 'url',
  expected: 'a URL such as http://127.0.0.1:26780',
  fromText: (value) => readUrl(value),
  fromJson: (value) => (typeof value === 'string' ? readUrl(value) : undefined),
  show: (value) => value,
}

const readUrl = (value: string): string | undefined =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : undefined

export interface Trusted {
  readonly height: number
  readonly root: Uint8Array
}

/** `<height>:<root>` of a final header that its giver is trusted for. */
export const trustedHeader: Kind<Trusted> = {
  placeholder: 'height:root',
  expected: "a final block's height and root, such as 1200:<64 hex digits>",
  fromText: (value) => readTrusted(value),
  fromJson: (value) => (typeof value === 'string' ? readTrusted(value) : undefined),
  show: ({ height }) => `${height}:...`,
}

const readTrusted = (value: string): Trusted | undefined => {
  const [, height, hex] = /^(\d{1,15}):([0-9a-fA-F]{64})$/.exec(value) ?? []
  const root = hex === undefined ? undefined : fromHex(hex, 32)
  return root === undefined ? undefined : { height: Number(height), root }
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** Where something listens: a host with a port, a port, or the usual one where only the switch is given. */
export const address = (usual: Address): Kind<Address> => {
  const read = (value: string): Address | undefined => {
    if (value === 'true' || value === '1') return usual
    const [, host = usual.host, port = ''] = /^(?:([^:\s]+|\[[0-9a-fA-F:.]+\]):)?(\d{1,5})$/.exec(value) ?? []
    if (port === '' || Number(port) > 65_535) return undefined
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
  }
  return {
    placeholder: 'host:port',
    expected: `an address such as ${usual.host}:${usual.port}, or true`,
    fromText: read,
    fromJson: (value) => (value === true ? usual : typeof value === 'string' ? read(value) : undefined),
    show: ({ host, port }) => `${host}:${port}`,
    alone: true,
  }
}

// weft token: who may use a node's API. The text of a token is shown once, when it is made; kept is its hash.

import { createToken, type TokenRecord } from '../../api/tokens.ts'
import { toHex } from '../../base/bytes.ts'
import type { Command } from '../context.ts'
import { badInput, EXIT } from '../failure.ts'
import { parseNamespace } from '../namespace.ts'
import { folderPaths } from '../node-folder.ts'
import { readTokens, writeTokens } from '../token-file.ts'

export const token: Command<'token'> = async (values, [action, id], { terminal }) => {
  const { dir, json } = values
  const path = folderPaths(dir).tokens
  const tokens = readTokens(path)
  switch (action) {
    case 'create': {
      const { label, right, tokenNamespaces, tokenRate, tokenAtOnce, tokenBodyBytes } = values
      const { text, record } = createToken({
        name: label,
        right,
        ...(tokenNamespaces.length > 0 && {
          namespaces: tokenNamespaces.map((given) => toHex(parseNamespace(given))),
        }),
        ...(tokenRate !== undefined && { ratePerMinute: tokenRate }),
        ...(tokenAtOnce !== undefined && { atOnce: tokenAtOnce }),
        ...(tokenBodyBytes !== undefined && { maxBodyBytes: tokenBodyBytes }),
        createdMs: Date.now(),
      })
      writeTokens(path, [...tokens, record])
      if (json) terminal.out(JSON.stringify({ ok: true, id: record.id, right, token: text }))
      else {
        terminal.out(`token ${text}`)
        terminal.out(`id    ${record.id}, may ${right}. The token is not shown again: keep it now.`)
      }
      return EXIT.ok
    }
    case 'list': {
      const shown = tokens.map(({ hash: _, ...about }) => about)
      if (json) terminal.out(JSON.stringify({ ok: true, tokens: shown }))
      else if (shown.length === 0) terminal.out('none: the API answers this machine only')
      else for (const one of shown) terminal.out(lineOf(one))
      return EXIT.ok
    }
    case 'revoke': {
      if (id === undefined || !tokens.some((one) => one.id === id))
        throw badInput(`expected the id of a token of ${dir}, got ${id ?? 'none'}; see weft token list`)
      writeTokens(
        path,
        tokens.filter((one) => one.id !== id),
      )
      if (json) terminal.out(JSON.stringify({ ok: true, revoked: id }))
      else terminal.out(`revoked ${id}`)
      return EXIT.ok
    }
    default:
      throw badInput(`expected create, list or revoke, got "${action ?? ''}"`)
  }
}

/** A token in one line: its id, what it may do, what it is for, and what bounds it. */
const lineOf = ({
  id,
  right,
  name,
  namespaces,
  ratePerMinute,
  atOnce,
  maxBodyBytes,
}: Omit<TokenRecord, 'hash'>): string =>
  [
    id,
    right.padEnd(5),
    name,
    ...(namespaces === undefined ? [] : [`in ${namespaces.join(', ')}`]),
    ...(ratePerMinute === undefined ? [] : [`${ratePerMinute} a minute`]),
    ...(atOnce === undefined ? [] : [`${atOnce} at once`]),
    ...(maxBodyBytes === undefined ? [] : [`${maxBodyBytes} bytes`]),
  ].join('  ')

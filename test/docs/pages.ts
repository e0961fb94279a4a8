// The documents as the tests see them: text, fenced blocks with what stands before them, marked parts, headings.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')

/** All pages, as paths from the top of the repository. */
export const pages = (): readonly string[] => [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  'assembly/README.md',
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
export const marked = (text: string, name: string): string =>
  text.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0]?.trim() ?? ''

export interface Block {
  /** First word after the fence. */
  readonly language: string
  /** The other words. */
  readonly marks: readonly string[]
  readonly code: string
}

/** Fenced blocks of a page. */
export const blocks = (text: string): readonly Block[] =>
  [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, info = '', code = '']) => {
    const [language = '', ...marks] = info.trim().split(/\s+/)
    return { language, marks, code }
  })

/** A page without its fenced blocks. */
export const prose = (text: string): string => text.replace(/^```[^\n]*\n[\s\S]*?^```$/gm, '')

/** The anchors that GitHub makes of a page's headings. */
export const anchors = (text: string): ReadonlySet<string> =>
  new Set(
    [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )

/** Source files of src/, as paths from the top of the repository. */
export const sources = (): readonly string[] =>
  readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name}`)

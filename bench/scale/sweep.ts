// The study: every run of it by name, each in a process of its own, its scenario and result as one line of
// results/study.jsonl. `node bench/scale/sweep.ts [part of a name]` makes those that are missing; `--again` all of them.

import { execFile } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const results = new URL('./results/study.jsonl', import.meta.url)
const main = fileURLToPath(new URL('./main.ts', import.meta.url))

/** What the study proposes for peers: few validators each, and peers that together keep all columns. */
const proposed = '--validatorLinks 3 --coversColumns true'
const third = '--hostile 0.33'

/** Names and options of the runs. */
export const runs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [8, 16, 32, 64, 128, 256].flatMap((rows) => [
      [`size/home/${rows}`, `--nodes 100 --profile home --rows ${rows} --blocks 2`],
      [`size/server/${rows}`, `--nodes 100 --rows ${rows} --blocks 2`],
      [`size/two-copies/${rows}`, `--nodes 100 --profile home --rows ${rows} --blocks 2 --publishCopies 2`],
    ]),
  ),
  ...Object.fromEntries(
    [8, 64, 256].map((rows) => [`bands/64/${rows}`, `--nodes 100 --rows ${rows} --maxBands 64 --blocks 2`]),
  ),
  ...Object.fromEntries(
    [8, 64, 256].flatMap((rows) => [
      [`nodes/100/${rows}`, `--nodes 100 --rows ${rows} --blocks 2 ${proposed}`],
      [`nodes/1000/${rows}`, `--nodes 1000 --rows ${rows} --blocks 1 ${proposed} --samplers 0.2`],
      [`nodes/10000/${rows}`, `--nodes 10000 --rows ${rows} --blocks 1 ${proposed} --samplers 0.02`],
    ]),
  ),
  ...Object.fromEntries(
    [8, 64].flatMap((rows) => [
      [`hostile/100/${rows}`, `--nodes 100 --rows ${rows} --blocks 12 ${proposed} ${third}`],
      [`hostile/1000/${rows}`, `--nodes 1000 --rows ${rows} --blocks 2 ${proposed} ${third} --samplers 0.2`],
    ]),
  ),
  'hostile/10000/8': `--nodes 10000 --rows 8 --blocks 1 ${proposed} ${third} --samplers 0.02`,
  'peers/as-built/100': '--nodes 100 --rows 8 --blocks 2',
  'peers/as-built/300': '--nodes 300 --validators 48 --fullNodes 72 --rows 8 --blocks 1',
  'peers/as-built/1000': '--nodes 1000 --rows 8 --blocks 1 --samplers 0.2',
  'peers/few-validators/1000': '--nodes 1000 --rows 8 --blocks 1 --samplers 0.2 --validatorLinks 3',
  'peers/covering/1000': `--nodes 1000 --rows 8 --blocks 1 --samplers 0.2 ${proposed}`,
  'peers/custody-32/1000':
    '--nodes 1000 --rows 8 --blocks 1 --samplers 0.2 --validatorLinks 3 --custodyFull 32',
  'peers/as-built/10000': '--nodes 10000 --rows 8 --blocks 1 --samplers 0.02',
  // The leader's copies alone, on the peers that are proposed, honest and with a third hostile.
  ...Object.fromEntries(
    [8, 16].flatMap((rows) =>
      ['', third].flatMap((hostile) =>
        [0, 2].map((copies) => [
          `copies/${hostile === '' ? 'honest' : 'hostile'}/${rows}/${copies}`,
          `--nodes 100 --profile home --rows ${rows} --blocks 6 ${proposed} --publishCopies ${copies} ${hostile}`.trim(),
        ]),
      ),
    ),
  ),
  // The mesh of columns alone, likewise.
  ...Object.fromEntries(
    ['', third].flatMap((hostile) =>
      [4, 6, 8].map((degree) => [
        `column-mesh/${hostile === '' ? 'honest' : 'hostile'}/64/${degree}`,
        `--nodes 100 --rows 64 --blocks 4 ${proposed} --columnDegree ${degree} ${hostile}`.trim(),
      ]),
    ),
  ),
  // What was changed: a node without a key keeps five validators.
  'peers/five-validators/1000': '--nodes 1000 --rows 8 --blocks 1 --samplers 0.2 --validatorLinks 5',
  // Columns covered without few validators each.
  'peers/covering-only/1000': '--nodes 1000 --rows 8 --blocks 1 --samplers 0.2 --coversColumns true',
  'degree/4/64': '--nodes 100 --rows 64 --blocks 2 --columnDegree 4 --publishCopies 2',
  'degree/6/64': '--nodes 100 --rows 64 --blocks 2 --columnDegree 6 --publishCopies 2',
  'degree/8/64': '--nodes 100 --rows 64 --blocks 2 --columnDegree 8 --publishCopies 2',
  'loss/0/64': '--nodes 100 --rows 64 --blocks 2 --loss 0',
  'loss/0.03/64': '--nodes 100 --rows 64 --blocks 2 --loss 0.03',
}

const known = (): Map<string, unknown> =>
  new Map(
    existsSync(results)
      ? readFileSync(results, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as { name: string })
          .map((record) => [record.name, record])
      : [],
  )

const run = (options: string): Promise<string> =>
  new Promise((resolve, reject) =>
    execFile(
      process.execPath,
      ['--max-semi-space-size=128', '--max-old-space-size=3000', main, ...options.split(' ')],
      { maxBuffer: 2 ** 26 },
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    ),
  )

if (import.meta.main) {
  const [part = '', again] = process.argv.slice(2)
  for (const [name, options] of Object.entries(runs)) {
    if (!name.startsWith(part) || (known().has(name) && again !== '--again')) continue
    const started = Date.now()
    try {
      const record = JSON.parse(await run(options)) as object
      appendFileSync(
        results,
        `${JSON.stringify({ name, command: `npm run simulate -- ${options}`, ...record })}\n`,
      )
      process.stdout.write(`${name}: ${Math.round((Date.now() - started) / 1_000)} s\n`)
    } catch (error) {
      process.stdout.write(`${name} failed: ${String(error).slice(0, 500)}\n`)
    }
  }
}

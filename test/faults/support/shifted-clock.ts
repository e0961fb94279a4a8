// Loaded into a node's process with `--import`: its wall clock is off by what the file that WEFT_TEST_CLOCK_FILE names says,
// in milliseconds; the file is read again all the time, so that the clock can jump while the node runs. As with a real
// clock that is off, timers and performance.now() run on.

import { readFileSync } from 'node:fs'

const { WEFT_TEST_CLOCK_FILE: file } = process.env
const EVERY_MS = 250

if (file !== undefined) {
  const read = (): number => {
    try {
      return Number(readFileSync(file, 'utf8')) || 0
    } catch {
      return 0
    }
  }
  let offsetMs = read()
  setInterval(() => {
    offsetMs = read()
  }, EVERY_MS).unref()
  const RealDate = Date
  const now = () => RealDate.now() + offsetMs
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: [], self) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, self),
    apply: () => new RealDate(now()).toString(),
    get: (target, key, self) => (key === 'now' ? now : Reflect.get(target, key, self)),
  })
}

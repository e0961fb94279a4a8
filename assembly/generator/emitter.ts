// Writes the text of AssemblyScript functions: fresh names, one statement per line, constants in a pool.
//
// Every value is a `let` of its own, because asc is run without its optimiser (assembly/README.md says why) and V8
// does the rest. Constants are loaded from static memory: V8 rebuilds a `v128.const` at every use.

/** Constants of one generated file, each 16 bytes: the same 64 bits in both lanes. */
export interface Pool {
  /** An expression that loads `bits` into both lanes. */
  splat(bits: bigint): string
  /** The declaration that the file needs. */
  declaration(): string
}

export const createPool = (name = 'POOL'): Pool => {
  const places = new Map<bigint, number>()
  return {
    splat(bits) {
      const known = places.get(bits)
      const place = known ?? places.size
      if (known === undefined) places.set(bits, place)
      return `load<v128>(${name}, ${16 * place})`
    },
    declaration() {
      const words = [...places.keys()].flatMap((bits) => [hex(bits), hex(bits)])
      return `const ${name}: usize = memory.data<u64>([${words.join(', ')}], 16)\n`
    },
  }
}

/** The statements of one function body. */
export interface Body {
  readonly pool: Pool
  /** Declares a fresh v128 and returns its name. */
  value(expression: string): string
  /** Declares a fresh value of another type and returns its name. */
  scalar(type: string, expression: string): string
  /** Adds a statement as it stands. */
  statement(line: string): void
  text(): string
}

export const createBody = (pool: Pool): Body => {
  const lines: string[] = []
  let count = 0
  const declare = (type: string, expression: string): string => {
    const name = `t${count++}`
    lines.push(`  let ${name}: ${type} = ${expression}`)
    return name
  }
  return {
    pool,
    value: (expression) => declare('v128', expression),
    scalar: declare,
    statement: (line) => void lines.push(`  ${line}`),
    text: () => lines.join('\n'),
  }
}

/** The bits of a double as an unsigned 64-bit integer. */
export const bitsOfDouble = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0)
}

/** An unsigned 64-bit literal. */
export const hex = (bits: bigint): string => `0x${BigInt.asUintN(64, bits).toString(16)}`

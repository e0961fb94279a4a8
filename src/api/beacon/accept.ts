// Which of JSON and SSZ a client of the beacon API wants: the header Accept with its weights (RFC 9110, 12.5.1).

/** Whether octets are wanted more than JSON; JSON where both are wanted alike or nothing is said. */
export const prefersOctets = (accept: string | undefined): boolean => {
  if (accept === undefined) return false
  const weights = new Map<string, number>()
  for (const part of accept.split(',').slice(0, MAX_PARTS)) {
    const [type = '', ...params] = part.trim().toLowerCase().split(';')
    const q = params
      .map((param) => /^\s*q=([0-9.]+)\s*$/.exec(param)?.[1])
      .find((found) => found !== undefined)
    weights.set(type.trim(), q === undefined ? 1 : Number(q))
  }
  const weightOf = (type: string) =>
    weights.get(type) ?? weights.get(`${type.split('/')[0]}/*`) ?? weights.get('*/*') ?? 0
  return weightOf('application/octet-stream') > weightOf('application/json')
}

const MAX_PARTS = 16

// Errors that Nitro's client acts on, by a part of their message (nitro, `daprovider`). The code is go-ethereum's for
// errors of methods.

export const FAILED = -32_000
/** The poster uses its next writer, Ethereum as a rule: for what the chain cannot take now. */
export const FALLBACK = 'DA provider requests fallback to next writer'
export const TOO_LARGE = 'message too large for current DA backend'
/** The batch counts as empty for ever: only for what is surely no blob of the chain. */
export const INVALID_CERTIFICATE = 'certificate validation failed'

// What validation says of a remote message. `reject` means that an honest node cannot have sent it, and costs the
// sender; `ignore` means that it is of no use now (old, double, not yet decidable) and costs nothing.

export type Accept = { readonly verdict: 'accept' }
export type Ignore<Code extends string = string> = { readonly verdict: 'ignore'; readonly code: Code }
export type Reject<Code extends string = string> = { readonly verdict: 'reject'; readonly code: Code }
export type Verdict<Code extends string = string> = Accept | Ignore<Code> | Reject<Code>

export const accept: Accept = { verdict: 'accept' }
export const ignore = <Code extends string>(code: Code): Ignore<Code> => ({ verdict: 'ignore', code })
export const reject = <Code extends string>(code: Code): Reject<Code> => ({ verdict: 'reject', code })

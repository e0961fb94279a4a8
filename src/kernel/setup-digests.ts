// SHA-256 of the files that `assembly/setup` makes of the ceremony's output (layout.ts there says what is in them).
// The build fails if it makes anything else, and nothing else is ever loaded.

export const setupDigests = {
  verify: 'd9005945b3da7561e85e3a17151b143ef98334d69afce8236ab3a1cc13f0f7e9',
  commit: 'f39d3cb84a0b8e5dbba3601ad506e5a6fc89db22b361b59b10207768a82ba623',
  prove: '4e0f50c82bd9c5eb4df83bb2dacd07d70ab474726fb5ccbf9060743b4c6f6e4a',
} as const

export type SetupPart = keyof typeof setupDigests

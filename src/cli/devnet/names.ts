// Who takes part in the devnet.

export const VALIDATORS = ['validator-1', 'validator-2', 'validator-3', 'validator-4'] as const
export const LIGHT_NODES = ['light-1', 'light-2', 'light-3'] as const
export const FULL_NODE = 'full-1'
export const NODES = [...VALIDATORS, ...LIGHT_NODES, FULL_NODE] as const
export type NodeName = (typeof NODES)[number]

export const isValidator = (name: string): boolean => (VALIDATORS as readonly string[]).includes(name)
export const isLightNode = (name: string): boolean => (LIGHT_NODES as readonly string[]).includes(name)

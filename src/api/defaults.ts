// Where the API listens unless told otherwise: on this machine only, since whoever reaches it may publish through it.

export const apiDefaults = { host: '127.0.0.1', port: 26_780 } as const

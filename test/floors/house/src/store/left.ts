import type { Right } from '../network/right.ts'

export const left: Right = 1

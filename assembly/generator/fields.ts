// The two fields in both arithmetics, with the schedules that measured best.

import type { Arithmetic } from './arithmetic.ts'
import { createFloatArithmetic } from './float.ts'
import type { FloatOptions } from './float-steps.ts'
import { createIntegerArithmetic, type IntegerOptions } from './integer.ts'
import { P, R } from './integers.ts'

export const floatFr: FloatOptions = {
  field: { name: 'fr', modulus: R },
  limbBits: 51,
  limbCount: 5,
  slack: 64n,
  value: (R * 9n) / 10n,
  columnStart: 1n << 50n,
  products: { group: 5, kept: 3, stride: 1 },
  folds: { group: 5, kept: 3, stride: 1 },
}

export const floatFp: FloatOptions = {
  field: { name: 'fp', modulus: P },
  limbBits: 48,
  limbCount: 8,
  slack: 64n,
  value: (P * 85n) / 100n,
  columnStart: 1n << 52n,
  products: { group: 5, kept: 5, stride: 1 },
  folds: { group: 4, kept: 3, stride: 2 },
}

export const integerFr: IntegerOptions = { field: { name: 'fr', modulus: R }, limbBits: 28, limbCount: 10 }

export const integerFp: IntegerOptions = { field: { name: 'fp', modulus: P }, limbBits: 28, limbCount: 14 }

export const arithmetics = {
  float: {
    fr: (): Arithmetic => createFloatArithmetic(floatFr),
    fp: (): Arithmetic => createFloatArithmetic(floatFp),
  },
  integer: {
    fr: (): Arithmetic => createIntegerArithmetic(integerFr),
    fp: (): Arithmetic => createIntegerArithmetic(integerFp),
  },
} as const

export type Right = number

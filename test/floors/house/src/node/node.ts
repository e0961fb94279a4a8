import { left } from '../store/left.ts'

export const node = left

import test from 'ava'
import { quick } from '../quick.ts'
import { scenario } from './scenario.ts'

test('wherever the disk refuses, the node stops acknowledging, and what it acknowledged is there', (t) =>
  quick(t, scenario))

// Every fault scenario, in the order in which the runner does them. One line each: a scenario is loaded only when it
// runs, in a process of its own.

import type { Scenario } from './scenario.ts'

export const scenarios: Readonly<Record<string, () => Promise<{ readonly scenario: Scenario }>>> = {
  'lost-disks': () => import('./lost-disks.ts'),
  restarts: () => import('./restarts.ts'),
  clocks: () => import('./clocks.ts'),
  'byzantine-leader': () => import('./byzantine.ts'),
  kills: () => import('./kills.ts'),
  'write-faults': () => import('./write-faults/scenario.ts'),
  'damaged-files': () => import('./damaged-files.ts'),
  retention: () => import('./retention.ts'),
  partition: () => import('./partition.ts'),
  hostile: () => import('./hostile.ts'),
}

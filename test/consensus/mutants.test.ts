// The simulation bites: for each rule of the protocol, a machine without it fails some schedule, and with the failure
// that the rule prevents.

import test from 'ava'
import { loadMutant, type Mutation } from './simulation/mutant.ts'
import { type FailureCode, SimulationFailure } from './simulation/observer.ts'
import { simulate } from './simulation/simulation.ts'

/** The machine's own last check is off in every mutant, else it would throw before the mistake shows. */
const unchecked: Mutation = { file: 'machine.ts', from: '    checkFollows(before, record)\n', to: '' }

interface Mutant {
  readonly title: string
  readonly mutations: readonly Mutation[]
  readonly failures: readonly FailureCode[]
}

const machine = (from: string, to: string): Mutation => ({ file: 'machine.ts', from, to })

const mutants: readonly Mutant[] = [
  {
    title: 'finalize after nil',
    mutations: [
      unchecked,
      machine(
        'if (record.nil || record.finalized !== undefined) return',
        'if (record.finalized !== undefined) return',
      ),
    ],
    failures: ['honest-double-vote', 'nil-and-finalize'],
  },
  {
    title: 'nil after finalize',
    mutations: [
      unchecked,
      machine('    !record.nil &&\n    record.finalized === undefined\n', '    !record.nil\n'),
      // Without its certificates a restarted machine is at a height that it has finalized.
      machine("learnCertificate(certificate, 'restored')", 'void certificate'),
    ],
    failures: ['honest-double-vote', 'nil-and-finalize'],
  },
  {
    title: 'a second notarise at a height',
    mutations: [
      unchecked,
      machine('    record.notarised === undefined &&\n', ''),
      machine('of state.blocks.values()) {', 'of [...state.blocks.values()].reverse()) {'),
    ],
    failures: ['honest-double-vote', 'two-notarised'],
  },
  {
    title: 'records forgotten at a restart',
    mutations: [unchecked, machine('heights.at(record.height).record = record', 'void record')],
    failures: ['honest-double-vote', 'two-notarised', 'nil-and-finalize'],
  },
  {
    title: 'notarise for a block that is not available',
    mutations: [machine("parent !== 'allowed' || !block.available", "parent !== 'allowed'")],
    failures: ['finalized-unavailable'],
  },
  {
    title: 'finalize for a block that is not available',
    mutations: [machine('if (blockAt(state, root)?.available !== true) return', '')],
    failures: ['finalized-unavailable'],
  },
  {
    title: 'a parent with a height between that is not nil',
    mutations: [
      { file: 'parents.ts', from: "if (heights.find(between)?.nil !== true) return 'unknown'", to: '' },
    ],
    failures: ['forked', 'fault-reported', 'no-progress'],
  },
  {
    title: 'a parent that is not notarised',
    mutations: [
      { file: 'parents.ts', from: "if (notarised === undefined) return 'unknown'", to: '' },
      { file: 'parents.ts', from: "if (!equal(notarised, parentRoot)) return 'never'", to: '' },
    ],
    failures: ['forked', 'fault-reported', 'no-progress'],
  },
  {
    title: 'a certificate of half of the weight',
    mutations: [
      {
        file: 'tally.ts',
        from: 'isQuorum(weight, init.totalWeight)',
        to: 'isQuorum(weight * 4 / 3, init.totalWeight)',
      },
    ],
    failures: ['certificate-without-third', 'fault-reported', 'forked'],
  },
  {
    title: 'a tally that counts votes of other roots',
    mutations: [
      { file: 'tally.ts', from: 'equal(other.root, vote.root)', to: 'other.height === vote.height' },
    ],
    failures: ['certificate-without-third', 'fault-reported', 'forked', 'no-progress'],
  },
  {
    title: 'a clock that is set back makes a height last longer',
    mutations: [machine('if (at < now) followClockBack(now - at)', '')],
    failures: ['no-progress'],
  },
  {
    title: 'no resending',
    mutations: [
      machine('if (now >= resendAt) resend(state)', 'if (now >= resendAt) resendAt = now + resendMs'),
    ],
    failures: ['no-progress'],
  },
  {
    title: 'no nil',
    mutations: [machine('if (isNilDue(state) && now >= nilAt) sign(state, { nil: true })', '')],
    failures: ['no-progress'],
  },
  {
    title: 'certificates are neither asked for nor sent again',
    mutations: [
      machine("outputs.push({ type: 'want-certificates', start: from, end: to })", ''),
      machine("outputs.push({ type: 'resend-certificates', certificates: reasonsForHeight() })", ''),
    ],
    failures: ['no-progress'],
  },
]

/** Schedules that a mutant may survive before the simulation counts as blind to it. */
const MAX_SEEDS = 3_000

for (const { title, mutations, failures } of mutants) {
  test(`a machine with this mistake fails a schedule: ${title}`, async (t) => {
    const mutant = await loadMutant(mutations)
    for (let seed = 0; seed < MAX_SEEDS; seed++) {
      try {
        simulate(seed, mutant)
      } catch (error) {
        if (!(error instanceof SimulationFailure)) throw error
        t.true(failures.includes(error.code), error.message)
        t.regex(error.message, new RegExp(`--seed ${seed}\\n`))
        t.log(`seed ${seed}: ${error.code}`)
        return
      }
    }
    t.fail(`survived ${MAX_SEEDS} schedules`)
  })
}

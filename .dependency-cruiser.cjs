// The floors of the house (ARCHITECTURE.md): a file imports only its own room and lower floors, and rooms on one
// floor do not know each other. Checked by `npm run check:floors`, which is part of `npm test`.
const floors = [
  ['base'],
  ['kernel'],
  ['kzg', 'erasure'],
  ['grid'],
  ['chain', 'rollups'],
  ['store', 'network', 'consensus', 'sampling'],
  ['node'],
  ['api', 'browser'],
  ['cli'],
]

const rules = floors.flatMap((rooms, height) =>
  rooms.map((room) => {
    const allowed = [room, ...floors.slice(0, height).flat()]
    return {
      name: `floor-${height}-${room}`,
      comment: `src/${room} may import only itself and lower floors`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(${allowed.join('|')})/` },
    }
  }),
)

module.exports = {
  forbidden: [
    ...rules,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'base-stands-alone',
      comment: 'src/base uses no node: modules and one package, which stands alone too',
      severity: 'error',
      from: { path: '^src/base/' },
      to: { pathNot: '^src/base/|(^|/)node_modules/any-signal/' },
    },
    {
      name: 'kernels-stand-alone',
      comment: 'assembly/ imports only itself, tools of the build, and node: modules',
      severity: 'error',
      from: { path: '^assembly/' },
      to: { path: '^src/(?!kernel/|base/)' },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}

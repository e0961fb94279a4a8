// Whether the long form is asked for (npm run test:sampling): more places, more nodes, more runs of the same tests.

export const isLong = process.env.WEFT_LONG === '1'

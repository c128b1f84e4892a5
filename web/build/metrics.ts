import type { Plugin } from 'vite'
import { metricTable } from '../../src/core/metric-table.ts'

const id = 'virtual:metrics'

/** The module `virtual:metrics`: what each metric means, by its column, from the table that docs/metrics.md is made of. */
export const metrics = (): Plugin => ({
  name: 'metrics',
  resolveId: (asked) => (asked === id ? `\0${id}` : null),
  load: (asked) => (asked === `\0${id}` ? `export default ${JSON.stringify(meanings())}` : null),
})

const meanings = () =>
  Object.fromEntries(Object.values(metricTable).map(({ column, meaning }) => [column, meaning]))

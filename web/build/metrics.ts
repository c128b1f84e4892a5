import type { Plugin } from 'vite'
import { metricTable } from '../../src/core/metric-table.ts'
import { formulaVersion } from '../../src/core/metrics.ts'
import { version } from '../../src/core/version.ts'

/** Modules that are made from the sources of the program, so that a page never says anything else. */
const made: Readonly<Record<string, () => unknown>> = {
  'virtual:metrics': () =>
    Object.fromEntries(Object.values(metricTable).map(({ column, meaning }) => [column, meaning])),
  'virtual:about': () => ({ version, formulaVersion, definitions: definitions() }),
}

const definitions = () =>
  Object.values(metricTable).map(({ column, unit, meaning, formula, nullWhen }) => ({
    column,
    unit,
    meaning,
    formula,
    nullWhen,
  }))

/**
 * The modules `virtual:metrics`, what each metric means, by its column, and `virtual:about`, the version of the program
 * and its formulas: from the table that docs/metrics.md is made of.
 */
export const metrics = (): Plugin => ({
  name: 'metrics',
  resolveId: (asked) => (Object.hasOwn(made, asked) ? `\0${asked}` : null),
  load(asked) {
    const make = made[asked.replace(/^\0/, '')]
    return asked.startsWith('\0') && make !== undefined ? `export default ${JSON.stringify(make())}` : null
  },
})

import type {
  Family,
  FamilyDefinition,
  HistogramDefinition,
  HistogramFamily,
  Labels,
} from './metric-family.ts'

/** A format that Prometheus reads, and the media type it is sent as. */
export type Format = keyof typeof mediaTypes

export const mediaTypes = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
} as const

/**
 * The format for a request with this `Accept`: OpenMetrics 1.0 if it is wanted at least as much as plain
 * text, which is what everybody can read.
 */
export function formatFor(accept: string | null): Format {
  const wanted = (accept ?? '').split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((each) => each.trim().toLowerCase())
    const { q = '1', version } = Object.fromEntries(parameters.map((each) => each.split('=')))
    return { type, version, q: Number(q) || 0 }
  })
  const most = (fits: (each: (typeof wanted)[number]) => boolean) =>
    Math.max(0, ...wanted.filter(fits).map(({ q }) => q))
  const openmetrics = most(
    ({ type, version = '1.0.0' }) =>
      type === 'application/openmetrics-text' && /^(1\.|0\.0\.1$)/.test(version),
  )
  const text = most(({ type }) => type === 'text/plain')
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text'
}

/** Families in one of the formats. Time stamps are left out: the values are those of the moment they are read. */
export function exposition(families: readonly (Family | HistogramFamily)[], format: Format): string {
  const lines = families.flatMap((family) => [
    ...(format === 'openmetrics' ? headOfFamily(family) : headOfSamples(family)),
    ...(family.type === 'histogram' ? linesOfHistogram(family) : linesOf(family)),
  ])
  return [...lines, ...(format === 'openmetrics' ? ['# EOF'] : []), ''].join('\n')
}

type AnyDefinition = FamilyDefinition | HistogramDefinition

const suffixes = { counter: '_total', info: '_info', gauge: '', histogram: '' } as const

/** The name of the samples of a family, by which it is queried; those of a histogram have further suffixes. */
export const sampleName = ({ name, type }: Pick<AnyDefinition, 'name' | 'type'>): string =>
  `${name}${suffixes[type]}`

const linesOf = (family: Family): string[] =>
  family.samples.map(({ labels, value }) => `${sampleName(family)}${labelSet(labels)} ${value}`)

/** A bucket counts those before it too, so that one may be left out. */
const linesOfHistogram = ({ name, series }: HistogramFamily): string[] =>
  series.flatMap(({ labels, histogram: { bounds, counts, sum } }) => {
    const pairs = labelPairs(labels)
    const start = `${name}_bucket{${pairs === '' ? '' : `${pairs},`}le="`
    let count = 0
    const buckets = counts.map((more, at) => {
      count += more
      return `${start}${boundText(bounds[at] ?? Infinity)}"} ${count}`
    })
    return [...buckets, `${name}_sum${labelSet(labels)} ${sum}`, `${name}_count${labelSet(labels)} ${count}`]
  })

/** As OpenMetrics wants numbers in labels ("canonical numbers"), and Prometheus keeps them: `1.0`, `0.005`, `5e-05`. */
function boundText(bound: number): string {
  if (bound === Infinity) return '+Inf'
  if (bound < 1e-4) return bound.toExponential().replace(/e-(\d)$/, 'e-0$1')
  return Number.isInteger(bound) ? `${bound}.0` : `${bound}`
}

/** prometheus.io/docs/specs/om/open_metrics_spec: a family has the name without the suffix. */
const headOfFamily = ({ name, type, unit, help }: AnyDefinition): string[] => [
  `# TYPE ${name} ${type}`,
  ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
  `# HELP ${name} ${help}`,
]

/** prometheus.io/docs/instrumenting/exposition_formats: names are those of the samples, and no type is `info`. */
const headOfSamples = (family: AnyDefinition): string[] => [
  `# HELP ${sampleName(family)} ${family.help}`,
  `# TYPE ${sampleName(family)} ${family.type === 'info' ? 'gauge' : family.type}`,
]

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }
const labelPairs = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, (sign) => escapes[sign] ?? sign)}"`)
    .join(',')
const labelSet = (labels: Labels): string => {
  const pairs = labelPairs(labels)
  return pairs === '' ? '' : `{${pairs}}`
}

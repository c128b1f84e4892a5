import type { Family, FamilyDefinition, Labels } from './metric-family.ts'

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
export function exposition(families: readonly Family[], format: Format): string {
  const lines = families.flatMap((family) => [
    ...(format === 'openmetrics' ? headOfFamily(family) : headOfSamples(family)),
    ...family.samples.map(({ labels, value }) => `${sampleName(family)}${labelSet(labels)} ${value}`),
  ])
  return [...lines, ...(format === 'openmetrics' ? ['# EOF'] : []), ''].join('\n')
}

const suffixes = { counter: '_total', info: '_info', gauge: '' } as const

/** The name of the samples of a family, by which it is queried. */
export const sampleName = ({ name, type }: Pick<FamilyDefinition, 'name' | 'type'>): string =>
  `${name}${suffixes[type]}`

/** prometheus.io/docs/specs/om/open_metrics_spec: a family has the name without the suffix. */
const headOfFamily = ({ name, type, unit, help }: Family): string[] => [
  `# TYPE ${name} ${type}`,
  ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
  `# HELP ${name} ${help}`,
]

/** prometheus.io/docs/instrumenting/exposition_formats: names are those of the samples, and no type is `info`. */
const headOfSamples = (family: Family): string[] => [
  `# HELP ${sampleName(family)} ${family.help}`,
  `# TYPE ${sampleName(family)} ${family.type === 'info' ? 'gauge' : family.type}`,
]

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }
const labelSet = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, (sign) => escapes[sign] ?? sign)}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

// A strict reader of OpenMetrics 1.0, written from its text (prometheus.io/docs/specs/om/open_metrics_spec) and from nothing
// of ours. It throws at the first line that the standard does not allow.

/** A time series as it was read. */
interface ReadSample {
  name: string
  labels: Record<string, string>
  value: number
}

interface ReadFamily {
  name: string
  type: string | null
  unit: string | null
  help: string | null
  samples: ReadSample[]
}

const suffixes: Record<string, readonly string[]> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  info: ['_info'],
  unknown: [''],
}

const fail = (line: string, why: string): never => {
  throw new Error(`${why}: ${line}`)
}

/** The families of an exposition, by name. */
export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith('\n# EOF\n')) fail(text.slice(-20), 'does not end with # EOF and a line end')
  if (text.includes('\r')) fail('', 'has a carriage return')
  const families = new Map<string, ReadFamily>()
  const keys = new Set<string>()
  let current: ReadFamily = { name: '', type: null, unit: null, help: null, samples: [] }
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    if (line.startsWith('#')) {
      current = describe(families, current, line)
      continue
    }
    const sample = readSample(line)
    check(current, sample, line)
    const key = keyOf(sample)
    if (keys.has(key)) fail(line, 'a time series comes twice')
    keys.add(key)
    current.samples.push(sample)
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family)
  const names = [...families.values()].flatMap(({ name, type }) =>
    (suffixes[type ?? 'unknown'] ?? []).map((suffix) => name + suffix),
  )
  if (new Set(names).size !== names.length) fail(names.join(), 'two families share a name')
  return families
}

/** The family that a line of metadata is about, with what it says: the current one, or a new one. */
function describe(families: Map<string, ReadFamily>, current: ReadFamily, line: string): ReadFamily {
  const [, key = '', name = '', rest = ''] =
    /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line) ?? fail(line, 'no metadata')
  const isNew = current.name !== name
  if (isNew && families.has(name)) fail(line, 'a family comes twice')
  const family = isNew ? { name, type: null, unit: null, help: null, samples: [] } : current
  families.set(name, family)
  if (family.samples.length > 0) fail(line, 'metadata after samples')
  const field = key.toLowerCase() as 'type' | 'unit' | 'help'
  if (family[field] !== null) fail(line, 'metadata comes twice')
  const wrong: Record<typeof field, boolean> = {
    type: !(rest in suffixes) || /_(total|created|info|bucket|count|sum)$/.test(name),
    unit: !name.endsWith(`_${rest}`) || family.type === 'info',
    help: /\\(?![\\n"])|"/.test(rest),
  }
  if (wrong[field]) fail(line, `a wrong ${field}`)
  return Object.assign(family, { [field]: rest })
}

/** Labels in any order are the same time series. */
const keyOf = ({ name, labels }: ReadSample) =>
  JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))])

function check(family: ReadFamily, { name, value }: ReadSample, line: string): void {
  const type = family.type ?? 'unknown'
  if (family.name === '') fail(line, 'a sample without a family')
  if (!(suffixes[type] ?? []).some((suffix) => family.name + suffix === name))
    fail(line, `no sample of the ${type} ${family.name}`)
  if (type === 'counter' && !(value >= 0)) fail(line, 'a counter below zero')
  if (type === 'info' && value !== 1) fail(line, 'an info that is not 1')
}

/**
 * The samples of each time series stand together: buckets with rising bounds, none smaller than the one before, the last +Inf; then
 * the sum and the count, which is that of the last bucket. Bounds are "canonical numbers".
 */
function checkHistogram({ name, samples }: ReadFamily): void {
  const series = Map.groupBy(samples, ({ labels }) => JSON.stringify({ ...labels, le: null }))
  if ([...series.values()].flat().some((sample, at) => sample !== samples[at]))
    fail(name, 'mixed time series')
  for (const [labels, all] of series) {
    const buckets = all.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels: { le = '' } }) => le)
    const counts = buckets.map(({ value }) => value)
    const others = all.slice(buckets.length).map((sample) => sample.name)
    const rising = bounds.map((le) => (le === '+Inf' ? Infinity : Number(le)))
    const isCanonical = (le: string) => /^(\+Inf|\d+\.\d+|\d(\.\d+)?e-\d\d)$/.test(le)
    if (others.join() !== `${name}_sum,${name}_count`)
      fail(name + labels, 'no buckets, sum and count in this order')
    if (!bounds.every(isCanonical) || bounds.at(-1) !== '+Inf') fail(name + labels, 'wrong bounds')
    if (rising.some((le, at) => le <= (rising[at - 1] ?? -Infinity)))
      fail(name + labels, 'bounds that do not rise')
    if (counts.some((count, at) => !Number.isInteger(count) || count < (counts[at - 1] ?? 0)))
      fail(name + labels, 'buckets that are not cumulative')
    if (all.at(-1)?.value !== counts.at(-1))
      fail(name + labels, 'a count that is not that of the last bucket')
  }
}

/** name{label="value",...} value: no time stamp, no exemplar; neither is used here. */
function readSample(line: string): ReadSample {
  const [head = '', name = ''] = /^([a-zA-Z_:][\w:]*)/.exec(line) ?? fail(line, 'no name')
  let at = head.length
  const labels: Record<string, string> = {}
  if (line[at] === '{') {
    at += 1
    while (line[at] !== '}') {
      const [whole, label = '', value = ''] =
        /^([a-zA-Z_]\w*)="((?:[^\\"\n]|\\[\\"n])*)"/.exec(line.slice(at)) ?? fail(line, 'no label')
      if (label in labels || label.startsWith('__')) fail(line, `a bad label ${label}`)
      labels[label] = value.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))
      at += whole.length
      if (line[at] === ',') at += 1
      else if (line[at] !== '}') fail(line, 'no comma between labels')
    }
    at += 1
  }
  const [, number = ''] =
    /^ ([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)$/.exec(line.slice(at)) ?? fail(line, 'no number')
  return { name, labels, value: Number(number) }
}

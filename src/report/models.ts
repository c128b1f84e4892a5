import type { CatalogModel } from '../core/catalog.ts'
import { everyText } from '../core/every.ts'
import { checksToProve, type Slo, usualDays } from '../core/objective.ts'
import type { Target, TargetLimits } from '../core/plan.ts'
import { counted } from '../core/text.ts'
import { type Column, formatTable, printable, shortened } from './format.ts'
import { ratesText } from './sync.ts'

/** The shown parts of a target. */
type ShownTarget = Target & {
  active: boolean | null
  limits: TargetLimits
  slo: Slo | null
  everyMinutes: number | null
  thinnedMinutes: number | null
}

/** The shown parts of a model and its targets. */
interface ShownModel extends CatalogModel {
  targets: readonly ShownTarget[]
}

const columns: Column[] = [
  { title: 'PROVIDER', align: 'left' },
  { title: 'MODEL', align: 'left' },
  { title: 'TYPE', align: 'left' },
  { title: 'CONTEXT', align: 'right' },
  { title: '$ IN/OUT PER M', align: 'right' },
  { title: 'LISTED', align: 'left' },
  { title: 'TARGETS', align: 'left' },
]

const longestName = 44

/** Models as a table, one per line. */
export const modelsTable = (models: readonly ShownModel[]): string =>
  formatTable(
    columns,
    models.map((model) => [
      model.provider,
      shortened(printable(model.model), longestName),
      model.type ?? '?',
      model.contextWindow === null ? '?' : tokensText(model.contextWindow),
      model.price === null ? 'unknown' : ratesText(model.price),
      listedText(model),
      model.targets.map(targetText).join('; '),
    ]),
  )

/** `131k`, `1.05M`. */
const tokensText = (tokens: number): string =>
  tokens < 1000
    ? String(tokens)
    : tokens < 1_000_000
      ? `${Math.round(tokens / 1000)}k`
      : `${Number((tokens / 1e6).toPrecision(3))}M`

function listedText({ available, shutdownOn }: ShownModel): string {
  if (available === null) return 'never asked'
  if (!available) return 'no'
  return shutdownOn === null ? 'yes' : `until ${shutdownOn}`
}

/** A short description of a target: `active`, `off: default reasoning, at groq, TTFT at most 800 ms`. */
export function targetText(target: ShownTarget): string {
  const { active, limits, slo, everyMinutes, thinnedMinutes } = target
  const state = active === null ? 'by hand' : active ? 'active' : 'off'
  const every = everyMinutes === null ? '' : `every ${everyText(everyMinutes)}`
  const thinned = thinnedMinutes === null ? '' : `thinned to every ${everyText(thinnedMinutes)} by the budget`
  const options = [optionsText(target), every, thinned, limitsText(limits), sloText(slo)]
    .filter(Boolean)
    .join(', ')
  return options === '' ? state : `${state}: ${options}`
}

const limitsText = ({ ttftMs, latencyMs }: TargetLimits): string =>
  [
    ...(ttftMs === null ? [] : [`TTFT at most ${ttftMs} ms`]),
    ...(latencyMs === null ? [] : [`latency at most ${latencyMs} ms`]),
  ].join(', ')

/** `objectives 99 % available, 95 % TTFT at most 800 ms, in 30 days`. */
function sloText(slo: Slo | null): string {
  if (slo === null) return ''
  const { availability, ttft, latency, days = usualDays } = slo
  const each = [
    ...(availability === undefined ? [] : [`${percentOf(availability)} available`]),
    ...(ttft === undefined ? [] : [`${percentOf(ttft.share)} TTFT at most ${ttft.within_ms} ms`]),
    ...(latency === undefined ? [] : [`${percentOf(latency.share)} latency at most ${latency.within_ms} ms`]),
  ]
  return `objectives ${each.join(', ')}, in ${days} days`
}

/** What the highest objective takes to be proven: `99.9 % takes 3838 checks without a failure to prove: 40 days at 96 a day`. */
export function proofText({ availability = 0, ttft, latency }: Slo, everyMinutes: number | null): string {
  const share = Math.max(availability, ttft?.share ?? 0, latency?.share ?? 0)
  const checks = checksToProve(share)
  const perDay = 1440 / (everyMinutes ?? usualMinutes)
  const days = counted(Math.ceil(checks / perDay), 'day')
  return `${percentOf(share)} takes ${checks} checks without a failure to prove: ${days} at ${Math.floor(perDay)} a day`
}

/** Between two checks, unless a target has an interval of its own. */
const usualMinutes = 15

/** `99.9 %`, with the digits that it has. */
const percentOf = (share: number): string => `${Number((100 * share).toPrecision(12))} %`

/** How a target differs from the default one of its model: `default reasoning, at groq, in fra1`. */
export const optionsText = ({ parameters, region }: Target): string =>
  [
    ...(parameters.reasoning === 'default' ? ['default reasoning'] : []),
    ...(parameters.pin === undefined ? [] : [`at ${printable(parameters.pin)}`]),
    ...(parameters.maxTokens === undefined ? [] : [`${parameters.maxTokens} tokens`]),
    ...(region === null ? [] : [`in ${printable(region)}`]),
  ].join(', ')

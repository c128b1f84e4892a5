import { formulaVersion } from '../core/metrics.ts'
import { type MetricDefinition, metricTable, type Peer, peers } from '../core/metric-table.ts'
import { faultDomains } from '../core/outcome.ts'
import { minimumSample } from '../core/statistics.ts'

const definitions: readonly MetricDefinition[] = Object.values(metricTable)

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** The section on what each metric is called elsewhere; where a cell is empty there is none, or nothing we know of. */
function namesElsewhere(): string {
  const who = Object.keys(peers) as Peer[]
  const rows = definitions.map(({ column, elsewhere }) => [
    `\`${column}\``,
    ...who.map((peer) => elsewhere?.[peer] ?? ''),
  ])
  return `## The same under other names

What others call these metrics, and where their value differs from ours for one and the same stream. A difference in
definition is larger than any clock's: a usage tail of 300 ms lowers a rate that is taken over the whole stream by 23 % at 100
tokens per second.

${table(['column', ...Object.values(peers)], rows)}

OpenTelemetry's attributes for the counts are \`gen_ai.usage.input_tokens\`, \`gen_ai.usage.output_tokens\`,
\`gen_ai.usage.reasoning.output_tokens\` and \`gen_ai.usage.cache_read.input_tokens\`.`
}

const derivingAgain = `## Deriving old rows again

The timeline of every probe is kept, and every metric is made from it and the token counts alone. After a formula changed,
\`pnpm tsx scripts/rederive.ts --since DATE\` says what old rows come to under it: how many change, by how much at most, in
which metric. With \`--write\` it writes that, batch by batch. Rows whose timeline is gone are counted and left as they are.`

/** docs/metrics.md, made from the definitions in the code. */
export function metricsPage(): string {
  const metrics = definitions.map((metric) => [
    `\`${metric.column}\``,
    metric.unit,
    metric.better,
    metric.meaning,
    `\`${metric.formula}\``,
    metric.nullWhen ?? 'never',
  ])
  const domains = [...Map.groupBy(Object.entries(faultDomains), ([, domain]) => domain)]
  const kinds = domains.map(([domain, all]) => [domain, all.map(([kind]) => `\`${kind}\``).join(', ')])
  const { p90, p95, p99 } = minimumSample
  return `# Metrics

<!-- Made from src/core/metric-table.ts by \`pnpm tsx scripts/dump-docs.ts\`. Edit there. -->

Formula version ${formulaVersion}; every row of \`benchmark_results\` names the version it was made with.

## The clock

Each probe opens its own socket first (\`dns_ms\`, \`tcp_ms\`, \`tls_ms\`, together \`connect_ms\`), then sends its request on it.
**t0** is that send, so the time to connect is never inside TTFT. Every read of the socket is stamped before anything parses
it, and every event of the stream carries the stamp of the read that completed it.

- **t_first**: the first non-empty delta of any kind (reasoning, text, tool arguments, refusal).
- **t_answer**: the first non-empty answer text. **t_last**: the last non-empty delta.
- **end**: \`[DONE]\`, else the close of the stream.
- Chunks with only a role, a finish reason, usage or nothing, and comments, move none of them.
- **n**: completion tokens, less reasoning that was billed but not streamed. Where reasoning came only as a summary, the rate is
  taken from t_answer to t_last. **n_first**: the tokens of the first read, at least 1: by its share of the
  events where these are as long as the others, else by its share of the characters.

## Metrics

${table(['column', 'unit', 'better', 'meaning', 'formula', 'null when'], metrics)}

Unknown is null, never 0 and never a sentinel. A failure keeps what had truly arrived.
\`cost_usd\` is \`charged_usd\`, what the provider says it charged (\`cost_source\` \`provider\`), else \`computed_usd\`: usage times the price in
force when the run was planned (\`price\`, with the price in \`prices\`), with its context tiers and hours of the day. An unknown price gives
null. [models-and-prices.md](models-and-prices.md) says where prices come from.

Percentiles are interpolated linearly, as Postgres \`percentile_cont\` does. A percentile needs a sample: p90 ${p90}, p95 ${p95},
p99 ${p99} values. A run's own report shows smaller ones marked with \`~\`.

${namesElsewhere()}

${derivingAgain}

## Tokens

\`token_source\` says where the counts came from: \`usage\` (the provider counted), \`tokenizer\` (we counted the text with o200k_base
because it did not; in stretches of at most 500 characters, so that a text without spaces may count a few tokens more) or
\`events\` (nothing could be counted but the events of the stream).

## How far to trust the timing

\`timing_quality\` is \`ok\`, \`degraded\` or \`untrusted\`; \`timing_reasons\` says why. It is judged from how late this machine's own event
loop ran while the probe was on (\`lag_max_ms\`, \`lag_p99_ms\`, \`lag_first_token_ms\`) and from compression. Compare \`ok\` rows only.

## Failures

A probe succeeds when the answer was 2xx, the stream ended properly (a finish reason that is no error, or \`[DONE]\`), some text,
reasoning or tool call arrived, and we did not abort it. Otherwise \`error_kind\` says what happened and \`fault_domain\` whose fault
it was. Only \`provider\` lowers uptime.

${table(['fault_domain', 'error_kind'], kinds)}
`
}

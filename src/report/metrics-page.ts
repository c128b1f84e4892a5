import { formulaVersion } from '../core/metrics.ts'
import { type MetricDefinition, metricTable, type Peer, peers } from '../core/metric-table.ts'
import { faultDomains } from '../core/outcome.ts'
import { minimumSample } from '../core/statistics.ts'

const definitions: readonly MetricDefinition[] = Object.values(metricTable)

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/**
 * The section on the names of each metric elsewhere; a cell is empty if there is none, or we know of none.
 */
function namesElsewhere(): string {
  const who = Object.keys(peers) as Peer[]
  const rows = definitions.map(({ column, elsewhere }) => [
    `\`${column}\``,
    ...who.map((peer) => elsewhere?.[peer] ?? ''),
  ])
  return `## Names elsewhere

What others call these metrics, and how their value differs from ours for the same stream. Definitions differ
more than clocks: a usage tail of 300 ms lowers a rate that is taken over the whole stream by 23 % at 100
tokens per second, and hidden reasoning that is counted as streamed made one three times as high in one comparison (+202 %).

${table(['column', ...Object.values(peers)], rows)}

OpenTelemetry's attributes for the counts are \`gen_ai.usage.input_tokens\`, \`gen_ai.usage.output_tokens\`,
\`gen_ai.usage.reasoning.output_tokens\` and \`gen_ai.usage.cache_read.input_tokens\`.`
}

const derivingAgain = `## Rederiving old rows

The timeline of every probe is kept, and every metric is derived only from it and the token counts. After a
formula changes, \`pnpm tsx scripts/rederive.ts --since DATE\` reports how old rows change under it: how many,
by how much at most, in which metric. With \`--write\` it writes them, batch by batch. Rows whose timeline is
gone are counted and left unchanged. \`timing_reasons\` stay as they were recorded.`

const tokensAndTrust = `## Tokens

\`token_source\` is the source of the counts: \`usage\` (the provider counted), \`tokenizer\` (it did not, so
we counted the text with o200k_base, in stretches of at most 500 characters, so a text without spaces may
count as a few tokens more) or \`events\` (there was nothing to count but the events of the stream).

## Bursts

Some servers and gateways make the whole answer before they send any of it. Its stamps then say how fast it
was sent, not how fast it was made. If all tokens came in a burst, the rate, the gaps and the stalls are null,
and \`timing_reasons\` says *all tokens came in a burst: no decoding was seen*. TTFT and the total are right:
\`timing_quality\` is not lowered. A burst is

- one read;
- tokens that came at more than 20,000 per second, which no decoder reaches (the fastest public one, Taalas
  HC1, makes 17,000 for one user), or at more than 5,000 within less than 5 % of TTFT (Cerebras makes 3,000;
  few make more, and if they do, then for longer);
- such flights with a round trip of at most 400 ms after each, if they are as large as TCP's windows: 11 to 15
  kB (ten segments) or two TLS records of 16 KiB, then each at least 1.4 times as large as the one before, then
  what is left; all within a third of TTFT.

How often this errs, over seeded streams of 2 to 2,000 tokens (\`test/unit/core/burst-errors.test.ts\`): of
models of 20 to 4,000 tokens per second none lost its rate if tokens were sent as they were made, 1 to 32 at a
time, or in blocks of 4 to 16 KiB; of those behind a proxy that lets out every 20 to 500 ms, 0.5 % did: their
first block had the size of a window, and they ended with the next two. Of bursts of 20 tokens or more 1 % kept
a rate on one machine, 2 % in one region, 6 % over 10 to 150 ms, and 21 % over 150 to 300 ms of models of up to
1,000 tokens per second, mostly because the round trips took more than a third of TTFT. A burst of a few tokens
is seldom told from a fast model.

## How far to trust the timing

\`timing_quality\` is \`ok\`, \`degraded\` or \`untrusted\`; \`timing_reasons\` says why. It is judged by how
late this machine may have stamped the first token (\`lag_first_token_ms\`) and those from there to the last
(\`lag_max_ms\`, \`lag_p99_ms\`), and by compression. Compare only \`ok\` rows.`

/** A table of rules by which answers are read. */
export interface RuleTable {
  title: string
  text: string
  columns: readonly string[]
  rows: readonly (readonly string[])[]
}

const section = ({ title, text, columns, rows }: RuleTable): string =>
  `### ${title}\n\n${text}\n\n${table(columns, rows)}\n`

/** docs/metrics.md, generated from the definitions and rules in the code. */
export function metricsPage(rules: readonly RuleTable[]): string {
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

<!-- Generated from src/core/metric-table.ts, src/core/outcome.ts and src/probe/rules.ts by \`pnpm tsx scripts/dump-docs.ts\`. -->

Formula version ${formulaVersion}; every row of \`benchmark_results\` has the version it was derived with.

## The clock

Each probe opens its own socket first (\`dns_ms\`, \`tcp_ms\`, \`tls_ms\`, together \`connect_ms\`), then
sends its request on it. **t0** is that send, so connecting is never part of TTFT. Every read of the socket is
stamped before anything parses it, and every event of the stream has the stamp of the read that completed it.

- **t_first**: the first non-empty delta of any kind (reasoning, text, tool arguments, refusal).
- **t_answer**: the first non-empty answer text. **t_last**: the last non-empty delta.
- **end**: \`[DONE]\`, else the close of the stream; the last event if we closed after a finish reason.
- Comments, and chunks with only a role, a finish reason, usage or nothing, move none of them.
- **n**: completion tokens, without reasoning that was billed but not streamed. If reasoning was streamed only
  as a summary, the rate is taken from t_answer to t_last. **n_first**: the tokens of the first read, at least
  1: by its share of the events if these are as long as the others, else by its share of the characters. If
  the stream begins with a burst, n_first is the tokens of all its reads, and the rate is taken from the last
  of them on.

## Metrics

${table(['column', 'unit', 'better', 'meaning', 'formula', 'null when'], metrics)}

Unknown is null, never 0 and never a sentinel. A failure keeps what actually arrived. \`cost_usd\` is
\`charged_usd\`, the charge the provider reported (\`cost_source\` \`provider\`), else \`computed_usd\`: usage
times the price in force when the run was planned (\`price\`, with the price in \`prices\`), with its context
tiers and hours of the day. Without a price it is null. [models-and-prices.md](models-and-prices.md) says
where prices come from.

Percentiles are interpolated linearly, like Postgres \`percentile_cont\`. A percentile needs a minimum sample:
p90 ${p90}, p95 ${p95}, p99 ${p99} values. A run's own report marks those of smaller samples with \`~\`.

${namesElsewhere()}

${derivingAgain}

${tokensAndTrust}

## Failures

A probe succeeds if the status was 2xx, the stream ended properly (with \`[DONE]\` or a finish reason that is
not an error), some text, reasoning or tool call arrived, and we did not abort it. Otherwise \`error_kind\`
says what happened and \`fault_domain\` whose fault it was. Only \`provider\` lowers uptime.

${table(['fault_domain', 'error_kind'], kinds)}

## How an answer is read

${rules.map(section).join('\n')}`
}

import type { Week } from '../../src/core/week.ts'

/** A week in which nothing was wrong and nothing changed. */
export const weekLike = (more: Partial<Week> = {}): Week => ({
  week: '2026-W48',
  since: '2026-11-23T00:00:00+00:00',
  until: '2026-11-30T00:00:00+00:00',
  is_over: true,
  synthetic: false,
  incidents: { opened: 0, open: 0, down_s: 0, worst: null },
  uptime: { n_checks: 4704, n_failed: 0, n_silent: 0, silent: [], worst: [] },
  speed: { n_compared: 7, n_slower: 0, slower: [], n_faster: 0, faster: [] },
  models: { n_prices: 0, prices: [], n_leaving: 0, leaving: [], n_arrived: 0, arrived: [] },
  spent: {
    usd: 9.61,
    before_usd: 9.4,
    n_cost_unknown: 0,
    month: '2026-11',
    month_usd: 38.2,
    projected_usd: 39.573,
    limit_usd: 50,
  },
  attention: {
    n_misconfigured: 0,
    misconfigured: [],
    channels_off: [],
    n_undelivered: 0,
    n_missed: 0,
    n_unkept: 0,
  },
  ...more,
})

const openai = { provider: 'openai', region: 'local' }

/** A change of speed. */
export const changeLike = (model: string, more: Partial<Week['speed']['slower'][number]> = {}) => ({
  ...openai,
  model,
  n: 672,
  ttft_ms: 520,
  before_ms: 410,
  change: 110 / 410,
  low: 0.201,
  high: 0.334,
  ...more,
})

/** A week in which all that can be told happened. */
export const badWeek: Week = weekLike({
  incidents: {
    opened: 3,
    open: 1,
    down_s: 8040,
    worst: {
      ...openai,
      model: 'gpt-5',
      kind: 'down',
      severity: 'critical',
      first_bad_at: '2026-11-25T10:00:00+00:00',
      resolved_at: '2026-11-25T11:50:00+00:00',
      lasts_s: 6600,
    },
  },
  uptime: {
    n_checks: 4704,
    n_failed: 31,
    n_silent: 1,
    silent: [{ provider: 'groq', model: 'llama-4' }],
    worst: [{ ...openai, model: 'gpt-5', n_checks: 672, n_failed: 24 }],
  },
  speed: {
    n_compared: 7,
    n_slower: 1,
    slower: [changeLike('gpt-5')],
    n_faster: 1,
    faster: [
      changeLike('gpt-5-mini', { ttft_ms: 410, before_ms: 520, change: -0.2115, low: -0.2612, high: -0.149 }),
    ],
  },
  models: {
    n_prices: 1,
    prices: [
      {
        provider: 'openai',
        model: 'gpt-5',
        input_before: 1.25,
        output_before: 10,
        input_now: 1,
        output_now: 10,
      },
    ],
    n_leaving: 2,
    leaving: [
      {
        provider: 'groq',
        model: 'llama-4',
        shutdown_on: null,
        deprecated_on: null,
        gone: true,
        left_at: '2026-11-26T02:00:00+00:00',
      },
      {
        provider: 'openai',
        model: 'gpt-4',
        shutdown_on: '2026-12-10',
        deprecated_on: null,
        gone: false,
        left_at: null,
      },
    ],
    n_arrived: 5,
    arrived: [
      { provider: 'openai', model: 'gpt-6' },
      { provider: 'openai', model: 'gpt-6-mini' },
      { provider: 'zai', model: 'glm-6' },
      { provider: 'zai', model: 'glm-6-air' },
      { provider: 'zai', model: 'glm-6-x' },
    ],
  },
  spent: {
    usd: 14,
    before_usd: 9.4,
    n_cost_unknown: 12,
    month: '2026-11',
    month_usd: 49,
    projected_usd: 51,
    limit_usd: 50,
  },
  attention: {
    n_misconfigured: 1,
    misconfigured: [{ provider: 'kimi', model: 'k3', region: 'fra1' }],
    channels_off: ['slack-ops'],
    n_undelivered: 2,
    n_missed: 14,
    n_unkept: 1,
  },
})

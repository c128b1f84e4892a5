import { describe, expect, it, test } from 'vitest'
import { indicators, worstOf } from '../../../src/core/official-status.ts'
import { providers } from '../../../src/registry/providers.ts'
import { readOfficialStatus } from '../../../src/sync/official-status.ts'
import { feedOf, officialBody } from '../../support/official.ts'

const read = (id: string, ...files: string[]) => readOfficialStatus(feedOf(id), files.map(officialBody))

/** The files of each provider, in the order of its feed's documents. */
const recorded = {
  openai: ['openai-components', 'openai-incidents'],
  anthropic: ['anthropic-summary', 'anthropic-incidents'],
  gemini: ['google-incidents'],
  kimi: ['kimi-summary', 'kimi-incidents'],
  minimax: ['minimax-summary', 'minimax-incidents'],
  deepseek: ['deepseek-active'],
  groq: ['groq-components', 'groq-incidents'],
  together: ['together-index'],
}

describe('what a provider says of itself', () => {
  it('is read for every feed of the registry', () => {
    expect(providers.filter(({ status }) => status).map(({ id }) => id)).toEqual(Object.keys(recorded))
  })

  it('is that of the components that are about the API', () => {
    const said = Object.entries(recorded).map(([id, files]) => {
      const status = read(id, ...files)
      return [id, status?.indicator, status?.description]
    })
    expect(said).toEqual([
      ['openai', 'operational', null],
      ['anthropic', 'operational', null],
      ['gemini', 'operational', null],
      ['kimi', 'partial_outage', 'Open API'],
      ['minimax', 'major_outage', 'Large Language Models (LLM)'],
      ['deepseek', 'operational', null],
      ['groq', 'degraded_performance', 'openai/gpt-oss-120b'],
      ['together', 'operational', null],
    ])
  })

  it('leaves out incidents of other products', () => {
    expect(read('openai', ...recorded.openai)?.incidents.map(({ name }) => name)).toEqual([
      'Elevated error rates for Chat Completions',
      'Increased latency',
    ])
    expect(read('kimi', ...recorded.kimi)?.incidents.map(({ id }) => id)).toEqual(['k-midnight'])
    expect(read('gemini', ...recorded.gemini)?.incidents.map(({ id }) => id)).toEqual([
      '41E5S3mkTGDfkZuJZH5k',
    ])
  })

  it('keeps an incident that names no components, and none that names others alone', () => {
    const status = read('anthropic', 'anthropic-incident', 'anthropic-incidents')
    expect(status?.indicator).toBe('degraded_performance')
    expect(status?.incidents.map(({ id }) => id)).toEqual(['f6gkkq6txl7z', '9xz4hhmd1jzn'])
    expect(status?.incidents[1]).toEqual({
      id: '9xz4hhmd1jzn',
      name: 'Elevated errors for multiple models',
      impact: 'major',
      status: 'resolved',
      startedAt: new Date('2026-09-03T13:20:00Z'),
      resolvedAt: new Date('2026-09-03T14:10:00Z'),
      url: 'https://stspg.io/9xz4hhmd1jzn',
      components: ['Claude API (api.anthropic.com)'],
    })
  })

  it('reads moments with any offset, and announced maintenance', () => {
    const status = read('kimi', ...recorded.kimi)
    expect(status?.incidents[0]?.startedAt).toEqual(new Date('2026-06-27T15:05:12.555Z'))
    expect(status?.maintenances).toEqual([
      {
        id: '7w1q5z0m3n2b',
        name: 'Database upgrade',
        startsAt: new Date('2026-06-29T18:00:00Z'),
        endsAt: new Date('2026-06-29T20:00:00Z'),
        url: 'https://stspg.io/7w1q5z0m3n2b',
      },
    ])
  })

  it('ends a resolved incident without a moment when it was last changed', () => {
    const incidents = read('openai', ...recorded.openai)?.incidents
    expect(incidents?.find(({ name }) => name === 'Increased latency')?.resolvedAt).toEqual(
      new Date('2026-10-05T11:30:00Z'),
    )
  })

  it('is what an active change of Flashduty does to components', () => {
    const page = officialBody('deepseek-active') as { data: { active_changes: unknown[] } }
    const change = officialBody('deepseek-change') as { affected_components: unknown[] }
    page.data.active_changes.push(change)
    const status = readOfficialStatus(feedOf('deepseek'), [page])
    expect(status).toMatchObject({
      indicator: 'degraded_performance',
      description: 'DeepSeek V4 Flash API服务(API Service)',
      incidents: [{ id: '7058006316287', status: 'investigating', resolvedAt: null }],
    })
    change.affected_components = []
    expect(readOfficialStatus(feedOf('deepseek'), [page])?.indicator).toBe('unknown')
  })

  it('is an open incident of Google’s product, as bad as its impact', () => {
    const [incident] = officialBody('google-incidents') as [Record<string, unknown>]
    const open = { ...incident, end: undefined, status_impact: 'SERVICE_OUTAGE' }
    expect(readOfficialStatus(feedOf('gemini'), [[open]])).toMatchObject({
      indicator: 'major_outage',
      incidents: [{ resolvedAt: null, impact: 'critical' }],
    })
    expect(readOfficialStatus(feedOf('gemini'), [[{ ...open, status_impact: 'NEW' }]])?.indicator).toBe(
      'unknown',
    )
  })

  it('is a resource of Better Stack that is down; one that is not monitored says nothing', () => {
    const withState = (status: string) => {
      const page = officialBody('together-index') as {
        included: { attributes: { public_name?: string; status?: string } }[]
      }
      page.included.find(({ attributes }) => attributes.public_name === 'Kimi K3')!.attributes.status = status
      return readOfficialStatus(feedOf('together'), [page])
    }
    expect(withState('downtime')).toMatchObject({
      indicator: 'major_outage',
      description: 'Inference - Chat: Kimi K3',
    })
    expect(withState('not_monitored')?.indicator).toBe('operational')
    expect(withState('on_fire')?.indicator).toBe('unknown')
  })
})

describe('a feed that is not as expected', () => {
  test.for(Object.entries(recorded))('of %s is not read', ([id, files]) => {
    const feed = feedOf(id)
    const bodies = files.map(officialBody)
    for (const [at] of bodies.entries())
      for (const broken of [null, undefined, {}, [], '', 'ok', 5, { status: 'ok' }, { error: 'gone' }])
        expect(readOfficialStatus(feed, bodies.with(at, broken))).toBeNull()
    expect(readOfficialStatus(feed, bodies.slice(1))).toBeNull()
  })

  test.for([
    ['anthropic', ['anthropic-incident', 'anthropic-incidents']],
    ['groq', recorded.groq],
    ['kimi', recorded.kimi],
    ['minimax', recorded.minimax],
  ] as const)('of %s is never well because something in it is broken', ([id, files]) => {
    const bodies = files.map(officialBody)
    let broken = 0
    for (const [at, body] of bodies.entries())
      for (const damaged of damages(body)) {
        broken += 1
        const status = readOfficialStatus(feedOf(id), bodies.with(at, damaged))
        expect(status?.indicator).not.toBe('operational')
      }
    expect(broken).toBeGreaterThan(50)
  })

  it('has words of its own: they are unknown, and unknown is not operational', () => {
    const summary = officialBody('anthropic-summary') as { components: { name: string; status: string }[] }
    const api = summary.components.find(({ name }) => name.startsWith('Claude API'))!
    for (const status of ['fine', '', 'Operational', 'constructor']) {
      api.status = status
      expect(
        readOfficialStatus(feedOf('anthropic'), [summary, officialBody('anthropic-incidents')])?.indicator,
      ).toBe('unknown')
    }
    summary.components.splice(summary.components.indexOf(api), 1)
    expect(
      readOfficialStatus(feedOf('anthropic'), [summary, officialBody('anthropic-incidents')])?.indicator,
    ).toBe('unknown')
  })

  it('links nowhere but to https, and is one line of text', () => {
    const incidents = officialBody('anthropic-incidents') as { incidents: Record<string, unknown>[] }
    Object.assign(incidents.incidents[0]!, {
      shortlink: 'javascript:alert(1)',
      name: `a\n${'b'.repeat(999)}`,
    })
    const status = readOfficialStatus(feedOf('anthropic'), [officialBody('anthropic-summary'), incidents])
    expect(status?.incidents[0]).toMatchObject({ url: null, name: `a ${'b'.repeat(298)}` })
  })
})

test('the worst indicator decides, and none is unknown', () => {
  expect(worstOf([])).toBe('unknown')
  expect(worstOf(['operational', 'unknown'])).toBe('unknown')
  expect(worstOf(['unknown', 'degraded_performance', 'operational'])).toBe('degraded_performance')
  expect(worstOf(indicators)).toBe('major_outage')
})

/** Copies of a value, in each of which one value is missing or of another type. */
function* damages(value: unknown): Generator {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const copy = () => structuredClone(value) as Record<string, unknown>
    for (const wrong of [undefined, null, 0, {}, 'x'])
      if (typeof wrong !== typeof inner || inner === null) yield Object.assign(copy(), { [key]: wrong })
    for (const damaged of damages(inner)) yield Object.assign(copy(), { [key]: damaged })
  }
}

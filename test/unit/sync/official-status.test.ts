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
  openrouter: ['openrouter-config'],
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
      ['openrouter', 'operational', null],
    ])
  })

  it('leaves out incidents of other products', () => {
    expect(read('openai', ...recorded.openai)?.incidents.map(({ name }) => name)).toEqual([
      'Elevated latency in the Responses API',
      'Increase in errors on API, Codex and Work Mode',
      'Increased error rates',
    ])
    expect(read('openrouter', ...recorded.openrouter)?.incidents.map(({ name }) => name)).toEqual([
      'Elevated 429s on Anthropic and OpenAI',
    ])
    expect(read('kimi', ...recorded.kimi)?.incidents.map(({ id }) => id)).toEqual(['k-midnight'])
    expect(read('gemini', ...recorded.gemini)?.incidents.map(({ id }) => id)).toEqual([
      '41E5S3mkTGDfkZuJZH5k',
    ])
  })

  it('keeps an incident that names no components, and none that names others alone', () => {
    const status = read('anthropic', 'anthropic-incident', 'anthropic-incidents')
    expect(status?.indicator).toBe('degraded_performance')
    expect(status?.incidents.map(({ id }) => id)).toEqual(['f6gkkq6txl7z', '461yvfrzpwtt'])
    expect(status?.incidents[1]).toEqual({
      id: '461yvfrzpwtt',
      name: 'Elevated errors for multiple models',
      impact: 'major',
      status: 'resolved',
      startedAt: new Date('2026-09-03T13:26:04.191Z'),
      resolvedAt: new Date('2026-09-03T16:23:12.052Z'),
      url: 'https://stspg.io/9xz4hhmd1jzn',
      components: ['claude.ai', 'Claude API (api.anthropic.com)', 'Claude Code', 'Claude Cowork'],
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
    const [components, listed] = recorded.openai.map(officialBody) as [unknown, { incidents: object[] }]
    const incidents = listed.incidents.map((incident) => ({ ...incident, resolved_at: undefined }))
    const status = readOfficialStatus(feedOf('openai'), [components, { incidents }])
    expect(status?.incidents.find(({ name }) => name === 'Increased error rates')?.resolvedAt).toEqual(
      new Date('2026-08-11T15:01:38Z'),
    )
  })

  it('begins an incident that was published after its end when its first update is dated', () => {
    const incidents = read('groq', ...recorded.groq)?.incidents
    expect(incidents?.find(({ id }) => id === '01KCNJCXJRRZB6WJE7A844VE3Q')).toMatchObject({
      startedAt: new Date('2025-12-14T09:46:00Z'),
      resolvedAt: new Date('2025-12-14T13:30:00Z'),
    })
  })

  it('is down by the word of incident.io, too', () => {
    const [page, incidents] = recorded.openai.map(officialBody) as [
      { components: { name: string }[] },
      unknown,
    ]
    const components = page.components.map((each) => ({ ...each, status: 'full_outage' }))
    expect(readOfficialStatus(feedOf('openai'), [{ components }, incidents])).toMatchObject({
      indicator: 'major_outage',
      description: 'Chat Completions, Responses',
    })
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

  describe('on a page of Datadog', () => {
    const withState = (status: string, more: object = {}) =>
      readOfficialStatus(feedOf('openrouter'), [{ ...openrouterPage(status), ...more }])
    const [, , resolved] = (officialBody('openrouter-config') as { incidents: object[] }).incidents

    it('is the state of a component within a group', () => {
      expect(withState('partial_outage')).toMatchObject({
        indicator: 'partial_outage',
        description: 'Chat (/api/v1/chat/completions)',
      })
      expect(withState('maintenance')?.indicator).toBe('under_maintenance')
      expect(withState('on_fire')?.indicator).toBe('unknown')
    })

    it('is as bad as an incident was to its components, though they are well again', () => {
      expect(read('openrouter', ...recorded.openrouter)?.incidents).toEqual([
        {
          id: 'a80f04f9-7b2a-4094-bd45-e42dd5c2ed8a',
          name: 'Elevated 429s on Anthropic and OpenAI',
          impact: 'minor',
          status: 'resolved',
          startedAt: new Date('2026-08-28T02:15:00Z'),
          resolvedAt: new Date('2026-08-28T02:19:00Z'),
          url: null,
          components: ['Chat (/api/v1/chat/completions)'],
        },
      ])
    })

    it('has an incident that is open, and announced maintenance until it is over', () => {
      const open = { ...resolved, resolved: false, resolvedDate: '', currentStatus: 'identified' }
      const planned = (id: string, currentStatus: string) => ({ id, title: 'Upgrade', currentStatus })
      const maintenances = [
        { ...planned('m1', 'scheduled'), startDate: '2026-09-20T00:00:00Z' },
        planned('m2', 'completed'),
        planned('m3', 'canceled'),
      ]
      expect(withState('degraded', { incidents: [open], maintenances })).toMatchObject({
        indicator: 'degraded_performance',
        incidents: [{ status: 'identified', resolvedAt: null }],
        maintenances: [
          { id: 'm1', name: 'Upgrade', startsAt: new Date('2026-09-20T00:00:00Z'), endsAt: null },
        ],
      })
    })
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
    ['openrouter', recorded.openrouter],
  ] as const)('of %s is never well because something in it is broken', ([id, files]) => {
    const bodies = id === 'openrouter' ? [openrouterPage('degraded')] : files.map(officialBody)
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

/** OpenRouter's page with this state of chat completions. */
function openrouterPage(status: string): object {
  const page = officialBody('openrouter-config') as { components: { components: { status: string }[] }[] }
  page.components[0]!.components[0]!.status = status
  return page
}

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

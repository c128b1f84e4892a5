import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { incidentStore, sampleChannel } from '../support/incident-store.ts'
import { listedModel } from '../support/samples.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('Postgres 17'))(
  'incidents of what is benchmarked no more, over $name',
  ({ open }) => {
    const { store, rowsOf, apply, openOf, told, targetIn, down } = incidentStore(open)

    beforeAll(async () => {
      await store.saveChannels({ channels: [sampleChannel('hook')] })
    })
    beforeEach(async () => {
      await rowsOf(`delete from incidents where resolved_at is null`)
    })

    type Down = Awaited<ReturnType<typeof down>>
    /** Everything that ends the benchmarking of a target. */
    const ends: Record<string, (of: Down) => Promise<unknown>> = {
      'a person switches it off': ({ target: { provider, model } }) =>
        store.setTarget({ provider, model, active: false, parameters: null, region: null, about: null }),
      'a sync switches it to the successor of its model': ({ target: { provider, model } }) =>
        store.saveSync({
          about: {
            id: provider,
            name: provider,
            baseUrl: 'https://p.example',
            logoUrl: null,
            synthetic: false,
          },
          trigger: 'cron',
          models: [listedModel(`${model}-next`)],
          outcome: {
            id: crypto.randomUUID(),
            provider: { id: provider, name: provider },
            startedAt: new Date(),
            finishedAt: new Date(),
            status: 'saved',
            reason: null,
            listed: 1,
            chat: 1,
            unreadable: 0,
            unpriced: 0,
            prices: [],
            conflicts: [],
            changes: { added: [], left: [], returned: [], changed: [] },
            leaving: [
              {
                target: { provider, model, parameters: { reasoning: 'least' }, region: null },
                shutdownOn: null,
                successor: `${model}-next`,
                healed: true,
                isOwned: false,
              },
            ],
          },
        }),
      'somebody switches it off with SQL': ({ target }) =>
        rowsOf('update targets set active = false where id = $1', [target.targetId]),
      'somebody deletes it': ({ target }) => rowsOf('delete from targets where id = $1', [target.targetId]),
      'its model is deleted': ({ target }) => rowsOf('delete from models where id = $1', [target.modelId]),
      'its provider is deleted': ({ target }) =>
        rowsOf('delete from providers where slug = $1', [target.provider]),
      'all targets are deleted at once': () => rowsOf('truncate targets cascade'),
    }

    test.each(Object.keys(ends))(
      '%s: it is resolved as gone, and who was told of it hears so',
      async (way) => {
        const it = await down()
        const other = await down()
        await rowsOf(`update notification_deliveries set state = 'sent' where incident_id = $1`, [it.id])
        await ends[way]?.(it)
        const { incident, events } = await store.readIncident({ id: it.id })
        expect(incident).toMatchObject({
          resolve_reason: 'gone',
          target_id: it.target.targetId,
          model: it.target.model,
        })
        expect(events.at(-1)).toMatchObject({ type: 'resolved', detail: { reason: 'gone' } })
        expect(await told(it.id)).toEqual(['hook opened 0 sent', 'hook resolved 0 pending'])
        expect(await openOf(other.scope)).toHaveLength(way.startsWith('all targets') ? 0 : 1)
      },
    )

    test('those of a model and a provider end with their last active target, those of the installation do not', async () => {
      const [first, second] = [await down(), await down()]
      const of = ({ target }: Down) => [
        { scope: `model/${target.modelId}`, kind: 'model_gone' as const, targetId: null },
        { scope: `provider/${target.provider}`, kind: 'provider_wide' as const, targetId: null },
      ]
      const scopes = [
        ...of(first),
        ...of(second),
        { scope: 'system', kind: 'silent' as const, targetId: null },
      ]
      for (const { scope, kind } of scopes) {
        const subject = { provider: null, model: null, targetId: null, region: null }
        await apply(scope, [{ ...first.transition, scope, kind, subject }])
      }
      const another = await targetIn('iad1', second.target.provider)
      await rowsOf('update targets set active = false where id = any ($1)', [
        [first.target.targetId, second.target.targetId],
      ])
      const left = (await store.listIncidents({ open: true, limit: 200 })).rows.map(({ scope }) => scope)
      expect(left.toSorted()).toEqual([`provider/${another.provider}`, 'system'].toSorted())
    })

    test('nothing opens for a target that was switched off since it was judged', async () => {
      const it = await down()
      await rowsOf('update targets set active = false where id = $1', [it.target.targetId])
      expect(await apply(it.scope, [it.transition])).toMatchObject({ applied: true })
      expect(await openOf(it.scope)).toEqual([])
    })
  },
)

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { send } from '../../api/client.ts'
import { tellSynced } from '../../api/live.ts'
import { tell } from '../../app/notices.ts'
import type { Departure, TargetRow } from './view.ts'

type Named = Pick<TargetRow, 'provider' | 'model'>

/** Activates or deactivates a target, or all of a model that has some. */
export function useSwitch() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ active, ...of }: Named & Partial<TargetRow> & { active: boolean }) => {
      const { provider, model, parameters, region } = of
      const body = { provider, model, active, ...(parameters && { parameters, region }) }
      return send('PATCH', '/api/v1/targets', { body })
    },
    onError: ({ message }) => tell(`Nothing was changed: ${message}`),
    onSettled: () => queries.invalidateQueries(),
  })
}

/** Adds a target, or activates it. */
export function useAdd() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: Named & Partial<TargetRow>) => send('POST', '/api/v1/targets', { body }),
    onSettled: () => queries.invalidateQueries(),
  })
}

/** Calls the successor of a model that leaves in its place, with the same parameters. */
export function useReplace() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ provider, model, targets, successor }: Departure) => {
      for (const { parameters, region } of targets) {
        const body = { provider, model: successor, parameters, region }
        await send('POST', '/api/v1/targets', { body })
      }
      await send('PATCH', '/api/v1/targets', { body: { provider, model, active: false } })
    },
    onError: ({ message }) => tell(`It was not replaced: ${message}`),
    onSettled: () => queries.invalidateQueries(),
  })
}

/** Asks every provider for its models and prices. */
export function useSync(onDone: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => send('POST', '/api/v1/syncs', { body: {} }),
    onSuccess: ({ notes, stopped_before: late }) => {
      const unasked = late.length === 0 ? [] : [`There was no time to ask ${late.join(', ')}.`]
      const said = [...notes, ...unasked]
      if (said.length > 0) tell(said.join(' '))
      onDone()
    },
    onError: ({ message }) => tell(`The sync failed: ${message}`),
    onSettled: () => {
      tellSynced()
      return queries.invalidateQueries()
    },
  })
}

/** Sets a price of one's own; null ends it. */
export function useOwnPrice() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: Named & { price: { input_per_m: number; output_per_m: number } | null }) =>
      send('PUT', '/api/v1/prices', { body }),
    onSettled: () => queries.invalidateQueries(),
  })
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { send } from '../../api/client.ts'
import type { Limits, Target } from './limits.ts'
import type { sloOf } from './slo.ts'

/** What can be set of a target. */
type Setting = { limits: Limits } | { slo: ReturnType<typeof sloOf> } | { every_minutes: number | null }

const changed = ['/api/v1/targets', '/api/v1/models', '/api/v1/objectives'] as const

/** Sets limits, objectives or the interval of a target. */
export function useSetTarget({ provider, model, parameters, region }: Target, onDone: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (setting: Setting) =>
      send('PATCH', '/api/v1/targets', { body: { provider, model, parameters, region, ...setting } }),
    onSuccess: onDone,
    onSettled: () => Promise.all(changed.map((path) => queries.invalidateQueries({ queryKey: [path] }))),
  })
}

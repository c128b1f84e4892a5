import { useMutation, useQueryClient } from '@tanstack/react-query'
import { send } from '../../api/client.ts'
import { type Channel, channelsQuery } from '../../api/incident-queries.ts'
import { tell } from '../../app/notices.ts'

/** What can be done about a channel. */
export function useChannel({ name, enabled }: Channel) {
  const queries = useQueryClient()
  const params = { name }
  const onSettled = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: channelsQuery.queryKey }),
      queries.invalidateQueries({ queryKey: ['/api/v1/deliveries'] }),
    ])
  const test = useMutation({
    mutationFn: () => send('POST', '/api/v1/channels/{name}/test', { params }),
    onSettled,
  })
  const turn = useMutation({
    mutationFn: () => send('PATCH', '/api/v1/channels/{name}', { params, body: { enabled: !enabled } }),
    onError: ({ message }) => tell(`It was not changed: ${message}`),
    onSettled,
  })
  const remove = useMutation({
    mutationFn: () => send('DELETE', '/api/v1/channels/{name}', { params }),
    onError: ({ message }) => tell(`It was not deleted: ${message}`),
    onSettled,
  })
  return { test, turn, remove }
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { jobQuery } from '../api/benchmark-queries.ts'
import { type Answer, send } from '../api/client.ts'
import { useSession } from '../api/session.ts'
import { tell } from '../app/notices.ts'
import { Button } from './button.tsx'

/** The button that ends a run on demand. */
export function Cancel({
  job: { job_id: id, is_cancelling: isCancelling },
}: {
  job: Answer<'GET /api/v1/benchmarks/{id}'>
}) {
  const { isAdmin } = useSession()
  const queries = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => send('POST', '/api/v1/benchmarks/{id}/cancel', { params: { id } }),
    onSuccess: (job) => queries.setQueryData(jobQuery(id).queryKey, job),
    onError: ({ message }) => tell(`It could not be cancelled: ${message}`),
  })
  const isBusy = cancel.isPending || isCancelling
  return (
    <Button
      why={isAdmin ? (isBusy ? 'It is being cancelled' : null) : 'Sign in to cancel it'}
      onClick={() => cancel.mutate()}
    >
      {isBusy ? 'Cancelling' : 'Cancel'}
    </Button>
  )
}

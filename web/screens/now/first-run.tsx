import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Answer, send } from '../../api/client.ts'
import { jobsQuery, providersQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { SignIn } from '../../ui/sign-in.tsx'
import styles from './now.module.css'

/** The most that the first call may cost, in USD. */
const maxCostUsd = 0.1

type Provider = Answer<'GET /api/v1/providers'>['rows'][number]

/** Nothing is benchmarked yet: what this screen will show, and the one click that fills it. */
export function FirstRun() {
  const { data } = useQuery(providersQuery)
  const provider = data?.rows.find(({ configured, default_model: model }) => configured && model !== null)
  return (
    <section className={styles.first} aria-label="First run">
      <h2>Nothing is benchmarked yet</h2>
      <p>
        This page will show who is fast, who is down and what it costs: each target with its TTFT, speed,
        latency and cost, 24 hours as a line and 90 days as a bar.
      </p>
      {provider !== undefined && <Offer provider={provider} model={provider.default_model ?? ''} />}
      {provider === undefined && data !== undefined && (
        <p>
          No provider may be called. Set the key of one, such as OPENAI_API_KEY, in the environment or in
          .env, and start the server again.
        </p>
      )}
    </section>
  )
}

/** One click makes a target of the first provider that may be called, and calls it. */
function Offer({ provider, model }: { provider: Provider; model: string }) {
  const { grant, isAdmin } = useSession()
  const { begin, isBusy } = useFirstRun(provider.id, model)
  const isFree = provider.known?.synthetic === true || provider.id === 'synthetic'
  return (
    <>
      <p>
        The first run is one call of <strong>{model}</strong> by {provider.name}
        {isFree
          ? ', which is built in and free. No real provider is called until a key is set.'
          : `, for at most $${maxCostUsd.toFixed(2)}. It stays a target of the schedule.`}
      </p>
      {grant !== null && !isAdmin ? (
        <SignIn />
      ) : (
        <Button kind="primary" why={isBusy ? 'It runs' : null} onClick={() => begin.mutate()}>
          {isBusy ? 'Running' : 'Make the first run'}
        </Button>
      )}
      {begin.error !== null && <p role="alert">{begin.error.message}</p>}
    </>
  )
}

function useFirstRun(provider: string, model: string) {
  const queries = useQueryClient()
  const { data: jobs } = useQuery(jobsQuery)
  const begin = useMutation({
    mutationFn: async () => {
      await send('POST', '/api/v1/targets', { body: { provider, model } })
      const body = { provider_id: provider, model, max_cost_usd: maxCostUsd }
      await send('POST', '/api/v1/benchmarks/single', { body })
    },
    onSuccess: () => queries.invalidateQueries(),
  })
  const atWork = (jobs?.running.length ?? 0) + (jobs?.queued.length ?? 0)
  return { begin, isBusy: begin.isPending || atWork > 0 }
}

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { jobQuery, resultsOfRunQuery, runQuery } from '../../api/benchmark-queries.ts'
import { onLive } from '../../api/live.ts'
import { callOfResult, callsInHand, hear, joined, nothingHeard } from './call.ts'

/** Failures are told by event without their words, which are read once in this time, in ms. */
const gatherMs = 700

/** A run as it was read, and as its events go on. A component that uses it has the run's id as its key. */
export function useLiveRun(id: string) {
  const queries = useQueryClient()
  const job = useQuery(jobQuery(id))
  const run = useQuery(runQuery(id))
  const results = useQuery(resultsOfRunQuery(id))
  const [heard, setHeard] = useState(nothingHeard)
  useEffect(() => {
    let reading: ReturnType<typeof setTimeout> | null = null
    const read = () => {
      reading = null
      void queries.invalidateQueries({ queryKey: resultsOfRunQuery(id).queryKey })
    }
    const leave = onLive((event) => {
      if (event.run_id !== id) return
      setHeard((before) => hear(before, event))
      if (event.result?.success === false) reading ??= setTimeout(read, gatherMs)
    })
    return () => {
      leave()
      if (reading !== null) clearTimeout(reading)
    }
  }, [id, queries])
  const { data: rows } = results
  const read = useMemo(() => (rows ?? []).map(callOfResult), [rows])
  const calls = useMemo(() => joined(read, heard.calls), [read, heard.calls])
  const isPast = heard.progress !== null && heard.progress.done >= (job.data?.progress.done ?? 0)
  return {
    job,
    run,
    calls,
    /** Whether every result was read since the run ended. */
    areRead: results.data !== undefined && calls.every(({ series }) => series !== null),
    inHand: callsInHand(heard, calls),
    progress: isPast ? heard.progress : (job.data?.progress ?? heard.progress),
  }
}

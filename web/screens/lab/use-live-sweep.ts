import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { LiveEvent } from '../../../src/http/contract.ts'
import { jobQuery } from '../../api/benchmark-queries.ts'
import { onLive } from '../../api/live.ts'
import { sweepQuery } from '../../api/sweep-queries.ts'
import { hear, nothingHeard } from './live.ts'

/** Events of this time, in ms, are drawn at once: a sweep may have hundreds a second. */
const gatherMs = 250

/**
 * A sweep as it was read, and as its events go on. It is worked out from all its results, which takes a server that
 * measures some time: so it is read once a level, and what happens in between is heard.
 */
export function useLiveSweep(id: string, slo: string | null) {
  const queries = useQueryClient()
  const sweep = useQuery(sweepQuery(id, slo))
  const isOpen = sweep.data !== undefined && sweep.data.run.finished_at === null
  const job = useQuery({ ...jobQuery(id), enabled: isOpen })
  const [heard, setHeard] = useState(nothingHeard)
  useEffect(() => {
    let waiting: LiveEvent[] = []
    let timer: ReturnType<typeof setTimeout> | null = null
    const flush = () => {
      timer = null
      const events = waiting
      waiting = []
      setHeard((before) => hear(before, events))
    }
    const leave = onLive((event) => {
      if (event.run_id !== id) return
      waiting.push(event)
      timer ??= setTimeout(flush, gatherMs)
    })
    return () => {
      leave()
      if (timer !== null) clearTimeout(timer)
    }
  }, [id])
  useEffect(() => {
    if (heard.level > 0) void queries.invalidateQueries({ queryKey: sweepQuery(id, slo).queryKey })
  }, [heard.level, id, slo, queries])
  const read = job.data?.progress
  const isPast = heard.progress !== null && heard.progress.done >= (read?.done ?? 0)
  return { sweep, job, heard, progress: (isPast ? heard.progress : read) ?? null }
}

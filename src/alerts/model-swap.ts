import type { Incident, Transition } from '../core/incident.ts'
import { dayMs, inOrder, open, openOf, resolve } from './judgement.ts'
import { rules } from './rules.ts'
import type { ModelWindow } from './window.ts'

const { answers: changed, before: unchanged, expiresDays } = rules.model_swap
type Answer = ModelWindow['answers'][number]

/** `model_swap`: answers name another model than those before them, which all named the same. */
export function judgeModelSwap(window: ModelWindow): Transition[] {
  const answers = inOrder(window.answers)
  const incident = openOf(window, 'model_swap')
  if (incident !== undefined) return end(window, incident, answers)
  const swap = findSwap(answers)
  if (swap === null) return []
  const { before, since, after, n } = swap
  const evidence = { before, after, n }
  return open(window, { kind: 'model_swap', firstBadAt: since, newsAt: since, outlasts: true, evidence })
}

/** The answers are looked through from the latest on, as more than one may have come since they were last judged. */
function findSwap(
  answers: readonly Answer[],
): { before: string; after: string; since: Date; n: number } | null {
  const last = answers.at(-1)
  for (let place = answers.length - changed; place >= unchanged; place -= 1) {
    const [before, first] = [answers[place - 1]?.responseModel, answers[place]]
    if (before === undefined || first === undefined || last === undefined) continue
    const isSteady = answers
      .slice(place - unchanged, place)
      .every(({ responseModel }) => responseModel === before)
    if (isSteady && answers.slice(place).every(({ responseModel }) => responseModel !== before))
      return { before, after: last.responseModel, since: first.at, n: answers.length - place }
  }
  return null
}

function end(window: ModelWindow, incident: Incident, answers: readonly Answer[]): Transition[] {
  const latest = answers.slice(-changed)
  const isBack =
    latest.length === changed &&
    latest.every(({ responseModel }) => responseModel === incident.evidence['before'])
  if (isBack) return [resolve(incident, 'recovered')]
  const { now, lastSync } = window
  const isSynced = lastSync !== null && lastSync.at > incident.openedAt
  const isOld = now.getTime() - incident.openedAt.getTime() >= expiresDays * dayMs
  return isSynced || isOld ? [resolve(incident, 'expired')] : []
}

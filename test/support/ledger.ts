import type { Past } from '../../src/alerts/window.ts'
import type { Incident, IncidentKind, Scope, Transition } from '../../src/core/incident.ts'

const dayMs = 86_400_000

/** Incidents as the database keeps them: what transitions ask for is applied in order. */
export class Ledger {
  readonly incidents: Incident[] = []

  apply(transitions: readonly Transition[], now: Date): void {
    for (const transition of transitions) this.#apply(transition, now)
  }

  #apply(transition: Transition, now: Date): void {
    if (transition.do === 'open') {
      const { do: _, ...what } = transition
      if (this.open(what.scope).some(({ kind }) => kind === what.kind))
        throw new Error(`${what.kind} of ${what.scope} is open already`)
      this.incidents.push({
        ...what,
        id: `incident ${this.incidents.length + 1}`,
        openedAt: now,
        acknowledgedAt: null,
        acknowledgedBy: null,
        resolvedAt: null,
        resolveReason: null,
        parentId: null,
      })
      return
    }
    const { incident } = transition
    if (transition.do === 'adopt') {
      const parent = this.open(transition.parentScope).find(({ kind }) => kind === 'provider_wide')
      if (parent === undefined) throw new Error(`${transition.parentScope} has no incident to adopt it`)
      this.#change(incident, { parentId: parent.id })
    } else if (transition.do === 'worsen') {
      this.#change(incident, { severity: transition.severity, evidence: transition.evidence })
    } else {
      const { reason: resolveReason, evidence } = transition
      this.#change(incident, { resolvedAt: now, resolveReason, evidence })
    }
  }

  #change(incident: Incident, change: Partial<Incident>): void {
    const place = this.incidents.findIndex(({ id, resolvedAt }) => id === incident.id && resolvedAt === null)
    const found = this.incidents[place]
    if (found === undefined) throw new Error(`${incident.kind} of ${incident.scope} is not open`)
    this.incidents[place] = { ...found, ...change }
  }

  open(scope: Scope): Incident[] {
    return this.incidents.filter((incident) => incident.scope === scope && incident.resolvedAt === null)
  }

  past(scope: Scope, now: Date): Partial<Record<IncidentKind, Past>> {
    const past: Partial<Record<IncidentKind, Past>> = {}
    for (const { scope: of, kind, openedAt, resolvedAt, resolveReason, severity } of this.incidents) {
      if (of !== scope) continue
      const before = past[kind] ?? { opened: 0, last: null }
      const opened = before.opened + (now.getTime() - openedAt.getTime() < dayMs ? 1 : 0)
      const last =
        resolvedAt === null || resolveReason === null
          ? before.last
          : { resolvedAt, reason: resolveReason, severity }
      past[kind] = { opened, last }
    }
    return past
  }
}

import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { chatEndpointQuery } from '../../api/chat.ts'
import { targetOf } from '../../api/starts.ts'
import type { Answer } from './answer.ts'
import type { Group } from './choices.ts'
import { isBusy, type Wanted } from './conversation.ts'
import { mostModels, own } from './search.ts'
import { conversation, useTurns } from './use-conversation.ts'

const route = getRouteApi('/chat')

/** A model by its name for people, and where it is. */
export interface ModelName {
  label: string
  at: string
}

const usual: Wanted = { system: '', maxTokens: null, temperature: null, reasoning: 'default' }

/** Who is asked, how, and what can be done. */
export function useChat(groups: readonly Group[]) {
  const { models: chosen = [] } = route.useSearch()
  const navigate = useNavigate({ from: '/chat' })
  const [wanted, setWanted] = useState(usual)
  const turns = useTurns()
  const { data: endpoint } = useQuery(chatEndpointQuery)
  const first = groups[0]?.models[0]?.name ?? own
  const models = chosen.length === 0 ? [first] : chosen
  const choose = (next: readonly string[]) =>
    void navigate({ search: { models: next.slice(0, mostModels) }, replace: true, resetScroll: false })
  return {
    models,
    wanted,
    setWanted,
    isBusy: isBusy(turns),
    turns,
    /** What keeps them from being asked; null if nothing does. */
    missing: models.includes(own) && endpoint?.base_url === null ? 'Say what your own endpoint is' : null,
    nameOf: (name: string): ModelName =>
      name === own ? { label: endpoint?.model ?? 'Own endpoint', at: 'own endpoint' } : nameIn(groups, name),
    choose: (place: number, name: string) => choose(models.with(place, name)),
    /** Another one too, or only the first. */
    compare: () => choose([...models, otherThan(models, groups)]),
    alone: () => choose(models.slice(0, 1)),
    ask: (prompt: string) => conversation.ask(prompt, models, wanted),
    retry: (answer: Answer) => conversation.retry(answer, wanted),
    stop: conversation.stop,
  }
}

export type ChatState = ReturnType<typeof useChat>

function nameIn(groups: readonly Group[], name: string): ModelName {
  const { provider: id, model } = targetOf(name)
  return { label: model, at: groups.find(({ provider }) => provider.id === id)?.provider.name ?? id }
}

/** A model that is not asked yet, of another provider if there is one. */
function otherThan(models: readonly string[], groups: readonly Group[]): string {
  const names = groups.flatMap((group) => group.models.map(({ name }) => name))
  const [first = ''] = models
  const elsewhere = names.find((name) => targetOf(name).provider !== targetOf(first).provider)
  return elsewhere ?? names.find((name) => !models.includes(name)) ?? first
}

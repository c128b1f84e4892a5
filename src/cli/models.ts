import { servedNames } from '../core/catalog.ts'
import type { PlannedProvider, TargetParameters } from '../core/plan.ts'
import type { ProviderEntry } from '../core/provider.ts'
import { configuredProviders } from '../registry/configure.ts'
import { providers as registered } from '../registry/providers.ts'
import { printable } from '../report/format.ts'
import { modelsTable, optionsText, targetText } from '../report/models.ts'
import { ratesText } from '../report/sync.ts'
import { type ModelRecord, toModelDocument } from '../store/model-codec.ts'
import { everyModel } from '../store/every-model.ts'
import type { Store } from '../store/store.ts'
import type { App } from '../jobs/app.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand } from './command.ts'
import { modelsFlags, modelsHelp, type ModelsRequest, modelsRequest } from './models-flags.ts'
import { isAsked } from './providers.ts'

/** What a command shows, or why it could not be done. */
type Done = { document: unknown; text: string } | { problem: string }
type Command = (flags: ModelsRequest, parts: { store: Store; app: App }) => Promise<Done>

const list: Command = async ({ provider, all }, { store, app }) => {
  const ids = provider.map((name) => providerNamed(name, app).id)
  const known = await everyModel(store, ids.length === 0 ? null : ids)
  const shown = known.filter((model) => all || isOfInterest(model))
  const hidden = known.length - shown.length
  const lines = [
    shown.length === 0
      ? 'no models are known: pnpm tsx scripts/sync-models.ts asks for them'
      : modelsTable(shown),
    ...(hidden > 0 ? [`${hidden} more that do not chat or have left; --all shows them`] : []),
  ]
  return { document: { models: shown.map(toModelDocument) }, text: lines.join('\n\n') }
}

/** A model that chats and can be called, or that has targets. */
const isOfInterest = ({ type, available, targets }: ModelRecord): boolean =>
  targets.length > 0 || (available !== false && (type ?? 'chat') === 'chat')

const usualParameters: TargetParameters = { reasoning: 'least' }

const switchTargets =
  (active: boolean, isNew: boolean): Command =>
  async (flags, { store, app }) => {
    const [name = '', model = ''] = flags.positional
    const { id, entry, about } = providerNamed(name, app)
    const known = await everyModel(store, [id])
    const problem = whyNot(flags, { id, entry, known, active, isNew })
    if (problem !== null) return { problem }
    const { target, region } = flags
    const parameters = target ?? (isNew || region !== null ? usualParameters : null)
    const { rows, changed } = await store.setTarget({
      provider: id,
      about,
      model,
      parameters,
      region,
      active,
    })
    const text = [
      `${id} ${printable(model)}: ${rows.map(targetText).join('; ')}${changed === 0 ? ' (as it was)' : ''}`,
      ...(active && isUnlisted(model, known) ? ['the provider does not list this model'] : []),
    ]
    return { document: { provider: id, model, targets: rows, changed }, text: text.join('\n') }
  }

interface Asked {
  id: string
  entry: ProviderEntry | null
  known: readonly ModelRecord[]
  active: boolean
  isNew: boolean
}

/** Why a target cannot be switched, or null. */
function whyNot(
  { positional, target, region }: ModelsRequest,
  { id, entry, known, active, isNew }: Asked,
): string | null {
  const [, model = ''] = positional
  const here = known.find((each) => each.model === model)
  if (target?.pin !== undefined && entry?.pin === undefined)
    return `--pin is for providers that route to hosts; ${id} is none`
  if (here === undefined && !isNew)
    return `${id} has no model ${printable(model)} that is known${near(model, known)}; add adds one`
  return active || here === undefined ? null : whyNotOff(here, { target, region })
}

/** Why a target of a known model cannot be switched off, or null. */
function whyNotOff(
  { provider, model, targets }: ModelRecord,
  { target, region }: Pick<ModelsRequest, 'target' | 'region'>,
): string | null {
  if (targets.length === 0) return `${provider} ${printable(model)} has no targets`
  if (target === null && region === null) return null
  const asked = optionsText({ provider, model, parameters: target ?? usualParameters, region })
  return targets.some((each) => optionsText(each) === asked)
    ? null
    : `${provider} has no target ${printable(model)} with ${asked || 'the usual options'}; models.ts list shows them`
}

/** Whether the provider was asked and does not have it. */
function isUnlisted(model: string, known: readonly ModelRecord[]): boolean {
  const listed = known.filter(({ available }) => available === true).map((each) => each.model)
  return listed.length > 0 && !servedNames(listed).has(model)
}

/** Known ids that contain the one that was typed, or are contained in it. */
function near(model: string, known: readonly ModelRecord[]): string {
  const typed = model.toLowerCase()
  const ids = known
    .map((each) => each.model)
    .filter((id) => id.toLowerCase().includes(typed) || typed.includes(id.toLowerCase()))
  return ids.length === 0 ? '' : ` (near it: ${ids.slice(0, 5).map(printable).join(', ')})`
}

const setPrice: Command = async ({ positional, price: own }, { store, app }) => {
  const [name = '', model = ''] = positional
  const { id, about } = providerNamed(name, app)
  const { price } = await store.setPrice({ provider: id, about, model, price: own })
  const text =
    price === null
      ? 'no price is known'
      : `${ratesText(price)} per million tokens, in and out (${price.source})`
  return { document: { provider: id, model, price }, text: `${id} ${printable(model)}: ${text}` }
}

const commands: Readonly<Record<ModelsRequest['command'], Command>> = {
  list,
  activate: switchTargets(true, false),
  deactivate: switchTargets(false, false),
  add: switchTargets(true, true),
  price: setPrice,
}

/** A provider by its short or display name: configured, known to us, or known to the database alone. */
function providerNamed(
  name: string,
  { env }: App,
): { id: string; entry: ProviderEntry | null; about: PlannedProvider | null } {
  const configured = configuredProviders(env).providers.find(({ entry }) => isAsked(entry, [name]))
  const entry = configured?.entry ?? registered.find((each) => isAsked(each, [name])) ?? null
  if (entry === null) return { id: name, entry: null, about: null }
  const { id, name: displayName, logoUrl } = entry
  const baseUrl = configured?.baseUrl ?? entry.baseUrl
  return { id, entry, about: { id, name: displayName, baseUrl, logoUrl, synthetic: false } }
}

/** `models`: shows models and targets, switches targets on and off, sets prices. */
export const models = defineCommand({
  name: 'models',
  help: modelsHelp,
  flags: modelsFlags,
  needs: 'store',
  run: async (given, { app, store, streams }) => {
    const asked = modelsRequest(given)
    const done = await commands[asked.command](asked, { store, app })
    if ('problem' in done) return done
    const { document, text } = done
    streams.stdout.write(given.json ? `${JSON.stringify(document, null, 2)}\n` : `${text}\n`)
    return exitCode.ok
  },
})

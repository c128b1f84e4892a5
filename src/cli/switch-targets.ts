import { servedNames } from '../core/catalog.ts'
import type { SloChange } from '../core/objective.ts'
import type { TargetParameters } from '../core/plan.ts'
import type { ProviderEntry } from '../core/provider.ts'
import { printable } from '../report/format.ts'
import { optionsText, proofText, targetText } from '../report/models.ts'
import { everyModel } from '../store/every-model.ts'
import type { ModelRecord, TargetRecord } from '../store/model-codec.ts'
import type { ModelsRequest, Subcommand } from './models-flags.ts'
import { providerNamed } from './named-provider.ts'

const usualParameters: TargetParameters = { reasoning: 'least' }

/**
 * `models activate`, `deactivate`, `add`, and `limit`, `slo`, `interval` (null): turns targets on or off, limits them, or sets their objectives or intervals;
 * only a new target may be of an unknown model.
 */
export const switchTargets =
  (active: boolean | null, isNew: boolean): Subcommand =>
  async (flags, { store, app }) => {
    const [name = '', model = ''] = flags.positional
    const { id, entry, about } = providerNamed(name, app)
    const known = await everyModel(store, [id])
    const problem = whyNot(flags, { id, entry, known, active, isNew })
    if (problem !== null) return { problem }
    const { target, region, slo } = flags
    const parameters = target ?? (isNew || region !== null ? usualParameters : null)
    const { rows, changed } = await store.setTarget({
      provider: id,
      about,
      model,
      parameters,
      region,
      active,
      ...settingsOf(flags),
    })
    const text = [
      `${id} ${printable(model)}: ${rows.map(targetText).join('; ')}${changed === 0 ? ' (unchanged)' : ''}`,
      ...proofsOf(rows, slo),
      ...(active === true && isUnlisted(model, known) ? ['the provider does not list this model'] : []),
    ]
    return { document: { provider: id, model, targets: rows, changed }, text: text.join('\n') }
  }

/** What is set of a target besides whether it is active: what no flag names stays. */
const settingsOf = ({ limits, slo, everyMinutes }: ModelsRequest) => ({
  ...(Object.keys(limits).length > 0 && { limits }),
  ...(Object.keys(slo).length > 0 && { slo }),
  ...(everyMinutes !== undefined && { everyMinutes }),
})

/** What the objectives that were set take to be proven, each once. */
const proofsOf = (rows: readonly TargetRecord[], set: SloChange): string[] =>
  Object.values(set).some((part) => part !== null)
    ? [
        ...new Set(
          rows.flatMap(({ slo, everyMinutes, thinnedMinutes }) =>
            slo === null ? [] : [proofText(slo, thinnedMinutes ?? everyMinutes)],
          ),
        ),
      ]
    : []

interface Switch {
  id: string
  entry: ProviderEntry | null
  known: readonly ModelRecord[]
  active: boolean | null
  isNew: boolean
}

/** Why a target cannot be changed, or null. */
function whyNot(
  { positional, target, region }: ModelsRequest,
  { id, entry, known, active, isNew }: Switch,
): string | null {
  const [, model = ''] = positional
  const here = known.find((each) => each.model === model)
  if (target?.pin !== undefined && entry?.pin === undefined)
    return `--pin is for providers that route to hosts, and ${id} does not`
  if (here === undefined && !isNew)
    return `${id} has no model ${printable(model)} that is known${near(model, known)}; add adds one`
  return active === true || here === undefined ? null : whyNone(here, { target, region })
}

/** Why a known model has no such target, or null if it has. */
function whyNone(
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

/** Whether the provider has a listing and this model is not in it. */
function isUnlisted(model: string, known: readonly ModelRecord[]): boolean {
  const listed = known.filter(({ available }) => available === true).map((each) => each.model)
  return listed.length > 0 && !servedNames(listed).has(model)
}

/** Known ids that contain the typed one or are contained in it. */
function near(model: string, known: readonly ModelRecord[]): string {
  const typed = model.toLowerCase()
  const ids = known
    .map((each) => each.model)
    .filter((id) => id.toLowerCase().includes(typed) || typed.includes(id.toLowerCase()))
  return ids.length === 0 ? '' : ` (similar: ${ids.slice(0, 5).map(printable).join(', ')})`
}

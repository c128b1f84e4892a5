import { type ChangeEvent, type FormEvent, useState } from 'react'
import { useSession } from '../../api/session.ts'
import { useAdd } from './changing.ts'

const blank = { provider: '', model: '', reasoning: 'least', pin: '', most: '' }

/** The values of the form of a target, why it cannot be added yet, and adding it. */
export function useTargetForm(firstProvider: string, onDone: () => void) {
  const { isAdmin } = useSession()
  const add = useAdd()
  const [given, setGiven] = useState(blank)
  const values = { ...given, provider: given.provider || firstProvider }
  const target = targetOf(values)
  const wrongLimit = isLimit(values.most) ? null : 'A whole number from 1 to 1,000,000'
  const missing = values.model.trim() === '' ? 'Name a model' : wrongLimit
  const why = !isAdmin ? 'Sign in to add a target' : add.isPending ? 'It is being added' : missing
  return {
    values,
    wrongLimit,
    why,
    error: add.error,
    set:
      (name: keyof typeof blank) =>
      ({ target: { value } }: ChangeEvent<HTMLInputElement | HTMLSelectElement>) =>
        setGiven((before) => ({ ...before, [name]: value })),
    save: (event: FormEvent) => {
      event.preventDefault()
      if (why === null) add.mutate(target, { onSuccess: onDone })
    },
  }
}

const isLimit = (text: string): boolean =>
  text.trim() === '' || (Number.isInteger(Number(text)) && Number(text) >= 1 && Number(text) <= 1_000_000)

const targetOf = ({ provider, model, reasoning, pin, most }: typeof blank) => ({
  provider,
  model: model.trim(),
  parameters: {
    reasoning: reasoning === 'default' ? ('default' as const) : ('least' as const),
    ...(pin.trim() !== '' && { pin: pin.trim() }),
    ...(most.trim() !== '' && { max_tokens: Number(most) }),
  },
})

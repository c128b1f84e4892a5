import type { z } from 'zod'
import type { NoteState } from '../core/status.ts'
import type { deletedOutput } from './delivery-codec.ts'
import type { PageInput } from './page.ts'
import type * as status from './status-codec.ts'

type Answer<Schema extends z.ZodType> = Promise<z.output<Schema>>

/** A note as a person writes it. */
export interface NoteInput {
  /** Its own: the same again changes nothing. */
  id: string
  /** The incident, or the note that began a story of its own; null begins one, which needs a title. */
  incidentId: string | null
  state: NoteState
  title: string | null
  /** Plain text of up to 2,000 characters. */
  body: string
  /** Keys of components that the page shows. */
  components: readonly string[]
  author: string
}

/** How a component, or the group of a provider, is to be shown: null is as it is by itself. */
export interface ComponentInput {
  key: string
  name: string | null
  groupName: string | null
  position: number | null
  hidden: boolean
  description: string | null
}

/** The public status page. */
export interface StatusStore {
  /** Everything that is public, and nothing else. */
  statusPage: () => Answer<typeof status.statusPage>
  listStatusNotes: (input: Partial<PageInput>) => Answer<typeof status.statusNotePage>
  saveStatusNote: (input: NoteInput) => Answer<typeof status.savedNote>
  /** Takes a note back, with those that are on it. */
  deleteStatusNote: (input: { id: string }) => Answer<typeof deletedOutput>
  /** What the page could show, also what is hidden. */
  listStatusComponents: () => Answer<typeof status.statusComponents>
  saveStatusComponent: (input: ComponentInput) => Answer<typeof status.changedComponent>
}

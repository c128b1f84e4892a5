/** How far a person is with what they tell on the status page. */
export const noteStates = ['investigating', 'identified', 'monitoring', 'resolved'] as const
export type NoteState = (typeof noteStates)[number]

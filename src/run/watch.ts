/** Takes every event in order; the source waits until it is done. */
export type Watcher<Event> = (event: Event) => void | Promise<void>

type Events<Event> = AsyncIterable<Event> | Iterable<Event>

/** Gives each event to every watcher in turn, then passes it on. */
export async function* watched<Event>(
  events: Events<Event>,
  watchers: readonly Watcher<Event>[],
): AsyncGenerator<Event> {
  for await (const event of events) {
    for (const watch of watchers) await watch(event)
    yield event
  }
}

/** Follows events to their end. */
export async function follow<Event>(
  events: Events<Event>,
  watchers: readonly Watcher<Event>[],
): Promise<void> {
  const rest = watched(events, watchers)
  while ((await rest.next()).done !== true);
}

import { useNavigate } from '@tanstack/react-router'

/** Changes the search of the URL; what is undefined or empty leaves it. */
export function useChangeSearch<Search extends object>() {
  const navigate = useNavigate()
  return (change: { [Name in keyof Search]?: Search[Name] | undefined }) =>
    void navigate({
      to: '.',
      search: (before: object) =>
        Object.fromEntries(
          Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined && value !== ''),
        ) as never,
      replace: true,
      resetScroll: false,
    })
}

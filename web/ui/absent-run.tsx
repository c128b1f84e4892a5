import { Link } from '@tanstack/react-router'
import { isId } from '../format/words.ts'
import { Absent } from './absent.tsx'

/** A run that is not there: its address is wrong, or it was deleted. */
export const AbsentRun = ({ id }: { id: string }) => (
  <Absent
    title="There is no such run"
    id={id}
    why={
      isId(id)
        ? 'A run calls models once or many times. This one was never started here, or was deleted.'
        : 'That is not the id of a run: the address was cut off or changed on its way.'
    }
  >
    <Link to="/history">See every run</Link>
    <Link to="/benchmark">Make one</Link>
  </Absent>
)

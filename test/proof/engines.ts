// Processes whose flows run on another engine: the one that is loaded with a planted bug.
import type { Behaviour, Blueprint, Process } from '../../lib/core/definition.ts'

/** @returns the process as it is where no engine is given */
export const runningOn =
  (engine: object | undefined) =>
  <P extends Blueprint>(process: P): P => {
    if (engine === undefined || !('behaviour' in process)) return process
    const { behaviour } = process as unknown as Process
    const moved = (reactions: Behaviour['on']): Behaviour['on'] =>
      Object.fromEntries(
        Object.entries(reactions).map(([type, reaction]) => [type, 'engine' in reaction ? { ...reaction, engine } : reaction]),
      )
    return { ...process, behaviour: { ...behaviour, on: moved(behaviour.on), answer: moved(behaviour.answer ?? {}) } }
  }

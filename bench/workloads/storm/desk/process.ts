// Works on an ordered mailbox.
import { workingAs } from '../work.ts'
import { Desk } from './contract.ts'

export const desk = workingAs(Desk)

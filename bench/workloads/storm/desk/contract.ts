// What others may say to a desk.
import { contract } from '../../../../lib/index.ts'
import { work } from '../work.ts'

export const Desk = contract('desk', { messages: work })

// It gives the function written by hand its place and its table.
import * as z from 'zod'
import { defineProcess } from '../../../../lib/index.ts'
import { Bare } from './contract.ts'

export const bare = defineProcess(Bare, { state: z.strictObject({}) }).handle({ initial: () => ({}), on: {} })

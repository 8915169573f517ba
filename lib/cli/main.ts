#!/usr/bin/env node
// The `gavotte` command.
import { run } from './program.ts'
import { terminal } from './terminal.ts'

const code = await run(process.argv.slice(2), terminal)
// A command that gave up may have left retries under way: nothing waits for them.
process.stdout.write('', () => process.exit(code))

// Says each test as it ends; jest's own reporters wait for the end of a file, which here takes minutes.
import { knownDifferences } from './judge.ts'
import { report } from './report.ts'

interface TestCase {
  readonly fullName: string
  readonly status: string
  /** ms. */
  readonly duration?: number | null
  readonly failureMessages: readonly string[]
}
interface TestFile {
  readonly testFilePath: string
  readonly testExecError?: { readonly message?: string; readonly stack?: string }
}

// biome-ignore lint/style/noDefaultExport: jest takes a reporter as the default export of its file
export default class Reporter {
  readonly #known = knownDifferences(process.env.GAVOTTE_EMULATOR ?? '')

  onTestCaseResult(_file: unknown, { fullName, status, duration, failureMessages }: TestCase): void {
    const seconds = Math.round((duration ?? 0) / 1000)
    if (status === 'failed' && this.#known.has(fullName)) return report(`differs, as known: ${fullName}`)
    report(`${status === 'passed' ? 'ok    ' : 'FAILED'} ${fullName} (${seconds} s)`)
    for (const message of failureMessages) process.stderr.write(`${message}\n`)
  }

  onTestFileResult(_file: unknown, { testFilePath, testExecError }: TestFile): void {
    if (testExecError !== undefined) report(`${testFilePath} did not run: ${testExecError.stack ?? testExecError.message}`)
  }
}

// Says each test as it ends; jest's own reporters wait for the end of a file, which here takes minutes.
export default class Reporter {
  onTestCaseResult(_, { status, fullName, duration, failureMessages }) {
    const seconds = Math.round((duration ?? 0) / 1000)
    process.stderr.write(`  ${status === 'passed' ? 'ok    ' : 'FAILED'} ${fullName} (${seconds} s)\n`)
    for (const message of failureMessages) process.stderr.write(`${message}\n`)
  }
  onTestFileResult(_, { testExecError, testFilePath }) {
    if (testExecError) process.stderr.write(`${testFilePath}: ${testExecError.stack ?? testExecError.message}\n`)
  }
}

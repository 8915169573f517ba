// The end-to-end suites on LocalStack and the contract suites on emulators: `npm run test:localstack` starts them, `npm test` does not.
import base from './jest.config.mjs'

export default {
  ...base,
  testMatch: ['<rootDir>/test/localstack/**/*.e2e.ts'],
  // One deploys at a time, and says each test as it ends.
  maxWorkers: 1,
  testSequencer: '<rootDir>/test/localstack/sequencer.ts',
  reporters: ['<rootDir>/test/localstack/reporter.ts'],
  // A deploy takes half a minute on an idle machine.
  testTimeout: 10 * 60_000,
}

// Tests run as native ES modules on TypeScript sources; types are stripped by swc, checked by `npm run check:types`.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  injectGlobals: false,
  // The simulations are bound by the processor: one worker a core.
  maxWorkers: '100%',
  // The build's package.json files and copies of sources are no modules of the tests.
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/cdk.out/', '<rootDir>/.gavotte/'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { target: 'es2024', parser: { syntax: 'typescript' }, transform: { verbatimModuleSyntax: true } },
        sourceMaps: 'inline',
      },
    ],
  },
}

// The walks of a real browser through the shop: `npm run test:browser`, apart from `npm test`, since they need a Chromium.
import base from './jest.config.mjs'

export default {
  ...base,
  testMatch: ['<rootDir>/test/browser/*.e2e.ts'],
  maxWorkers: 1,
  testTimeout: 90_000,
}

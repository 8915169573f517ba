// How the SDK's clients are set up: alive between calls, and never hanging on one.

/**
 * Three tries of at most five seconds: a call ends well within a function's timeout.
 * Spread a user's own configuration after it.
 */
export const sdkDefaults = {
  maxAttempts: 3,
  retryMode: 'standard',
  requestHandler: {
    connectionTimeout: 2000,
    requestTimeout: 5000,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets: 64 },
    httpsAgent: { keepAlive: true, maxSockets: 64 },
  },
} as const

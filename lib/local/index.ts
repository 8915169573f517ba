// The door to the local cloud.
export { type LocalCloud, type LocalCloudOptions, startLocalCloud } from './cloud.ts'
export type { CloudEvent } from './cloud-event.ts'

// The CDK app: the reference app on its nodes.
import { App } from 'aws-cdk-lib/core'
import { app } from '../functions/app.ts'
import { Topology } from '../lib/cdk/index.ts'
import { nodes } from './nodes.ts'

export const topology = new Topology(new App(), { app, nodes })

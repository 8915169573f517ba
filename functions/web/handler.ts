// The Lambda function of web.
import { serve } from './server.ts'

export const handler = serve()

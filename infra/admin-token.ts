// Makes a new token for the shop's admin page, and prints it: `node infra/admin-token.ts`, by whoever may call `keys`. The register holds its
// hash alone; the token before opens nothing any more. `--none` closes the page.
import { Keys, web } from '../functions/keys/contract.ts'
import { digestOf, randomId } from '../functions/web/signing.ts'
import { connect } from '../lib/aws/index.ts'

const client = connect({ uses: [Keys] })
const token = randomId()
for (let done = false; !done; ) {
  const { version, value } = await client.call(Keys, web).Read()
  const { admin: _, ...keys } = value
  const closing = process.argv.includes('--none')
  done = (await client.call(Keys, web).CompareAndSet({ version, value: closing ? keys : { ...keys, admin: digestOf(token) } }))
    .set
  if (done) console.log(closing ? 'The admin page is closed.' : token)
}
await client.close()

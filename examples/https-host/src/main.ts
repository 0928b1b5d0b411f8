import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import process from "node:process"
import { parseArgs } from "node:util"
import { readAccounts } from "@keywright/identity"
import { createMemoryStorage } from "@keywright/storage"
import { serve } from "./https-host.js"
import { openServices } from "./services.js"

/*
 * node dist/src/main.js --cert cert.pem --key key.pem --accounts accounts.yaml --user alice
 *
 * Serves until it is told to end. What it knows is gone then: a host that is to keep it has its
 * root key and two storages of its own. Prints where it listens, and an access key for the user.
 */

const { values } = parseArgs({
  options: {
    cert: { type: "string", default: "cert.pem" },
    key: { type: "string", default: "key.pem" },
    accounts: { type: "string", default: "accounts.yaml" },
    account: { type: "string", default: "111122223333" },
    user: { type: "string", default: "alice" },
    region: { type: "string", default: "eu-central-1" },
    port: { type: "string", default: "0" },
  },
})
const { account, region } = values

const onMistake = (error: unknown): void => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
}
const services = await openServices({
  ...{ account, region, onMistake, rootKey: randomBytes(32) },
  ...{ keys: createMemoryStorage(), accounts: createMemoryStorage() },
  fill: readAccounts(readFileSync(values.accounts, "utf8")),
})
const [key, cert] = [readFileSync(values.key), readFileSync(values.cert)]
const host = await serve(services, { key, cert, onMistake, port: Number(values.port) })
const { accessKeyId, secretAccessKey } = await services.directory.accessKeys.create(
  account,
  values.user,
)
process.stdout.write(`${JSON.stringify({ url: host.url, accessKeyId, secretAccessKey })}\n`)
process.once("SIGTERM", () => void host.close().then(services.close))

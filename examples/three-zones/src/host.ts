import process from "node:process"
import { createKms, createSoftwareHsm, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { openEtcdStorage } from "@keywright/storage/etcd"

/*
 * One host, as a service of yours would embed it: it keeps nothing that matters, so it may be
 * killed at any moment. Here it gets its requests from the process that started it.
 */

export interface Request {
  readonly id: number
  readonly operation: string
  readonly input: object
}

export interface Reply {
  readonly id: number
  readonly output?: object
  readonly error?: { readonly name: string; readonly message: string }
}

const [rootKey = "", ...endpoints] = process.argv.slice(2)

const kms = await createKms({
  region: "us-east-1",
  account: "111122223333",
  storage: await openEtcdStorage({ endpoints, deadlineMs: 1000, patienceMs: 4000 }),
  hsm: createSoftwareHsm({
    seal: rootKeySeal(Buffer.from(rootKey, "hex")),
    suite: opensslSuite(),
  }),
  create: "never",
})

async function answer({ id, operation, input }: Request): Promise<Reply> {
  try {
    const { reply } = await kms.call({ principal: kms.administrator }, operation, input)
    return { id, output: { ...reply } }
  } catch (error) {
    const { name, message } = error as Error
    return { id, error: { name, message } }
  }
}

process.on("message", (request: Request) => {
  void answer(request).then((reply) => process.send?.(reply))
})
process.once("disconnect", () => process.exit())
process.send?.("open")

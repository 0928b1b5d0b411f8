import { Socket } from "node:net"
import process from "node:process"
import { parentPort } from "node:worker_threads"
import { type Binding, createSoftwareHsm, exampleAccount, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { answerBytes, requestBytes } from "./bare-links.js"

/*
 * A program of its own, in a process or a thread: does the work of an HSM for whoever sends it so
 * many bytes, and answers with so many. What a boundary takes longer than this, is its own.
 */

const names = {
  partition: "aws",
  account: exampleAccount,
  keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
  keyMaterialId: "5e".repeat(32),
  origin: "AWS_KMS",
  keyStoreId: undefined,
  xksKeyId: undefined,
} as const
const symmetric: Binding = {
  ...names,
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
}
const rsa: Binding = { ...names, keySpec: "RSA_2048", keyUsage: "SIGN_VERIFY" }

const seal = rootKeySeal(new Uint8Array(32).fill(7))
const hsm = createSoftwareHsm({ seal, suite: opensslSuite() })
await hsm.createDomain("aws/eu-central-1")
const dataKey = {
  token: await hsm.generateKey(symmetric),
  binding: symmetric,
  lengthBytes: 32,
  aad: new Uint8Array(48),
}
const signed = {
  token: await hsm.generateKey(rsa),
  binding: rsa,
  algorithm: "RSASSA_PSS_SHA_256",
  messageType: "RAW",
  message: new Uint8Array(32),
} as const

/** What a first byte asks for. */
const works = [() => hsm.generateDataKey(dataKey), () => hsm.sign(signed)]

const ready = new Uint8Array(answerBytes)
const port = parentPort
if (port === null) {
  const socket = new Socket({ fd: 3, readable: true, writable: true })
  let came = 0
  socket.on("data", async (chunk: Uint8Array) => {
    for (let i = 0; i < chunk.length; i += 1, came += 1) {
      if (came % requestBytes !== 0) continue
      await works[chunk[i] as number]?.()
      socket.write(new Uint8Array(answerBytes))
    }
  })
  socket.on("end", () => process.exit(0))
  socket.write(ready)
} else {
  port.on("message", async ([asked]: Uint8Array) => {
    await works[asked as number]?.()
    const answer = new Uint8Array(answerBytes)
    port.postMessage(answer, [answer.buffer])
  })
  port.postMessage(ready)
}

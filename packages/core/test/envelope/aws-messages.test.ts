import { describe, expect, it } from "vitest"
import { createEnvelope, rawAesKeys } from "../../src/envelope/index.js"
import { parseWholeHeader } from "../../src/envelope/message/header.js"
import { type AwsMessage, awsMessages, skipReason } from "./support/aws-messages.js"

const limits = { headerBytesMax: 65_536, encryptedDataKeysMax: 10 }

/** An envelope that requires the pairs which the message does not store. */
function envelopeFor({ ciphertext, context, namespace, keyName, key }: AwsMessage) {
  const { storedContext } = parseWholeHeader(ciphertext, limits)
  return createEnvelope({
    keys: rawAesKeys({ namespace, name: keyName, key }),
    commitmentPolicy: "REQUIRE_ENCRYPT_ALLOW_DECRYPT",
    requiredContext: Object.keys(context).filter((name) => !Object.hasOwn(storedContext, name)),
  })
}

const folders = [
  { folder: "v4-Net-4.0.1", count: 33 },
  { folder: "valid-Net-4.0.0", count: 5 },
] as const

for (const { folder, count } of folders) {
  const messages = awsMessages(folder)
  describe.skipIf(messages === undefined)(
    `the messages ${folder} of the AWS Encryption SDK ${messages ? "" : skipReason(folder)}`,
    () => {
      it(`are ${count}`, () => expect(messages).toHaveLength(count))
      for (const message of messages ?? []) {
        it(`${message.name} opens to its plaintext`, async () => {
          const { plaintext, header } = await envelopeFor(message).decrypt(message.ciphertext, {
            expectContext: message.context,
          })
          expect(plaintext).toEqual(message.plaintext)
          expect(header.context).toEqual(message.context)
        })
      }
    },
  )
}

const defective = awsMessages("invalid-Net-4.0.0")
const where = defective ? "" : skipReason("invalid-Net-4.0.0")
describe.skipIf(defective === undefined)(
  `messages whose header was authenticated with a defect of one release ${where}`,
  () => {
    it("are 28", () => expect(defective).toHaveLength(28))
    for (const message of defective ?? []) {
      it(`${message.name} is refused, although its key and context are right`, async () => {
        const { context: expectContext, ciphertext } = message
        await expect(
          envelopeFor(message).decrypt(ciphertext, { expectContext }),
        ).rejects.toMatchObject({ name: "EnvelopeError", reason: "authentication" })
      })
    }
  },
)

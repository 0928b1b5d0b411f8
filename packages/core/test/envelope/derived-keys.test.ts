import { hkdfSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { algorithmSuites, type BulkCipher, nobleCipher } from "../../src/envelope/index.js"
import { deriveKeys, openAndWipe } from "../../src/envelope/message/derive-keys.js"
import { bytesOf, joined } from "./support/envelopes.js"

const zeros = (length: number) => new Uint8Array(length)

/** A cipher that remembers what its HMAC answered. */
function watched() {
  const answers: Uint8Array[] = []
  const cipher: BulkCipher = {
    ...nobleCipher(),
    hmac(...asked) {
      const answer = nobleCipher().hmac(...asked)
      answers.push(answer)
      return answer
    },
  }
  return { cipher, answers }
}

describe.each(algorithmSuites)("the keys of a message of $name", (suite) => {
  const dataKey = bytesOf(suite.keyBytes)
  const messageId = bytesOf(suite.messageVersion === 1 ? 16 : 32)
  const id = Uint8Array.of(suite.id >> 8, suite.id)
  const hkdf = (salt: Uint8Array, info: Uint8Array, length: number) =>
    new Uint8Array(hkdfSync(suite.derivation ?? "sha256", dataKey, salt, info, length))

  it("are those of HKDF, or the data key itself", () => {
    const { contentKey, commitment } = deriveKeys(nobleCipher(), suite, messageId, dataKey)
    if (suite.derivation === undefined) expect(contentKey).toEqual(dataKey)
    else if (suite.isCommitting) {
      const info = joined([id, Buffer.from("DERIVEKEY")])
      expect(contentKey).toEqual(hkdf(messageId, info, suite.keyBytes))
    } else {
      expect(contentKey).toEqual(hkdf(zeros(0), joined([id, messageId]), suite.keyBytes))
    }
    const committed = () => hkdf(messageId, Buffer.from("COMMITKEY"), 32)
    expect(commitment).toEqual(suite.isCommitting ? committed() : zeros(0))
  })

  it("are apart from the data key, and nothing between is left", () => {
    const { cipher, answers } = watched()
    const given = dataKey.slice()
    const { contentKey } = deriveKeys(cipher, suite, messageId, given)
    for (const answer of answers) expect(answer).toEqual(zeros(answer.length))
    contentKey.fill(0)
    expect(given).toEqual(dataKey)
  })
})

it("the bytes of a key are wiped once it is opened, or cannot be", async () => {
  const [good, bad] = [bytesOf(32), bytesOf(32)]
  const key = await openAndWipe(nobleCipher(), good)
  expect(good).toEqual(zeros(32))
  expect(await key.open(bytesOf(12), good, zeros(16))).toBeUndefined()
  const broken: BulkCipher = { ...nobleCipher(), key: () => Promise.reject(new Error("no")) }
  await expect(openAndWipe(broken, bad)).rejects.toThrow("no")
  expect(bad).toEqual(zeros(32))
})

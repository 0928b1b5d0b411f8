import { expect, it } from "vitest"
import { openWorld } from "../support/world.js"

it("the audit event of a call names the key materials that it has used", async () => {
  const { root, newKey, events } = await openWorld()
  const [KeyId, DestinationKeyId] = [await newKey(), await newKey()]
  const idOf = async (key: string) =>
    (await root.describeKey({ KeyId: key })).KeyMetadata?.CurrentKeyMaterialId
  const [one, other] = [await idOf(KeyId), await idOf(DestinationKeyId)]
  const before = events.length
  const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
  await root.decrypt({ CiphertextBlob })
  await root.reEncrypt({ CiphertextBlob, DestinationKeyId })
  await root.generateDataKey({ KeyId, KeySpec: "AES_256" })
  await root.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: "AES_128" })
  const pair = { KeyId, KeyPairSpec: "ECC_NIST_P256" } as const
  await root.generateDataKeyPair(pair)
  await root.generateDataKeyPairWithoutPlaintext(pair)
  await root.describeKey({ KeyId })
  const told = events
    .slice(before)
    .map(({ eventName, keyMaterialIds }) => [eventName, keyMaterialIds])
  expect(told).toEqual([
    ["Encrypt", [one]],
    ["Decrypt", [one]],
    ["ReEncrypt", [one, other]],
    ["GenerateDataKey", [one]],
    ["GenerateDataKeyWithoutPlaintext", [one]],
    ["GenerateDataKeyPair", [one]],
    ["GenerateDataKeyPairWithoutPlaintext", [one]],
    ["DescribeKey", told.at(-1)?.[1]],
  ])
  expect(told.at(-1)?.[1] ?? []).toEqual([])
})

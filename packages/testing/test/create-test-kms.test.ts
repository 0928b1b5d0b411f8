import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms"
import { expect, test } from "vitest"
import { createTestKms } from "../src/index.js"

const utf8 = (text: string) => new TextEncoder().encode(text)

test("the unmodified AWS SDK client encrypts and decrypts, and every call is listed", async () => {
  const { sdk, clock, calls, events, close } = await createTestKms({
    now: new Date("2001-02-03T04:05:06Z"),
  })
  const client = new KMSClient(sdk())
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
  expect(KeyMetadata?.CreationDate).toEqual(clock.now())
  const plaintext = utf8("attack at dawn")
  const encrypt = new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: plaintext })
  const { CiphertextBlob } = await client.send(encrypt)
  clock.advance({ days: 366 })
  const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }))
  expect(Plaintext).toEqual(plaintext)
  expect(calls.map(({ operation }) => operation)).toEqual(["CreateKey", "Encrypt", "Decrypt"])
  expect(calls[2]).toMatchObject({
    caller: "arn:aws:iam::111122223333:root",
    keyArns: [KeyMetadata?.Arn],
    time: new Date("2002-02-04T04:05:06Z"),
  })
  expect(events.map(({ requestId }) => requestId)).toEqual(calls.map((call) => call.requestId))
  await close()
})

test("a principal whom nothing allows is refused as a stranger", async () => {
  const { client, calls, close } = await createTestKms()
  const { KeyMetadata } = await client().createKey({})
  const stranger = client("arn:aws:iam::111122223333:role/Nobody")
  const refused = stranger.describeKey({ KeyId: KeyMetadata?.KeyId })
  await expect(refused).rejects.toMatchObject({ name: "AccessDeniedException" })
  expect(calls[1]).toMatchObject({ error: "AccessDeniedException" })
  await close()
})

test("a region has the ports that are handed in: events are told, and quotas refuse", async () => {
  const told: string[] = []
  const kit = await createTestKms({
    regions: ["us-east-1", "eu-west-1"],
    ports: (region) => ({
      events: (event) => void told.push(`${event["detail-type"]} in ${region}`),
      ...(region === "eu-west-1" && { requestQuotas: { CreateKey: 1 } }),
    }),
  })
  const { KeyMetadata } = await kit.client().createKey({})
  await kit.client().enableKeyRotation({ KeyId: KeyMetadata?.KeyId })
  await kit.clock.runUntil("KeyRotation")
  expect(told).toEqual(["KMS CMK Rotation in us-east-1"])
  const west = kit.client(undefined, "eu-west-1")
  await west.createKey({})
  await expect(west.createKey({})).rejects.toMatchObject({ name: "ThrottlingException" })
  kit.clock.advance({ seconds: 1 })
  await west.createKey({})
  await kit.close()
})

test("a region of another partition has the ARNs of that partition", async () => {
  const kit = await createTestKms({ regions: ["us-gov-west-1", "us-gov-east-1"] })
  const { KeyMetadata } = await new KMSClient(kit.sdk()).send(
    new CreateKeyCommand({ MultiRegion: true }),
  )
  expect(KeyMetadata?.Arn).toMatch(/^arn:aws-us-gov:kms:us-gov-west-1:111122223333:key\/mrk-/)
  const client = kit.client("arn:aws-us-gov:iam::111122223333:root")
  const KeyId = KeyMetadata?.KeyId ?? ""
  await client.replicateKey({ KeyId, ReplicaRegion: "us-gov-east-1" })
  await kit.close()
})

test("a caller of another partition is no caller of a kit", async () => {
  const kit = await createTestKms()
  const caller = "arn:aws-cn:iam::111122223333:role/App"
  expect(() => kit.client(caller)).toThrow(TypeError)
  expect(() => kit.client({ principal: caller })).toThrow(TypeError)
  expect(() => kit.sdk({ caller })).toThrow(TypeError)
  expect(() => kit.sdk({ caller: { principal: caller } })).toThrow(TypeError)
  await expect(kit.kms.call({ principal: caller }, "ListKeys", {})).rejects.toThrow(TypeError)
  expect(kit.calls).toEqual([])
  await kit.close()
})

test("regions of two partitions make no kit", async () => {
  const regions = ["us-east-1", "cn-north-1"]
  await expect(createTestKms({ regions })).rejects.toThrow(/of one partition/)
})

test("a kit tells of its last calls only, where it is told how many", async () => {
  const kit = await createTestKms({ callsMax: 3 })
  const client = kit.client()
  const { calls, events } = kit
  await client.createKey({})
  for (let i = 0; i < 2; i += 1) await client.listKeys({})
  expect(calls.map(({ operation }) => operation)).toEqual(["CreateKey", "ListKeys", "ListKeys"])
  for (let i = 0; i < 3; i += 1) await client.generateRandom({ NumberOfBytes: 1 })
  for (const list of [calls, events]) expect(list).toHaveLength(3)
  expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(["GenerateRandom"]))
  expect(events.map(({ requestId }) => requestId)).toEqual(calls.map((call) => call.requestId))
  await kit.close()
  await expect(createTestKms({ callsMax: 0 })).rejects.toThrow(TypeError)
})

import { describe, expect, it } from "vitest"
import {
  createEnvelope,
  type Envelope,
  type KeySource,
  rawAesKeys,
} from "../../src/envelope/index.js"
import { bytesIn } from "../support/secrets/bytes-in.js"
import { type FollowedCipher, followedCipher } from "../support/secrets/followed-cipher.js"
import type { FailingStep } from "../support/secrets/follower.js"
import { isLeftByLibrary } from "../support/secrets/left-by-libraries.js"
import { seeMemory } from "../support/secrets/seen-memory.js"
import { bytesOf, collect, isCommitting, suiteNames } from "./support/envelopes.js"

const wrappingKey = Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 11) & 0xff)
const source = () => rawAesKeys({ namespace: "test", name: "key", key: wrappingKey })

type Work = (envelope: Envelope, keys: KeySource) => Promise<unknown>

interface Tried {
  readonly left: readonly string[]
  readonly failures: readonly FailingStep[]
  readonly answer: unknown
}

async function tryWork(
  given: unknown,
  work: Work,
  options: Omit<Parameters<typeof createEnvelope>[0], "keys">,
  failing?: FailingStep,
): Promise<Tried> {
  const parts: FollowedCipher = followedCipher()
  const { cipher, entropy, followed } = parts
  const keys = followed(source())
  const memory = seeMemory()
  let answer: unknown
  try {
    const envelope = createEnvelope({ ...options, keys, cipher, entropy })
    parts.count(failing)
    answer = await work(envelope, keys).catch(() => undefined)
  } finally {
    memory.stop()
  }
  const failures = parts.failures()
  // What stands in the message, everybody may read.
  const open = Buffer.concat(bytesIn([given, answer]))
  const needles = parts.needles.filter(({ bytes }) => !open.includes(bytes))
  const spared = bytesIn([given, answer])
  const left = memory.left(needles, spared).filter((found) => !isLeftByLibrary(found))
  return { left, failures, answer }
}

async function expectNothingLeft(
  given: unknown,
  work: Work,
  options: Omit<Parameters<typeof createEnvelope>[0], "keys">,
): Promise<void> {
  const { left, failures, answer } = await tryWork(given, work, options)
  expect(answer).toBeDefined()
  expect(left).toEqual([])
  for (const failing of failures) {
    const tried = await tryWork(given, work, options, failing)
    expect(tried.left, `${failing.failure} at ${failing.step}`).toEqual([])
  }
}

const plaintext = bytesOf(200)

describe("an envelope leaves no key in memory, whichever step fails,", () => {
  it.each(suiteNames)("in the suite %s", async (suite) => {
    const commitmentPolicy = isCommitting(suite)
      ? "REQUIRE_ENCRYPT_REQUIRE_DECRYPT"
      : "FORBID_ENCRYPT_ALLOW_DECRYPT"
    const options = { suite, commitmentPolicy, frameBytes: 128 } as const
    const made = await createEnvelope({ ...options, keys: source() }).encrypt(plaintext)
    const { message } = made
    await expectNothingLeft(plaintext, (envelope) => envelope.encrypt(plaintext), options)
    await expectNothingLeft(message, (envelope) => envelope.decrypt(message), options)
    const streamed = (envelope: Envelope) => collect(envelope.decryptChunks([message]))
    await expectNothingLeft(message, streamed, options)
    const rewrapped: Work = (envelope, to) => envelope.rewrap(message, { to })
    await expectNothingLeft(message, rewrapped, options)
  })
})

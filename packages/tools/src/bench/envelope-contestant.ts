import { createCipheriv, randomBytes } from "node:crypto"
import process from "node:process"
import { Readable, Transform, Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { ReadableStream, TransformStream, WritableStream } from "node:stream/web"
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  getLocalCryptographicMaterialsCache,
  NodeCachingMaterialsManager,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from "@aws-crypto/client-node"
import { cachedKeys, createEnvelope, rawAesKeys } from "@keywright/core/envelope"
import { opensslCipher } from "@keywright/hsm/openssl"
import {
  type EnvelopeName,
  envelopeNames,
  frameBytes,
  smallFrameBytes,
  streamBytes,
} from "./envelope-names.js"
import { type Act, serveSlices } from "./slices.js"

/*
 * One contestant of the benchmark of envelopes, in a process of its own. All encrypt with
 * AES-256-GCM on OpenSSL; under a raw key, so that no KMS is measured.
 */

const suite = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY"
const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY
const [keyNamespace, keyName] = ["bench", "key"]
const wrappingKey = new Uint8Array(32).fill(7)
const context = { tenant: "42", purpose: "orders" }

const keys = rawAesKeys({ namespace: keyNamespace, name: keyName, key: wrappingKey })
const ours = { cipher: opensslCipher(), suite, frameBytes } as const
const envelope = createEnvelope({ ...ours, keys })

const aws = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const keyring = () =>
  new RawAesKeyringNode({
    keyName,
    keyNamespace,
    unencryptedMasterKey: wrappingKey.slice(),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })

const block = randomBytes(frameBytes)
function* blocks(): Generator<Uint8Array> {
  for (let left = streamBytes; left > 0; left -= frameBytes) yield block
}

const nodeSink = () => new Writable({ write: (_, __, done) => done() })
const nodeSource = () => Readable.from(blocks())
const webSink = () => new WritableStream<Uint8Array>({ write: () => undefined })
function webSource(): ReadableStream<Uint8Array> {
  const source = blocks()
  return new ReadableStream(
    {
      pull(controller) {
        const { done, value } = source.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
}

/** The same frames by `node:crypto` alone: the IV counts, the additional data is as long. */
function bareFrames(): (plaintext: Uint8Array) => readonly [Uint8Array, Uint8Array] {
  const key = randomBytes(32)
  const aad = randomBytes(72)
  const iv = Buffer.alloc(12)
  let sequence = 0
  return (plaintext) => {
    sequence += 1
    iv.writeUInt32BE(sequence, 8)
    const cipher = createCipheriv("aes-256-gcm", key, iv)
    cipher.setAAD(aad)
    const ciphertext = cipher.update(plaintext)
    cipher.final()
    return [ciphertext, cipher.getAuthTag()]
  }
}

function bareNode(): Transform {
  const seal = bareFrames()
  return new Transform({
    transform(plaintext: Uint8Array, _, done) {
      const [ciphertext, tag] = seal(plaintext)
      this.push(ciphertext)
      done(undefined, tag)
    },
  })
}

function bareWeb(): TransformStream<Uint8Array, Uint8Array> {
  const seal = bareFrames()
  return new TransformStream({
    transform(plaintext, controller) {
      for (const part of seal(plaintext)) controller.enqueue(part)
    },
  })
}

const oursStream = (frameLength: number): Act => {
  const options = { context, frameBytes: frameLength }
  const through = (source: AsyncIterable<Uint8Array>) => envelope.encryptChunks(source, options)
  return () => pipeline(nodeSource(), through, nodeSink())
}

const awsStream = (frameLength: number): Act => {
  const options = { suiteId, frameLength, encryptionContext: context }
  return () => pipeline(nodeSource(), aws.encryptStream(keyring(), options), nodeSink())
}

const message = randomBytes(1024)

const warmEnvelope = () =>
  createEnvelope({
    ...ours,
    keys: cachedKeys(keys, { clock: () => 0, ageMsMax: 60_000 }),
  })

const warmMaterials = () =>
  new NodeCachingMaterialsManager({
    backingMaterials: keyring(),
    cache: getLocalCryptographicMaterialsCache(100),
    maxAge: 3_600_000,
  })

const awsOptions = {
  suiteId,
  frameLength: frameBytes,
  encryptionContext: context,
  plaintextLength: message.length,
}

/** Envelope encryption by hand: a fresh data key, wrapped by AES-GCM, and the payload under it. */
function bareMessage(): Uint8Array {
  const gcm = (key: Uint8Array, plaintext: Uint8Array) => {
    const iv = randomBytes(12)
    const cipher = createCipheriv("aes-256-gcm", key, iv)
    cipher.setAAD(block.subarray(0, 72))
    const ciphertext = cipher.update(plaintext)
    cipher.final()
    return [iv, ciphertext, cipher.getAuthTag()]
  }
  const dataKey = randomBytes(32)
  return Buffer.concat([...gcm(wrappingKey, dataKey), ...gcm(dataKey, message)])
}

const acts: Readonly<Record<EnvelopeName, () => Act>> = {
  "node, bare": () => () => pipeline(nodeSource(), bareNode(), nodeSink()),
  "node, ours": () => oursStream(frameBytes),
  "node, AWS": () => awsStream(frameBytes),
  "4 KiB, ours": () => oursStream(smallFrameBytes),
  "4 KiB, AWS": () => awsStream(smallFrameBytes),
  "web, bare": () => () => webSource().pipeThrough(bareWeb()).pipeTo(webSink()),
  "web, ours": () => () =>
    webSource().pipeThrough(envelope.encryptStream({ context })).pipeTo(webSink()),
  "1 KiB, bare": () => () => bareMessage(),
  "1 KiB, ours": () => {
    const warm = warmEnvelope()
    return () => warm.encrypt(message, { context })
  },
  "1 KiB, AWS": () => {
    const materials = warmMaterials()
    return () => aws.encrypt(materials, message, awsOptions)
  },
  "1 KiB back, ours": () => {
    const warm = warmEnvelope()
    const sealed = warm.encrypt(message, { context })
    return async () => warm.decrypt((await sealed).message, { expectContext: context })
  },
  "1 KiB back, AWS": () => {
    const materials = warmMaterials()
    const sealed = aws.encrypt(materials, message, awsOptions)
    return async () => aws.decrypt(materials, (await sealed).result)
  },
}

const [, , name] = process.argv
if (!envelopeNames.includes(name as EnvelopeName)) throw new Error(`there is no contestant ${name}`)
const act = acts[name as EnvelopeName]()
serveSlices(async () => act, name?.startsWith("1 KiB") === true ? undefined : 1)

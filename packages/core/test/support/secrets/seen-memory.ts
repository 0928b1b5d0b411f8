import crypto from "node:crypto"
import { syncBuiltinESMExports } from "node:module"

/** What is looked for: a piece of a secret, and the words for it. */
export interface Needle {
  readonly name: string
  readonly bytes: Buffer
}

/** All buffers that were made while somebody looked. */
export interface SeenMemory {
  /** Ends the looking. */
  stop(): void
  /** Which needles are in which buffers, but for the bytes of `spared` arrays. */
  left(needles: readonly Needle[], spared: readonly Uint8Array[]): readonly string[]
}

/** What OpenSSL answers: its buffers do not come from a constructor of JavaScript. */
const functions = [
  "diffieHellman",
  "privateDecrypt",
  "privateEncrypt",
  "encapsulate",
  "decapsulate",
] as const

type Answering = Record<string, (...parameters: unknown[]) => unknown>

const p256 = { namedCurve: "prime256v1" }
const sample = crypto.generateKeyPairSync("ec", p256).privateKey
const cipherOf = (make: typeof crypto.createCipheriv | typeof crypto.createDecipheriv) =>
  Object.getPrototypeOf(make("aes-256-gcm", new Uint8Array(32), new Uint8Array(12)))

/** The methods whose answers are bytes, and where they stand. */
const methods: readonly (readonly [object, readonly string[]])[] = [
  [cipherOf(crypto.createCipheriv), ["update"]],
  [cipherOf(crypto.createDecipheriv), ["update"]],
  [Object.getPrototypeOf(crypto.createECDH("prime256v1")), ["getPrivateKey", "computeSecret"]],
  [Object.getPrototypeOf(crypto.createHmac("sha256", "")), ["digest"]],
  [Object.getPrototypeOf(sample), ["export"]],
  [
    Object.getPrototypeOf(crypto.webcrypto.subtle),
    ["decrypt", "deriveBits", "encrypt", "exportKey", "wrapKey"],
  ],
]

/** Looks at what the functions of an object answer, until it is told to stop. */
function lookAt(
  owner: object,
  names: readonly string[],
  see: (answer: unknown) => void,
): () => void {
  const own = owner as Answering
  const before = names.flatMap((name) => {
    const real = own[name]
    return real === undefined ? [] : [[name, real] as const]
  })
  for (const [name, real] of before) {
    own[name] = function (this: unknown, ...parameters) {
      const answer = real.apply(this, parameters)
      see(answer)
      return answer
    }
  }
  return () => {
    Object.assign(own, Object.fromEntries(before))
  }
}

/** A buffer as it is now, without what was spared. */
function withoutSpared(buffer: ArrayBufferLike, spared: readonly Uint8Array[]): Buffer {
  const own = spared.filter((bytes) => bytes.buffer === buffer)
  if (own.length === 0) return Buffer.from(buffer as ArrayBuffer)
  const copy = Buffer.from(Buffer.from(buffer as ArrayBuffer))
  for (const { byteOffset, byteLength } of own) copy.fill(0, byteOffset, byteOffset + byteLength)
  return copy
}

/** The line of ours, or of a library, that made a buffer. */
function makerOf({ stack = "" }: Error): string {
  const lines = stack.split("\n").filter((line) => !/seen-memory|^Error|<anonymous>/.test(line))
  return lines.slice(0, 3).join(" ").replaceAll(/\s+/g, " ")
}

/** Begins to look at every buffer that JavaScript and `node:crypto` make. */
export function seeMemory(): SeenMemory {
  const Real = globalThis.Uint8Array
  const seen = new Map<ArrayBufferLike, Error>()
  const see = (value: unknown): void => {
    if (value instanceof Promise) value.then(see, () => undefined)
    else if (value instanceof ArrayBuffer) see(new Real(value))
    else if (value instanceof Real && !seen.has(value.buffer)) seen.set(value.buffer, new Error())
    else if (typeof value === "object" && value !== null && !(value instanceof Real)) {
      for (const part of Object.values(value)) if (part instanceof Real) see(part)
    }
  }
  const Seen: typeof Real = new Proxy(Real, {
    construct(target, parameters, newTarget) {
      const made = Reflect.construct(target, parameters, newTarget === Seen ? target : newTarget)
      see(made)
      return made
    },
  })
  const { prototype } = Real as { prototype: { constructor: unknown } }
  globalThis.Uint8Array = Seen
  // So that `slice`, `subarray` and `map` make theirs in the same way.
  prototype.constructor = Seen
  const stops = [lookAt(crypto, functions, see)]
  for (const [owner, names] of methods) stops.push(lookAt(owner, names, see))
  syncBuiltinESMExports()

  return {
    stop() {
      globalThis.Uint8Array = Real
      prototype.constructor = Real
      for (const stop of stops) stop()
      syncBuiltinESMExports()
    },
    left: (needles, spared) =>
      [...seen].flatMap(([buffer, made]) => {
        const bytes = withoutSpared(buffer, spared)
        return needles
          .filter((needle) => bytes.includes(needle.bytes))
          .map(({ name }) => `${name} in ${bytes.length} bytes ${makerOf(made)}`)
      }),
  }
}

import { parsePairMaterial } from "../../../src/formats/keys/pair-material.js"
import { parseRsaMaterial, parseRsaPrivateKey } from "../../../src/formats/keys/rsa-keys.js"
import type { Entropy } from "../../../src/ports/entropy.js"
import type { Seal } from "../../../src/ports/hsm.js"
import type {
  AeadKey,
  CryptoSuite,
  Opener,
  SuiteRow,
} from "../../../src/software-hsm/suite/crypto-suite.js"
import { textOf } from "../../../src/vocabulary/bytes.js"
import { andThen, type Eventually } from "../../../src/vocabulary/eventually.js"
import { isKeyPairSpec, type KeySpec } from "../../../src/vocabulary/key-specs.js"
import { createFollower, type Follower, needleBytes } from "./follower.js"

/** What stands under an HSM, following every secret that passes between the two. */
export interface FollowedParts extends Follower {
  readonly suite: CryptoSuite
  readonly seal: Seal
}

/** Draws that everybody may read: ids of domain keys, IVs, nonces with their IVs. */
const publicDraws: readonly number[] = [8, 12, 28]

/** What is longer has public parts; its secret parts are known from where they were made. */
const secretBytesMax = 64

function rsaParts(material: Uint8Array): readonly Uint8Array[] | undefined {
  const rsa = parseRsaMaterial(material)
  return rsa && [rsa.d, rsa.p, rsa.q, rsa.dp, rsa.dq, rsa.qi]
}

/** What nobody may know of the material of a key pair, which has its public key in it. */
function privateParts(spec: KeySpec, material: Uint8Array): readonly Uint8Array[] {
  if (!isKeyPairSpec(spec)) return [material]
  const rsa = rsaParts(material)
  if (rsa !== undefined) return rsa
  const pair = parsePairMaterial(spec, material)
  // Behind the first 32 bytes of what lattices expand, which are public.
  return pair === undefined ? [material] : [pair.privateKey, pair.expanded.subarray(32, 64)]
}

const isRegionLabel = (key: Uint8Array): boolean => {
  try {
    return textOf(key).startsWith("keywright region transfer")
  } catch {
    return false
  }
}

export function followedParts(real: CryptoSuite, realSeal: Seal): FollowedParts {
  const follower = createFollower()
  const { step, know: secret } = follower
  /** Of material of whatever spec: that of key pairs begins with what is private, but for RSA. */
  const token = <T extends Uint8Array | undefined>(name: string, material: T): T => {
    if (material === undefined) return material
    for (const part of rsaParts(material) ?? [material.subarray(0, needleBytes)]) {
      secret(name, part)
    }
    return material
  }
  const answered = <T extends Uint8Array | undefined>(name: string, bytes: T): T => {
    if (bytes !== undefined && bytes.length <= secretBytesMax) secret(name, bytes)
    return bytes
  }

  const refused = { is: undefined }

  /** Draws that everybody may know: bases of a test for primes. */
  const openly: Entropy = (target) => step(() => real.entropy(target))
  const entropy: Entropy = (target) => {
    const drawn = openly(target)
    if (!publicDraws.includes(drawn.length)) secret("a draw", drawn)
    return drawn
  }
  /** A signature by RSA has its salt in it, and not what blinded it. */
  const salting: Entropy = (target) =>
    target.length <= secretBytesMax ? openly(target) : entropy(target)

  function aeadKey(key: Uint8Array): AeadKey {
    secret("a domain key", key)
    const opened = step(() => real.aeadKey(key))
    return {
      encrypt(iv, plaintext, aad) {
        token("what is wrapped", plaintext)
        return step(() => opened.encrypt(iv, plaintext, aad))
      },
      decrypt: (iv, ciphertext, aad) =>
        token(
          "what was unwrapped",
          step(() => opened.decrypt(iv, ciphertext, aad), refused),
        ),
      wipe: () => opened.wipe(),
    }
  }

  /** The methods of an open key, each a step; what those of that name answer is secret. */
  function followedKey<Key extends object>(key: Key): Key {
    const secretAnswers = ["decrypt", "agree", "decapsulate", "sharedSecret"]
    const follow = (name: string, answer: unknown): unknown => {
      if (answer instanceof Uint8Array && secretAnswers.includes(name)) secret(name, answer)
      if (answer && typeof answer === "object" && "sharedSecret" in answer) {
        secret(name, answer.sharedSecret as Uint8Array)
      }
      return answer
    }
    const methods = Object.entries(key).map(([name, method]) => [
      name,
      (...parameters: unknown[]) =>
        andThen(
          step(() => method(...parameters) as Eventually<unknown>, refused),
          (answer) => follow(name, answer),
        ),
    ])
    return Object.fromEntries(methods) as Key
  }

  const followedOpener =
    (spec: KeySpec, usage: string, open: Opener<object>): Opener<object> =>
    (material) => {
      const isSalted = spec.startsWith("RSA") && usage === "SIGN_VERIFY"
      const source = isSalted ? salting : entropy
      for (const part of privateParts(spec, material)) secret(`the material of ${spec}`, part)
      return andThen(
        step(() => open(material, source)),
        followedKey,
      )
    }

  function followedRow(spec: KeySpec, { pair, ...openers }: SuiteRow): SuiteRow {
    const known = <T extends Uint8Array | undefined>(material: T): T => {
      if (material === undefined) return material
      for (const part of privateParts(spec, material)) secret(`new material of ${spec}`, part)
      return material
    }
    const maker = pair && {
      pair: {
        generate: () =>
          andThen(
            step(() => pair.generate(entropy)),
            known,
          ),
        complete(parts: Parameters<typeof pair.complete>[0]) {
          const { d, p } = parseRsaPrivateKey(parts.privateKey) ?? {}
          for (const part of [d ?? parts.privateKey, p]) part && secret("an imported number", part)
          return andThen(
            step(() => pair.complete(parts, openly), refused),
            known,
          )
        },
      },
    }
    const opened = Object.entries(openers).map(([usage, open]) => [
      usage,
      followedOpener(spec, usage, open as Opener<object>),
    ])
    return { ...Object.fromEntries(opened), ...maker } as SuiteRow
  }

  const suite: CryptoSuite = {
    ...real,
    entropy,
    aeadKey,
    encryptInto(target, key, iv, plaintext, aad) {
      secret("the key of a message", key)
      answered("what is encrypted", plaintext)
      step(() => real.encryptInto(target, key, iv, plaintext, aad))
    },
    decryptOnce(key, iv, ciphertext, aad) {
      secret("the key of a message", key)
      return answered(
        "what was decrypted",
        step(() => real.decryptOnce(key, iv, ciphertext, aad), refused),
      )
    },
    hmacSha256(key, message) {
      if (isRegionLabel(key)) secret("a shared secret", message)
      else secret("the key of a derivation", key)
      return answered(
        "a derived key",
        step(() => real.hmacSha256(key, message)),
      )
    },
    unwrapPadded(key, wrapped) {
      secret("the AES key of an import", key)
      return answered(
        "what was imported",
        step(() => real.unwrapPadded(key, wrapped), refused),
      )
    },
    keys: Object.fromEntries(
      Object.entries(real.keys).map(([spec, row]) => [
        spec,
        followedRow(spec as KeySpec, row as SuiteRow),
      ]),
    ),
  }

  const seal: Seal = {
    seal(state, context) {
      secret("the key of a state", state)
      return step(() => realSeal.seal(state, context))
    },
    open: (sealed, context) =>
      andThen(
        step(() => realSeal.open(sealed, context), refused),
        (state) => answered("the key of a state", state),
      ),
    close: () => realSeal.close(),
  }

  return { ...follower, suite, seal }
}

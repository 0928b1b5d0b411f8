import {
  type Binding,
  createSoftwareHsm,
  HsmError,
  type RegionHsm,
  rootKeySeal,
} from "@keywright/core"
import { describe, expect, it } from "vitest"
import {
  type HsmCase,
  hsmConformance,
  hsmImportConformance,
  hsmKeyConformance,
  regionHsmConformance,
} from "../../src/conformance.js"
import { recordFlaws } from "./record-flaws.js"
import { type Flaws, regionFlaws } from "./region-flaws.js"

const cases: readonly HsmCase<RegionHsm>[] = [
  ...hsmConformance,
  ...hsmKeyConformance([
    "ECC_NIST_P256",
    "ECC_NIST_EDWARDS25519",
    "HMAC_256",
    "ML_KEM_768",
    "ML_DSA_44",
  ]),
  ...hsmImportConformance(),
  ...regionHsmConformance,
]

const seal = (byte: number) => rootKeySeal(new Uint8Array(32).fill(byte))
const none = new Uint8Array(0)
/** The same for every key: what an HSM binds that forgets to. */
const anyKey = ({ keySpec, keyUsage }: Binding): Binding => ({
  partition: "aws",
  account: "000000000000",
  keyId: "any",
  keyMaterialId: "any",
  keySpec,
  keyUsage,
  origin: "EXTERNAL",
  keyStoreId: undefined,
  xksKeyId: undefined,
})
const unbound = <Request extends { readonly binding: Binding }>(request: Request): Request => ({
  ...request,
  binding: anyKey(request.binding),
})

const isOperational = async (hsm: RegionHsm): Promise<boolean> => {
  try {
    return (await hsm.generateRandom(1)).length === 1
  } catch {
    return false
  }
}

/** HSMs that each break one promise, and the sentence of a case that must notice. */
const hsmFlaws: Flaws = {
  "draws random bytes while it is locked": [
    "a fresh HSM is locked and does nothing but open a domain",
    () => ({ generateRandom: (lengthBytes) => new Uint8Array(lengthBytes) }),
  ],
  "takes any seal for its own": [
    "another seal does not open a domain state, and nothing changes",
    (hsm) => ({
      openDomain: async (name, sealed) => {
        try {
          await hsm.openDomain(name, sealed)
        } catch {
          await hsm.createDomain(name)
        }
      },
    }),
  ],
  "forgets its domain when a state does not open": [
    "another seal does not open a domain state, and nothing changes",
    (hsm) => ({
      openDomain: async (name, sealed) => {
        const isOpen = await isOperational(hsm)
        try {
          await hsm.openDomain(name, sealed)
        } catch (error) {
          if (isOpen) await hsm.createDomain(name)
          throw error
        }
      },
    }),
  ],
  "does not look at the end of a domain state": [
    "a domain state with a flipped bit, cut or lengthened is refused",
    (hsm) => ({
      createDomain: async (name) => Uint8Array.of(...(await hsm.createDomain(name)), 0),
      openDomain: (name, sealed) => hsm.openDomain(name, sealed.slice(0, -1)),
    }),
  ],
  "does not authenticate the name of its domain": [
    "a domain state opens only under its own name",
    (hsm) => ({
      createDomain: () => hsm.createDomain("domain"),
      openDomain: (_name, sealed) => hsm.openDomain("domain", sealed),
    }),
  ],
  "uses a rotated domain key before it was stored": [
    "a rotated domain key is used only when its state was opened",
    (hsm) => ({
      rotateDomainKey: async (name, sealed) => {
        const rotated = await hsm.rotateDomainKey(name, sealed)
        await hsm.openDomain(name, rotated)
        return rotated
      },
    }),
  ],
  "drops older domain keys when it rotates": [
    "old tokens open after a rotation and move to the current domain key",
    (hsm) => ({ rotateDomainKey: (name) => hsm.createDomain(name) }),
  ],
  "names no former domain keys": [
    "an HSM names the keys of its domain, oldest first",
    (hsm) => ({ domainKeys: async () => ({ ...(await hsm.domainKeys()), formerIds: [] }) }),
  ],
  "keeps domain keys that were retired": [
    "a domain key that was retired opens nothing any more, and the others do",
    () => ({ retireDomainKeys: (_name, sealed) => sealed.slice() }),
  ],
  "does not seal anew when it is asked to": [
    "a state that is sealed anew opens as before, whatever becomes of former seals",
    () => ({ resealDomain: (_name, sealed) => sealed.slice() }),
  ],
  "does not wrap again when it is asked to": [
    "old tokens open after a rotation and move to the current domain key",
    (hsm) => ({
      rewrap: async ({ token, binding }) => {
        await hsm.rewrap({ token, binding })
        return token.slice()
      },
    }),
  ],
  "says damaged where it lacks a domain key": [
    "an HSM without the newer domain key says so and learns it",
    (hsm) => ({
      encrypt: async (request) => {
        try {
          return await hsm.encrypt(request)
        } catch {
          throw new HsmError("token-refused", "the token is refused")
        }
      },
    }),
  ],
  "goes on after it was closed": [
    "an HSM that was closed is zeroized and stays so",
    () => ({ close: () => undefined }),
  ],
  "opens again after it was closed": [
    "an HSM that was closed is zeroized and stays so",
    (hsm) => {
      let current = hsm
      return {
        createDomain: (name) => current.createDomain(name),
        generateKey: (binding) => current.generateKey(binding),
        encrypt: (request) => current.encrypt(request),
        decrypt: (request) => current.decrypt(request),
        close: async () => {
          await current.close()
          if (current === hsm) current = createSoftwareHsm({ seal: seal(1) })
        },
      }
    },
  ],
  "does not bind its tokens": [
    "a token opens under its own binding and no other",
    (hsm) => ({
      generateKey: (binding) => hsm.generateKey(anyKey(binding)),
      encrypt: (request) => hsm.encrypt(unbound(request)),
      rewrap: (request) => hsm.rewrap(unbound(request)),
    }),
  ],
  "does not look at the end of a token": [
    "a token with a flipped bit, cut or lengthened is refused",
    (hsm) => ({
      generateKey: async (binding) => Uint8Array.of(...(await hsm.generateKey(binding)), 0),
      encrypt: (request) => hsm.encrypt({ ...request, token: request.token.slice(0, -1) }),
    }),
  ],
  "makes one key for all": [
    "two keys made for one binding differ, and so do two tokens of one key",
    (hsm) => {
      let only: Uint8Array | undefined
      return {
        generateKey: async (binding) => {
          only ??= await hsm.generateKey(binding)
          return only
        },
      }
    },
  ],
  "wipes what it was given": [
    "arguments are not changed and results are fresh",
    (hsm) => ({
      encrypt: async (request) => {
        const ciphertext = await hsm.encrypt(request)
        request.plaintext.fill(0)
        return ciphertext
      },
    }),
  ],
  "cuts long messages": [
    "what is encrypted is decrypted, from nothing to 4096 bytes",
    (hsm) => ({
      encrypt: (request) =>
        hsm.encrypt({ ...request, plaintext: request.plaintext.slice(0, 4095) }),
    }),
  ],
  "throws at what is not genuine": [
    "a ciphertext with a flipped bit, cut or lengthened does not decrypt",
    (hsm) => ({
      decrypt: async (request) => {
        const plaintext = await hsm.decrypt(request)
        if (plaintext === undefined) throw new HsmError("malformed", "not genuine")
        return plaintext
      },
    }),
  ],
  "does not authenticate what goes with a message": [
    "a ciphertext does not decrypt with other authenticated data",
    (hsm) => ({
      encrypt: (request) => hsm.encrypt({ ...request, aad: none }),
      decrypt: (request) => hsm.decrypt({ ...request, aad: none }),
    }),
  ],
  "draws no nonce": [
    "the same message is never the same ciphertext twice",
    (hsm) => {
      let first: Uint8Array | undefined
      return {
        encrypt: async (request) => {
          first ??= await hsm.encrypt(request)
          return first
        },
      }
    },
  ],
  "reencrypts what is not genuine": [
    "reencrypting moves a message to another key and other authenticated data",
    (hsm) => ({
      reEncrypt: async (from, to) =>
        (await hsm.reEncrypt(from, to)) ?? hsm.encrypt({ ...to, plaintext: none }),
    }),
  ],
  "encrypts another data key than it answers": [
    "a data key comes in the clear and encrypted, or only encrypted",
    (hsm) => ({
      generateDataKey: async (request) => ({
        ...(await hsm.generateDataKey(request)),
        plaintext: await hsm.generateRandom(request.lengthBytes),
      }),
    }),
  ],
  "draws the same random bytes each time": [
    "random bytes are as many as asked for and never the same",
    () => ({ generateRandom: (lengthBytes) => new Uint8Array(lengthBytes).fill(4) }),
  ],
  "verifies every signature": [
    "a key of ECC_NIST_P256 signs and verifies",
    () => ({ verify: () => true }),
  ],
  "signs digests of any length": [
    "a key of ECC_NIST_P256 signs and verifies",
    (hsm) => ({
      sign: async (request) => {
        const cut = request.messageType === "DIGEST" && request.message.length > 32
        return hsm.sign(cut ? { ...request, message: request.message.slice(0, 32) } : request)
      },
    }),
  ],
  "throws at a signature of another length": [
    "a key of ECC_NIST_EDWARDS25519 signs and verifies",
    (hsm) => ({
      verify: async (request) => {
        if (request.signature.length !== 64) throw new HsmError("malformed", "a signature has 64")
        return hsm.verify(request)
      },
    }),
  ],
  "verifies the beginning of a MAC": [
    "a key of HMAC_256 makes and verifies MACs",
    (hsm) => ({
      verifyMac: async (request) => {
        const mac = await hsm.generateMac(request)
        return request.mac.every((byte, i) => byte === mac[i])
      },
    }),
  ],
  "agrees on a secret with a point that is none": [
    "a key of ECC_NIST_P256 agrees on secrets",
    (hsm) => ({
      deriveSharedSecret: async (request) =>
        (await hsm.deriveSharedSecret(request)) ?? new Uint8Array(32),
    }),
  ],
  "says so when a ciphertext was damaged": [
    "a key of ML_KEM_768 encapsulates secrets",
    (hsm) => {
      let genuine = ""
      return {
        encapsulate: async (request) => {
          const made = await hsm.encapsulate(request)
          genuine = made.ciphertext.join()
          return made
        },
        decapsulate: (request) =>
          request.ciphertext.join() === genuine ? hsm.decapsulate(request) : undefined,
      }
    },
  ],
  "lets a private key out that nobody asked for": [
    "a data key pair of ECC_NIST_P256 comes with an encrypted private key",
    (hsm) => ({
      generateDataKeyPairWithoutPlaintext: (request) => hsm.generateDataKeyPair(request),
    }),
  ],
  "makes keys of every usage": [
    "no key is made for a usage that its spec does not allow",
    () => ({ generateKey: () => new Uint8Array(69) }),
  ],
  "opens a wrapping key under any binding": [
    "a wrapping key opens only under its own binding, and not as a key",
    (hsm) => {
      let bound: Parameters<RegionHsm["generateWrappingKey"]>[0] | undefined
      return {
        generateWrappingKey: (binding) => {
          bound = binding
          return hsm.generateWrappingKey(binding)
        },
        importKey: (request) => {
          const binding = bound ?? request.wrapping.binding
          return hsm.importKey({ ...request, wrapping: { ...request.wrapping, binding } })
        },
      }
    },
  ],
  "takes damaged material for material of another kind": [
    "key material wrapped by RSAES_OAEP_SHA_256 is imported, and a damaged one is not",
    (hsm) => ({
      importKey: async (request) => {
        const result = await hsm.importKey(request)
        return result.outcome === "imported" ? result : { outcome: "unsuitable" }
      },
    }),
  ],
  "imports into keys that are not for import": [
    "key material is imported where its origin is EXTERNAL, and never passes for other",
    (hsm) => ({
      importKey: (request) =>
        hsm.importKey({ ...request, binding: { ...request.binding, origin: "EXTERNAL" } }),
    }),
  ],
  "does not bind the origin of a key": [
    "key material is imported where its origin is EXTERNAL, and never passes for other",
    (hsm) => ({
      encrypt: (request) =>
        hsm.encrypt({ ...request, binding: { ...request.binding, origin: "EXTERNAL" } }),
    }),
  ],
  "names all imported material alike": [
    "no two HMAC keys have one id, and the id of a key is no MAC under it",
    (hsm) => ({
      importKey: async (request) => {
        const result = await hsm.importKey(request)
        return result.outcome === "imported"
          ? { ...result, keyMaterialId: "5e".repeat(32) }
          : result
      },
    }),
  ],
  "names imported material by chance": [
    "imported material has one id in one key, and another in every other key",
    (hsm) => ({
      importKey: async (request) => {
        const result = await hsm.importKey(request)
        const [first = 0] = await hsm.generateRandom(1)
        const keyMaterialId = first.toString(16).padStart(64, `${Date.now()}`)
        return result.outcome === "imported" ? { ...result, keyMaterialId } : result
      },
    }),
  ],
}

const flaws = { ...hsmFlaws, ...regionFlaws, ...recordFlaws }

describe("the conformance suite notices an HSM that", () => {
  it("breaks any promise between regions: each has an HSM here that breaks it", () => {
    const noticed = new Set(Object.values(flaws).map(([sentence]) => sentence))
    expect(regionHsmConformance.filter(({ name }) => !noticed.has(name))).toEqual([])
  })

  for (const [flaw, [sentence, breaks]] of Object.entries(flaws)) {
    it(flaw, async () => {
      const found = cases.find(({ name }) => name === sentence)
      const broken = (byte: number) => () => {
        const hsm = createSoftwareHsm({ seal: seal(byte) })
        return { ...hsm, ...breaks(hsm) }
      }
      const source = { make: broken(1), makeStranger: broken(2) }
      expect(found, sentence).toBeDefined()
      await expect(found?.run(source)).rejects.toMatchObject({ name: "Error" })
    })
  }
})

import type { Binding } from "../../ports/bindings.js"
import type { EncryptionTarget } from "../../ports/crypto-hsm.js"
import type { Hsm } from "../../ports/hsm.js"
import { noBytes } from "../../vocabulary/bytes.js"
import type { Eventually } from "../../vocabulary/eventually.js"

/*
 * Where key material is used. An operation works with one HSM; this sends each of its requests to
 * the HSM that has the key, and through what stands on top of it.
 */

/** The HSM of a key, and what is wrapped around everything that it encrypts. */
export interface KeyHsm {
  /** Keys of one site can be used together without letting anything out. */
  readonly site: string
  use<Result>(work: (hsm: Hsm) => Eventually<Result>): Eventually<Result>
  /** Around what the HSM encrypted. */
  close(binding: Binding, aad: Uint8Array, inner: Uint8Array): Eventually<Uint8Array>
  /** What the HSM had encrypted; `undefined` when there is nothing in it that could be that. */
  open(binding: Binding, aad: Uint8Array, outer: Uint8Array): Eventually<Uint8Array | undefined>
  /** What it means when the HSM does not recognize what was inside. */
  readonly notGenuine: () => undefined
}

/** An HSM with nothing around it. */
export const bareHsm = (site: string, use: KeyHsm["use"]): KeyHsm => ({
  site,
  use,
  close: (_binding, _aad, inner) => inner,
  open: (_binding, _aad, outer) => outer,
  notGenuine: () => undefined,
})

/** A key pair authenticates nothing else; there is nothing on top of one that could. */
const aadOf = (target: EncryptionTarget): Uint8Array => ("aad" in target ? target.aad : noBytes)

/**
 * One HSM that is several: `hsmOf` says which one has a key, and `fallback` is the one for
 * everything that is about no key.
 */
export function routedHsm(home: Hsm, fallback: KeyHsm, hsmOf: (binding: Binding) => KeyHsm): Hsm {
  const decrypt: Hsm["decrypt"] = async (request) => {
    const keyHsm = hsmOf(request.binding)
    const ciphertext = await keyHsm.open(request.binding, aadOf(request), request.ciphertext)
    if (ciphertext === undefined) return undefined
    const plaintext = await keyHsm.use((hsm) => hsm.decrypt({ ...request, ciphertext }))
    return plaintext ?? keyHsm.notGenuine()
  }

  const encrypt: Hsm["encrypt"] = async (request) => {
    const keyHsm = hsmOf(request.binding)
    const inner = await keyHsm.use((hsm) => hsm.encrypt(request))
    return keyHsm.close(request.binding, aadOf(request), inner)
  }

  return {
    ...home,
    decrypt,
    encrypt,
    generateKey: (binding) => hsmOf(binding).use((hsm) => hsm.generateKey(binding)),

    reEncrypt: async (from, to) => {
      const [source, destination] = [hsmOf(from.binding), hsmOf(to.binding)]
      if (source.site === destination.site) {
        const ciphertext = await source.open(from.binding, aadOf(from), from.ciphertext)
        if (ciphertext === undefined) return undefined
        const inner = await source.use((hsm) => hsm.reEncrypt({ ...from, ciphertext }, to))
        return inner === undefined
          ? source.notGenuine()
          : destination.close(to.binding, aadOf(to), inner)
      }
      // No two HSMs of different domains can share it, so the plaintext passes through the host.
      const plaintext = await decrypt(from)
      if (plaintext === undefined) return undefined
      try {
        return await encrypt({ ...to, plaintext })
      } finally {
        plaintext.fill(0)
      }
    },

    generateDataKey: async (request) => {
      const { binding, aad } = request
      const keyHsm = hsmOf(binding)
      const { plaintext, ciphertext } = await keyHsm.use((hsm) => hsm.generateDataKey(request))
      return { plaintext, ciphertext: await keyHsm.close(binding, aad, ciphertext) }
    },

    generateDataKeyWithoutPlaintext: async (request) => {
      const { binding, aad } = request
      const keyHsm = hsmOf(binding)
      const inner = await keyHsm.use((hsm) => hsm.generateDataKeyWithoutPlaintext(request))
      return keyHsm.close(binding, aad, inner)
    },

    generateRandom: (lengthBytes) => fallback.use((hsm) => hsm.generateRandom(lengthBytes)),
  }
}

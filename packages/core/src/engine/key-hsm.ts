import type { Binding, Eventually, Hsm } from "../ports/hsm.js"

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

/** Only symmetric keys are in key stores; what is done with others stays where it is. */
type Symmetric<Target> = Extract<Target, { readonly aad: Uint8Array }>

const isSymmetric = <Target extends object>(target: Target): target is Symmetric<Target> =>
  "aad" in target

/**
 * One HSM that is several: `hsmOf` says which one has a key, and `fallback` is the one for
 * everything that is about no key.
 */
export function routedHsm(home: Hsm, fallback: KeyHsm, hsmOf: (binding: Binding) => KeyHsm): Hsm {
  const decrypt: Hsm["decrypt"] = async (request) => {
    if (!isSymmetric(request)) return home.decrypt(request)
    const { binding, aad } = request
    const keyHsm = hsmOf(binding)
    const inner = await keyHsm.open(binding, aad, request.ciphertext)
    if (inner === undefined) return undefined
    const plaintext = await keyHsm.use((hsm) => hsm.decrypt({ ...request, ciphertext: inner }))
    return plaintext ?? keyHsm.notGenuine()
  }

  const encrypt: Hsm["encrypt"] = async (request) => {
    if (!isSymmetric(request)) return home.encrypt(request)
    const { binding, aad } = request
    const keyHsm = hsmOf(binding)
    return keyHsm.close(binding, aad, await keyHsm.use((hsm) => hsm.encrypt(request)))
  }

  return {
    ...home,
    decrypt,
    encrypt,
    generateKey: (binding) => hsmOf(binding).use((hsm) => hsm.generateKey(binding)),

    reEncrypt: async (from, to) => {
      if (!isSymmetric(from) || !isSymmetric(to)) return home.reEncrypt(from, to)
      const [source, destination] = [hsmOf(from.binding), hsmOf(to.binding)]
      if (source.site === destination.site) {
        const ciphertext = await source.open(from.binding, from.aad, from.ciphertext)
        if (ciphertext === undefined) return undefined
        const inner = await source.use((hsm) => hsm.reEncrypt({ ...from, ciphertext }, to))
        return inner === undefined
          ? source.notGenuine()
          : destination.close(to.binding, to.aad, inner)
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

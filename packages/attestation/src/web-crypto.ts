/** A key of Web Crypto; nothing in it is read here. */
export type WebKey = object

type Algorithm = Readonly<Record<string, unknown>>

interface Subtle {
  importKey(
    format: "raw" | "spki",
    key: Uint8Array,
    algorithm: Algorithm,
    isExtractable: boolean,
    usages: readonly string[],
  ): Promise<WebKey>
  exportKey(format: "raw", key: WebKey): Promise<ArrayBuffer>
  generateKey(
    algorithm: Algorithm,
    isExtractable: boolean,
    usages: readonly string[],
  ): Promise<WebKey>
  wrapKey(
    format: "raw",
    key: WebKey,
    wrappingKey: WebKey,
    algorithm: Algorithm,
  ): Promise<ArrayBuffer>
  encrypt(algorithm: Algorithm, key: WebKey, data: Uint8Array): Promise<ArrayBuffer>
  verify(
    algorithm: Algorithm,
    key: WebKey,
    signature: Uint8Array,
    data: Uint8Array,
  ): Promise<boolean>
  digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer>
}

// Every JavaScript runtime has it; the language's own library of types does not.
declare const crypto: { readonly subtle: Subtle }

/** The part of Web Crypto that this package calls. */
export const subtle = (): Subtle => crypto.subtle

const refusals = ["DataError", "OperationError"]

/**
 * Imports a key that somebody else wrote; `undefined` when it is none of that algorithm (a point
 * off the curve). Throws when the runtime lacks the algorithm.
 */
export async function importForeignKey(
  format: "raw" | "spki",
  key: Uint8Array,
  algorithm: Algorithm,
  usages: readonly string[],
): Promise<WebKey | undefined> {
  try {
    return await subtle().importKey(format, key, algorithm, false, usages)
  } catch (error) {
    if (error instanceof Error && refusals.includes(error.name)) return undefined
    throw error
  }
}

/*
 * The sizes and limits of the message format.
 *
 * Source: awslabs/aws-encryption-sdk-specification, data-format and framework/algorithm-suites.md.
 */

/** Of every suite. */
export const ivBytes = 12
export const tagBytes = 16

/** The frame length and the number of frames are fields of 32 bits; a regular one is no end. */
export const frameBytesLargest = 0xffff_ffff
export const framesLargest = 0xffff_ffff

/** What AES-GCM grants under one IV: 64 GiB less 32 bytes. */
export const unframedBytesLargest = 2 ** 36 - 32

/** The number of encrypted data keys, and every length in one, is a field of 16 bits. */
export const encryptedDataKeysLargest = 0xffff
export const fieldBytesLargest = 0xffff

/** Source: client-apis/encrypt.md, "Frame Length". */
export const frameBytesDefault = 4096

/**
 * DER of two integers of 49 bytes, of which P-384 needs most; other implementations do not pad.
 * Source: SEC 1, C.5.
 */
export const signatureBytesLargest = 104

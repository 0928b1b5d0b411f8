/** A session, a slot or an object of a token. */
export type Handle = Uint8Array

export interface Attribute {
  readonly type: number
  readonly value?: number | boolean | string | Uint8Array
}

export interface Mechanism {
  readonly mechanism: number
  readonly parameter?: { readonly type: number }
}

export interface TokenInfo {
  readonly label: string
  readonly manufacturerID: string
  readonly flags: number
}

/** What is used of a PKCS #11 library, in the shape in which `pkcs11js` has it. */
export interface Cryptoki {
  load(path: string): void
  C_Initialize(options?: { flags?: number; libraryParameters?: string }): void
  C_Finalize(): void
  C_GetSlotList(tokenPresent?: boolean): Handle[]
  C_GetTokenInfo(slot: Handle): TokenInfo
  C_GetMechanismList(slot: Handle): number[]
  C_OpenSession(slot: Handle, flags: number): Handle
  C_CloseSession(session: Handle): void
  C_GetSessionInfo(session: Handle): { readonly state: number }
  C_Login(session: Handle, userType: number, pin?: string): void
  C_CreateObject(session: Handle, template: Attribute[]): Handle
  C_DestroyObject(session: Handle, object: Handle): void
  C_FindObjectsInit(session: Handle, template: Attribute[]): void
  C_FindObjects(session: Handle, countMax: number): Handle[]
  C_FindObjectsFinal(session: Handle): void
  C_GetAttributeValue(session: Handle, object: Handle, template: Attribute[]): Attribute[]
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_Decrypt(session: Handle, input: Uint8Array, output: Uint8Array): Uint8Array
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_Sign(session: Handle, input: Uint8Array, output: Uint8Array): Uint8Array
  C_GenerateKey(session: Handle, mechanism: Mechanism, template: Attribute[]): Handle
  C_GenerateKeyPairAsync(
    session: Handle,
    mechanism: Mechanism,
    publicTemplate: Attribute[],
    privateTemplate: Attribute[],
  ): Promise<{ publicKey: Handle; privateKey: Handle }>
  C_WrapKey(
    session: Handle,
    mechanism: Mechanism,
    wrappingKey: Handle,
    key: Handle,
    output: Uint8Array,
  ): Uint8Array
  C_UnwrapKey(
    session: Handle,
    mechanism: Mechanism,
    unwrappingKey: Handle,
    wrapped: Uint8Array,
    template: Attribute[],
  ): Handle
  C_DeriveKey(session: Handle, mechanism: Mechanism, key: Handle, template: Attribute[]): Handle
  C_GenerateRandom(session: Handle, output: Uint8Array): Uint8Array
}

/** The module `pkcs11js`, imported as CommonJS or as a module. */
export type Pkcs11Module =
  | { readonly PKCS11: new () => Cryptoki }
  | { readonly default: { readonly PKCS11: new () => Cryptoki } }

// The numbers of the standard. Source: PKCS #11 Cryptographic Token Interface Base Specification
// 2.40 and 3.0, header files; the types of parameters are those of pkcs11js.

export const CKF = { osLockingOk: 2, readWriteSession: 2, serialSession: 4 } as const
/** Of a token: one more wrong PIN locks it. */
export const userPinFinalTry = 0x20000
export const CKU = { user: 1 } as const
/** The state of a session for writing whose user is logged in. */
export const CKS = { userFunctions: 3 } as const
export const CKO = { publicKey: 2, privateKey: 3, secretKey: 4 } as const
export const CKK = { rsa: 0, ec: 3, genericSecret: 0x10, aes: 0x1f } as const

export const CKA = {
  class: 0,
  token: 1,
  private: 2,
  label: 3,
  value: 0x11,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  wrap: 0x106,
  unwrap: 0x107,
  sign: 0x108,
  verify: 0x10a,
  derive: 0x10c,
  modulus: 0x120,
  modulusBits: 0x121,
  publicExponent: 0x122,
  privateExponent: 0x123,
  prime1: 0x124,
  prime2: 0x125,
  exponent1: 0x126,
  exponent2: 0x127,
  coefficient: 0x128,
  valueLen: 0x161,
  extractable: 0x162,
  ecParams: 0x180,
  ecPoint: 0x181,
} as const

export const CKM = {
  rsaKeyPairGen: 0,
  rsaPkcs: 1,
  rsaX509: 3,
  rsaOaep: 9,
  rsaPss: 0xd,
  sha1: 0x220,
  sha256: 0x250,
  sha384: 0x260,
  sha512: 0x270,
  sha224Hmac: 0x256,
  sha256Hmac: 0x251,
  sha384Hmac: 0x261,
  sha512Hmac: 0x271,
  genericSecretKeyGen: 0x350,
  ecKeyPairGen: 0x1040,
  ecdsa: 0x1041,
  ecdh1Derive: 0x1050,
  aesKeyGen: 0x1080,
  /** 2.40: what is padded with PKCS #7 in one token is RFC 5649 in another. */
  aesKeyWrapPad: 0x210a,
  /** 3.0: RFC 5649. */
  aesKeyWrapKwp: 0x210b,
} as const

/** The masks of PSS and OAEP. */
export const CKG = { sha1: 1, sha256: 2, sha384: 3, sha512: 4 } as const
export const CKD = { null: 1 } as const
export const CKZ = { dataSpecified: 1 } as const
export const parameterTypes = { rsaOaep: 4, rsaPss: 5, ecdh: 6 } as const

export const CKR = {
  hostMemory: 2,
  slotIdInvalid: 3,
  generalError: 5,
  functionFailed: 6,
  argumentsBad: 7,
  deviceError: 0x30,
  deviceMemory: 0x31,
  deviceRemoved: 0x32,
  encryptedDataInvalid: 0x40,
  encryptedDataLenRange: 0x41,
  keyHandleInvalid: 0x60,
  objectHandleInvalid: 0x82,
  pinIncorrect: 0xa0,
  pinInvalid: 0xa1,
  pinLenRange: 0xa2,
  pinExpired: 0xa3,
  pinLocked: 0xa4,
  sessionClosed: 0xb0,
  sessionCount: 0xb1,
  sessionHandleInvalid: 0xb3,
  tokenNotPresent: 0xe0,
  tokenNotRecognized: 0xe1,
  tokenWriteProtected: 0xe2,
  unwrappingKeyHandleInvalid: 0xf0,
  userAlreadyLoggedIn: 0x100,
  userNotLoggedIn: 0x101,
  userPinNotInitialized: 0x102,
  wrappingKeyHandleInvalid: 0x113,
  cryptokiNotInitialized: 0x190,
  cryptokiAlreadyInitialized: 0x191,
} as const

/*
 * What key sources use of AWS KMS, in the shapes of the AWS SDK: `kms.as(…)` of Keywright and a
 * `KMS` of the AWS SDK v3 have these methods as they are.
 */

interface KmsRequest {
  KeyId: string
  GrantTokens?: string[]
}

type Context = Record<string, string>
type KmsEncryptionAlgorithm = "SYMMETRIC_DEFAULT" | "RSAES_OAEP_SHA_1" | "RSAES_OAEP_SHA_256"

interface Reply {
  readonly KeyId?: string | undefined
  readonly Plaintext?: Uint8Array | undefined
  readonly CiphertextBlob?: Uint8Array | undefined
}

/** The two methods that every source under a KMS needs. */
export interface KmsDataKeys {
  generateDataKey(
    request: KmsRequest & { NumberOfBytes: number; EncryptionContext: Context },
  ): Promise<Reply>
  decrypt(
    request: KmsRequest & {
      CiphertextBlob: Uint8Array
      EncryptionContext?: Context
      EncryptionAlgorithm?: KmsEncryptionAlgorithm
    },
  ): Promise<Reply>
}

/** Wraps a data key that is there: what a source needs that is not the first of several. */
export interface KmsEncrypts {
  encrypt(
    request: KmsRequest & {
      Plaintext: Uint8Array
      EncryptionContext?: Context
      EncryptionAlgorithm?: KmsEncryptionAlgorithm
    },
  ): Promise<Reply>
}

/** Agrees on secrets. */
export interface KmsAgrees {
  getPublicKey(request: KmsRequest): Promise<{
    readonly KeyUsage?: string | undefined
    readonly KeySpec?: string | undefined
    readonly PublicKey?: Uint8Array | undefined
  }>
  deriveSharedSecret(
    request: KmsRequest & { KeyAgreementAlgorithm: "ECDH"; PublicKey: Uint8Array },
  ): Promise<{ readonly SharedSecret?: Uint8Array | undefined }>
}

/** Encapsulates secrets under a lattice key, and opens them. */
export interface KmsEncapsulates {
  encapsulate(request: KmsRequest & { EncapsulationAlgorithm: "ML_KEM" }): Promise<{
    readonly SharedSecret?: Uint8Array | undefined
    readonly SharedSecretCiphertextBlob?: Uint8Array | undefined
  }>
  decapsulate(
    request: KmsRequest & {
      EncapsulationAlgorithm: "ML_KEM"
      SharedSecretCiphertextBlob: Uint8Array
    },
  ): Promise<{ readonly SharedSecret?: Uint8Array | undefined }>
}

/** What a store of branch keys uses. */
export interface KmsBranchKeys extends Pick<KmsDataKeys, "decrypt"> {
  generateDataKeyWithoutPlaintext(
    request: KmsRequest & { NumberOfBytes: number; EncryptionContext: Context },
  ): Promise<Reply>
  reEncrypt(request: {
    SourceKeyId: string
    SourceEncryptionContext: Context
    DestinationKeyId: string
    DestinationEncryptionContext: Context
    CiphertextBlob: Uint8Array
    GrantTokens?: string[]
  }): Promise<Reply>
}

type Methods = KmsDataKeys & KmsEncrypts & KmsAgrees & KmsEncapsulates & KmsBranchKeys
type CommandName = `${Capitalize<keyof Methods>}Command`

/** Each command's class, and the method that sends it. */
const methodOf: Readonly<Record<CommandName, keyof Methods>> = Object.freeze({
  GenerateDataKeyCommand: "generateDataKey",
  DecryptCommand: "decrypt",
  EncryptCommand: "encrypt",
  GetPublicKeyCommand: "getPublicKey",
  DeriveSharedSecretCommand: "deriveSharedSecret",
  GenerateDataKeyWithoutPlaintextCommand: "generateDataKeyWithoutPlaintext",
  ReEncryptCommand: "reEncrypt",
  EncapsulateCommand: "encapsulate",
  DecapsulateCommand: "decapsulate",
})

/** Classes of commands, as `@aws-sdk/client-kms` exports them. */
export type KmsCommands = { readonly [Name in CommandName]?: new (input: never) => object }

/** The methods whose commands were handed in. */
export type MethodsOf<Commands extends KmsCommands> = {
  [Name in keyof Methods as `${Capitalize<Name>}Command` extends keyof Commands
    ? Name
    : never]: Methods[Name]
}

/**
 * A `KMSClient` of the AWS SDK v3, which sends commands, as a client with methods. The commands
 * are handed in, so nothing here depends on the SDK and a bundle holds those that are used.
 *
 * @example
 * ```ts
 * import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms"
 * const client = withCommands(new KMSClient({}), { GenerateDataKeyCommand, DecryptCommand })
 * ```
 */
export function withCommands<const Commands extends KmsCommands>(
  client: { send(command: never): Promise<unknown> },
  commands: Commands,
): MethodsOf<Commands> {
  const methods = Object.entries(methodOf).flatMap(([name, method]) => {
    const Command = commands[name as CommandName]
    if (Command === undefined) return []
    return [[method, (input: object) => client.send(new Command(input as never) as never)]]
  })
  return Object.freeze(Object.fromEntries(methods))
}

/** Throws `TypeError` for a client without these methods, as one that sends commands. */
export function checkClient(client: object, ...methods: readonly (keyof Methods)[]): void {
  const missing = methods.find(
    (method) => typeof (client as Partial<Methods> | undefined)?.[method] !== "function",
  )
  if (missing === undefined) return
  const advice = "for one that sends commands, take withCommands(client, commands)"
  throw new TypeError(`\`client\` must have a method \`${missing}\`; ${advice}`)
}

/** The members that name grants, as requests have them. */
export const grantsOf = (grantTokens: readonly string[] | undefined) =>
  grantTokens === undefined || grantTokens.length === 0 ? {} : { GrantTokens: [...grantTokens] }

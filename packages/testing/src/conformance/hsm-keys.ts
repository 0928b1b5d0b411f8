import {
  type Binding,
  type BoundToken,
  type Hsm,
  type KeySpec,
  type KeyUsage,
  keySpecRow,
  type MacRequest,
  type MessageType,
  type SignRequest,
} from "@keywright/core"
import { equalBytes, utf8 } from "./bytes.js"
import { check, checkRefused, type HsmCase, type HsmSource } from "./hsm-case.js"
import { signedBytes } from "./signed-bytes.js"

/** A byte string that differs in one bit, somewhere in the middle and at both ends. */
const damaged = (bytes: Uint8Array): Uint8Array[] =>
  [0, bytes.length >> 1, bytes.length - 1].map((at) =>
    bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)),
  )

/** What no verification may take, with the bytes that are genuine left out. */
const wrongBytes = (genuine: Uint8Array): Uint8Array[] => [
  ...damaged(genuine),
  new Uint8Array(0),
  genuine.slice(0, -1),
  Uint8Array.of(...genuine, 0),
  new Uint8Array(genuine.length),
]

interface Ready {
  readonly hsm: Hsm
  readonly key: BoundToken
}

const bindingFor = (keySpec: KeySpec, keyUsage: KeyUsage): Binding => ({
  partition: "aws",
  account: "111122223333",
  keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
  keyMaterialId: "5e".repeat(32),
  keySpec,
  keyUsage,
  origin: "AWS_KMS",
  keyStoreId: undefined,
  xksKeyId: undefined,
})

async function ready({ make }: HsmSource, spec: KeySpec, usage: KeyUsage): Promise<Ready> {
  const hsm = await make()
  await hsm.createDomain("aws/eu-central-1")
  const binding = bindingFor(spec, usage)
  return { hsm, key: { token: await hsm.generateKey(binding), binding } }
}

const messageTypes = ["RAW", "DIGEST", "EXTERNAL_MU"] as const

/** A message of the type and algorithm, or `undefined` when they do not go together. */
function messageFor(
  algorithm: SignRequest["algorithm"],
  type: MessageType,
): Uint8Array | undefined {
  const bytes = signedBytes[algorithm][type]
  return bytes === undefined ? undefined : new Uint8Array(bytes === "any" ? 4096 : bytes).fill(7)
}

async function checkSignature(ready: Ready, request: SignRequest): Promise<void> {
  const { hsm } = ready
  const signature = await hsm.sign(request)
  check(await hsm.verify({ ...request, signature }), "verifies its own signatures")
  for (const wrong of wrongBytes(signature)) {
    check(!(await hsm.verify({ ...request, signature: wrong })), "refuses other signatures")
  }
  const [other] = damaged(request.message) as [Uint8Array]
  const changed = { ...request, message: other, signature }
  check(!(await hsm.verify(changed)), "refuses a signature of another message")
  if (typeof signedBytes[request.algorithm][request.messageType] === "number") {
    const longer = { ...request, message: Uint8Array.of(...request.message, 0) }
    await checkRefused(["malformed"], () => hsm.sign(longer))
    await checkRefused(["malformed"], () => hsm.verify({ ...longer, signature }))
  }
}

async function checkSigning(source: HsmSource, spec: KeySpec): Promise<void> {
  const one = await ready(source, spec, "SIGN_VERIFY")
  for (const algorithm of keySpecRow(spec).usages.SIGN_VERIFY?.SigningAlgorithms ?? []) {
    for (const messageType of messageTypes) {
      const message = messageFor(algorithm, messageType)
      const request = { ...one.key, algorithm, messageType, message: message ?? utf8("x") }
      if (message === undefined) await checkRefused(["unsupported"], () => one.hsm.sign(request))
      else await checkSignature(one, request)
    }
  }
  const wrong = spec.startsWith("RSA") ? "ECDSA_SHA_256" : "RSASSA_PSS_SHA_256"
  const request = { ...one.key, messageType: "RAW", message: utf8("x") } as const
  await checkRefused(["unsupported"], () => one.hsm.sign({ ...request, algorithm: wrong }))
}

const algorithmsOf = (spec: KeySpec) =>
  (keySpecRow(spec).usages.ENCRYPT_DECRYPT?.EncryptionAlgorithms ?? []).filter(
    (algorithm) => algorithm !== "SYMMETRIC_DEFAULT",
  )

async function checkEncryption(source: HsmSource, spec: KeySpec): Promise<void> {
  const { hsm, key } = await ready(source, spec, "ENCRYPT_DECRYPT")
  const symmetric = bindingFor("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
  const target = { token: await hsm.generateKey(symmetric), binding: symmetric, aad: utf8("a") }
  for (const algorithm of algorithmsOf(spec)) {
    const pair = { ...key, algorithm }
    for (const length of [1, 32, 190]) {
      const plaintext = new Uint8Array(length).fill(length)
      const ciphertext = await hsm.encrypt({ ...pair, plaintext })
      const opened = await hsm.decrypt({ ...pair, ciphertext })
      check(opened && equalBytes(opened, plaintext), "decrypts its own")
      if (length !== 32) continue
      for (const wrong of wrongBytes(ciphertext)) {
        check((await hsm.decrypt({ ...pair, ciphertext: wrong })) === undefined, "refuses others")
      }
      const moved = await hsm.reEncrypt({ ...pair, ciphertext }, target)
      check(moved, "reencrypts from a key pair to a symmetric key")
      const back = await hsm.reEncrypt({ ...target, ciphertext: moved }, pair)
      check(back, "reencrypts from a symmetric key to a key pair")
      const final = await hsm.decrypt({ ...pair, ciphertext: back })
      check(final && equalBytes(final, plaintext), "keeps the message")
    }
    const plaintext = new Uint8Array(1025)
    await checkRefused(["wrong-length"], () => hsm.encrypt({ ...pair, plaintext }))
    const long = await hsm.encrypt({ ...target, plaintext })
    await checkRefused(["wrong-length"], () => hsm.reEncrypt({ ...target, ciphertext: long }, pair))
  }
  await checkRefused(["unsupported"], () =>
    hsm.encrypt({ ...key, aad: utf8("a"), plaintext: utf8("x") }),
  )
}

async function checkAgreement(source: HsmSource, spec: KeySpec): Promise<void> {
  const { hsm, key } = await ready(source, spec, "KEY_AGREEMENT")
  const other = { token: await hsm.generateKey(key.binding), binding: key.binding }
  const agree = async (own: BoundToken, publicKey: Uint8Array) =>
    hsm.deriveSharedSecret({ ...own, algorithm: "ECDH", publicKey })
  const [ours, theirs] = [await hsm.publicKey(key), await hsm.publicKey(other)]
  const [mine, yours] = [await agree(key, theirs), await agree(other, ours)]
  check(mine && yours && equalBytes(mine, yours), "both sides share one secret")
  check(
    mine.some((byte) => byte !== 0),
    "the secret is not nothing",
  )
  for (const wrong of wrongBytes(theirs)) {
    check((await agree(key, wrong)) === undefined, "refuses what is no point of its curve")
  }
}

async function checkEncapsulation(source: HsmSource, spec: KeySpec): Promise<void> {
  const { hsm, key } = await ready(source, spec, "ENCAPSULATE_DECAPSULATE")
  const own = { ...key, algorithm: "ML_KEM" } as const
  const other = { ...own, token: await hsm.generateKey(key.binding) }
  const { sharedSecret, ciphertext } = await hsm.encapsulate(own)
  const opened = await hsm.decapsulate({ ...own, ciphertext })
  check(opened && equalBytes(opened, sharedSecret), "decapsulates its own")
  check(sharedSecret.length === 32, "a shared secret has 32 bytes")
  const foreign = await hsm.decapsulate({ ...other, ciphertext })
  check(foreign?.length === 32, "another key finds a secret")
  check(!equalBytes(foreign, sharedSecret), "which is another")
  for (const wrong of damaged(ciphertext)) {
    const found = await hsm.decapsulate({ ...own, ciphertext: wrong })
    const again = await hsm.decapsulate({ ...own, ciphertext: wrong })
    check(found?.length === 32 && again, "a damaged ciphertext gives a secret")
    check(equalBytes(found, again), "the same one each time")
    check(!equalBytes(found, sharedSecret), "and not the one that was encapsulated")
  }
  for (const wrong of [ciphertext.slice(1), Uint8Array.of(...ciphertext, 0)]) {
    check((await hsm.decapsulate({ ...own, ciphertext: wrong })) === undefined, "refuses lengths")
  }
}

async function checkMac(source: HsmSource, spec: KeySpec): Promise<void> {
  const { hsm, key } = await ready(source, spec, "GENERATE_VERIFY_MAC")
  const bits = spec.slice("HMAC_".length)
  const request = {
    ...key,
    algorithm: `HMAC_SHA_${bits}` as MacRequest["algorithm"],
    message: utf8("message"),
  }
  const mac = await hsm.generateMac(request)
  check(mac.length * 8 === Number(bits), "a MAC is as long as the hash")
  check(await hsm.verifyMac({ ...request, mac }), "verifies its own")
  for (const wrong of wrongBytes(mac)) {
    check(!(await hsm.verifyMac({ ...request, mac: wrong })), "refuses other MACs")
  }
  check(!(await hsm.verifyMac({ ...request, message: utf8("massage"), mac })), "refuses messages")
  const other = bits === "256" ? "HMAC_SHA_512" : "HMAC_SHA_256"
  await checkRefused(["unsupported"], () => hsm.generateMac({ ...request, algorithm: other }))
}

const usageChecks: Readonly<
  Record<KeyUsage, { promise: string; run: (source: HsmSource, spec: KeySpec) => Promise<void> }>
> = {
  ENCRYPT_DECRYPT: { promise: "encrypts and decrypts", run: checkEncryption },
  SIGN_VERIFY: { promise: "signs and verifies", run: checkSigning },
  GENERATE_VERIFY_MAC: { promise: "makes and verifies MACs", run: checkMac },
  KEY_AGREEMENT: { promise: "agrees on secrets", run: checkAgreement },
  ENCAPSULATE_DECAPSULATE: { promise: "encapsulates secrets", run: checkEncapsulation },
}

const usageCases = (spec: KeySpec): HsmCase[] =>
  (Object.keys(usageChecks) as KeyUsage[])
    .filter((usage) => keySpecRow(spec).usages[usage] !== undefined)
    .filter(() => spec !== "SYMMETRIC_DEFAULT")
    .map((usage) => ({
      name: `a key of ${spec} ${usageChecks[usage].promise}`,
      run: (source) => usageChecks[usage].run(source, spec),
    }))

/** A data key pair is encrypted under a symmetric key and comes in the standard formats. */
const pairCase = (spec: KeySpec): HsmCase => ({
  name: `a data key pair of ${spec} comes with an encrypted private key`,
  async run(source) {
    const { hsm, key } = await ready(source, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    const request = { ...key, keyPairSpec: spec, aad: utf8("a") }
    const made = await hsm.generateDataKeyPair(request)
    const opened = await hsm.decrypt({ ...request, ciphertext: made.ciphertext })
    check(opened && equalBytes(opened, made.privateKey), "encrypts the private key")
    check(made.privateKey[0] === 0x30 && made.publicKey[0] === 0x30, "answers DER")
    const hidden = await hsm.generateDataKeyPairWithoutPlaintext(request)
    const found = await hsm.decrypt({ ...request, ciphertext: hidden.ciphertext })
    check(found && !equalBytes(found, made.privateKey), "makes a new pair each time")
    check(!("privateKey" in hidden), "keeps the private key inside")
  },
})

const generalCases: readonly HsmCase[] = [
  {
    name: "a key is used for what it is bound to and for nothing else",
    async run(source) {
      const { hsm, key } = await ready(source, "HMAC_256", "GENERATE_VERIFY_MAC")
      const sign = { algorithm: "ECDSA_SHA_256", messageType: "RAW", message: utf8("x") } as const
      await checkRefused(["unsupported"], () => hsm.sign({ ...key, ...sign }))
      await checkRefused(["unsupported"], () => hsm.publicKey(key))
      await checkRefused(["unsupported"], () => hsm.encapsulate({ ...key, algorithm: "ML_KEM" }))
      // A token without curves knows RSA.
      const [spec, algorithm] = hsm.keySpecs.includes("ECC_NIST_P256")
        ? (["ECC_NIST_P256", "ECDSA_SHA_256"] as const)
        : (["RSA_2048", "RSASSA_PSS_SHA_256"] as const)
      const moved = { token: key.token, binding: bindingFor(spec, "SIGN_VERIFY") }
      await checkRefused(["token-refused"], () => hsm.sign({ ...moved, ...sign, algorithm }))
    },
  },
  {
    name: "no key is made for a usage that its spec does not allow",
    async run(source) {
      const { hsm } = await ready(source, "HMAC_256", "GENERATE_VERIFY_MAC")
      const wrong = [
        bindingFor("HMAC_256", "SIGN_VERIFY"),
        bindingFor("RSA_2048", "KEY_AGREEMENT"),
        bindingFor("DES_56" as KeySpec, "ENCRYPT_DECRYPT"),
      ]
      for (const binding of wrong) {
        await checkRefused(["unsupported"], () => hsm.generateKey(binding))
      }
    },
  },
  {
    name: "a data key pair is made for no other spec",
    async run(source) {
      const { hsm, key } = await ready(source, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
      for (const keyPairSpec of ["SYMMETRIC_DEFAULT", "HMAC_256", "ML_DSA_44"] as const) {
        await checkRefused(["unsupported"], () =>
          hsm.generateDataKeyPair({ ...key, keyPairSpec, aad: utf8("a") }),
        )
      }
    },
  },
]

/** What holds for every key spec that an HSM says it knows. */
export const keyCases = (specs: readonly KeySpec[]): readonly HsmCase[] => [
  ...generalCases,
  ...specs.flatMap(usageCases),
  ...specs
    .filter((spec) => keySpecRow(spec).kind === "asymmetric" && !spec.startsWith("ML_DSA"))
    .map(pairCase),
]

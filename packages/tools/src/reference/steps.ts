import type { KmsErrorName } from "@keywright/core"
import { callSteps } from "@keywright/core/testing"
import { codeList, table } from "./markdown.js"

/** What a step looks at, in its order, and the refusals that this can bring. */
type Checks = readonly (readonly [what: string, ...refusals: KmsErrorName[]])[]

interface StepWords {
  /** For a page that says what happens, in half a sentence. */
  readonly does: string
  readonly checks: Checks
}

type StepName = (typeof callSteps)[number]

/** A step without words does not compile; the order is that in which the engine walks. */
const words: { readonly [Name in StepName]: StepWords } = {
  parse: {
    does: "the input against the schema of the operation",
    checks: [
      ["the operation is one", "UnknownOperationException"],
      ["every member of the input, all failures in one message", "ValidationException"],
      ["the rate of an operation that uses no key material", "ThrottlingException"],
    ],
  },
  locate: {
    does:
      "each key that the call is about: by key id, key ARN, alias name, alias ARN, or the " +
      "ciphertext itself; and everything else that is asked about it",
    checks: [
      [
        "each key, alias or grant in turn: the form of its name, whether aliases are accepted, " +
          "whether it exists in the caller's account",
        "InvalidArnException",
        "NotFoundException",
        "ValidationException",
        "NotAuthorizedException",
        "InvalidGrantTokenException",
      ],
      ["a ciphertext that names the key", "InvalidCiphertextException"],
      ["the attestation of a recipient", "ValidationException"],
      ["the rate of an operation that uses key material", "ThrottlingException"],
    ],
  },
  authorize: {
    does: "every permission that the call needs",
    checks: [
      [
        "each permission in turn; also a key of another account that does not exist",
        "AccessDeniedException",
      ],
    ],
  },
  admit: {
    does: "checks across members; then for each key: usage, state, algorithm",
    checks: [
      ["checks across members", "ValidationException", "NotFoundException"],
      [
        "for each key in turn: the ciphertext is of the key that was named",
        "IncorrectKeyException",
      ],
      ["its relation: primary or replica", "UnsupportedOperationException"],
      ["its origin", "UnsupportedOperationException"],
      ["its usage, then its kind", "InvalidKeyUsageException"],
      [
        "its state",
        "DisabledException",
        "KMSInvalidStateException",
        "UnsupportedOperationException",
      ],
      ["the algorithm", "InvalidKeyUsageException"],
      ["the connection state of a custom key store", "CustomKeyStoreInvalidStateException"],
    ],
  },
  prepare: {
    does:
      "what is due before the key is used, in a commit of its own: an AWS managed key is made, " +
      "a rotation is done; then back to locate",
    checks: [],
  },
  perform: {
    does: "the operation, with the HSM; proposes changes and writes nothing",
    checks: [
      ["what the operation itself refuses: lengths, tokens, markers, policies, tags, quotas"],
      [
        "ciphertexts, signatures and MACs that are not genuine",
        "InvalidCiphertextException",
        "KMSInvalidSignatureException",
        "KMSInvalidMacException",
      ],
    ],
  },
  "dry run": {
    does: "stops here when asked to",
    checks: [["a dry run", "DryRunOperationException"]],
  },
  commit: {
    does: "the proposed changes, if everything that was read is as it was; else back to locate",
    checks: [["a commit that others were quicker than, for half a minute", "ThrottlingException"]],
  },
  record: {
    does: "the audit event, for refusals too",
    checks: [["an audit sink that fails", "KMSInternalException"]],
  },
  reply: { does: "what the operation answers, and the id of the request", checks: [] },
}

/** The names of all steps, in one line. */
export const stepList = (): string => callSteps.join(", ")

/** A row for each step. */
export const stepsTable = (): string =>
  table(
    ["step", "what happens", "what it can answer"],
    callSteps.map((name) => {
      const { does, checks } = words[name]
      const refusals = checks.flatMap(([, ...names]) => names)
      return [name, does, codeList([...new Set(refusals)])]
    }),
    110,
  )

/** A row for each check of each step. */
export const checksTable = (): string =>
  table(
    ["", "step", "what is looked at", "what it can answer"],
    callSteps
      .flatMap((name) => words[name].checks.map((check) => [name, check] as const))
      .map(([name, [what, ...refusals]], i) => [String(i + 1), name, what, codeList(refusals)]),
    110,
  )

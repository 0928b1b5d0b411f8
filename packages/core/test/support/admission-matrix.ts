import type { KmsErrorName } from "../../src/vocabulary/errors.js"
import { type KeyState, keyStates } from "../../src/vocabulary/key-states.js"

/** How the service answers where a key state stands in the way; `undefined`: it does not. */
export type Cell = readonly [KmsErrorName, (arn: string) => string] | undefined

const inState = (words: string): Cell => ["KMSInvalidStateException", (arn) => `${arn} ${words}.`]

/** The footnotes of the key state table, by number. 2 and 3 are one: measured is 3. */
const footnotes: Readonly<Record<string, Cell>> = {
  OK: undefined,
  "1": ["DisabledException", (arn) => `${arn} is disabled.`],
  "3": inState("is pending deletion"),
  "4": inState("is not pending deletion"),
  "5": inState("is pending import"),
  "11": inState("is unavailable"),
  // Succeeds; the change shows once the key is available again.
  "12": undefined,
  "14": inState("is creating"),
  "15": inState("is updating"),
  // Keys that wait for material are imported, and those that are unavailable are in a key store.
  external: [
    "UnsupportedOperationException",
    (arn) => `${arn} origin is EXTERNAL which is not valid for this operation.`,
  ],
  store: ["UnsupportedOperationException", () => ""],
}

/*
 * Source: AWS KMS Developer Guide, "Key states of AWS KMS keys", every operation about a key.
 * An alias moves between two keys, and a ReEncrypt has two: a row for each. PD stands for
 * PendingDeletion and PendingReplicaDeletion.
 *
 * With ~ stands what is ours alone: there the guide says nothing, or that the operation does not
 * apply. No source confirms these cells; they are written down so that none of them changes unseen.
 */
const table = `
                                    Enabled Disabled PD  PendingImport Unavailable Creating Updating
CancelKeyDeletion                   4       4        OK  4             4           4        4
CreateAlias                         OK      OK       3   OK            OK          OK       OK
CreateGrant                         OK      1        3   5             OK          14       OK
Decapsulate                         OK      1        3   5             ~11         14       OK
Decrypt                             OK      1        3   5             11          14       OK
DeleteAlias:current                 OK      OK       OK  OK            OK          OK       OK
DeleteImportedKeyMaterial           ~OK     ~OK      ~OK OK            ~OK         14       15
DeriveSharedSecret                  OK      1        3   5             ~11         14       OK
DescribeKey                         OK      OK       OK  OK            OK          OK       OK
DisableKey                          OK      OK       3   5             12          14       15
DisableKeyRotation                  ~OK     ~1       ~3  ~external     ~store      14       ~OK
EnableKey                           OK      OK       3   5             12          14       15
EnableKeyRotation                   ~OK     ~1       ~3  ~external     ~store      14       ~OK
Encapsulate                         OK      1        3   5             ~11         14       OK
Encrypt                             OK      1        3   5             11          14       OK
GenerateDataKey                     OK      1        3   5             11          14       OK
GenerateDataKeyPair                 OK      1        3   5             ~11         14       OK
GenerateDataKeyPairWithoutPlaintext OK      1        3   5             ~11         14       OK
GenerateDataKeyWithoutPlaintext     OK      1        3   5             11          14       OK
GenerateMac                         OK      1        3   5             ~11         14       OK
GetKeyLastUsage                     OK      OK       OK  OK            OK          OK       OK
GetKeyPolicy                        OK      OK       OK  OK            OK          OK       OK
GetKeyRotationStatus                ~OK     ~OK      ~OK ~external     ~store      ~OK      ~OK
GetParametersForImport              ~OK     ~OK      ~3  OK            ~OK         14       15
GetPublicKey                        OK      OK       3   ~OK           ~OK         14       OK
ImportKeyMaterial                   ~OK     ~OK      ~3  OK            ~OK         14       OK
ListAliases                         OK      OK       OK  OK            OK          OK       OK
ListGrants                          OK      OK       OK  OK            OK          OK       OK
ListKeyPolicies                     OK      OK       OK  OK            OK          OK       OK
ListKeyRotations                    ~OK     ~OK      ~OK OK            ~store      ~OK      ~OK
ListResourceTags                    OK      OK       OK  OK            OK          OK       OK
PutKeyPolicy                        OK      OK       OK  OK            OK          OK       OK
ReEncrypt:source                    OK      1        3   5             11          14       OK
ReEncrypt:destination               OK      1        3   5             11          14       OK
ReplicateKey                        OK      1        3   5             ~11         14       15
RetireGrant                         OK      OK       OK  OK            OK          OK       OK
RevokeGrant                         OK      OK       OK  OK            OK          OK       OK
RotateKeyOnDemand                   ~OK     ~1       ~3  5             ~store      14       ~OK
ScheduleKeyDeletion                 OK      OK       3   OK            OK          OK       15
Sign                                OK      1        3   5             ~11         14       OK
TagResource                         OK      OK       3   OK            OK          OK       OK
UntagResource                       OK      OK       3   OK            OK          OK       OK
UpdateAlias:current                 OK      OK       OK  OK            OK          OK       OK
UpdateAlias:key                     OK      OK       3   OK            OK          OK       OK
UpdateKeyDescription                OK      OK       3   OK            OK          OK       OK
UpdatePrimaryRegion                 OK      1        3   5             ~11         14       OK
Verify                              OK      1        3   5             ~11         14       OK
VerifyMac                           OK      1        3   5             ~11         14       OK
`

export interface AdmissionRow {
  readonly operation: string
  /** The part that the key plays. */
  readonly role: string
  readonly cells: Readonly<Record<KeyState, Cell>>
}

const wordsOf = (line: string): string[] => line.trim().split(/\s+/)

function readTable(): AdmissionRow[] {
  const [head = "", ...lines] = table.trim().split("\n")
  const columns = wordsOf(head)
  return lines.map((line) => {
    const [name = "", ...marks] = wordsOf(line)
    const [operation = "", role = "key"] = name.split(":")
    const cellIn = (state: KeyState): Cell => {
      const column = columns.indexOf(
        state.startsWith("Pending") && state.endsWith("Deletion") ? "PD" : state,
      )
      const mark = marks[column]?.replace("~", "")
      if (mark === undefined || !Object.hasOwn(footnotes, mark)) {
        throw new Error(`the table says nothing of ${name} in ${state}`)
      }
      return footnotes[mark]
    }
    const cells = Object.fromEntries(keyStates.map((state) => [state, cellIn(state)]))
    return { operation, role, cells: cells as AdmissionRow["cells"] }
  })
}

export const admissionMatrix: readonly AdmissionRow[] = readTable()

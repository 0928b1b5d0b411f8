import { type Bundle, formAt, type OrganizationSlots, type Slot } from "../compile/bundle.js"
import { compileDocument } from "../compile/compile-document.js"
import {
  type DocumentForm,
  emptyForm,
  formOf,
  formOfStatements,
  holdOnly,
} from "../compile/held-form.js"
import { grantFormOf } from "../compile/index-grants.js"
import { readerOf } from "../decide/read-context.js"
import type { DocumentReference } from "../vocabulary/decision.js"
import { lowerAscii } from "../vocabulary/fold.js"
import type { ContextValue, PolicyRequest } from "../vocabulary/types.js"
import { type Change, isPolicyChange, type PolicyChange, type RequestChange } from "./change.js"
import { isPairKey, withPair, withPairs } from "./encryption-context.js"

interface Applied {
  readonly bundle: Bundle
  readonly request: PolicyRequest
}

/** The policies and the request as they would be after the changes. Nothing is changed in place. */
export function applyChanges(start: Applied, changes: readonly Change[]): Applied {
  let { bundle, request } = start
  for (const change of changes) {
    if (isPolicyChange(change)) bundle = changeBundle(bundle, change)
    else request = changeRequest(request, change)
  }
  return { bundle, request }
}

export function changeRequest(request: PolicyRequest, change: RequestChange): PolicyRequest {
  if (change.change === "setEncryptionContext") return withPairs(request, change.encryptionContext)
  const changed = lowerAscii(change.key)
  const value: ContextValue | undefined = change.change === "setContext" ? change.value : undefined
  if (isPairKey(changed)) return withPair(request, change.key, value)
  const read = readerOf(request.context)
  return { ...request, context: (key) => (key === changed ? value : read(key)) }
}

function changeBundle(bundle: Bundle, change: PolicyChange): Bundle {
  if (change.change === "removeGrant") return withoutGrant(bundle, change.grant.grantId)
  if (change.change === "removeStatement") {
    const { statement } = change.from
    return editSlot(bundle, change.from, (form) => {
      const statements = form.statements.filter((candidate) => candidate.index !== statement)
      return formOfStatements(statements)
    })
  }
  const { to, statement } = change
  const added = compileDocument({ Version: "2012-10-17", Statement: statement }, to.document)
  return editSlot(bundle, to, (form) =>
    formOfStatements([...form.statements, ...formOf(added).statements]),
  )
}

function withoutGrant(bundle: Bundle, grantId: string): Bundle {
  const kept = [...(bundle.grants()?.byId.values() ?? [])].filter((one) => one.grantId !== grantId)
  const form = grantFormOf(kept)
  return { ...bundle, grants: () => form }
}

type Edit = (form: DocumentForm) => DocumentForm

/** Edits the document that a reference names; one that is not there is put there. */
function editSlot(bundle: Bundle, reference: DocumentReference, edit: Edit): Bundle {
  const { document } = reference
  switch (document) {
    case "keyPolicy":
    case "permissionsBoundary":
    case "vpcEndpointPolicy":
      return { ...bundle, [document]: editOne(bundle[document], reference, edit) }
    case "identityPolicy":
      return { ...bundle, identityPolicies: editMany(bundle.identityPolicies, reference, edit) }
    case "sessionPolicy":
      return { ...bundle, sessionPolicies: editMany(bundle.sessionPolicies, reference, edit) }
    case "scp":
      return { ...bundle, scps: editLevels(bundle.scps, reference, edit) }
    case "rcp":
      return { ...bundle, rcps: editLevels(bundle.rcps, reference, edit) }
  }
}

function editOne(slot: Slot | undefined, reference: DocumentReference, edit: Edit): Slot {
  const { document: kind, index, level, target } = reference
  const base = slot ?? { kind, index, level, target, problem: undefined }
  const form = edit(slot === undefined ? emptyForm : formAt(slot))
  return { ...base, held: holdOnly(kind, form), form }
}

function editMany(
  slots: readonly Slot[],
  reference: DocumentReference,
  edit: Edit,
): readonly Slot[] {
  const found = slots.some((slot) => slot.index === reference.index)
  if (!found) return [...slots, editOne(undefined, reference, edit)]
  return slots.map((slot) =>
    slot.index === reference.index ? editOne(slot, reference, edit) : slot,
  )
}

const editLevels = (
  entries: readonly OrganizationSlots[],
  reference: DocumentReference,
  edit: Edit,
): readonly OrganizationSlots[] =>
  entries.map((entry) => ({
    ...entry,
    levels: entry.levels.map((level, index) =>
      index === reference.level && level.target === reference.target
        ? { ...level, slots: editMany(level.slots, reference, edit) }
        : level,
    ),
  }))

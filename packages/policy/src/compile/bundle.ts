import type { DocumentKind, DocumentProblem } from "../vocabulary/documents.js"
import type { CompiledDocument } from "../vocabulary/opaque.js"
import type {
  EvaluationOptions,
  OrganizationPolicies,
  Policies,
  PolicyDocument,
} from "../vocabulary/types.js"
import { isCompiledDocument } from "./compile-document.js"
import { type DocumentForm, formIn, type HeldForm, heldIn } from "./held-form.js"
import { type GrantForm, grantFormOf } from "./index-grants.js"
import { readGrants } from "./read-grants.js"

/** A compiled document at its place among the policies of a call. */
export interface Slot {
  readonly kind: DocumentKind
  readonly index: number
  readonly level: number | undefined
  readonly target: string | undefined
  readonly held: HeldForm
  /** Where nobody may drop it. */
  readonly form: DocumentForm | undefined
  readonly problem: DocumentProblem | undefined
}

/** The statements of the document in a slot. */
export const formAt = (slot: Slot): DocumentForm => slot.form ?? formIn(slot.held)

export interface OrganizationSlots {
  readonly account: string
  readonly isManagementAccount: boolean
  readonly levels: readonly LevelSlots[]
}

export interface LevelSlots {
  readonly target: string
  readonly slots: readonly Slot[]
}

/** All policies of a call, compiled. Grants given as a plain list are arranged at first use. */
export interface Bundle {
  readonly keyPolicy: Slot | undefined
  readonly identityPolicies: readonly Slot[]
  readonly permissionsBoundary: Slot | undefined
  readonly sessionPolicies: readonly Slot[]
  readonly scps: readonly OrganizationSlots[]
  readonly rcps: readonly OrganizationSlots[]
  readonly vpcEndpointPolicy: Slot | undefined
  readonly hasBroken: boolean
  readonly grants: () => GrantForm | undefined
  readonly foreignGranteeNeedsIdentityPolicy: boolean
}

type CompileOne = (document: string | object, kind: DocumentKind) => CompiledDocument

const noSlots: readonly Slot[] = []
const noOrganizations: readonly OrganizationSlots[] = []
const noGrants = (): undefined => undefined

/** Plain assignments throughout: a host may make a bundle for every call. */
export function bundleOf(
  policies: Policies,
  options: EvaluationOptions,
  compileOne: CompileOne,
): Bundle {
  const work: Work = { compileOne, hasBroken: false }
  const keyPolicy = oneSlot(work, policies.keyPolicy, "keyPolicy")
  const identityPolicies = manySlots(work, policies.identityPolicies, "identityPolicy")
  const permissionsBoundary = oneSlot(work, policies.permissionsBoundary, "permissionsBoundary")
  const sessionPolicies = manySlots(work, policies.sessionPolicies, "sessionPolicy")
  const scps = organizationSlots(work, policies.scps, "scp")
  const rcps = organizationSlots(work, policies.rcps, "rcp")
  const vpcEndpointPolicy = oneSlot(work, policies.vpcEndpointPolicy, "vpcEndpointPolicy")
  return {
    keyPolicy,
    identityPolicies,
    permissionsBoundary,
    sessionPolicies,
    scps,
    rcps,
    vpcEndpointPolicy,
    hasBroken: work.hasBroken,
    grants: grantsOf(policies.grants),
    foreignGranteeNeedsIdentityPolicy: options.foreignGrantee === "grantAndIdentityPolicy",
  }
}

interface Work {
  readonly compileOne: CompileOne
  hasBroken: boolean
}

function slotOf(
  work: Work,
  document: PolicyDocument,
  kind: DocumentKind,
  index: number,
  level: number | undefined,
  target: string | undefined,
): Slot {
  const compiled = isCompiledDocument(document) ? document : work.compileOne(document, kind)
  if (compiled.kind !== kind) {
    throw new TypeError(`a document compiled as ${compiled.kind} is given as ${kind}`)
  }
  const { problem } = compiled
  if (problem !== undefined) work.hasBroken = true
  const held = heldIn(compiled)
  const form = held.keeper === undefined ? held.form : undefined
  return { kind, index, level, target, held, form, problem }
}

const oneSlot = (
  work: Work,
  document: PolicyDocument | undefined,
  kind: DocumentKind,
): Slot | undefined =>
  document === undefined ? undefined : slotOf(work, document, kind, 0, undefined, undefined)

function manySlots(
  work: Work,
  documents: readonly PolicyDocument[] | undefined,
  kind: DocumentKind,
  level?: number,
  target?: string,
): readonly Slot[] {
  if (documents === undefined || documents.length === 0) return noSlots
  const slots: Slot[] = []
  for (const document of documents) {
    slots.push(slotOf(work, document, kind, slots.length, level, target))
  }
  return slots
}

function organizationSlots(
  work: Work,
  entries: readonly OrganizationPolicies[] | undefined,
  kind: DocumentKind,
): readonly OrganizationSlots[] {
  if (entries === undefined || entries.length === 0) return noOrganizations
  return entries.map(({ account, isManagementAccount = false, levels }) => ({
    account,
    isManagementAccount,
    levels: levels.map(({ target, policies }, level) => ({
      target,
      slots: manySlots(work, policies, kind, level, target),
    })),
  }))
}

function grantsOf(grants: Policies["grants"]): Bundle["grants"] {
  if (grants === undefined || ("length" in grants && grants.length === 0)) return noGrants
  // What is no grant is refused at once, also where nothing asks for grants.
  const read = "length" in grants ? readGrants(grants) : grants
  let form: GrantForm | undefined
  return () => {
    form ??= grantFormOf(read)
    return form
  }
}

import { bundleOf } from "./compile/bundle.js"
import { compileDocument } from "./compile/compile-document.js"
import { createDocumentCache } from "./compile/compiler.js"
import {
  type Counterfactual,
  type CounterfactualOptions,
  counterfactuals,
} from "./counterfactual/counterfactuals.js"
import { decide } from "./decide/decide.js"
import { explain } from "./explain/explain.js"
import type { Explanation } from "./explain/explanation.js"
import type { Decision } from "./vocabulary/decision.js"
import type { DocumentKind } from "./vocabulary/documents.js"
import type { CompiledDocument } from "./vocabulary/opaque.js"
import type { EvaluationOptions, Policies, PolicyRequest } from "./vocabulary/types.js"

/** Policies compiled once, to be asked often. */
export interface CompiledPolicies {
  /** What was compiled, as it was given. */
  readonly policies: Policies
  /** Decides, as fast as can be. */
  decide(request: PolicyRequest): Decision
  /** The same decision with everything that led to it. */
  explain(request: PolicyRequest): Explanation
  /** The smallest changes that would turn the answer, each one tried. */
  counterfactuals(
    request: PolicyRequest,
    options?: CounterfactualOptions,
  ): readonly Counterfactual[]
}

export interface Compiler {
  compile(policies: Policies, options?: EvaluationOptions): CompiledPolicies
  compileDocument(document: string | object, kind: DocumentKind): CompiledDocument
}

export interface CachingCompiler extends Compiler {
  /** Lets go of a document that was replaced. One that is asked once more is compiled again. */
  forget(document: string, kind: DocumentKind): void
}

type CompileOne = Compiler["compileDocument"]

function compileWith(
  policies: Policies,
  options: EvaluationOptions,
  compileOne: CompileOne,
): CompiledPolicies {
  const bundle = bundleOf(policies, options, compileOne)
  return {
    policies,
    decide: (request) => decide(bundle, request),
    explain: (request) => explain(bundle, request),
    counterfactuals: (request, chosen) => counterfactuals(bundle, request, chosen),
  }
}

const noOptions: EvaluationOptions = {}

/**
 * Compiles the policies of a key and a caller. Documents that were compiled before are taken as
 * they are, which costs next to nothing.
 */
export const compile = (policies: Policies, options = noOptions): CompiledPolicies =>
  compileWith(policies, options, compileDocument)

/** Decides one request in one call. */
export function evaluate(input: {
  readonly policies: Policies
  readonly request: PolicyRequest
  readonly options?: EvaluationOptions
}): Decision {
  return compile(input.policies, input.options).decide(input.request)
}

/**
 * A compiler with a memory of its own: equal text of equal kind is compiled once, so that many
 * keys with the same policy share one compiled copy. What it has compiled takes `bytesMax` of
 * memory at most, whoever holds the documents: what was not asked lately is compiled again when it
 * is asked. Throws `RangeError` when `bytesMax` is not a positive integer.
 */
export function createCompiler({ bytesMax }: { readonly bytesMax: number }): CachingCompiler {
  const { compileDocument: compileOne, forget } = createDocumentCache(bytesMax)
  return {
    compile: (policies, options = noOptions) => compileWith(policies, options, compileOne),
    compileDocument: compileOne,
    forget,
  }
}

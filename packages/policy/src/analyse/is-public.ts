import type { ContextValue, PolicyDocument, PolicyRequest } from "../vocabulary/types.js"
import { strangerTo } from "./callers.js"
import type { AnalysisOptions } from "./compare.js"
import { probeOf, type Witness } from "./probe.js"
import { search } from "./search.js"

/** `unknown` when the search had to end early without finding anything. */
export type PublicAnswer =
  | { readonly public: "yes"; readonly witness: Witness }
  | { readonly public: "no" | "unknown" }

const defaultAccount = "111122223333"
const defaultEvaluationsMax = 20_000

const organization = "o-stranger00"
const organizationPath = [`${organization}/r-0000/ou-0000-00000000/`]
const endpoint = "vpce-00000000000000000"
const network = "vpc-00000000000000000"

type OwnValue = (sample: ContextValue) => ContextValue

/** What a caller cannot choose: where it is present, a stranger has a value of its own. */
const strangersOwn: ReadonlyMap<string, OwnValue> = new Map<string, OwnValue>([
  ["aws:principalorgid", () => organization],
  ["aws:principalorgpaths", () => organizationPath],
  ["aws:sourceorgid", () => organization],
  ["aws:sourceorgpaths", () => organizationPath],
  ["aws:vpceorgid", () => organization],
  ["aws:vpceorgpaths", () => organizationPath],
  ["aws:sourcevpce", () => endpoint],
  ["aws:sourcevpc", () => network],
  ["aws:sourcevpcarn", () => `arn:aws:ec2:us-east-1:666666666666:vpc/${network}`],
  ["aws:vpceaccount", () => "666666666666"],
  ["aws:sourceaccount", () => "666666666666"],
  ["aws:sourcearn", () => "arn:aws:s3:::stranger"],
  ["aws:userid", () => "AIDASTRANGER00000000"],
  ["aws:sourceip", (sample) => (String(sample).includes(":") ? "2a00::1" : "198.18.0.77")],
  ["aws:vpcsourceip", () => "10.255.255.77"],
])

/**
 * Whether a key policy lets in an account that it does not name. The stranger has an organization
 * and an endpoint of its own, never one that the policy names, but chooses everything else.
 *
 * @throws TypeError when the policy cannot be read.
 */
export function isPublic(
  policy: PolicyDocument,
  options: Omit<AnalysisOptions, "kind"> = {},
): PublicAnswer {
  const { account = defaultAccount, evaluationsMax = defaultEvaluationsMax } = options
  const probe = probeOf(policy, "keyPolicy", account)
  const callers = [strangerTo(probe.statements, account)]
  let witness: Witness | undefined
  const visit = (request: PolicyRequest): boolean => {
    // Without a key in the call the key policy has no say.
    if (request.resource === "*") return false
    const asked = asStranger(request)
    const asking: Witness = { request: asked, identityPolicies: "allowsEverything", limit: "none" }
    if (!probe.allows(asked, asking)) return false
    witness = asking
    return true
  }
  const { statements } = probe
  const { complete } = search({ statements, callers, account, evaluationsMax }, visit)
  if (witness !== undefined) return Object.freeze({ public: "yes", witness })
  return Object.freeze({ public: complete ? "no" : "unknown" })
}

/** The same request from the stranger: what it cannot choose becomes its own. */
function asStranger(request: PolicyRequest): PolicyRequest {
  const context: Record<string, ContextValue | undefined> = {}
  for (const [key, value] of Object.entries(request.context)) {
    const own = strangersOwn.get(key)
    context[key] = value === undefined || own === undefined ? value : own(value)
  }
  return { ...request, context }
}

import type { CompiledCondition } from "../compile/compile-condition.js"
import { parseRange } from "../operators/ip-addresses.js"
import type { ContextValue } from "../vocabulary/types.js"

/** A key whose value a caller cannot choose: where it is present, a stranger has its own. */
interface OwnRow {
  readonly value: (sample: ContextValue) => ContextValue
  /**
   * Whether a condition means somebody in particular. Else there may be strangers that it fits,
   * even if it does not fit the one that is asked.
   */
  readonly meansOwner: (condition: CompiledCondition) => boolean
}

const organization = "o-stranger00"
const organizationPath = [`${organization}/r-0000/ou-0000-00000000/`]
const network = "vpc-00000000000000000"
const account = "666666666666"

const own = (
  value: ContextValue,
  meansOwner: (value: string) => boolean = hasNoWildcard,
): OwnRow => ({
  value: () => value,
  meansOwner: ({ row: { language }, values }) =>
    language === "text" ||
    ((language === "glob" || language === "arn") && values.every(meansOwner)),
})

const hasNoWildcard = (value: string): boolean => !value.includes("*") && !value.includes("?")

/** A pattern that says everything up to the end of the name of the owner. */
const named =
  (end: string) =>
  (value: string): boolean =>
    hasNoWildcard(value) || hasNoWildcard(value.slice(0, value.indexOf(end) + 1) || "*")

/** The account of an ARN, or what is before a slash where ARNs have none, as in S3. */
function namesOwner(value: string): boolean {
  const [accountPart = "*", ...rest] = value.split(":").slice(4)
  const owner = accountPart === "" ? rest.join(":") : accountPart
  return accountPart === "" ? named("/")(owner) : hasNoWildcard(owner)
}

/** More than this part of all addresses is no network of somebody: IPv4 /8, IPv6 /16. */
const shareMax: ReadonlyMap<number, number> = new Map([
  [2, 2 ** -8],
  [8, 2 ** -16],
])

function isSomebodysNetwork({ row, values }: CompiledCondition): boolean {
  if (row.language !== "address") return row.language === "text"
  const ranges = values.map(parseRange).filter((range) => range !== undefined)
  return [...shareMax].every(([groups, max]) => {
    const shares = ranges
      .filter(({ masks }) => masks.length === groups)
      .map(({ masks }) => masks.reduce((share, mask) => (share * (65_536 - mask)) / 65_536, 1))
    return shares.reduce((sum, share) => sum + share, 0) <= max
  })
}

const isIpv6 = (sample: ContextValue) => String(sample).includes(":")

export const strangersOwn: ReadonlyMap<string, OwnRow> = new Map<string, OwnRow>([
  ["aws:principalorgid", own(organization)],
  ["aws:principalorgpaths", own(organizationPath, named("/"))],
  ["aws:sourceorgid", own(organization)],
  ["aws:sourceorgpaths", own(organizationPath, named("/"))],
  ["aws:vpceorgid", own(organization)],
  ["aws:vpceorgpaths", own(organizationPath, named("/"))],
  ["aws:sourcevpce", own("vpce-00000000000000000")],
  ["aws:sourcevpc", own(network)],
  ["aws:sourcevpcarn", own(`arn:aws:ec2:us-east-1:${account}:vpc/${network}`, namesOwner)],
  ["aws:vpceaccount", own(account)],
  ["aws:sourceaccount", own(account)],
  ["aws:sourcearn", own("arn:aws:s3:::stranger", namesOwner)],
  ["aws:userid", own("AIDASTRANGER00000000", named(":"))],
  [
    "aws:sourceip",
    {
      value: (sample) => (isIpv6(sample) ? "2a00::1" : "198.18.0.77"),
      meansOwner: isSomebodysNetwork,
    },
  ],
  ["aws:vpcsourceip", { value: () => "10.255.255.77", meansOwner: isSomebodysNetwork }],
])

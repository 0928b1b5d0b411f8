import type { ContextValue, Principal } from "@keywright/policy"
import type { Identity } from "../ports/identities.js"
import { type AccountId, isAccountId, type Partition, parseArn } from "../vocabulary/arns.js"

/**
 * The facts of one request that policies can ask for. What is not given is absent, and a
 * condition on it sees a missing key.
 *
 * Source: IAM User Guide, "AWS global condition context keys".
 */
export interface RequestContext {
  /** `aws:SourceIp`; absent for policies when the call came through a VPC endpoint. */
  readonly sourceIp?: string | undefined
  /** `aws:SourceVpce`: the VPC endpoint through which the call came. */
  readonly sourceVpce?: string | undefined
  /** `aws:SourceVpc`. */
  readonly sourceVpc?: string | undefined
  /** `aws:VpcSourceIp`: the private address of the caller inside the VPC. */
  readonly vpcSourceIp?: string | undefined
  /** `kms:ViaService`, for a service that acts with the identity of the principal. */
  readonly viaService?: string | undefined
  /** `aws:SourceArn`, for a service principal that acts for a resource. */
  readonly sourceArn?: string | undefined
  /** `aws:SourceAccount`. */
  readonly sourceAccount?: string | undefined
  /** `aws:UserAgent`. */
  readonly userAgent?: string | undefined
  /** `aws:SecureTransport`; a call in-process is as good as one over TLS: default true. */
  readonly secureTransport?: boolean | undefined
  /** What TLS agreed on, for audit events. */
  readonly tls?: TlsDetails | undefined
  /** The session name of a caller that is named by its role; default `keywright`. */
  readonly sessionName?: string | undefined
  /** The role with its path, for a caller that is named by its session. */
  readonly roleArn?: string | undefined
  /** The user whose GetFederationToken made a federated user. */
  readonly issuerUserArn?: string | undefined
  /** Any further condition keys, by name. */
  readonly conditionKeys?: Readonly<Record<string, ContextValue>> | undefined
  /**
   * What the session of this request was given, on top of what `identities` knows of the principal:
   * session policies and tags, say. The same object for the same session: it is compiled once.
   */
  readonly session?: Identity | undefined
}

/** Source: AWS CloudTrail User Guide, "CloudTrail record contents", `tlsDetails`. */
export interface TlsDetails {
  /** `TLSv1.3` */
  readonly version: string
  readonly cipher: string
  /** Of the key exchange, where the host knows it. */
  readonly group?: string | undefined
}

/** Who asks, as the host says: a principal by its ARN or service name, and the context of it. */
export interface Caller {
  readonly principal: string
  readonly context?: RequestContext | undefined
}

/** A caller, understood: its ARN is the one that messages and audit events show. */
export interface KnownCaller extends Principal {
  /** The ARNs under which the identities port may know the principal, the nearest first. */
  readonly identityArns: readonly string[]
  readonly context: RequestContext
}

/** Who asks for what, and the id that the reply, the error and the audit event of a call share. */
export interface CallHead {
  readonly requestId: string
  readonly operation: string
  readonly caller: KnownCaller
}

type Reading = Omit<KnownCaller, "account" | "context">

interface PrincipalForm {
  readonly service: "iam" | "sts"
  readonly resource: RegExp
  read(
    arn: string,
    partition: string,
    account: string,
    context: RequestContext,
    parts: string[],
  ): Reading
}

/** The ways to name a principal. */
const principalForms: readonly PrincipalForm[] = [
  {
    service: "iam",
    resource: /^root$/,
    read: (arn) => ({ type: "root", arn, identityArns: [] }),
  },
  {
    service: "iam",
    resource: /^user\/[\w+=,.@/-]+$/,
    read: (arn) => ({ type: "user", arn, identityArns: [arn] }),
  },
  {
    service: "iam",
    resource: /^role\/(?:[\w+=,.@/-]+\/)?([\w+=,.@-]+)$/,
    read: (arn, partition, account, context, [, name]) => {
      const session = context.sessionName ?? "keywright"
      const sessionArn = `arn:${partition}:sts::${account}:assumed-role/${name}/${session}`
      return {
        type: "role-session",
        arn: sessionArn,
        roleArn: arn,
        identityArns: [sessionArn, arn],
      }
    },
  },
  {
    service: "sts",
    resource: /^assumed-role\/([\w+=,.@-]+)\/[\w+=,.@-]+$/,
    read: (arn, partition, account, context, [, name]) => {
      const roleArn = context.roleArn ?? `arn:${partition}:iam::${account}:role/${name}`
      return { type: "role-session", arn, roleArn, identityArns: [arn, roleArn] }
    },
  },
  {
    service: "sts",
    resource: /^federated-user\/[\w+=,.@-]+$/,
    read: (arn, _partition, _account, { issuerUserArn }) => ({
      type: "federated-user",
      arn,
      ...(issuerUserArn !== undefined && { issuerUserArn }),
      identityArns: issuerUserArn === undefined ? [arn] : [arn, issuerUserArn],
    }),
  },
]

const serviceName = /^(?:[a-z0-9-]+\.)+amazonaws\.com(?:\.cn)?$/

const sessionForm = /^[\w+=,.@-]{2,64}$/

const wrong = (member: string, what: string): never => {
  throw new TypeError(`\`context.${member}\` must be ${what}`)
}

/** What a context says of the principal must be possible, and agree with its ARN. */
function checkContext(reading: Reading, { sessionName, roleArn, issuerUserArn }: RequestContext) {
  if (sessionName !== undefined && !sessionForm.test(sessionName)) {
    wrong("sessionName", "2 to 64 letters, digits and +=,.@-_")
  }
  if (roleArn === undefined && issuerUserArn === undefined) return
  const { account: owner, resource = "" } = parseArn(reading.arn) ?? {}
  const roleName = /^assumed-role\/([^/]+)\//.exec(resource)?.[1]
  if (roleArn !== undefined && roleName !== undefined) {
    const role = parseArn(roleArn)
    const isSame = role?.service === "iam" && role.account === owner
    if (!isSame || role.resource.split("/").at(-1) !== roleName || !/^role\//.test(role.resource)) {
      wrong("roleArn", "the role of the session, with its path")
    }
  }
  if (issuerUserArn !== undefined) {
    const user = parseArn(issuerUserArn)
    const isUser = user?.service === "iam" && /^user\/./.test(user.resource)
    if (!isUser || user.account !== owner) wrong("issuerUserArn", "a user of the same account")
  }
}

/**
 * Understands a caller. A service principal counts as calling from `account`. Throws `TypeError`
 * for what names no principal of this partition: the host chose it, not the caller.
 */
export function readCaller(
  { principal, context = {} }: Caller,
  account: AccountId,
  partition: Partition,
): KnownCaller {
  if (serviceName.test(principal)) {
    const identityArns: readonly string[] = []
    return { type: "service", arn: principal, service: principal, account, identityArns, context }
  }
  const arn = parseArn(principal)
  if (arn?.partition === partition && arn.region === "" && isAccountId(arn.account)) {
    for (const form of principalForms) {
      const parts = form.service === arn.service ? form.resource.exec(arn.resource) : null
      if (parts === null) continue
      const reading = form.read(principal, arn.partition, arn.account, context, [...parts])
      checkContext(reading, context)
      return { account: arn.account, context, ...reading }
    }
  }
  throw new TypeError(
    "`principal` must be the name of an AWS service, or the ARN of an IAM principal of the " +
      `partition \`${partition}\``,
  )
}

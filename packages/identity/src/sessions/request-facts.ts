import type { ContextValue } from "@keywright/policy"

/** What a host knows of one request, whoever makes it: as the engine's `RequestContext` has it. */
export interface RequestFacts {
  readonly sourceIp?: string | undefined
  readonly sourceVpce?: string | undefined
  readonly sourceVpc?: string | undefined
  readonly vpcSourceIp?: string | undefined
  readonly viaService?: string | undefined
  readonly userAgent?: string | undefined
  /** Default: true. */
  readonly secureTransport?: boolean | undefined
  /** What TLS agreed on, for audit events. */
  readonly tls?:
    | { readonly version: string; readonly cipher: string; readonly group?: string | undefined }
    | undefined
  /** Any further condition keys, by name. */
  readonly conditionKeys?: Readonly<Record<string, ContextValue>> | undefined
}

/** Who is at fault, whether the same call may succeed later, and what the error means. */
export interface ErrorRow {
  readonly fault: "client" | "server"
  readonly retryable: boolean
  readonly meaning: string
}

const refused = (meaning: string): ErrorRow => ({ fault: "client", retryable: false, meaning })
const throttled = (meaning: string): ErrorRow => ({ fault: "client", retryable: true, meaning })
const failed = (meaning: string): ErrorRow => ({ fault: "server", retryable: true, meaning })

/**
 * Every exception a caller can meet, by its AWS name.
 *
 * Source: the errors modelled by AWS KMS 2014-11-01, and the common errors of AWS JSON services.
 */
export const errorTable = {
  AccessDeniedException: refused("policies and grants do not allow the call"),
  AlreadyExistsException: refused("an alias or a replica with that name exists"),
  CloudHsmClusterInUseException: refused("the cluster already backs a custom key store"),
  CloudHsmClusterInvalidConfigurationException: refused("the cluster is not set up as required"),
  CloudHsmClusterNotActiveException: refused("the cluster is not active"),
  CloudHsmClusterNotFoundException: refused("there is no such cluster"),
  CloudHsmClusterNotRelatedException: refused("the clusters do not share a certificate"),
  ConflictException: refused("a rotation of the key is in progress or about to start"),
  CustomKeyStoreHasCMKsException: refused("the custom key store still holds KMS keys"),
  CustomKeyStoreInvalidStateException: refused("the connection state does not allow the call"),
  CustomKeyStoreNameInUseException: refused("another custom key store has that name"),
  CustomKeyStoreNotFoundException: refused("there is no such custom key store"),
  DependencyTimeoutException: failed("storage or an HSM did not answer in time"),
  DisabledException: refused("the key is disabled"),
  DryRunOperationException: refused("the call would have succeeded, and DryRun was set"),
  ExpiredImportTokenException: refused("the import token is older than 24 hours"),
  IncorrectKeyException: refused("the named key did not make the ciphertext"),
  IncorrectKeyMaterialException: refused("the imported material is not the material expected"),
  IncorrectTrustAnchorException: refused("the certificate is not that of the cluster"),
  InvalidAliasNameException: refused("the alias name is not valid"),
  InvalidArnException: refused("an ARN is malformed or names the wrong kind of resource"),
  InvalidCiphertextException: refused("the ciphertext or its encryption context is not genuine"),
  InvalidGrantIdException: refused("the grant id is not valid"),
  InvalidGrantTokenException: refused("the grant token is not valid"),
  InvalidImportTokenException: refused("the import token is not valid for the key"),
  InvalidKeyUsageException: refused("the key usage or algorithm does not fit the operation"),
  InvalidMarkerException: refused("the pagination marker is not valid"),
  KeyUnavailableException: failed("the key cannot be used right now"),
  KMSInternalException: failed("an internal error; the call can be made again"),
  KMSInvalidMacException: refused("the MAC does not match"),
  KMSInvalidSignatureException: refused("the signature does not match"),
  KMSInvalidStateException: refused("the key state does not allow the call"),
  LimitExceededException: refused("a quota or a length was exceeded"),
  MalformedPolicyDocumentException: refused("the key policy is not valid"),
  NotAuthorizedException: refused("the name is reserved for AWS managed keys"),
  NotFoundException: refused("there is no such key, alias or grant"),
  SerializationException: refused("the request body cannot be read"),
  TagException: refused("a tag is not valid"),
  ThrottlingException: throttled("the request rate is over its quota"),
  UnknownOperationException: refused("there is no such operation"),
  UnrecognizedClientException: refused("the access key id is not known"),
  UnsupportedOperationException: refused("the key or the engine does not support the call"),
  ValidationException: refused("a member of the input is missing or out of its bounds"),
  XksKeyAlreadyInUseException: refused("the external key already backs a KMS key"),
  XksKeyInvalidConfigurationException: refused("the external key is not an enabled AES-256 key"),
  XksKeyNotFoundException: refused("the proxy does not know the external key"),
  XksProxyIncorrectAuthenticationCredentialException: refused("the proxy refused the credential"),
  XksProxyInvalidConfigurationException: refused("the proxy is not set up as required"),
  XksProxyInvalidResponseException: refused("the answer of the proxy cannot be read"),
  XksProxyUriEndpointInUseException: refused("another key store uses the endpoint"),
  XksProxyUriInUseException: refused("another key store uses the endpoint and path"),
  XksProxyUriUnreachableException: refused("the proxy cannot be reached"),
  XksProxyVpcEndpointServiceInUseException: refused("another key store uses the service"),
  XksProxyVpcEndpointServiceInvalidConfigurationException: refused(
    "the endpoint service is not set up as required",
  ),
  XksProxyVpcEndpointServiceNotFoundException: refused("the endpoint service was not found"),
} as const satisfies Readonly<Record<string, ErrorRow>>

export type KmsErrorName = keyof typeof errorTable

/**
 * A refusal or a failure, as the caller of an operation sees it: `name` and `message` are what
 * AWS KMS would say. Tell errors apart by `name`; `retryable` says whether the same call may
 * succeed later.
 */
export class KmsError<Name extends KmsErrorName = KmsErrorName> extends Error {
  override readonly name: Name
  readonly fault: "client" | "server"
  readonly retryable: boolean
  /** The request that was answered so; audit events carry the same id. */
  requestId: string | undefined

  constructor(name: Name, message = "", options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = name
    this.fault = errorTable[name].fault
    this.retryable = errorTable[name].retryable
  }
}

/** The union to `switch` on: each member has one literal `name`. */
export type AnyKmsError = { [Name in KmsErrorName]: KmsError<Name> }[KmsErrorName]

/** True for an error of this engine, also when it comes from another copy of the package. */
export const isKmsError = (value: unknown): value is AnyKmsError =>
  value instanceof Error && Object.hasOwn(errorTable, value.name) && "retryable" in value

/** Our own bug. The corridor alone turns it into `KMSInternalException`. */
class InvariantError extends Error {
  override readonly name = "InvariantError"
}

/** Throws {@link InvariantError} unless the condition holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}

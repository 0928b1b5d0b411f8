import type { KmsErrorName } from "../vocabulary/errors.js"
import type { OperationName } from "./catalogue.js"

/*
 * The errors of operations, where the model of the AWS SDK does not list them. The reference prints
 * both, and the tests refuse any other.
 */

/**
 * Errors that any operation of AWS may answer, whatever its model lists; and the one by which an
 * HSM that is down is told, which keeps operations from their work that AWS lists none for.
 */
export const commonErrors: readonly KmsErrorName[] = [
  "AccessDeniedException",
  "KMSInternalException",
  "KeyUnavailableException",
  "ThrottlingException",
  "UnknownOperationException",
  "ValidationException",
]

/** What an operation answers here beyond its model, and why. */
export const errorsBeyondModel: Readonly<
  Partial<Record<OperationName, Readonly<Partial<Record<KmsErrorName, string>>>>>
> = {
  CreateAlias: {
    NotAuthorizedException: "an alias under alias/aws/ is not the customer's to make",
  },
  CreateKey: {
    KMSInvalidStateException: "a proxy that refuses to describe the external key (403)",
  },
  DeleteAlias: {
    NotAuthorizedException: "an alias under alias/aws/ is not the customer's to take",
  },
  UpdateAlias: {
    NotAuthorizedException: "an alias under alias/aws/ is not the customer's to move",
  },
  UpdateCustomKeyStore: {
    CloudHsmClusterInUseException: "a cluster that another store has; AWS lists it for Create only",
  },
  Decrypt: { UnsupportedOperationException: "a Recipient, and no attestation port to ask" },
  DeriveSharedSecret: { UnsupportedOperationException: "a Recipient, and no port to ask" },
  GenerateDataKey: { UnsupportedOperationException: "a Recipient, and no port to ask" },
  GenerateRandom: { UnsupportedOperationException: "a Recipient, and no port to ask" },
}

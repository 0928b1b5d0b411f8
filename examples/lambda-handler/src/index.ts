import { KMSClient } from "@aws-sdk/client-kms"
import { createHandler } from "./handler.js"

/** What Lambda calls. */
export const handler = createHandler(new KMSClient({}), process.env)

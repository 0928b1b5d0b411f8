import * as z from "zod/mini"
import { bytesOfBase64 } from "../vocabulary/base64.js"

/** Bytes, as Base64. */
export const base64 = () =>
  z.pipe(
    z.string(),
    z.transform((text, context) => {
      const bytes = bytesOfBase64(text)
      if (bytes !== undefined) return bytes
      context.issues.push({ code: "custom", input: text, message: "not Base64" })
      return z.NEVER
    }),
  )

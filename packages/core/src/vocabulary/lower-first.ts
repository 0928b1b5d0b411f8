/** A member as messages and audit events write it: `KeyId` is `keyId`. */
export const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

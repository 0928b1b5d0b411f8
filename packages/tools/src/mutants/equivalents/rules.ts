import { alike, type Equivalent } from "./equivalent.js"

const core = (path: string): string => `packages/core/src/${path}.ts`

const required = [
  "CloudHsmClusterId",
  "TrustAnchorCertificate",
  "KeyStorePassword",
  "XksProxyConnectivity",
  "XksProxyUriEndpoint",
  "XksProxyUriPath",
  "XksProxyAuthenticationCredential",
] as const

/** Of the model, the words that all share, and the operations. */
export const inRules: readonly Equivalent[] = [
  ...alike(
    core("operations/key-stores/inputs"),
    "what is not optional is required",
    ...required.map((member) => [`${member}: "required",`, '""'] as const),
  ),
  ...alike(
    core("operations/keys/import"),
    "the HSM refuses a token of another binding, too, and by the same name",
    [
      "binding.partition === partition && binding.account === account && binding.keyId === keyId",
      "true",
    ],
  ),
  ...alike(core("operations/crypto/messages"), "it saves making the same again", [
    'const sealing = material.state === "CURRENT" ? sealingOf(call.place, key) : undefined',
    "false",
  ]),
  ...alike(core("operations/bound-tokens"), "it is left out of what is answered", [
    'const { keyMaterialId: _, ...binding } = bindingOf(...key, "")',
    '"Stryker was here!"',
  ]),
  ...alike(core("operations/key-stores/key-stores"), "no two stores have one id", [
    "const byId = [...selected].sort((a, b) => (a.id < b.id ? -1 : 1))",
    "a.id <= b.id",
  ]),
  ...alike(core("operations/keys/create-key"), "a member that is undefined is not stored", [
    "const placed = keyStore === undefined ? draft : { ...draft, keyStore }",
    "false",
  ]),
  ...alike(core("vocabulary/arns"), "no colon is found twice in a row", [
    "4 < afterPartition && afterPartition + 1 < afterService && afterService < afterRegion",
    "afterService <= afterRegion",
  ]),
  ...alike(core("model/lanes"), "the newest is never left out", [
    "return end < 0 ? all : all.slice(0, end)",
    "end <= 0",
  ]),
]

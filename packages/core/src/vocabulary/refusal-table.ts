import * as cryptography from "./refusals/cryptography.js"
import * as grants from "./refusals/grants.js"
import * as keyStores from "./refusals/key-stores.js"
import * as keys from "./refusals/keys.js"
import * as materials from "./refusals/materials.js"
import * as requests from "./refusals/requests.js"

/** Every sentence in which the engine refuses a call, by family and name. For documentation. */
export const refusalTable = Object.freeze({
  requests,
  keys,
  cryptography,
  materials,
  grants,
  keyStores,
})

/**
 * The companies of the CRM.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AlloClient } from "./AlloClient.js"
import { CrmCompany, type CrmList, type CrmQuery } from "./Crm.js"
import { resource } from "./internal/crm.js"

/**
 * What all filters ask for: part of a text.
 *
 * @since 0.1.0
 * @category queries
 */
export interface CompaniesQuery extends CrmQuery {
  readonly name?: string | undefined
  readonly website?: string | undefined
  readonly industry?: string | undefined
}

/**
 * @since 0.1.0
 * @category services
 */
export class Companies
  extends Context.Tag("@trunkline/allo/Companies")<Companies, CrmList<CrmCompany, CompaniesQuery>>()
{
  static readonly layer: Layer.Layer<Companies, never, AlloClient> = Layer.effect(
    this,
    Effect.suspend(() => Effect.map(AlloClient, make))
  )
}

const make = resource<CrmCompany, unknown, CompaniesQuery>({
  name: "Companies",
  path: "/v2/api/crm/companies",
  unknown: "INVALID_REQUEST",
  schema: CrmCompany,
  filters: ({ industry, name, website }) => ({ name, website, industry }),
  search: () => undefined
})

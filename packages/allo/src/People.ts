/**
 * The people of the CRM.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AlloClient } from "./AlloClient.js"
import { type CrmList, CrmPerson, type CrmQuery } from "./Crm.js"
import { resource } from "./internal/crm.js"

/**
 * What all filters ask for: part of a text, but for the number and the status, which are asked for whole.
 *
 * @since 0.1.0
 * @category queries
 */
export interface PeopleQuery extends CrmQuery {
  readonly name?: string | undefined
  readonly lastName?: string | undefined
  readonly jobTitle?: string | undefined
  readonly website?: string | undefined
  readonly company?: string | undefined
  readonly phoneNumber?: string | undefined
  readonly email?: string | undefined
  readonly dealStatus?: string | undefined
  /** Part of a name, an address, a number or a company. */
  readonly search?: string | undefined
}

/**
 * @since 0.1.0
 * @category services
 */
export class People extends Context.Tag("@trunkline/allo/People")<People, CrmList<CrmPerson, PeopleQuery>>() {
  static readonly layer: Layer.Layer<People, never, AlloClient> = Layer.effect(
    this,
    Effect.suspend(() => Effect.map(AlloClient, make))
  )
}

const make = resource<CrmPerson, unknown, PeopleQuery>({
  name: "People",
  path: "/v2/api/crm/people",
  unknown: "PERSON_NOT_FOUND",
  schema: CrmPerson,
  filters: ({ company, dealStatus, email, jobTitle, lastName, name, phoneNumber, website }) => ({
    name,
    last_name: lastName,
    job_title: jobTitle,
    website,
    company,
    phone_number: phoneNumber,
    email,
    deal_status: dealStatus
  }),
  search: ({ search }) => search
})

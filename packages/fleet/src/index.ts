/**
 * Any number of workers share the nights of many accounts, on Effect Cluster and PostgreSQL.
 *
 * @since 0.1.0
 */
export type { Account, Leave, Night, Outcome } from "./Account.js"
export * as Database from "./Database.js"
export * as Fleet from "./Fleet.js"
export * as FleetError from "./FleetError.js"
export * as Schedule from "./Schedule.js"
export * as Worker from "./Worker.js"

/** What `trunkline config init` writes. */
import * as JSONSchema from "effect/JSONSchema"
import * as Document from "./Document.js"

/** The name of the schema beside a configuration. */
export const schemaName = "trunkline.schema.json"

/** For editors, made of the schema that checks the file. */
export const schema = (): string =>
  `${JSON.stringify({ title: "The configuration of trunkline", ...JSONSchema.make(Document.Document) }, null, 2)}\n`

const head = `#:schema ./${schemaName}
# The accounts that trunkline works on. What each line may be: docs/accounts.md. Whether all is well: trunkline config check

`

/** Two accounts to fill in, and all else as a comment. */
export const example = `${head}# The folder of all accounts, seen from this file.
out = "data"

# Where every export pushes to, for engines that read a lake and for a machine that goes on from there: docs/lake.md.
# It needs this file to be named: trunkline export --config trunkline.toml
# [lake]
# to = "s3://acme-calls/trunkline"
# region = "eu-west-3"

# When the workers of a fleet run the accounts: docs/fleet.md.
# [fleet]
# at = ["02:00"]
# zone = "Europe/Paris"

[accounts.paris]
source = "allo"
# The key stands in a file or in a variable, never here.
key_env = "ALLO_API_KEY"
# key_file = "/run/secrets/allo-paris"
# What an export takes as a flag, each with _ for -.
# since = 2024-01-01
# lookback = "14d"
# transcripts = true
# zone = "Europe/Paris"
# hours = { mon-fri = ["08:00-12:00", "13:00-18:00"], sat = ["09:00-12:00"] }

[accounts.clinics]
source = "allomia"
key_env = "ALLOMIA_API_KEY"
# Only these organisations; all that the key may list when left out.
# organization_ids = ["a1b2c3d4-0000-0000-0000-000000000000"]

# [accounts.clinics.organizations."a1b2c3d4-0000-0000-0000-000000000000"]
# name = "Clinique du Lac"
# zone = "America/Toronto"
`

/** The accounts that a dataset becomes. Their keys come from where they came from before. */
export const adopted = (
  { accounts, out }: {
    readonly accounts: ReadonlyArray<{ readonly name: string; readonly source: "allo" | "allomia" }>
    readonly out: string
  }
): string =>
  [
    `${head}out = ${JSON.stringify(out)}\n`,
    ...accounts.map(({ name, source }) =>
      `[accounts.${name}]\nsource = "${source}"\nkey_env = "${
        source === "allo" ? "ALLO_API_KEY" : "ALLOMIA_API_KEY"
      }"\n`
    )
  ].join("\n")

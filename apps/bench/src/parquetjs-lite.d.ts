/** What the bench uses of parquetjs-lite, which ships no types. */
declare module "parquetjs-lite" {
  export interface Field {
    readonly type?: "UTF8" | "BOOLEAN" | "INT32" | "DOUBLE" | "TIMESTAMP_MICROS"
    readonly optional?: boolean
    readonly repeated?: boolean
    readonly compression?: "SNAPPY"
    readonly fields?: Readonly<Record<string, Field>>
  }
  /** Only ever handed back to the library. */
  export interface Schema {
    readonly fields: object
  }
  export const ParquetSchema: new(fields: Readonly<Record<string, Field>>) => Schema
  export class ParquetWriter {
    static openFile(schema: Schema, path: string): Promise<ParquetWriter>
    appendRow(row: Readonly<Record<string, unknown>>): Promise<void>
    close(): Promise<void>
  }
}

/** What of parquetjs-lite 0.8.7 the locked profile uses, and no more: the rest gives wrong answers. It ships no types. */
declare module "parquetjs-lite" {
  export interface Leaf {
    readonly type: "UTF8" | "BOOLEAN" | "INT32" | "DOUBLE" | "TIMESTAMP_MICROS"
    readonly optional: boolean
    readonly statistics: boolean
    readonly compression: "SNAPPY"
  }
  export interface Group {
    readonly type?: "LIST"
    readonly optional?: boolean
    readonly repeated?: true
    readonly fields: Fields
  }
  export interface Fields {
    readonly [name: string]: Leaf | Group
  }
  /** Only ever handed back to the library. */
  export interface Schema {
    readonly fields: object
  }
  export const ParquetSchema: new(fields: Fields) => Schema

  type Done = (error?: Error) => void
  export interface Output {
    readonly write: (bytes: Uint8Array, done: Done) => void
    readonly end: (done: Done) => void
  }
  export type Cell = string | boolean | number | Date | ReadonlyArray<Row> | Row | null
  export interface Row {
    readonly [name: string]: Cell
  }
  export class ParquetWriter {
    static openStream(
      schema: Schema,
      output: Output,
      options: { readonly useDataPageV2: false; readonly pageIndex: false }
    ): Promise<ParquetWriter>
    setMetadata(key: string, value: string): void
    setRowGroupSize(rows: number): void
    appendRow(row: Row): Promise<void>
    close(): Promise<void>
  }
}

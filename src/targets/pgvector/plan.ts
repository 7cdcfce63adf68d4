import type { StoreRecord } from "../../data/records.ts";
import { EMBEDDING, ID, SOURCE_ID, type FieldColumn } from "./columns.ts";
import { kindOf, realArrays, vectors, type PgKind } from "./kinds.ts";
import { quoted } from "./session.ts";
import type { PgTable, TableColumn } from "./table.ts";

/** A column that is written, and where its values come from. */
export interface PgColumn {
  /** As SQL. */
  readonly name: string;
  /** As SQL: what the server casts to. */
  readonly type: string;
  readonly kind: PgKind;
  /** Null or undefined for NULL. */
  valueOf(record: StoreRecord): unknown;
}

/** How records are written to a table. */
export interface WritePlan {
  readonly columns: readonly PgColumn[];
  /** Why the table cannot take the record, with the field's name, as far as can be told without the server. */
  refusal(record: StoreRecord): string | undefined;
  /** Stores what `rows`, a query, gives in the order of the columns. */
  upsert(rows: string): string;
}

interface Target extends PgColumn {
  readonly label: string;
  readonly isNotNull: boolean;
}

/** `vectorSchema`, in SQL, is where the type `vector` lives, if there is one. */
export function planWrites(
  table: PgTable,
  fields: readonly FieldColumn[],
  vectorSchema: string | undefined,
): WritePlan {
  const targets: Target[] = [];
  const byField = new Map<string, Target>();
  for (const column of table.columns) {
    const field = fields.find(({ name }) => name === column.name)?.field;
    const isOwn = column.name === ID || column.name === EMBEDDING || column.name === SOURCE_ID;
    if (column.isGenerated || (column.hasDefault && field === undefined && !isOwn)) continue;
    const target = targetOf(column, field ?? column.name, vectorSchema);
    targets.push(target);
    if (!isOwn) byField.set(field ?? column.name, target);
  }
  const hasSourceId = targets.some(({ name }) => name === quoted(SOURCE_ID));

  return {
    columns: targets,
    refusal(record) {
      for (const { label, isNotNull, kind, valueOf } of targets) {
        const value = valueOf(record) ?? null;
        const reason =
          value !== null ? kind.refusal(value) : isNotNull ? "is null: its column must have a value" : undefined;
        if (reason !== undefined) return `${label} ${reason}`;
      }
      for (const field in record.fields) {
        if (byField.has(field) || record.fields[field] === null) continue;
        return `field ${JSON.stringify(field)} has no column in the table, or one that is left to the server: add one to the table, then --resume`;
      }
      return record.id === undefined || hasSourceId ? undefined : `its id has no column "${SOURCE_ID}" in the table`;
    },
    upsert(rows) {
      const names = targets.map(({ name }) => name);
      const changed = names.filter((name) => name !== quoted(ID)).map((name) => `${name} = excluded.${name}`);
      return (
        `INSERT INTO ${table.sql} (${names.join(", ")}) OVERRIDING SYSTEM VALUE ${rows} ` +
        `ON CONFLICT (${quoted(ID)}) DO UPDATE SET ${changed.join(", ")}`
      );
    },
  };
}

function targetOf(
  { name, type, plainType, typeName, isNotNull }: TableColumn,
  field: string,
  vectorSchema: string | undefined,
): Target {
  const common = { name: quoted(name), type: plainType, isNotNull };
  if (name === ID) return { ...common, label: "row number", kind: kindOf(typeName, type), valueOf: ({ row }) => row };
  if (name === EMBEDDING) {
    const kind = typeName === "_float4" ? realArrays : vectors(`${vectorSchema}.vector`, typeName === "halfvec");
    return { ...common, label: "embedding", kind, valueOf: ({ embedding }) => embedding };
  }
  const kind = kindOf(typeName, type);
  if (name === SOURCE_ID) return { ...common, label: "id", kind, valueOf: ({ id }) => id };
  // Not every name of a field is one of its own: "constructor" is there always.
  const valueOf = ({ fields }: StoreRecord) => (Object.hasOwn(fields, field) ? fields[field] : undefined);
  return { ...common, label: `field ${JSON.stringify(field)}`, kind, valueOf };
}

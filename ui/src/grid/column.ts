import type { Column } from "@/components/column";
import type { Tone } from "@/format/words";
import type { Finder } from "./useChoices";

/** How a cell is written into. */
export interface CellEdit<Row, Choice> {
  /** The text that an edit begins with. */
  text: (row: Row) => string;
  /** The row after this was typed; words where it can't be. */
  take: (row: Row, typed: string) => Row | string;
  /** Looks while one types. */
  find?: Finder<Choice>;
  /** Several could be meant: Enter asks which. */
  ambiguous?: (row: Row) => Choice[];
  /** All there are, few enough to be shown at once. */
  all?: () => Choice[];
  choose?: (row: Row, choice: Choice) => Row;
  /** The row asked about once more, where nothing was found; nothing where there is no need. */
  retry?: (row: Row) => Row | undefined;
  /** Space changes it. */
  toggle?: (row: Row) => Row;
  /** Ctrl+D puts the value of the source into the row; absent where each row has its own. */
  fill?: (row: Row, source: Row) => Row;
  /** `pass`: Enter goes over it, since it is filled already. `locked`: it can't be written into. `stop` where absent. */
  place?: (row: Row) => "stop" | "pass" | "locked";
  numeric?: boolean;
}

/** A column of an entry grid; without `edit` it only shows. */
export interface GridColumn<Row, Choice> extends Column<Row> {
  edit?: CellEdit<Row, Choice>;
}

/** What a row is, for the person at the keyboard. */
export interface GridVerdict {
  tone: Tone;
  /** Empty for a row that is empty. */
  words: string;
  /** It would not be taken as it stands. */
  open: boolean;
  /** Wash behind the row. */
  wash?: "wait" | "fault";
}

/** Key of the column that says what each row is. */
export const VERDICT_COLUMN = "verdict";

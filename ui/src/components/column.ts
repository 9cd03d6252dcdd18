/** What a column needs of the width. */
export interface ColumnRoom {
  /** Also the name of the cell's slot. */
  key: string;
  /** Least width, rem. */
  width: number;
  /** Share of the room that is left; 0 where absent. */
  grow?: number;
  /** Not shown while the table is narrower than this, rem; the detail shows it then. */
  hideBelow?: number;
}

/** A column of DataTable or VirtualTable. */
export interface Column<Row> extends ColumnRoom {
  title: string;
  align?: "right";
  /** Text for display without a slot, for the tooltip and for copying. */
  text?: (row: Row) => string;
  /** Makes the head a button that sorts (DataTable only: long lists are sorted by the program). */
  sort?: (one: Row, other: Row) => number;
}

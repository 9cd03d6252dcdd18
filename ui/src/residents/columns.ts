import type { Column } from "@/components/column";
import type { ResidentLine } from "@/backend/contract";

/** Said in place of a name that this PC cannot read yet. */
export const NAME_LOCKED = "密钥未到";

/** Columns of the roster; what a narrow table leaves out stands in the detail. */
export const RESIDENT_COLUMNS: Column<ResidentLine>[] = [
  { key: "name", title: "姓名", width: 5.5, grow: 1, text: (row) => row.name || NAME_LOCKED },
  { key: "sex", title: "性别", width: 3.25, hideBelow: 48, text: (row) => row.sex },
  {
    key: "age",
    title: "年龄",
    width: 3.5,
    align: "right",
    text: (row) => (row.age == null ? "—" : String(row.age)),
  },
  { key: "village", title: "村社", width: 7, grow: 1, text: (row) => row.village_name },
  { key: "household", title: "户号", width: 6.75, text: (row) => row.household_number },
  { key: "relation", title: "与户主", width: 4.5, hideBelow: 52, text: (row) => row.relation },
  { key: "id", title: "身份证号", width: 9.5, hideBelow: 56, text: (row) => row.id_masked },
  { key: "phone", title: "电话", width: 7, hideBelow: 64, text: (row) => row.phone_masked || "—" },
  { key: "address", title: "住址", width: 9, grow: 2, hideBelow: 70, text: (row) => row.address_masked },
  { key: "consent", title: "同意", width: 6, text: (row) => (row.consent ? "已同意" : "未登记") },
];

import { markRaw } from "vue";
import { useDraft, type DraftHandle } from "@/composables/useDraft";
import { useView } from "@/composables/useView";
import { useSession } from "@/stores/session";
import type { EvidenceItem } from "@/evidence/evidence";
import { emptyRow, type EntryRow } from "./grid";

/** An activity being entered. */
export interface EntryDraft {
  /** Rule version id; empty until chosen. */
  ruleVersion: string;
  occurredOn: string;
  activity: string;
  /** Units of a new row. */
  units: number;
  evidence: EvidenceItem[];
  rows: EntryRow[];
  /** Where the list comes from, in words, when it was prepared elsewhere. */
  origin: string;
}

/** What the page remembers from one activity to the next. */
export interface EntryHabits {
  /** Village whose people come first where names are equal. */
  village: string;
  ruleVersion: string;
  occurredOn: string;
}

export function useEntryHabits(): EntryHabits {
  const session = useSession();
  return useView("record-points", () => ({ village: "", ruleVersion: "", occurredOn: session.today }));
}

/** The one draft of the entry page; it outlives leaving the page. */
export function useEntryDraft(): DraftHandle<EntryDraft> {
  const habits = useEntryHabits();
  return useDraft<EntryDraft>("record-points", "记分", () => ({
    ruleVersion: habits.ruleVersion,
    occurredOn: habits.occurredOn,
    activity: "",
    units: 1,
    evidence: [],
    rows: markRaw([emptyRow()]),
    origin: "",
  }));
}

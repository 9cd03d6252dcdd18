import { computed, onScopeDispose, ref, shallowRef, watch } from "vue";
import { ask } from "@/backend/backend";
import type { ResidentLine } from "@/backend/contract";
import { faultFrom, type FaultError } from "@/backend/port";
import { useRowWindows } from "@/composables/useRowWindows";
import { useWaitingMark } from "@/composables/useWaitingMark";

/** What the roster is narrowed to. */
export interface ResidentFilters {
  text: string;
  /** Village code; empty for all. */
  village: string;
  consent: "" | "with" | "without";
}

/** `Search.limit` allows no more. */
const HITS_MAX = 50;
/** `ResidentsPage.limit` allows no more. */
const PAGE_MAX = 500;
/** `GiveConsent.residents` allows no more. */
export const PICKED_MAX = 5000;
/** Under this age the guardian consents. */
const GUARDIAN_BELOW_YEARS = 14;
const PAUSE_MS = 120;

/** The roster: the whole of it in windows, or what a search finds. */
export function useResidentList(filters: ResidentFilters) {
  // who needs a guardian's consent is known from the rows that came by, since a bulk act names only ids
  const minors = new Set<string>();
  const hits = shallowRef<ResidentLine[]>();
  const searchFault = ref<FaultError>();
  const pickFault = ref<FaultError>();
  const more = ref(false);
  const { waiting: searching, begin, end } = useWaitingMark();
  let round = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const consent = () => (filters.consent === "" ? null : filters.consent === "with");

  function seen(rows: ResidentLine[]): ResidentLine[] {
    for (const row of rows) if ((row.age ?? GUARDIAN_BELOW_YEARS) < GUARDIAN_BELOW_YEARS) minors.add(row.id);
    return rows;
  }

  async function page(offset: number, limit: number) {
    const reply = await ask("residents", {
      village: filters.village || null,
      consent: consent(),
      offset,
      limit,
    });
    seen(reply.rows);
    return reply;
  }

  const windows = useRowWindows<ResidentLine>(page);

  async function search(): Promise<void> {
    const mine = ++round;
    const text = filters.text.trim();
    if (text === "") {
      hits.value = undefined;
      more.value = false;
      searchFault.value = undefined;
      end();
      return;
    }
    begin();
    try {
      const reply = await ask("search", { text, limit: HITS_MAX });
      if (mine !== round) return;
      hits.value = seen(reply.hits).filter(fits);
      more.value = reply.more;
      searchFault.value = undefined;
    } catch (thrown) {
      if (mine === round) searchFault.value = faultFrom(thrown);
    } finally {
      if (mine === round) end();
    }
  }

  function fits(row: ResidentLine): boolean {
    const wanted = consent();
    return (
      (filters.village === "" || row.village === filters.village) &&
      (wanted === null || row.consent === wanted)
    );
  }

  watch(
    () => filters.text,
    () => {
      clearTimeout(timer);
      timer = setTimeout(() => void search(), PAUSE_MS);
    },
  );
  watch([() => filters.village, () => filters.consent], () => {
    windows.reset();
    void search();
  });
  if (filters.text !== "") void search();
  onScopeDispose(() => clearTimeout(timer));

  const total = computed(() => hits.value?.length ?? windows.total.value);

  async function allIds(): Promise<string[]> {
    pickFault.value = undefined;
    if (hits.value !== undefined) return hits.value.map((row) => row.id);
    const ids: string[] = [];
    try {
      while (ids.length < Math.min(windows.total.value, PICKED_MAX)) {
        const { rows } = await page(ids.length, Math.min(PAGE_MAX, PICKED_MAX - ids.length));
        if (rows.length === 0) break;
        ids.push(...rows.map((row) => row.id));
      }
    } catch (thrown) {
      pickFault.value = faultFrom(thrown);
      return [];
    }
    return ids;
  }

  return {
    total,
    /** As many as one act can take. */
    selectable: computed(() => Math.min(total.value, PICKED_MAX)),
    more,
    fault: computed(() => searchFault.value ?? windows.fault.value ?? pickFault.value),
    waiting: computed(() => searching.value || windows.waiting.value),
    rowAt: (index: number) => (hits.value === undefined ? windows.rowAt(index) : hits.value[index]),
    need: (from: number, to: number) => {
      if (hits.value === undefined) windows.need(from, to);
    },
    reload: () => {
      windows.reset({ keep: true });
      if (hits.value !== undefined) void search();
    },
    allIds,
    isMinor: (id: string) => minors.has(id),
  };
}

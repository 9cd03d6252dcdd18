import { computed, ref, watch, type ComputedRef, type Ref } from "vue";
import { useRouter } from "vue-router";
import { ask } from "@/backend/backend";
import type { RecordHit, RecordKind, ResidentLine } from "@/backend/contract";
import { faultFrom, type FaultError } from "@/backend/port";
import { useSession } from "@/stores/session";
import { isNamed, matches, type Findable } from "./matching";

/** Few enough to be seen without scrolling. */
const RESIDENTS_SHOWN = 8;
const SCREENS_SHOWN = 5;
/** Between keys of a fast typist nothing is asked. */
const PAUSE_MS = 60;

/** What a record is called, and the page that opens it. */
const RECORDS = {
  order: { word: "服务单", route: "order" },
  brand: { word: "品牌", route: "brand" },
  event: { word: "活动", route: "event" },
} as const satisfies Record<RecordKind, { word: string; route: string }>;
/** Groups of the list, one for each kind. */
const RECORD_KINDS = Object.keys(RECORDS) as RecordKind[];

export interface FoundAct extends Findable {
  label: string;
  run: () => void;
}

export interface Hit {
  key: string;
  group: "居民" | "页面" | "操作" | (typeof RECORDS)[RecordKind]["word"];
  label: string;
  resident?: ResidentLine;
  note?: string;
  open: () => void;
}

/** The one search box: people, orders, brands and activities, screens, acts. */
export function useSearch(acts: () => readonly FoundAct[]): {
  text: Ref<string>;
  hits: ComputedRef<Hit[]>;
  more: Ref<boolean>;
  /** True once the program has answered for what stands in the box. */
  answered: Ref<boolean>;
  fault: Ref<FaultError | undefined>;
} {
  const router = useRouter();
  const session = useSession();
  const text = ref("");
  const residents = ref<ResidentLine[]>([]);
  const records = ref<RecordHit[]>([]);
  const more = ref(false);
  const answered = ref(false);
  const fault = ref<FaultError>();
  let round = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;

  async function find(asked: string, mine: number): Promise<void> {
    try {
      const reply = await ask("search", { text: asked, limit: RESIDENTS_SHOWN });
      if (mine !== round) return;
      residents.value = reply.hits;
      records.value = reply.records;
      more.value = reply.more;
      fault.value = undefined;
    } catch (thrown) {
      if (mine !== round) return;
      residents.value = [];
      records.value = [];
      fault.value = faultFrom(thrown);
    }
    answered.value = true;
  }

  watch(text, (now) => {
    round += 1;
    answered.value = false;
    clearTimeout(pause);
    const asked = now.trim();
    if (asked === "") {
      residents.value = [];
      records.value = [];
      more.value = false;
      return;
    }
    // whoever has nothing to do with the town's business finds screens and acts
    if (!session.may("search")) {
      answered.value = true;
      return;
    }
    const mine = round;
    pause = setTimeout(() => void find(asked, mine), PAUSE_MS);
  });

  const screens = computed<Hit[]>(() =>
    router
      .getRoutes()
      .filter((route) => typeof route.name === "string" && !route.meta.bare && !route.path.includes(":"))
      .filter((route) => route.meta.needs === undefined || session.may(route.meta.needs))
      .map((route) => ({ route, found: { label: route.meta.title, words: route.meta.words } }))
      .filter(({ found }) => matches(text.value, found))
      .sort((one, other) => Number(isNamed(text.value, other.found)) - Number(isNamed(text.value, one.found)))
      .slice(0, SCREENS_SHOWN)
      .map(({ route }) => ({
        key: `screen-${String(route.name)}`,
        group: "页面",
        label: route.meta.title,
        note: route.meta.purpose,
        open: () => void router.push({ name: route.name }),
      })),
  );

  function recordHit({ kind, id, title, sub }: RecordHit): Hit {
    const { word, route } = RECORDS[kind];
    return {
      key: `${kind}-${id}`,
      group: word,
      label: title,
      note: sub,
      open: () => void router.push({ name: route, params: { [route]: id } }),
    };
  }

  const hits = computed<Hit[]>(() => [
    ...residents.value.map<Hit>((resident) => ({
      key: resident.id,
      group: "居民",
      label: resident.name,
      resident,
      open: () => void router.push({ name: "resident", params: { resident: resident.id } }),
    })),
    ...RECORD_KINDS.flatMap((kind) => records.value.filter((record) => record.kind === kind)).map(recordHit),
    ...screens.value,
    ...acts()
      .filter((found) => matches(text.value, found))
      .map<Hit>((found) => ({
        key: `act-${found.label}`,
        group: "操作",
        label: found.label,
        open: found.run,
      })),
  ]);

  return { text, hits, more, answered, fault };
}

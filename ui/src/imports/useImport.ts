import { computed, onScopeDispose, ref, shallowRef } from "vue";
import { act, ask } from "@/backend/backend";
import type { ImportJob, ImportKind, ImportReport, ImportUndone, JobPhase } from "@/backend/contract";
import { faultFrom, type FaultError } from "@/backend/port";
import { useView } from "@/composables/useView";
import { base64Of } from "@/format/files";
import { newRequestId } from "@/format/request";
import { useWaiting } from "@/stores/waiting";

/** Where the wizard stands. */
export type ImportStage = "choose" | "checking" | "report" | "writing" | "done" | "undone";

interface Kept {
  stage: ImportStage;
  file: File | null;
  village: string;
  job: number | null;
  report: ImportReport | null;
  undone: ImportUndone | null;
}

// often enough for a bar that moves, seldom enough to cost nothing
const LOOK_EVERY_MS = 200;
const ENDED: readonly JobPhase[] = ["done", "cancelled", "refused"];

/** One import from the choice of a file to its end. The job runs on while one is on another page. */
export function useImport(kind: ImportKind) {
  const kept = useView<Kept>(`import-${kind}`, () => ({
    stage: "choose",
    file: null,
    village: "",
    job: null,
    report: null,
    undone: null,
  }));
  const job = shallowRef<ImportJob>();
  const fault = ref<FaultError>();
  const cancelled = ref(false);
  const busy = ref(false);
  const undoId = newRequestId();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const report = computed(() => kept.report);
  const stage = computed(() => kept.stage);

  function fallBack(): void {
    kept.stage = kept.stage === "writing" && kept.report !== null ? "report" : "choose";
    kept.job = null;
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    fault.value = undefined;
    cancelled.value = false;
    try {
      await work();
    } catch (thrown) {
      fault.value = faultFrom(thrown);
      if (kept.stage === "checking" || kept.stage === "writing") fallBack();
    } finally {
      busy.value = false;
    }
  }

  async function start(dryRun: boolean): Promise<void> {
    const { file } = kept;
    if (file === null) return;
    kept.stage = dryRun ? "checking" : "writing";
    job.value = undefined;
    const begun = await act("start_import", {
      kind,
      file_name: file.name,
      content: await base64Of(file),
      village: kept.village || null,
      dry_run: dryRun,
      accept_partial: true,
    });
    follow(begun);
  }

  function follow(seen: ImportJob): void {
    job.value = seen;
    kept.job = seen.job;
    if (ENDED.includes(seen.phase)) end(seen);
    else timer = setTimeout(() => void look(), LOOK_EVERY_MS);
  }

  async function look(): Promise<void> {
    if (kept.job === null) return;
    try {
      follow(await ask("import_job", { job: kept.job }));
    } catch (thrown) {
      fault.value = faultFrom(thrown);
      fallBack();
    }
  }

  function end(seen: ImportJob): void {
    if (seen.phase === "done" && seen.report) {
      kept.report = seen.report;
      kept.stage = kept.stage === "writing" ? "done" : "report";
      useWaiting().refreshSoon();
      return;
    }
    cancelled.value = seen.phase === "cancelled";
    fault.value = seen.fault ? faultFrom(seen.fault) : undefined;
    fallBack();
  }

  function choose(file: File): Promise<void> {
    return attempt(async () => {
      kept.file = file;
      kept.report = null;
      kept.undone = null;
      await start(true);
    });
  }

  function anew(): void {
    clearTimeout(timer);
    Object.assign(kept, { stage: "choose", file: null, job: null, report: null, undone: null });
    job.value = undefined;
    fault.value = undefined;
    cancelled.value = false;
  }

  function undo(): Promise<void> {
    return attempt(async () => {
      const id = kept.report?.import;
      if (!id) return;
      kept.undone = await act("undo_import", { request_id: undoId, import: id });
      kept.stage = "undone";
      useWaiting().refreshSoon();
    });
  }

  /** Says that the job should stop; the watching goes on until it has. */
  async function cancel(): Promise<void> {
    if (kept.job === null) return;
    try {
      await act("cancel_import", { job: kept.job });
    } catch (thrown) {
      fault.value = faultFrom(thrown);
    }
  }

  if (kept.job !== null && (kept.stage === "checking" || kept.stage === "writing")) void look();
  onScopeDispose(() => clearTimeout(timer));

  return {
    kept,
    stage,
    job,
    report,
    fault,
    cancelled,
    busy,
    choose,
    check: () => attempt(() => start(true)),
    write: () => attempt(() => start(false)),
    cancel,
    undo,
    anew,
  };
}

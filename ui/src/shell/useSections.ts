import { computed, type ComputedRef } from "vue";
import { useRoute } from "vue-router";
import { SECTIONS, type Section, type SectionPage } from "@/router/sections";
import { useSession } from "@/stores/session";
import { useWaiting } from "@/stores/waiting";

/** The sections and pages that the person at the keyboard may use, with what waits on each. */
export function useSections(): {
  sections: ComputedRef<Section[]>;
  current: ComputedRef<Section | undefined>;
  /** Route of the page in the sections that is open, or that what is open belongs to. */
  here: ComputedRef<string>;
  waitingOn: (page: SectionPage) => number;
  waitingIn: (section: Section) => number;
} {
  const session = useSession();
  const waiting = useWaiting();
  const route = useRoute();

  const sections = computed(() =>
    SECTIONS.map((section) => ({
      ...section,
      pages: section.pages.filter((page) => page.needs === undefined || session.may(page.needs)),
    })).filter((section) => section.pages.length > 0),
  );
  const current = computed(() => sections.value.find((section) => section.key === route.meta.section));
  const here = computed(() => route.meta.under ?? String(route.name));

  function waitingOn(page: SectionPage): number {
    return page.waiting?.({ workbench: waiting.workbench, sync: waiting.sync }) ?? 0;
  }

  function waitingIn(section: Section): number {
    return section.pages.reduce((sum, page) => sum + waitingOn(page), 0);
  }

  return { sections, current, here, waitingOn, waitingIn };
}

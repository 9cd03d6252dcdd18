import { createRouter, createWebHashHistory } from "vue-router";
import { say } from "@/composables/useSay";
import { useSession } from "@/stores/session";
import { routes } from "./routes";

export const router = createRouter({ history: createWebHashHistory(), routes });

/** Where the person wanted to go before sign-in. */
let wanted: string | undefined;

router.beforeEach(async (to) => {
  const session = useSession();
  if (session.state === undefined) await session.load();
  const place = placeFor(session.phase, session.user?.password_due != null);
  if (place !== undefined) {
    if (to.name === place) return true;
    if (place === "sign-in" && !to.meta.bare) wanted = to.fullPath;
    return { name: place, replace: true };
  }
  // the last step of the first run (confirming the recovery key) happens signed in
  if (to.name === "first-run" && session.state?.recovery_unconfirmed) return true;
  if (to.meta.bare) {
    const next = wanted ?? "/";
    wanted = undefined;
    return next;
  }
  if (to.meta.needs !== undefined && !session.may(to.meta.needs)) {
    const why = session.beyondVillages(to.meta.needs)
      ? `“${to.meta.title}”涉及全镇，您只负责部分村社。请由负责全镇的同事办理。`
      : `您的职责用不到“${to.meta.title}”，需要时请安全管理员调整职责。`;
    say(why, { tone: "wait" });
    return { name: "workbench" };
  }
  return true;
});

router.afterEach((to) => {
  document.title = `${to.meta.title} · 镇信`;
});

function placeFor(
  phase: string | undefined,
  passwordDue: boolean,
): "first-run" | "sign-in" | "damaged" | "new-password" | undefined {
  if (phase === "first_run") return "first-run";
  if (phase === "damaged") return "damaged";
  if (phase === "signed_out") return "sign-in";
  // opened while it was locked: the curtain hangs before an empty room
  if (phase === "locked" && router.currentRoute.value.name === undefined) return "sign-in";
  return phase === "ready" && passwordDue ? "new-password" : undefined;
}

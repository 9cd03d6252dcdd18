// Steps of one story: each stands on those before it, so that after one has failed the others would only wait.

import assert from "node:assert/strict";
import { test } from "node:test";

/** Makes the function that declares a step; `failed` is called once with the page as it was when a step failed. */
export function stepsOf(failed) {
  let broken;
  return (name, work) =>
    test(name, async () => {
      assert.equal(broken, undefined, "an earlier step failed");
      broken = name;
      try {
        await work();
      } catch (error) {
        await failed();
        throw error;
      }
      broken = undefined;
    });
}

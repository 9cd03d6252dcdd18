// The words of a dossier as one form, and what of them was changed.

import type { BrandDetail, SaveBrand } from "@/backend/contract";

/** What one types; objectives a line each. */
export interface BrandText {
  name: string;
  slogan: string;
  domain: string;
  owner_unit: string;
  story: string;
  objectives: string;
}

/** Limits of `SaveBrand`. */
export const NAME_CHARS = { min: 2, max: 30 } as const;
export const LINE_CHARS_MAX = 60;
export const STORY_CHARS_MAX = 4000;
export const OBJECTIVES_MAX = 20;
export const OBJECTIVE_CHARS_MAX = 200;

export const BRAND_FIELDS: readonly (keyof BrandText)[] = [
  "name",
  "slogan",
  "domain",
  "owner_unit",
  "story",
  "objectives",
];

/** The form of a brand, or an empty one. */
export function brandText(detail?: BrandDetail): BrandText {
  return {
    name: detail?.line.name ?? "",
    slogan: detail?.line.slogan ?? "",
    domain: detail?.line.domain ?? "",
    owner_unit: detail?.line.owner_unit ?? "",
    story: detail?.story ?? "",
    objectives: detail?.objectives.join("\n") ?? "",
  };
}

export function objectiveLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Only what differs goes out: two people who mend different fields at the same time both keep their words. */
export function brandChanges(
  before: BrandText,
  after: BrandText,
): Omit<SaveBrand, "request_id" | "brand" | "mark"> {
  const changes: Omit<SaveBrand, "request_id" | "brand" | "mark"> = {};
  for (const field of ["name", "slogan", "domain", "owner_unit", "story"] as const) {
    const now = after[field].trim();
    if (now !== before[field]) changes[field] = now;
  }
  const objectives = objectiveLines(after.objectives);
  if (objectives.join("\n") !== before.objectives) changes.objectives = objectives;
  return changes;
}

/** What is wrong, by field; empty when it can be sent. */
export function brandProblems(text: BrandText): Partial<Record<keyof BrandText, string>> {
  const problems: Partial<Record<keyof BrandText, string>> = {};
  const name = [...text.name.trim()].length;
  if (name < NAME_CHARS.min || name > NAME_CHARS.max)
    problems.name = `品牌名称写 ${NAME_CHARS.min} 到 ${NAME_CHARS.max} 个字`;
  const lines = objectiveLines(text.objectives);
  const long = lines.findIndex((line) => [...line].length > OBJECTIVE_CHARS_MAX);
  if (lines.length > OBJECTIVES_MAX)
    problems.objectives = `目标最多 ${OBJECTIVES_MAX} 条，现在有 ${lines.length} 条`;
  else if (long >= 0) problems.objectives = `第 ${long + 1} 条超过 ${OBJECTIVE_CHARS_MAX} 个字，请写短些`;
  return problems;
}

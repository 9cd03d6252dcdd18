// The manual's page for each screen, by route name. Bundled, so that it is there without a network.

import { AUDIT_HELP } from "./audit";
import { BACKUPS_HELP } from "./backups";
import { BRANDS_HELP } from "./brands";
import { IMPORTS_HELP } from "./imports";
import { POINTS_HELP } from "./points";
import { PRIVACY_HELP } from "./privacy";
import { RESIDENTS_HELP } from "./residents";
import { SYNC_HELP } from "./sync";
import { SYSTEM_HELP } from "./system";
import { TIME_HELP } from "./time";

export interface HelpPart {
  title: string;
  lines: readonly string[];
}

export type HelpPages = Readonly<Record<string, readonly HelpPart[]>>;

export const HELP: HelpPages = {
  ...SYSTEM_HELP,
  ...RESIDENTS_HELP,
  ...PRIVACY_HELP,
  ...AUDIT_HELP,
  ...POINTS_HELP,
  ...IMPORTS_HELP,
  ...TIME_HELP,
  ...BRANDS_HELP,
  ...SYNC_HELP,
  ...BACKUPS_HELP,
};

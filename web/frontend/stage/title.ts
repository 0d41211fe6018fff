// What the tab says while another one is looked at: who knocks, how many lines are unread.

import { t } from "./texts";

export function titleOf(plain: string, unread: number, knocking: readonly string[]): string {
  const [first] = knocking;
  if (first !== undefined) return `${t("{name} knocks", { name: first })} · ${plain}`;
  return unread > 0 ? `(${unread}) ${plain}` : plain;
}

/** A transaction id as Paytrail writes it, alone or in what was copied around it. */
const ID = /(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f-])/gi;

/** The one transaction id in a text, in small letters; `null` where there is none, or where several could be meant. */
export function transactionIdIn(text: string): string | null {
  const found = new Set([...text.matchAll(ID)].map(([id]) => id.toLowerCase()));
  return found.size === 1 ? ([...found][0] ?? null) : null;
}

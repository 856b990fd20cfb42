let name = $state('Europe/Helsinki');

/** The IANA zone all times are shown in. Reading `current` in a template follows every change of it. */
export const zone = {
  get current(): string {
    return name;
  },
};

/** Shows all times in another zone from now on. A name the system does not know is refused with a RangeError. */
export function setZone(next: string): void {
  // Throws here, once, instead of in every cell of every table.
  new Intl.DateTimeFormat('en', { timeZone: next });
  name = next;
}

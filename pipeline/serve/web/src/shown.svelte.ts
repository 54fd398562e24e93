// The dates that the numbers on screen belong to, as the server has cut them.

import type { Dates } from './period.ts';

class Shown {
  dates = $state.raw<Dates | null>(null);
}

export const shown = new Shown();

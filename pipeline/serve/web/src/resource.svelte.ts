// An answer that is kept up to date: the old one stays until the new one is there.

import { untrack } from 'svelte';
import { Problem, get } from './api.ts';
import { live } from './live.svelte.ts';

/** Milliseconds after which an answer is asked for again that is not possible now. */
const AGAIN = 2_000;

export class Resource<T> {
  data = $state.raw<T | undefined>();
  problem = $state.raw<Problem | undefined>();
  /** Whether what is shown answers an earlier question. */
  isWaiting = $state(false);
  #url = '';
  #turn = 0;
  #abort: AbortController | null = null;
  /** An answer that is longer under way than news come must not be given up for each of them. */
  #isAsking = false;
  #isStale = false;
  #askedAt = 0;
  #later: ReturnType<typeof setTimeout> | null = null;

  /**
   * Called in an effect: asks when the address or the news change, for news at most every so many
   * milliseconds.
   */
  constructor(
    url: () => string,
    readonly every = 1_000,
  ) {
    $effect(() => {
      const wanted = url();
      const turn = live.turn;
      untrack(() => this.#want(wanted, turn));
    });
    $effect(() => () => {
      this.#abort?.abort();
      if (this.#later) clearTimeout(this.#later);
    });
  }

  #want(url: string, turn: number): void {
    if (url === '') return;
    if (url === this.#url) {
      if (turn === this.#turn && (this.data || this.problem)) return;
      this.#turn = turn;
      this.#again();
      return;
    }
    this.#url = url;
    this.#turn = turn;
    this.#abort?.abort();
    this.isWaiting = true;
    void this.#ask();
  }

  #again(): void {
    const left = this.#askedAt + this.every - Date.now();
    if (this.#isAsking) this.#isStale = true;
    else if (left <= 0) void this.#ask();
    else this.#later ??= setTimeout(() => void this.#ask(), left);
  }

  async #ask(): Promise<void> {
    if (this.#later) clearTimeout(this.#later);
    this.#later = null;
    this.#askedAt = Date.now();
    const url = this.#url;
    const abort = new AbortController();
    this.#abort = abort;
    this.#isAsking = true;
    this.#isStale = false;
    try {
      const data = await get<T>(url, abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.problem = undefined;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.problem = error instanceof Problem ? error : new Problem(0, '', String(error));
      // Whoever asked something else is not shown the old answer beside the error.
      if (this.isWaiting) this.data = undefined;
      // Tasks move between instances, or are replayed: it says itself that it goes by.
      if (this.problem.status === 503) this.#later ??= setTimeout(() => void this.#ask(), AGAIN);
    }
    this.isWaiting = false;
    this.#isAsking = false;
    if (this.#isStale) this.#again();
  }
}

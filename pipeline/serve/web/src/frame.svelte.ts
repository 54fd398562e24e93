// What every page knows of the installation: the map's stages, its zone, which version runs.

import { getContext, setContext } from 'svelte';
import { type Report, type Row, rows, text } from './api.ts';
import type { Resource } from './resource.svelte.ts';

const KEY = 'frame';

export class Frame {
  constructor(readonly system: Resource<Report>) {}
  get instance(): Row {
    return rows(this.system.data, 'instance')[0] ?? {};
  }
  get zone(): string {
    return text(this.instance.zone) || 'UTC';
  }
  get conversion(): string {
    return text(this.instance.conversion);
  }
  /** The stages of the map in order, and after how much silence each is cold. */
  get stages(): { name: string; coldAfter: string }[] {
    const found = rows(this.system.data, 'stages');
    return found.map((row) => ({ name: text(row.stage), coldAfter: text(row.cold_after) }));
  }
  /** The classes of objections of the map. */
  get objections(): string[] {
    return rows(this.system.data, 'objections').map((row) => text(row.objection));
  }
  get channels(): string[] {
    return rows(this.system.data, 'channels').map((row) => text(row.channel));
  }
}

export function provide(frame: Frame): Frame {
  return setContext(KEY, frame);
}
export function frame(): Frame {
  return getContext<Frame>(KEY);
}

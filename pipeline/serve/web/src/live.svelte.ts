// News: the server says what changed, the page asks anew for what it shows.
//
// One stream a browser, not one a tab: HTTP/1.1 allows six connections to an origin, and a seventh
// tab would hang. The tab that holds the lock listens and passes on to the others; a tab that is
// hidden lets the lock go.

interface News {
  /** What changed; empty where somebody only says that they are there. */
  family: string;
  as_of: string | null;
  /** A tab that has come in and wants to know whether anybody listens. */
  isHello?: boolean;
}

type State = 'waiting' | 'live' | 'polling' | 'paused';

class Live {
  state = $state<State>('waiting');
  /** Grows when something changed: whoever shows numbers asks for them anew. */
  turn = $state(0);
  /** When the last sign of life came. */
  heardAt = $state(Date.now());
  now = $state(Date.now());
}

export const live = new Live();

const SILENCE_MAX = 40_000;
const POLL_EVERY = 15_000;
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('desirepath-live') : null;
let letGo: (() => void) | null = null;
let isListening = false;
/** The stream of this tab, where it is the one that listens. */
let source: EventSource | null = null;
let pending: ReturnType<typeof setTimeout> | null = null;

export function start(): void {
  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<News>) => {
      if (!data.isHello) hear(data);
      else if (isListening) channel.postMessage({ family: '', as_of: null } satisfies News);
    };
  }
  document.addEventListener('visibilitychange', () => (document.hidden ? stop() : listen()));
  setInterval(tick, 1_000);
  listen();
}

export function toggle(): void {
  if (live.state === 'paused') {
    live.state = 'waiting';
    listen();
    changed();
  } else {
    live.state = 'paused';
    stop();
  }
}

function listen(): void {
  if (letGo || live.state === 'paused' || document.hidden) return;
  live.heardAt = Date.now();
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const hold = async () => {
    source = open();
    await held;
    source.close();
    source = null;
    isListening = false;
  };
  channel?.postMessage({ family: '', as_of: null, isHello: true } satisfies News);
  // Without locks every tab has a stream of its own.
  if ('locks' in navigator) void navigator.locks.request('desirepath-live', hold);
  else void hold();
}

function stop(): void {
  letGo?.();
  letGo = null;
}

function open(): EventSource {
  const opened = new EventSource('/v1/live');
  const pass = (news: News) => {
    channel?.postMessage(news);
    hear(news);
  };
  const read = (event: MessageEvent<string>) => {
    isListening = true;
    pass(JSON.parse(event.data) as News);
  };
  opened.addEventListener('change', read);
  opened.addEventListener('beat', read);
  opened.addEventListener('resync', () => pass({ family: '*', as_of: null }));
  opened.addEventListener('error', () => {
    // Refused, which a browser does not try again: the session has ended, and whoever asks is told.
    if (opened.readyState !== EventSource.CLOSED || live.state === 'paused') return;
    live.state = 'polling';
    isListening = false;
    changed();
  });
  return opened;
}

function hear(news: News): void {
  if (live.state === 'paused' || document.hidden) return;
  live.state = 'live';
  live.heardAt = Date.now();
  if (news.family !== '') changed();
}

/** Several news within a moment are one reason to ask. */
function changed(): void {
  pending ??= setTimeout(() => {
    pending = null;
    live.turn += 1;
  }, 150);
}

let polledAt = 0;

function tick(): void {
  live.now = Date.now();
  if (live.state === 'paused' || document.hidden) return;
  if (live.now - live.heardAt > SILENCE_MAX) live.state = 'polling';
  if (live.state !== 'live' && live.now - polledAt > POLL_EVERY) {
    polledAt = live.now;
    if (source?.readyState === EventSource.CLOSED) source = open();
    changed();
  }
}

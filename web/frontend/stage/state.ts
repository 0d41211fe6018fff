// What the page knows of the room: server messages in, a new state out. No DOM, no media.

import type {
  ChatLine,
  MapSection,
  Outcome,
  Person,
  ServerMessage,
  Timer,
} from "../room/messages";

export interface RoomState {
  readonly you: Person | null;
  readonly people: ReadonlyMap<string, Person>;
  readonly chat: readonly ChatLine[];
  readonly map: readonly MapSection[];
  readonly timer: Timer | null;
  readonly heardAt: number; // this device's clock when `timer.now` was heard, ms
  readonly outcome: Outcome | null;
}

export const EMPTY: RoomState = {
  you: null,
  people: new Map(),
  chat: [],
  map: [],
  timer: null,
  heardAt: 0,
  outcome: null,
};

const CHAT_BOUND = 500; // lines kept on the page

export function after(state: RoomState, message: ServerMessage, heardAt: number): RoomState {
  switch (message.type) {
    case "welcome": {
      const people = message.resumed ? state.people : new Map<string, Person>();
      return {
        ...state,
        you: message.you,
        people: withPerson(people, message.you),
        timer: message.timer,
        heardAt,
      };
    }
    case "snapshot":
      return {
        ...state,
        people: new Map(message.people.map((person) => [person.id, person])),
        you: message.people.find((person) => person.id === state.you?.id) ?? state.you,
        chat: message.chat,
        timer: message.timer,
        heardAt,
      };
    case "presence":
    case "knock":
    case "admitted":
      return changed(state, message.person);
    case "declined":
      return seen(state, message.participant, (person) => ({ ...person, presence: "declined" }));
    case "gone":
      return seen(state, message.participant, (person) => ({ ...person, presence: "left" }));
    case "seat-kept":
      return seen(state, message.participant, (person) => ({
        ...person,
        connected: false,
        seat_until: message.until,
      }));
    case "chat":
      return withLine(state, message.line);
    case "timer":
      return { ...state, timer: message.timer, heardAt };
    case "map":
      return { ...state, map: message.sections };
    case "ended":
      return { ...state, outcome: message.outcome };
    default:
      return state;
  }
}

function withPerson(
  people: ReadonlyMap<string, Person>,
  person: Person,
): ReadonlyMap<string, Person> {
  return new Map([...people, [person.id, person]]);
}

function changed(state: RoomState, person: Person): RoomState {
  const you = person.id === state.you?.id ? person : state.you;
  return { ...state, you, people: withPerson(state.people, person) };
}

function seen(state: RoomState, id: string, change: (person: Person) => Person): RoomState {
  const person = state.people.get(id);
  return person === undefined ? state : changed(state, change(person));
}

function withLine(state: RoomState, line: ChatLine): RoomState {
  if (state.chat.some((known) => known.line === line.line)) return state;
  return { ...state, chat: [...state.chat, line].slice(-CHAT_BOUND) };
}

/** The others, present ones first. */
export function others(state: RoomState): Person[] {
  return [...state.people.values()]
    .filter((person) => person.id !== state.you?.id && person.presence !== "left")
    .sort((one, other) => Number(other.connected) - Number(one.connected));
}

export function waiting(state: RoomState): Person[] {
  return others(state).filter((person) => person.presence === "waiting" && person.connected);
}

export function isAdmitted(state: RoomState): boolean {
  return state.you?.presence === "in-room";
}

/** Seconds until the interview starts (negative: since), and until it ends. */
export function clock(state: RoomState, now: number): { toStart: number; toEnd: number } | null {
  const { timer } = state;
  if (timer === null) return null;
  const there = Date.parse(timer.now) + (now - state.heardAt);
  const until = (moment: string): number => Math.round((Date.parse(moment) - there) / 1000);
  return { toStart: until(timer.starts_at), toEnd: until(timer.ends_at) };
}

// What a page knows of the room: each message gives a new view; nothing here touches the page.

import type { ChatLine, Outcome, Person, ServerMessage, Timer } from "./messages";

export interface RoomView {
  readonly me: Person | null;
  readonly people: ReadonlyMap<string, Person>;
  readonly chat: readonly ChatLine[];
  readonly timer: Timer | null;
  readonly outcome: Outcome | null;
  readonly speaker: string | null;
}

export const EMPTY_VIEW: RoomView = {
  me: null,
  people: new Map(),
  chat: [],
  timer: null,
  outcome: null,
  speaker: null,
};

export function reduce(view: RoomView, message: ServerMessage): RoomView {
  switch (message.type) {
    case "welcome":
      return { ...withPerson(view, message.you), me: message.you, timer: message.timer };
    case "snapshot":
      return withMe({
        ...view,
        people: new Map(message.people.map((person) => [person.id, person])),
        chat: message.chat,
        timer: message.timer,
      });
    case "presence":
    case "knock":
    case "admitted":
      return withPerson(view, message.person);
    case "seat-kept":
      return changed(view, message.participant, {
        connected: false,
        seat_until: message.until,
      });
    case "declined":
    case "gone":
      return without(view, message.participant);
    case "chat":
      return withLine(view, message.line);
    case "timer":
      return { ...view, timer: message.timer };
    case "speaker":
      return { ...view, speaker: message.participant };
    case "ended":
      return { ...view, outcome: message.outcome };
    default:
      return view;
  }
}

function withPerson(view: RoomView, person: Person): RoomView {
  return withMe({ ...view, people: new Map(view.people).set(person.id, person) });
}

function withMe(view: RoomView): RoomView {
  const me = view.me === null ? null : (view.people.get(view.me.id) ?? view.me);
  return { ...view, me };
}

function changed(view: RoomView, id: string, fields: Partial<Person>): RoomView {
  const person = view.people.get(id);
  return person === undefined ? view : withPerson(view, { ...person, ...fields });
}

function without(view: RoomView, id: string): RoomView {
  const people = new Map(view.people);
  people.delete(id);
  return { ...view, people };
}

function withLine(view: RoomView, line: ChatLine): RoomView {
  if (view.chat.some((known) => known.line === line.line)) return view; // replayed
  return { ...view, chat: [...view.chat, line].sort((a, b) => a.line - b.line) };
}

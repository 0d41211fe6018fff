// Names in the letters that the reader reads; the rest of the page knows one name of each person.

import type { ServerMessage } from "./messages";

interface Named {
  readonly name: string;
  readonly name_latin: string;
}

/** The same message, with names in Latin letters where there are any. */
export function inLatin(message: ServerMessage): ServerMessage {
  switch (message.type) {
    case "welcome":
      return { ...message, you: latin(message.you) };
    case "snapshot":
      return { ...message, people: message.people.map(latin), chat: message.chat.map(latin) };
    case "presence":
    case "knock":
    case "admitted":
      return { ...message, person: latin(message.person) };
    case "chat":
      return { ...message, line: latin(message.line) };
    default:
      return message;
  }
}

function latin<T extends Named>(one: T): T {
  return one.name_latin === "" ? one : { ...one, name: one.name_latin };
}

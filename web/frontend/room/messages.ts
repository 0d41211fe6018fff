// The wire messages of the room socket, version 1; see docs/reference/room-socket.md.

export const SUBPROTOCOL = "daigang.room.1";

export type Role = "panel" | "candidate" | "observer";
export type Presence = "waiting" | "in-room" | "declined" | "left";
export type Check = "unknown" | "checking" | "ready" | "failed" | "absent";
export type Source = "camera" | "screen";
export type Kind = "audio" | "video";
export type Outcome = "done" | "no-show" | "cancelled";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly name_latin: string; // for readers of Latin letters; empty where it is the same
  readonly role: Role;
  readonly presence: Presence;
  readonly connected: boolean;
  readonly media: boolean;
  readonly camera: Check;
  readonly microphone: Check;
  readonly muted: boolean;
  readonly camera_off: boolean;
  readonly seat_until: string | null;
}

export interface ChatLine {
  readonly line: number;
  readonly sender: string;
  readonly name: string;
  readonly name_latin: string;
  readonly text: string;
  readonly at: string;
  readonly private: boolean;
  readonly key: string;
}

export interface Timer {
  readonly now: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly closes_at: string;
  readonly started_at: string | null;
}

export interface MapSection {
  readonly mid: string;
  readonly kind: Kind;
  readonly participant: string;
  readonly source: Source;
}

export interface PictureLimit {
  readonly mid: string;
  readonly height: number | null; // pixels of the screen; 0: hidden, null: no limit
}

export interface PictureSeen {
  readonly mid: string;
  readonly freezes: number;
  readonly frozen: number; // ms, all freezes together
  readonly dropped: number;
}

export interface MediaEndpoint {
  readonly url: string;
  readonly token: string;
}

export interface Welcome {
  readonly type: "welcome";
  readonly version: 1;
  readonly room: string;
  readonly you: Person;
  readonly life: string;
  readonly resumed: boolean;
  readonly timer: Timer;
}

export interface Snapshot {
  readonly type: "snapshot";
  readonly number: number;
  readonly people: readonly Person[];
  readonly chat: readonly ChatLine[];
  readonly timer: Timer;
}

/** RTCIceServer; a STUN server has no credential. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username: string | null;
  readonly credential: string | null;
}

export interface Grants {
  readonly type: "grants";
  readonly socket: string;
  readonly admission: string | null;
  readonly publish: MediaEndpoint | null;
  readonly publish_screen: MediaEndpoint | null;
  readonly subscribe: MediaEndpoint | null;
  readonly ice_servers: readonly IceServer[];
  readonly expires_at: string;
}

export interface Refused {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
  readonly next_step: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly about: string | null;
}

export type NumberedMessage =
  | { readonly type: "presence"; readonly number: number; readonly person: Person }
  | { readonly type: "knock"; readonly number: number; readonly person: Person }
  | {
      readonly type: "admitted";
      readonly number: number;
      readonly person: Person;
      readonly by: string;
    }
  | {
      readonly type: "declined";
      readonly number: number;
      readonly participant: string;
      readonly by: string;
    }
  | {
      readonly type: "gone";
      readonly number: number;
      readonly participant: string;
      readonly reason: "left" | "expired";
    }
  | {
      readonly type: "seat-kept";
      readonly number: number;
      readonly participant: string;
      readonly until: string;
    }
  | { readonly type: "chat"; readonly number: number; readonly line: ChatLine }
  | { readonly type: "timer"; readonly number: number; readonly timer: Timer }
  | {
      readonly type: "ended";
      readonly number: number;
      readonly outcome: Outcome;
      readonly by: string | null;
    };

export type ServerMessage =
  | NumberedMessage
  | Welcome
  | Snapshot
  | Grants
  | Refused
  | { readonly type: "speaker"; readonly participant: string | null }
  | { readonly type: "layers"; readonly source: Source; readonly rids: readonly string[] }
  | { readonly type: "screen-stopped"; readonly by: string }
  | { readonly type: "map"; readonly sections: readonly MapSection[] }
  | {
      readonly type: "media-lost";
      readonly direction: "publish" | "subscribe";
      readonly source: Source | null;
      readonly reason: string;
    }
  | { readonly type: "seat-taken"; readonly name: string }
  | { readonly type: "replaced" }
  | { readonly type: "server-restart"; readonly reconnect_in: number }
  | { readonly type: "pong"; readonly nonce: number; readonly now: string };

export interface Hello {
  readonly type: "hello";
  readonly version: 1;
  readonly token: string;
  readonly device: string;
  readonly admission: string | null;
  readonly life: string | null;
  readonly last_seen: number | null;
}

export type RoomCommand =
  | { readonly type: "device-state"; readonly camera: Check; readonly microphone: Check }
  | { readonly type: "media-state"; readonly muted: boolean; readonly camera_off: boolean }
  | { readonly type: "set-limits"; readonly limits: readonly PictureLimit[] }
  | { readonly type: "tell-pictures"; readonly pictures: readonly PictureSeen[] }
  | { readonly type: "stop-screen" }
  | {
      readonly type: "send-chat";
      readonly text: string;
      readonly key: string;
      readonly to: string | null;
    }
  | { readonly type: "admit"; readonly participant: string }
  | { readonly type: "decline"; readonly participant: string }
  | { readonly type: "end"; readonly outcome: "done" | "no-show" }
  | { readonly type: "leave" }
  | { readonly type: "take-over" }
  | { readonly type: "renew-grants" }
  | { readonly type: "ping"; readonly nonce: number };

const SERVER_TYPES: ReadonlySet<string> = new Set<ServerMessage["type"]>([
  "presence",
  "knock",
  "admitted",
  "declined",
  "gone",
  "seat-kept",
  "chat",
  "timer",
  "ended",
  "welcome",
  "snapshot",
  "grants",
  "error",
  "map",
  "speaker",
  "layers",
  "screen-stopped",
  "media-lost",
  "seat-taken",
  "replaced",
  "server-restart",
  "pong",
]);

/** The message in a frame; null for a type that this page does not know (a newer server). */
export function readMessage(text: string): ServerMessage | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  const known = typeof value.type === "string" && SERVER_TYPES.has(value.type);
  return known ? (value as ServerMessage) : null;
}

// The room's page: puts the session of the room and the parts of the page together.

import { deviceId } from "./room/device-id";
import { RoomSession } from "./room/session";
import { part } from "./stage/dom";
import { learnFrom } from "./stage/texts";
import { Stage } from "./stage/stage";

learnFrom(document);
const data = part("stage").dataset;
const room = data["room"] ?? "";
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const session = new RoomSession({
  url: `${scheme}//${location.host}/socket/${room}`,
  room,
  token: data["grant"] ?? "",
  device: deviceId(sessionStorage),
  storage: sessionStorage,
  waits: true,
  readsLatin: data["locale"] !== "zh_CN",
});
new Stage(session, data["role"] === "panel").start();

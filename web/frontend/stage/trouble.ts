// What went wrong with camera, microphone or the room, and what to do about it.

import { t } from "./texts";

export interface Advice {
  readonly title: string;
  readonly step: string;
}

/** By the reason that the device layer gives: denied, none, busy, unsupported. */
export function deviceAdvice(reason: string): Advice {
  switch (reason) {
    case "denied":
      return {
        title: t("The browser may not use camera and microphone."),
        step: t("Press the camera symbol in the address bar, allow both, then try again."),
      };
    case "none":
      return {
        title: t("No camera and no microphone were found."),
        step: t("Plug in a headset and try again. Until then you can write in the chat."),
      };
    case "busy":
      return {
        title: t("Another program is using the camera or the microphone."),
        step: t("Close other meeting programs, then try again."),
      };
    default:
      return {
        title: t("Camera and microphone do not work in this browser."),
        step: t("Open this page in Chrome, Edge, Firefox or Safari, not inside another app."),
      };
  }
}

/** By the stable code of a refusal of the room. */
export function roomAdvice(code: string): Advice {
  switch (code) {
    case "room-not-open-yet":
      return {
        title: t("The room is not open yet."),
        step: t("It opens 15 minutes before the interview. This page goes on by itself."),
      };
    case "room-closed":
    case "interview-over":
    case "room-unknown":
      return {
        title: t("This interview is over."),
        step: t("Look at your interviews for the next one."),
      };
    case "chat-too-fast":
    case "too-many-messages":
      return { title: t("Too many messages at once."), step: t("Please slow down.") };
    case "room-full":
      return { title: t("The room is full."), step: t("Wait until somebody leaves and try again.") };
    case "screen-taken":
      return {
        title: t("Somebody else is sharing a screen."),
        step: t("Ask them to stop first."),
      };
    case "nobody-shares":
      return { title: t("Nobody is sharing a screen."), step: "" };
    case "declined-recently":
      return {
        title: t("The panel is not ready for you yet."),
        step: t("Wait half a minute, then knock again."),
      };
    case "candidate-is-present":
      return {
        title: t("The graduate is in the room."),
        step: t("End the interview as done, or wait until they have left."),
      };
    case "too-early-for-no-show":
      return {
        title: t("The graduate may still come."),
        step: t("A no-show can be noted from 10 minutes after the start on."),
      };
    case "token-invalid":
    case "grant-expired":
    case "grant-too-narrow":
      return { title: t("This page is too old."), step: t("Reload it to come back in.") };
    default:
      return { title: t("The room said no."), step: t("Reload the page and try again.") };
  }
}

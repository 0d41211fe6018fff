// What every page loads: the look, the menu, partial updates, the small behaviours.
import "./styles/main.scss";
import "bootstrap/js/dist/collapse";
import "bootstrap/js/dist/dropdown";
import "htmx.org";
import { showChosenDay } from "./chips";
import { countHold } from "./hold";
import { followPlainly } from "./plain";
import { rememberZone } from "./zone";

rememberZone(document, Intl.DateTimeFormat().resolvedOptions().timeZone);
countHold(document, () => performance.now());
showChosenDay(document);
followPlainly(document, (address) => location.assign(address));
document.addEventListener("htmx:after:swap", () => showChosenDay(document));

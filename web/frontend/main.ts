// What every page loads: the look, the menu, partial updates, the small behaviours.
import "./styles/main.scss";
import "bootstrap/js/dist/collapse";
import "bootstrap/js/dist/dropdown";
import "htmx.org";
import { showChosenDay } from "./chips";
import { countHold } from "./hold";
import { followPlainly } from "./plain";
import { rememberZone, showTimesAnew } from "./zone";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (rememberZone(document, zone)) void showTimesAnew(document, zone);
countHold(document, () => performance.now());
showChosenDay(document);
followPlainly(document, (address) => location.assign(address));
document.addEventListener("htmx:after:swap", () => showChosenDay(document));

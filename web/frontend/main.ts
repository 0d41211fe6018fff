// What every page loads: the look, the menu, partial updates, the small behaviours.
import "./styles/main.scss";
import "bootstrap/js/dist/collapse";
import "bootstrap/js/dist/dropdown";
import "htmx.org";
import { rememberZone } from "./zone";

rememberZone(document, Intl.DateTimeFormat().resolvedOptions().timeZone);

/**
 * The entry point of the page: reads the settings and renders it.
 *
 * @module
 */
/// <reference lib="dom" />
import { render } from "preact";
import type { DemoSettings } from "../settings.ts";
import { App } from "./app.tsx";

const response = await fetch("/settings.json");
const settings: DemoSettings = await response.json();
document.body.replaceChildren();
render(<App settings={settings} />, document.body);

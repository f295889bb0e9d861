// SPDX-License-Identifier: MPL-2.0
// What every page does when there is JavaScript; all of it works without, too.
import {live} from "./write.mjs";
import {drop} from "./check.mjs";

document.documentElement.classList.add("script");

// As in other mail programs: j and k walk through the letters, x chooses one; what else has a key says so itself.
const letters = [...document.querySelectorAll("#letters a")];
const keys = {
	j: () => step(1),
	k: () => step(-1),
	x: () => document.activeElement.closest(".letter")?.querySelector("input")?.click(),
};

function step(by) {
	const here = letters.indexOf(document.activeElement);
	const next = here < 0 ? 0 : here + by;
	letters[Math.min(Math.max(next, 0), letters.length - 1)]?.focus();
}

function press(key) {
	const one = document.querySelector(`[aria-keyshortcuts="${CSS.escape(key)}"]`);
	return one?.matches("input") ? one.focus() : one?.click();
}

document.addEventListener("keydown", (event) => {
	const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
	const named = event.key.length === 1 && document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
	if (typing || event.ctrlKey || event.metaKey || event.altKey || !(named || event.key in keys)) {
		return;
	}
	event.preventDefault();
	(keys[event.key] ?? press)(event.key);
});

const all = document.querySelector("#all");
all?.addEventListener("change", () => {
	for (const one of document.querySelectorAll(".pick input")) {
		one.checked = all.checked;
	}
});

// Two quick presses send a form once; a form that only fetches a file can be sent again.
const TWICE = 2000; // ms
document.addEventListener("submit", (event) => {
	const form = event.target;
	if (event.defaultPrevented) {
		return; // it waits, and is sent later
	}
	if (form.dataset.sent) {
		event.preventDefault();
		return;
	}
	form.dataset.sent = "yes";
	setTimeout(() => delete form.dataset.sent, TWICE);
});

const write = document.querySelector("#write");
if (write) {
	live(write);
}
const file = document.querySelector("#drop");
if (file) {
	drop(file);
}

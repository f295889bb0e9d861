// SPDX-License-Identifier: MPL-2.0
// What every page does when there is JavaScript; all of it works without, too.
import {live} from "./write.mjs";
import {drop} from "./check.mjs";

document.documentElement.classList.add("script");

// j and k walk through the letters, / searches, c writes: as in other mail programs.
const letters = [...document.querySelectorAll("#letters a")];
const keys = {
	j: () => step(1),
	k: () => step(-1),
	"/": () => document.querySelector("#search")?.focus(),
	c: () => document.querySelector(".folders .button")?.click(),
};

function step(by) {
	const here = letters.indexOf(document.activeElement);
	const next = here < 0 ? 0 : here + by;
	letters[Math.min(Math.max(next, 0), letters.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
	const typing = event.target.closest("input, textarea, select");
	if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) {
		return;
	}
	event.preventDefault();
	keys[event.key]();
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

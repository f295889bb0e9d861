// SPDX-License-Identifier: MPL-2.0
// Everybody can use it: axe-core finds nothing, no page is wider than a small screen, the keyboard reaches all, no script is needed.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {after, before, test} from "node:test";
import {Playground, browser, missing, open, picture} from "./browser.mjs";
import {ALICE, BOB, SHOP, deliver, inbox, letter, read, row, typed} from "./mail.mjs";

const skip = missing ?? false;
const axe = skip ? "" : readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3);
let playground, chrome, page, places;

// Each page, with something on it that may be too wide.
async function findPlaces() {
	deliver(playground, "alice", letter({from: `${LONG} <long@${"a".repeat(60)}.example>`, subject: LONG, text: `${LONG}\n\n> ${LONG}\n`,
		more: `Cc: ${Array.from({length: 12}, (_, i) => `p${i}@example.com`).join(", ")}\n`}));
	deliver(playground, "alice", letter({from: "carol@example.com", subject: "with pictures", type: "text/html", text: `<h1>${LONG}</h1><table width=3000><tr><td>x</table>`}));
	const link = async (subject) => {
		await inbox(page, playground, ALICE);
		return new URL(await row(page, subject).getByRole("link").evaluate((one) => one.href)).pathname;
	};
	return {
		start: "/", list: `/mail/${ALICE}/INBOX/`, "list, nothing found": `/mail/${ALICE}/INBOX/?search=nothing+like+this`,
		"a letter, verified": await link("Your order"), "a letter, warning": await link("Your account is locked"),
		"a letter, long": await link("Donaudampf"), "a letter with HTML": await link("with pictures"),
		write: `/mail/${ALICE}/write`, "write, not ready": `/mail/${ALICE}/write?to=${BOB}`, "write, ready": `/mail/${ALICE}/write?to=${SHOP}`,
		people: `/people/${ALICE}/`, person: `/people/${ALICE}/${SHOP}/`, keys: `/keys/${ALICE}/`, waiting: "/waiting/", check: "/check", health: "/health",
		"how-to": "/how-to/encrypt/postseal/apple-mail/none/", "how-to index": "/how-to/", error: "/nothing/like/this", login: "/login",
	};
}

before(async () => {
	if (skip) {
		return;
	}
	[playground, chrome] = await Promise.all([Playground.start(), browser()]);
	page = await open(chrome, playground);
	places = await findPlaces();
});

after(async () => {
	await chrome?.close();
	await playground?.stop();
});

async function faults() {
	await page.evaluate(axe); // as a debugger does: the page's own policy would not load it
	const {violations} = await page.evaluate(() => globalThis.axe.run(document, {iframes: false, resultTypes: ["violations"]}));
	return violations.map(({id, nodes}) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}

async function width() {
	return page.evaluate(() => {
		const root = document.scrollingElement;
		const wide = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
		return root.scrollWidth <= innerWidth ? "" : `${root.scrollWidth} > ${innerWidth}: ${wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 100))}`;
	});
}

// Each thing is asked of all pages; one test tells all that is wrong.
async function everywhere(look) {
	const found = {};
	for (const [name, path] of Object.entries(places)) {
		await page.goto(playground.origin + path);
		await page.locator("details").evaluateAll((all) => all.forEach((one) => {
			one.open = true;
		}));
		const wrong = await look(name);
		if (wrong.length > 0) {
			found[name] = wrong;
		}
	}
	assert.deepEqual(found, {});
}

test("axe-core sees what is wrong", {skip}, async () => {
	await page.goto(`${playground.origin}/check`);
	await page.evaluate(() => {
		document.querySelector("label").remove();
		document.querySelector(".lead").style.color = "#ccc";
	});
	assert.deepEqual((await faults()).map((fault) => fault.split(":")[0]).sort(), ["color-contrast", "label"]);
});

for (const colorScheme of ["light", "dark"]) {
	test(`axe-core finds nothing (${colorScheme})`, {skip}, async () => {
		await page.emulateMedia({colorScheme, reducedMotion: "reduce"});
		await everywhere(async (name) => {
			await picture(page, `access-${colorScheme}-${name.replaceAll(/\W+/g, "-")}`);
			return faults();
		});
		await page.emulateMedia({colorScheme: null});
	});
}

for (const [name, size] of [["a small screen", {width: 320, height: 640}], ["twice as large on a laptop", {width: 550, height: 400}]]) {
	test(`${name}: no page is wider than that`, {skip}, async () => {
		await page.setViewportSize(size);
		await everywhere(async (place) => {
			await picture(page, `access-${size.width}-${place.replaceAll(/\W+/g, "-")}`);
			return width();
		});
		await page.setViewportSize({width: 1100, height: 800});
	});
}

// What has the focus after so many presses of the tabulator.
async function tabbed() {
	const seen = [];
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press("Tab");
		const name = await page.evaluate(() => {
			const one = document.activeElement;
			const box = one.getBoundingClientRect();
			const style = getComputedStyle(one);
			return one === document.body ? null : {text: (one.innerText ?? "").trim() || one.name || one.id, seen: box.width > 1 && style.outlineStyle !== "none"};
		});
		if (name === null) {
			break;
		}
		seen.push(name);
	}
	return seen;
}

test("the tabulator reaches all in order, and what has the focus can be seen", {skip}, async () => {
	await page.goto(`${playground.origin}/mail/${ALICE}/INBOX/`);
	const stops = await tabbed();
	assert.match(stops[0].text, /Skip/);
	assert.deepEqual(stops.filter((one) => !one.seen), []);
	for (const expected of ["To decide", "Write", "search", "People"]) {
		assert.ok(stops.some((one) => one.text.includes(expected)), expected);
	}
	assert.ok(stops.some((one) => one.text.includes("Your order")));
});

test("the first link skips to the content", {skip}, async () => {
	await page.goto(`${playground.origin}/mail/${ALICE}/INBOX/`);
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.querySelector("main").contains(document.activeElement)), true);
});

test("j and k walk, Enter opens, / searches, c writes", {skip}, async () => {
	await page.goto(`${playground.origin}/mail/${ALICE}/INBOX/`);
	const here = () => page.evaluate(() => [...document.querySelectorAll("#letters a")].indexOf(document.activeElement));
	for (const [key, place] of [["j", 0], ["j", 1], ["j", 2], ["k", 1]]) {
		await page.keyboard.press(key);
		assert.equal(await here(), place);
	}
	await page.keyboard.press("Enter");
	await page.waitForSelector(".verdict");
	await page.goBack();
	await page.keyboard.press("/");
	await page.keyboard.type("jck");
	assert.equal(await page.locator("#search").inputValue(), "jck");
	await page.locator("h1").click();
	await page.keyboard.press("c");
	await page.waitForSelector("#write");
});

test("a letter is written, sealed and sent with the keyboard alone", {skip}, async () => {
	await page.goto(`${playground.origin}/mail/${ALICE}/write`);
	assert.equal(await page.evaluate(() => document.activeElement.id), "to");
	await typed(page, () => page.keyboard.type(SHOP));
	await page.getByRole("checkbox", {name: "Encrypt"}).waitFor();
	const press = async (id) => {
		for (let i = 0; i < 8 && (await page.evaluate(() => document.activeElement.id || document.activeElement.name)) !== id; i++) {
			await page.keyboard.press("Tab");
		}
	};
	await press("encrypt");
	await page.keyboard.press("Space");
	assert.equal(await page.getByRole("checkbox", {name: "Encrypt"}).isChecked(), true);
	await press("subject");
	await page.keyboard.type("By keyboard");
	await page.keyboard.press("Enter"); // as everywhere: Enter in a line sends the form
	await page.waitForURL(/\/Sent\/$/);
	assert.equal(await row(page, "By keyboard").count(), 1);
});

test("without JavaScript: read, write, ask, send, decide", {skip}, async () => {
	const link = (await (await page.request.post(`${playground.origin}/v1/login-link`, {headers: {"X-Postseal-Token": playground.token()}})).json()).url;
	const bare = await open(chrome, {...playground, link}, {javaScriptEnabled: false});
	await read(bare, playground, ALICE, "Your order");
	assert.match(await bare.locator(".verdict").innerText(), /Verified/);
	await bare.getByRole("link", {name: "Reply", exact: true}).click();
	await bare.getByRole("button", {name: "Can it be encrypted?"}).click();
	await bare.getByRole("checkbox", {name: "Encrypt"}).check();
	await bare.getByLabel("Subject").fill("Without a script");
	await bare.getByRole("button", {name: "Send", exact: true}).click();
	await bare.waitForURL(/\/Sent\/$/);
	assert.equal(await row(bare, "Without a script").count(), 1);
	await bare.goto(`${playground.origin}/people/${ALICE}/${SHOP}/`);
	await bare.getByRole("button", {name: "I compared it"}).click();
	await bare.waitForSelector("h1");
	assert.match(await bare.locator("main").innerText(), /compared/);
	await picture(bare, "access-without-script");
	await bare.context().close();
});

test("how soon each page is painted (told, not judged: others use this machine, too)", {skip}, async (context) => {
	const times = [];
	for (const [name, path] of Object.entries(places)) {
		let best = Infinity;
		for (let i = 0; i < 3; i++) {
			await page.goto(playground.origin + path);
			await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0, null, {timeout: 3000}).catch(() => {});
			best = Math.min(best, await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity));
		}
		times.push(`${name} ${Math.round(best)}`);
	}
	context.diagnostic(`first contentful paint, best of 3, ms: ${times.join(", ")}`);
});

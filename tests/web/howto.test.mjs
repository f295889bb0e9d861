// SPDX-License-Identifier: MPL-2.0
// The exported how-to pages in a browser, from the file system: axe-core finds nothing, nothing is wider than a
// small phone, the form leads on, also without scripts.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import * as fs from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, test} from "node:test";
import {POSTSEAL, browser, missing} from "./browser.mjs";

const skip = missing ?? false;
const AXE = skip ? "" : fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = ["", "find/", "encrypt/mutt/", "encrypt/mutt/any/", "encrypt/claws-mail/outlook/none/",
	"de/encrypt/gmail/any/changed/", "de/program/thunderbird/", "encrypt/thunderbird/tuta/recipient-cannot/"];
let folder, chrome;

// In memory where there is room for 30,000 files: the disk would take minutes.
function roomy() {
	try {
		const memory = fs.statfsSync("/dev/shm");
		return memory.bavail * memory.bsize > 2 ** 31 ? "/dev/shm" : tmpdir();
	} catch {
		return tmpdir();
	}
}

function address(path) {
	return `file://${folder}/site/how-to/${path}index.html`;
}

before(async () => {
	if (!skip) {
		folder = fs.mkdtempSync(join(roomy(), "postseal-howto-"));
		execFileSync(POSTSEAL, ["--home", join(folder, "home"), "howto", "export", join(folder, "site")], {stdio: "ignore"});
		chrome = await browser();
	}
});

after(async () => {
	await chrome?.close();
	if (folder) {
		fs.rmSync(folder, {recursive: true});
	}
});

for (const colorScheme of ["light", "dark"]) {
	for (const path of PAGES) {
		test(`${colorScheme}: how-to/${path}`, {skip}, async () => {
			const page = await chrome.newPage({colorScheme, viewport: {width: 320, height: 800}});
			await page.goto(address(path));
			await page.evaluate(AXE);
			const found = await page.evaluate(() => axe.run());
			assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
			assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
			await page.close();
		});
	}
}

test("the form leads to the page", {skip}, async () => {
	const page = await chrome.newPage();
	await page.goto(address("de/"));
	await page.selectOption("#from", "mutt");
	await page.selectOption("#to", "kmail");
	await page.selectOption("#state", "expired");
	await page.click("button");
	await page.waitForURL(address("de/encrypt/mutt/kmail/expired/"));
	assert.match(await page.locator("h1").innerText(), /abgelaufen/);
	await page.close();
});

test("without scripts the lists lead to the page", {skip}, async () => {
	const context = await chrome.newContext({javaScriptEnabled: false});
	const page = await context.newPage();
	await page.goto(address(""));
	await page.getByRole("link", {name: "Mutt", exact: true}).click();
	await page.getByRole("link", {name: "KMail", exact: true}).click();
	await page.getByRole("link", {name: "no key yet"}).click();
	assert.equal(page.url(), address("encrypt/mutt/kmail/none/"));
	await page.keyboard.press("Tab");
	assert.equal(await page.locator(":focus").innerText(), "Skip to the text");
	await context.close();
});

// SPDX-License-Identifier: MPL-2.0
// The exported how-to pages in a browser, from the file system and from a host that has no rules (its 404.html is
// shown for what is not there): axe-core finds nothing, nothing is wider than a small phone, the form leads on, also
// without scripts.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import * as fs from "node:fs";
import {createServer} from "node:http";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, test} from "node:test";
import {POSTSEAL, browser, missing} from "./browser.mjs";

const skip = missing ?? false;
const AXE = skip ? "" : fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = ["", "find/", "encrypt/mutt/", "encrypt/mutt/any/", "encrypt/claws-mail/outlook/none/",
	"de/encrypt/gmail/any/changed/", "de/program/thunderbird/", "encrypt/thunderbird/tuta/recipient-cannot/"];
const TYPES = {html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript"};
let folder, chrome, host;

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

// Files as they are, folders by their index.html, 404.html for the rest.
function serve(request, response) {
	const path = join(folder, "site", new URL(request.url, "http://host").pathname);
	const file = [path, join(path, "index.html")].find((name) => fs.existsSync(name) && fs.statSync(name).isFile());
	const given = file ?? join(folder, "site/404.html");
	response.writeHead(file ? 200 : 404, {"Content-Type": TYPES[given.split(".").at(-1)] ?? "text/plain"});
	response.end(fs.readFileSync(given));
}

function hosted(path) {
	return `http://127.0.0.1:${host.address().port}/how-to/${path}`;
}

before(async () => {
	if (!skip) {
		folder = fs.mkdtempSync(join(roomy(), "postseal-howto-"));
		host = createServer(serve);
		await new Promise((ready) => host.listen(0, "127.0.0.1", ready));
		execFileSync(POSTSEAL, ["--home", join(folder, "home"), "howto", "export", join(folder, "site"), "--base",
			`http://127.0.0.1:${host.address().port}`], {stdio: "ignore"});
		chrome = await browser();
	}
});

after(async () => {
	await chrome?.close();
	host?.close();
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

for (const [asked, ends] of [
	["encrypt/thunderbird-153/apple-mail-16/none/", "encrypt/thunderbird/apple-mail/none/"],
	["de/encrypt/thunderbird-153.7.0/nobody/ready", "de/encrypt/thunderbird/any/ready/"],
	["program/nobody-1/", "program/any/"],
	["find/?from=mutt-2&to=nobody&state=changed", "encrypt/mutt/any/changed/index.html"],
	["find/?from=mutt&to=kmail", "encrypt/mutt/kmail/index.html"],
	["de/find/?from=%2F%2Fevil.example&to=..&state=none", "de/encrypt/any/any/none/index.html"],
]) {
	test(`a host without rules: ${asked}`, {skip}, async () => {
		const page = await chrome.newPage();
		await page.goto(hosted(asked), {waitUntil: "commit"});
		await page.waitForURL(hosted(ends));
		assert.equal(await page.locator("html").getAttribute("lang"), ends.startsWith("de/") ? "de" : "en");
		await page.close();
	});
}

test("a host without rules: an address that no page can have stays where it is", {skip}, async () => {
	const page = await chrome.newPage();
	for (const path of ["encrypt/mutt/kmail/perhaps/", "nothing/"]) {
		await page.goto(hosted(path));
		assert.equal(page.url(), hosted(path));
		assert.equal(await page.locator("h1").innerText(), "There is no such page");
	}
	await page.close();
});

test("a host without rules, no scripts: the page for missing addresses leads on", {skip}, async () => {
	const context = await chrome.newContext({javaScriptEnabled: false});
	const page = await context.newPage();
	await page.goto(hosted("encrypt/thunderbird-153/apple-mail-16/none/"));
	await page.getByRole("link", {name: "Thunderbird", exact: true}).click();
	await page.getByRole("link", {name: "Mail on the Mac", exact: true}).click();
	assert.equal(page.url(), hosted("encrypt/thunderbird/apple-mail/index.html"));
	await page.goto(hosted("find/?from=mutt&to=kmail&state=none"));
	await page.getByRole("link", {name: "Mutt", exact: true}).click();
	assert.equal(page.url(), hosted("encrypt/mutt/index.html"));
	await context.close();
});

test("on paper there are the steps, and no buttons and ways to other pages", {skip}, async () => {
	const page = await chrome.newPage();
	await page.goto(address("encrypt/thunderbird/apple-mail/none/"));
	await page.emulateMedia({media: "print"});
	for (const hidden of [".skip", "header nav", ".more"]) {
		assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
	}
	assert.equal(await page.getByText("In short").isVisible(), true);
	await page.close();
});

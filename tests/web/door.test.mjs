// SPDX-License-Identifier: MPL-2.0
// Other pages of the same browser: their links, forms and scripts reach nothing; links are good once; logging out ends it.
import assert from "node:assert/strict";
import {createServer} from "node:http";
import {after, before, test} from "node:test";
import {Playground, browser, missing, open} from "./browser.mjs";
import {ALICE, BOB, inbox} from "./mail.mjs";

const skip = missing ?? false;
let playground, chrome, page, foreign, server;

// A page of somebody else on this machine: another origin, and on "localhost" another site, too.
async function serveForeign() {
	server = createServer((request, response) => {
		response.setHeader("Content-Type", "text/html");
		response.end("<!doctype html><title>foreign</title><p>foreign</p>");
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	return server.address().port;
}

before(async () => {
	if (skip) {
		return;
	}
	foreign = await serveForeign();
	[playground, chrome] = await Promise.all([Playground.start(),
		browser(["--host-resolver-rules=MAP evil.example 127.0.0.1, MAP friend.example 127.0.0.1"])]);
	page = await open(chrome, playground);
});

after(async () => {
	await chrome?.close();
	await playground?.stop();
	server?.close();
});

// Another tab of the browser that is logged in, on another site.
async function stranger(host = "evil.example") {
	const tab = await page.context().newPage();
	await tab.goto(`http://${host}:${foreign}/`);
	return tab;
}

test("a script of another site reads nothing", {skip}, async () => {
	for (const host of ["evil.example", "127.0.0.1"]) {
		const tab = await stranger(host);
		for (const path of ["/", "/v1/desks", `/mail/${ALICE}/INBOX/`, "/static/page.mjs"]) {
			const got = await tab.evaluate((url) => fetch(url, {credentials: "include"}).then((a) => a.text(), () => "refused"), playground.origin + path);
			assert.equal(got, "refused", `${host} ${path}`);
		}
		await tab.close();
	}
});

test("a form of another site does nothing", {skip}, async () => {
	for (const host of ["evil.example", "127.0.0.1"]) {
		const tab = await stranger(host);
		const answered = tab.waitForResponse((answer) => answer.request().method() === "POST");
		await tab.setContent(`<form method=post action="${playground.origin}/keys/${BOB}/"><input name=action value=new-identity><button>go</button></form>`);
		await tab.getByRole("button").click();
		assert.ok([401, 403].includes((await answered).status()), host);
		await tab.close();
	}
});

test("a link on another site does not log in as you", {skip}, async () => {
	const tab = await stranger();
	await tab.setContent(`<a href="${playground.origin}/mail/${ALICE}/INBOX/">go</a>`);
	await tab.getByRole("link").click();
	await tab.waitForURL(`${playground.origin}/**`);
	assert.doesNotMatch(await tab.content(), /alice@example\.org|Book Shop/);
	await tab.close();
});

test("another page cannot frame this one, nor keep a hand on its window", {skip}, async () => {
	const tab = await stranger("127.0.0.1");
	await tab.setContent(`<iframe src="${playground.origin}/"></iframe>`);
	await tab.waitForTimeout(500);
	const frame = tab.frames().find((one) => one !== tab.mainFrame());
	assert.doesNotMatch(await frame.content().catch(() => ""), /alice@example\.org/);
	const [window] = await Promise.all([tab.context().waitForEvent("page"), tab.evaluate((url) => {
		globalThis.opened = open(url);
	}, playground.origin)]);
	await window.waitForLoadState();
	assert.equal(await tab.evaluate(() => globalThis.opened.closed), true);
	await window.close();
	await tab.close();
});

test("a name that points here is not answered (DNS rebinding)", {skip}, async () => {
	const tab = await page.context().newPage();
	const {port} = new URL(playground.origin);
	for (const path of ["/", "/login", "/how-to/", "/v1/desks"]) {
		const answer = await tab.goto(`http://friend.example:${port}${path}`);
		assert.equal(answer.status(), 403, path);
	}
	await tab.close();
});

test("a login link is good once", {skip}, async () => {
	const other = await (await chrome.newContext()).newPage();
	const answer = await other.goto(playground.link);
	assert.equal(answer.status(), 403);
	assert.match(await other.locator("main").innerText(), /used before.*postseal page/s);
	await inbox(other, playground, ALICE);
	assert.doesNotMatch(await other.content(), /Book Shop/);
	await other.context().close();
});

test("scripts of the page cannot read the cookie", {skip}, async () => {
	await page.goto(playground.origin);
	assert.equal(await page.evaluate(() => document.cookie), "");
	const [cookie] = await page.context().cookies();
	assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite, cookie.path], ["postseal", true, "Strict", "/"]);
});

test("logging out ends it, in every tab", {skip}, async () => {
	const tab = await page.context().newPage();
	await inbox(tab, playground, ALICE);
	await page.getByRole("button", {name: "Log out"}).click();
	await page.waitForURL(/\/login$/);
	assert.equal((await tab.reload()).status(), 401);
	await page.goBack();
	assert.doesNotMatch(await page.content(), /alice@example\.org/);
});

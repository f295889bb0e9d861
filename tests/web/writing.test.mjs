// SPDX-License-Identifier: MPL-2.0
// While somebody writes: the wish to encrypt stays, and the copy that is kept by itself does not come in the way of sending.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {Playground, browser, missing, open} from "./browser.mjs";
import {ALICE, SHOP, fill, row} from "./mail.mjs";

const skip = missing ?? false;
let playground, chrome, page;

before(async () => {
	if (skip) {
		return;
	}
	[playground, chrome] = await Promise.all([Playground.start(), browser()]);
	page = await open(chrome, playground);
});

after(async () => {
	await chrome?.close();
	await playground?.stop();
});

const box = () => page.getByRole("checkbox", {name: "Encrypt"});
const to = () => page.getByLabel("To", {exact: true});

test("who wants it encrypted wants it while the recipients are typed anew", {skip}, async () => {
	await page.goto(`${playground.origin}/mail/${ALICE}/write`);
	await fill(page, {to: SHOP, subject: "s", text: "x"});
	await box().check();
	await to().fill("");
	await page.getByText("Name somebody").waitFor();
	await to().fill("nobody@example.com");
	await page.getByText("does not leave without it").waitFor();
	assert.equal(await box().isChecked(), true);
	await to().fill("");
	await page.getByText("Name somebody").waitFor();
	await to().fill(SHOP);
	await page.getByText("All keys are here").waitFor();
	assert.equal(await box().isChecked(), true);
	await box().uncheck();
	await to().fill("");
	await page.getByText("Name somebody").waitFor();
	await to().fill(SHOP);
	await page.getByText("All keys are here").waitFor();
	assert.equal(await box().isChecked(), false);
});

test("Send waits for the copy that is just being kept", {skip}, async () => {
	page.once("dialog", (dialog) => dialog.accept().catch(() => {})); // what was written above
	await page.goto("about:blank");
	await page.clock.install();
	await page.goto(`${playground.origin}/mail/${ALICE}/write`);
	await fill(page, {to: SHOP, subject: "kept and sent", text: "x"});
	let go, kept = 0;
	const gate = new Promise((done) => {
		go = done;
	});
	await page.route(/\/write$/, async (route) => {
		if (/name="action"\r\n\r\nkeep/.test(route.request().postData() ?? "")) {
			kept += 1;
			const answer = await route.fetch(); // the draft is there, but the page does not know it yet
			await gate;
			await route.fulfill({response: answer});
		} else {
			await route.continue();
		}
	});
	const asked = page.waitForRequest((request) => request.method() === "POST");
	await page.clock.runFor(21000);
	await asked;
	await page.getByRole("button", {name: "Send"}).click();
	await page.getByRole("button", {name: "Send"}).click();
	assert.match(page.url(), /\/write$/);
	go();
	await page.waitForURL(/\/Sent\/$/);
	assert.equal(kept, 1);
	assert.equal(await row(page, "kept and sent").count(), 1);
	await page.goto(`${playground.origin}/mail/${ALICE}/Drafts/`);
	assert.equal(await row(page, "kept and sent").count(), 0);
	assert.deepEqual(page.errors, []);
});

// SPDX-License-Identifier: MPL-2.0
// The first minute with postseal, in a browser: what tools/playground's welcome letter says, step by step, with pictures.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {Playground, browser, missing, open, picture} from "./browser.mjs";
import {ALICE, BOB, fill, inbox, read, row, send} from "./mail.mjs";

const skip = missing ?? false;
let playground, chrome, page;
let broken = false;

// Each step needs those before it.
function step(name, run) {
	test(name, {skip}, async (context) => {
		if (broken) {
			context.skip("an earlier step failed");
			return;
		}
		broken = true;
		await run();
		broken = false;
	});
}

before(async () => {
	if (!skip) {
		[playground, chrome] = await Promise.all([Playground.start(), browser()]);
		page = await open(chrome, playground);
	}
});

after(async () => {
	await chrome?.close();
	await playground?.stop();
});

async function verdict() {
	return (await page.locator(".verdict h2").innerText()).trim();
}

async function decideLater(address) {
	await page.goto(`${playground.origin}/mail/${address}/write?to=${address === ALICE ? BOB : ALICE}`);
	return page.locator(".recipient").first();
}

step("the start shows whose mail there is", async () => {
	await page.waitForSelector(".cards");
	assert.deepEqual(await page.locator(".cards h2").allInnerTexts(), ["Alice", "Bob", "The Book Shop"]);
	await picture(page, "story-01-start");
});

step("the list shows plain-word marks", async () => {
	await inbox(page, playground, ALICE);
	assert.match(await row(page, "Your order").locator(".mark").innerText(), /Verified/);
	assert.match(await row(page, "Your account is locked").locator(".mark").innerText(), /Take care/);
	assert.match(await row(page, "How to play").locator(".mark").innerText(), /Not protected/);
	await picture(page, "story-02-list");
});

step("Alice writes to Bob and sees how to encrypt", async () => {
	await read(page, playground, ALICE, "Lunch on Friday"); // postseal sees Bob's mail program
	await page.getByRole("link", {name: "Write", exact: true}).click();
	await fill(page, {to: BOB, subject: "Lunch", text: "Friday is fine. What is it?\n"});
	const link = page.getByRole("link", {name: "How to encrypt this", exact: true});
	assert.equal(await link.getAttribute("href"), `${playground.origin}/how-to/encrypt/postseal/apple-mail/none/`);
	assert.equal(await page.getByRole("checkbox", {name: "Encrypt"}).count(), 0);
	await picture(page, "story-03-how-to");
	const [steps] = await Promise.all([page.waitForEvent("popup"), link.click()]);
	await steps.waitForLoadState();
	assert.match(await steps.locator("h1").innerText(), /postseal.*Mail.*no key yet/s);
	await picture(steps, "story-04-steps");
	await steps.close();
});

step("she sends it all the same", async () => {
	await send(page);
	assert.equal(await row(page, "Lunch").count(), 1);
	await picture(page, "story-05-sent");
});

step("Bob reads it: the first key of Alice", async () => {
	await read(page, playground, BOB, "Lunch");
	assert.match(await verdict(), /first/);
	await picture(page, "story-06-first-key");
});

step("he answers, and the button lights up", async () => {
	await page.getByRole("link", {name: "Reply", exact: true}).click();
	assert.equal(await page.getByLabel("To", {exact: true}).inputValue(), `Alice <${ALICE}>`);
	assert.match(await page.getByLabel("Letter", {exact: true}).inputValue(), /> Friday is fine\./);
	const encrypt = page.getByRole("checkbox", {name: "Encrypt"});
	assert.equal(await encrypt.isChecked(), false);
	await encrypt.check();
	await fill(page, {subject: "The surprise", text: "I have bought the lighthouse.\n"});
	assert.equal(await encrypt.isChecked(), true);
	await picture(page, "story-07-encrypt");
	await send(page);
});

step("Alice reads it with its true Subject", async () => {
	await inbox(page, playground, ALICE);
	assert.match(await row(page, "The surprise").locator(".mark").innerText(), /Confidential|Sealed/);
	await picture(page, "story-08-list");
	await row(page, "The surprise").getByRole("link").click();
	assert.equal(await page.locator("h1").innerText(), "The surprise");
	assert.match(await page.locator("pre.text").innerText(), /lighthouse/);
	await page.getByText("What was checked").click();
	assert.match(await page.locator("tr", {hasText: "Subject"}).innerText(), /The surprise.*hidden on the way/);
	await page.getByText("What was checked").click();
	await picture(page, "story-09-sealed");
});

step("what really came shows nothing of it", async () => {
	await page.getByRole("link", {name: "What really came"}).click();
	const source = await page.locator("body").innerText();
	assert.match(source, /^Subject: \[\.\.\.\]$/m);
	assert.match(source, /application\/pkcs7-mime/);
	assert.doesNotMatch(source, /surprise|lighthouse|Lunch/);
	await picture(page, "story-10-what-came");
	await page.goBack();
});

step("her answer goes sealed by itself", async () => {
	await page.getByRole("link", {name: "Reply", exact: true}).click();
	assert.equal(await page.getByRole("checkbox", {name: "Encrypt"}).isChecked(), true);
	assert.equal(await page.getByLabel("Subject").inputValue(), "Re: The surprise");
	await fill(page, {text: "With or without ghosts?\n"});
	await send(page);
});

step("somebody else had Bob's key", async () => {
	await page.goto(`${playground.origin}/keys/${BOB}/`);
	const before = await page.locator(".fingerprint").innerText();
	await page.getByText("Somebody else had my key", {exact: true}).click();
	await page.getByRole("button", {name: "Replace my key now"}).click();
	await page.getByRole("status").waitFor();
	assert.notEqual(await page.locator(".fingerprint").innerText(), before);
	await picture(page, "story-11-new-key");
	await read(page, playground, BOB, "Re: The surprise");
	await page.getByRole("link", {name: "Reply", exact: true}).click();
	await fill(page, {text: "Without: the last keeper took them along.\n"});
	await send(page);
});

step("Alice is told that the key has changed", async () => {
	await inbox(page, playground, ALICE);
	await picture(page, "story-12-changed-list");
	const mark = (await row(page, "Re: The surprise").locator(".mark").innerText()).trim();
	await row(page, "Re: The surprise").getByRole("link").click();
	await picture(page, "story-13-changed");
	assert.equal(mark, "Another key than before");
	assert.equal(await verdict(), mark);
	const state = await decideLater(ALICE);
	assert.match(await state.getAttribute("class"), /changed/);
	assert.match(await state.innerText(), /with mail that answers mail of yours/);
	assert.equal(await page.getByRole("checkbox", {name: "Encrypt"}).count(), 0);
	const link = page.getByRole("link", {name: "How to encrypt this", exact: true});
	assert.match(await link.getAttribute("href"), /\/how-to\/encrypt\/postseal\/[a-z0-9-]+\/changed\/$/);
	await picture(page, "story-14-changed-write");
});

step("she compares the key, and it is ready again", async () => {
	await page.goto(`${playground.origin}/keys/${BOB}/`);
	const told = await page.locator(".fingerprint").innerText();
	await page.goto(playground.origin);
	await page.getByRole("link", {name: `Decide ${BOB}`}).click();
	const mine = page.locator(".identity").filter({hasText: told});
	await picture(page, "story-15-decide");
	await mine.getByRole("button", {name: "I compared it"}).click();
	await page.waitForSelector("h1");
	await picture(page, "story-16-decided");
	await page.goto(`${playground.origin}/waiting/`);
	assert.match(await page.locator("main").innerText(), /Nothing waits/);
	assert.match(await (await decideLater(ALICE)).getAttribute("class"), /ready/);
	await page.getByRole("checkbox", {name: "Encrypt"}).check();
	await picture(page, "story-17-ready");
	await read(page, playground, ALICE, "Re: The surprise");
	assert.match(await verdict(), /^Confidential/);
	await picture(page, "story-18-confidential");
});

step("nothing left this machine, and no script complained", async () => {
	assert.deepEqual(page.requests.filter((url) => !url.startsWith(`${playground.origin}/`)), []);
	assert.deepEqual(page.errors, []);
});

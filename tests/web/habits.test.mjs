// SPDX-License-Identifier: MPL-2.0
// What people do every day: drafts, attachments, forwarding, rules, searching, tidying up, taking keys along, another language.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {after, before, test} from "node:test";
import {Playground, browser, missing, open, picture} from "./browser.mjs";
import {ALICE, BOB, SHOP, fill, inbox, letter, postseal, read, row, send} from "./mail.mjs";

const skip = missing ?? false;
let playground, chrome, page;

before(async () => {
	if (skip) {
		return;
	}
	[playground, chrome] = await Promise.all([Playground.start(), browser()]);
	page = await open(chrome, playground);
	await meet(ALICE, BOB);
	await meet(BOB, ALICE);
});

after(async () => {
	await chrome?.close();
	await playground?.stop();
});

async function write(from, fields) {
	await page.goto(`${playground.origin}/mail/${from}/write`);
	await fill(page, fields);
}

async function meet(from, to) {
	await write(from, {to, subject: `key of ${from}`, text: "Here it is.\n"});
	await send(page);
	await read(page, playground, to, `key of ${from}`);
}

async function sealed(from, fields) {
	await write(from, fields);
	await page.getByRole("checkbox", {name: "Encrypt"}).check();
}

test("a draft is kept sealed, and written on", {skip}, async () => {
	await write(ALICE, {to: BOB, subject: "A secret plan", text: "First\n"});
	await page.getByRole("button", {name: "Keep as draft"}).click();
	await page.waitForURL(/\/Drafts\/$/);
	await row(page, "A secret plan").getByRole("link").click();
	const go = page.getByRole("link", {name: "Go on writing"});
	await page.getByRole("link", {name: "What really came"}).click();
	assert.doesNotMatch(await page.locator("body").innerText(), /secret plan|First/);
	await page.goBack();
	await go.click();
	assert.equal(await page.getByLabel("Subject").inputValue(), "A secret plan");
	assert.match(await page.getByLabel("Letter", {exact: true}).inputValue(), /First/);
	await send(page);
	await page.goto(`${playground.origin}/mail/${ALICE}/Drafts/`);
	assert.equal(await row(page, "A secret plan").count(), 0);
});

test("attachments go up, and come down as they were", {skip}, async () => {
	const octets = Buffer.from(Array.from({length: 5000}, (_, i) => i % 256));
	await sealed(ALICE, {to: BOB, subject: "Two files", text: "Here.\n"});
	await page.getByLabel("Attachments").setInputFiles([{name: "Grüße aus Köln.bin", mimeType: "application/octet-stream", buffer: octets},
		{name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("hello\n")}]);
	await send(page);
	await read(page, playground, BOB, "Two files");
	await picture(page, "habits-attachments");
	const [file] = await Promise.all([page.waitForEvent("download"), page.locator(".attachment a").first().click()]);
	assert.equal(file.suggestedFilename(), "Grüße aus Köln.bin");
	assert.deepEqual(readFileSync(await file.path()), octets);
});

test("what was sealed is forwarded sealed, or not at all", {skip}, async () => {
	await page.getByRole("link", {name: "Forward", exact: true}).click();
	assert.match(await page.getByLabel("Subject").inputValue(), /Two files/);
	assert.equal(await page.locator(".attachment input:checked").count(), 2);
	await fill(page, {to: "nobody@example.com"});
	assert.match(await page.locator("main").innerText(), /leaves sealed/);
	await page.getByRole("button", {name: "Send", exact: true}).click();
	await page.waitForSelector(".seal .card.bad");
	assert.equal(await page.locator(".attachment input:checked").count(), 2);
	await picture(page, "habits-forward");
	await fill(page, {to: ALICE});
	await send(page);
	await read(page, playground, ALICE, "Two files");
	assert.match(await page.locator(".verdict h2").innerText(), /Sealed|Confidential/);
	assert.equal(await page.locator(".attachment").count(), 2);
});

test("an author's rules are told to the reader", {skip}, async () => {
	await sealed(BOB, {to: ALICE, subject: "Only for you", text: "Please keep it.\n"});
	await page.getByText("More choices").click();
	await page.getByLabel("Forwarding").selectOption("no");
	await page.getByLabel("Answers").selectOption("sealed");
	await page.getByLabel("Out of date after").fill("2030-12-31");
	await picture(page, "habits-rules");
	await send(page);
	await read(page, playground, ALICE, "Only for you");
	assert.equal(await page.locator(".rule").count(), 3);
	await picture(page, "habits-rules-read");
});

test("searching finds the true Subject", {skip}, async () => {
	await inbox(page, playground, ALICE);
	await page.getByRole("searchbox").fill("only for you");
	await page.getByRole("searchbox").press("Enter");
	await page.waitForURL(/search=/);
	assert.equal(await page.locator("#letters .letter").count(), 1);
	await picture(page, "habits-search");
	await page.getByRole("link", {name: "Show all"}).click();
	await page.waitForURL((url) => !url.search);
	assert.ok(await page.locator("#letters .letter").count() > 5);
});

test("flagging, moving and deleting", {skip}, async () => {
	const subject = "Your account is locked";
	await read(page, playground, ALICE, subject);
	await page.getByRole("button", {name: "Flag", exact: true}).click();
	await page.getByRole("button", {name: "Unflag"}).waitFor();
	await inbox(page, playground, ALICE);
	assert.equal(await row(page, subject).getByRole("img", {name: "flagged"}).count(), 1);
	await row(page, subject).getByRole("link").click();
	await page.getByText("More", {exact: true}).click();
	await picture(page, "habits-menu");
	await page.getByRole("button", {name: "Junk", exact: true}).click();
	await page.waitForURL(/\/INBOX\/$/);
	assert.equal(await row(page, subject).count(), 0);
	await page.goto(`${playground.origin}/mail/${ALICE}/Junk/`);
	await row(page, subject).getByRole("link").click();
	await page.getByRole("button", {name: "Delete", exact: true}).click();
	await page.waitForURL(/\/Junk\/$/);
	await page.goto(`${playground.origin}/mail/${ALICE}/Trash/`);
	assert.equal(await row(page, subject).count(), 1);
});

test("several letters at once, by mouse and by keyboard", {skip}, async () => {
	await inbox(page, playground, ALICE);
	const bar = page.getByRole("button", {name: "Archive", exact: true});
	assert.equal(await bar.isVisible(), false);
	await row(page, "Your order 4712").getByRole("checkbox").check();
	await row(page, "Your order 4713").getByRole("link").focus();
	await page.keyboard.press("x");
	assert.equal(await bar.isVisible(), true);
	await picture(page, "habits-chosen");
	await bar.click();
	await page.waitForURL(/INBOX\/\?page=1$/);
	for (const [number, count] of [["4712", 0], ["4713", 0], ["4714", 1]]) {
		assert.equal(await row(page, `Your order ${number}`).count(), count, number);
	}
	await page.goto(`${playground.origin}/mail/${ALICE}/Archive/`);
	assert.equal(await page.locator("#letters .letter").count(), 2);
	await page.getByRole("checkbox", {name: /Choose/}).first().check();
	await page.getByRole("checkbox", {name: "All", exact: true}).check();
	await page.getByRole("button", {name: "Mark unread"}).click();
	await page.waitForURL(/page=1$/);
	assert.equal(await page.locator("#letters .unread").count(), 2);
});

test("keys do what they do in other mail programs", {skip}, async () => {
	const press = async (key, place) => {
		await page.waitForSelector("html.script");
		await page.keyboard.press(key);
		await page.waitForURL(place);
	};
	await inbox(page, playground, ALICE);
	await page.waitForSelector("html.script");
	await page.keyboard.press("j");
	await press("Enter", /\/INBOX\/[^/]+\/$/);
	const letter = page.url();
	await press("r", /kind=reply$/);
	await page.goto(letter);
	await press("u", /\/INBOX\/$/);
	await page.waitForSelector("html.script");
	await page.keyboard.press("/");
	await page.keyboard.type("c");
	assert.equal(await page.getByRole("searchbox").inputValue(), "c");
	await inbox(page, playground, ALICE);
	await press("c", /\/write$/);
});

test("against the author, after the sentence about it", {skip}, async () => {
	await read(page, playground, ALICE, "Only for you");
	await page.getByRole("link", {name: "Forward", exact: true}).click();
	await fill(page, {to: BOB, subject: "Passed on"});
	assert.match(await page.locator("#seal").innerText(), /author of this letter does not want it forwarded/);
	await picture(page, "habits-against");
	await page.getByRole("button", {name: "Send", exact: true}).click();
	await page.waitForSelector(".seal .card.bad");
	await page.getByRole("checkbox", {name: "I forward it all the same"}).check();
	await send(page);
	await read(page, playground, BOB, "Passed on");
	assert.match(await page.locator(".verdict h2").innerText(), /Sealed|Confidential/);
});

test("a message from elsewhere is dropped and judged", {skip}, async () => {
	const octets = postseal(playground, "shop", ["protect", "--level", "signed"], letter({from: SHOP, subject: "From my webmail"}));
	await page.goto(`${playground.origin}/check`);
	const data = await page.evaluateHandle((text) => {
		const transfer = new DataTransfer();
		transfer.items.add(new File([text], "letter.eml", {type: "message/rfc822"}));
		return transfer;
	}, octets.toString("latin1"));
	await page.dispatchEvent("#drop", "drop", {dataTransfer: data});
	await page.waitForSelector(".verdict");
	assert.equal(await page.locator("article h1").innerText(), "From my webmail");
	assert.match(await page.locator(".verdict h2").innerText(), /^\s*Verified/);
	await picture(page, "habits-check");
});

test("keys are taken along as a file and as a backup", {skip}, async () => {
	await page.goto(`${playground.origin}/keys/${ALICE}/`);
	await page.getByLabel("Passphrase for the file").fill("correct horse");
	for (const [button, name] of [["Key for another mail program (.p12)", `${ALICE}.p12`], ["Everything for another device (backup)", "postseal.backup"]]) {
		const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", {name: button}).click()]);
		assert.equal(file.suggestedFilename(), name);
		assert.ok(readFileSync(await file.path()).length > 1000);
		await page.waitForTimeout(2100); // the page takes two quick presses for one
	}
	const qr = await page.locator(".qr").evaluate((image) => image.complete && image.naturalWidth);
	assert.ok(qr > 0);
	await picture(page, "habits-keys");
});

test("going away from what was written asks first", {skip}, async () => {
	await write(ALICE, {to: BOB, subject: "half", text: "half a "});
	let asked = 0;
	page.once("dialog", (dialog) => {
		asked++;
		dialog.accept().catch(() => {}); // its page may be closed already
	});
	await page.goto(`${playground.origin}/`);
	assert.equal(asked, 1);
});

test("German, all of it, and back", {skip}, async () => {
	await page.getByRole("link", {name: "Deutsch"}).click();
	await inbox(page, playground, ALICE);
	assert.equal(await page.locator("html").getAttribute("lang"), "de");
	assert.match(await page.locator("h1").innerText(), /Posteingang/);
	await picture(page, "habits-german");
	await page.goto(`${playground.origin}/mail/${ALICE}/write?to=nobody@example.com`);
	assert.match(await page.locator("a.how-to").getAttribute("href"), /\/how-to\/(de\/)?encrypt\//);
	const german = await page.locator("main").innerText();
	assert.match(german, /nobody@example\.com Noch kein Schlüssel/);
	assert.doesNotMatch(german, /\b(the|Send|Subject|Letter|How to|No key)\b/);
	await picture(page, "habits-german-write");
	await page.getByRole("link", {name: "English"}).click();
	await page.waitForSelector("html[lang=en]");
});

test("nothing left this machine, and no script complained", {skip}, () => {
	assert.deepEqual(page.requests.filter((url) => !url.startsWith(`${playground.origin}/`)), []);
	assert.deepEqual(page.errors.filter((text) => !/422/.test(text)), []);
});

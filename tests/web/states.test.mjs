// SPDX-License-Identifier: MPL-2.0
// Each state that a recipient can be in shows its own button or its own how-to page, and the page says the same.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {mkdirSync} from "node:fs";
import {join} from "node:path";
import {Playground, browser, missing, open, picture} from "./browser.mjs";
import {ALICE, BOB, SHOP, letter, postseal, typed} from "./mail.mjs";

const skip = missing ?? false;
const MX = "mx.example.org";
let playground, chrome, page;

// Somebody with keys of their own; two of one address are two identities.
function person(who, address, days = 40) {
	mkdirSync(join(playground.folder, who, "home"), {recursive: true});
	postseal(playground, who, ["--at", at(days), "account", "add", address, "--profile", "p256"]);
	return {who, address};
}

function at(days) {
	return String(Math.floor(Date.now() / 1000) - days * 86400);
}

// A signed letter of somebody, that many days ago, learned by Alice.
function learned({who, address}, days, {aligned = false} = {}) {
	const plain = letter({from: address, subject: `${who} ${days}`, days});
	const signed = postseal(playground, who, ["--at", at(days), "protect", "--level", "signed"], plain);
	const seen = aligned ? Buffer.concat([Buffer.from(`Authentication-Results: ${MX}; dmarc=pass header.from=${address.split("@")[1]}\n`), signed]) : signed;
	postseal(playground, "alice", ["--at", at(days), "open", "--learn"], seen);
}

function root(who, address) {
	return JSON.parse(postseal(playground, who, ["--json", "account", "show", address])).root_fingerprint;
}

function makeReady() {
	learned(person("carol", "carol@example.com"), 5);
}

function makeChanged() {
	const [dave, other] = [person("dave", "dave@example.com"), person("dave2", "dave@example.com")];
	[30, 27, 24, 20].forEach((day) => learned(dave, day));
	learned(other, 3, {aligned: true});
}

function makeConflict() {
	learned(person("erin", "erin@example.com"), 9, {aligned: true});
	learned(person("erin2", "erin@example.com"), 8, {aligned: true});
}

function makeRefused() {
	const frank = person("frank", "frank@example.com");
	learned(frank, 5);
	postseal(playground, "alice", ["trust", "refuse", frank.address, root("frank", frank.address)]);
}

// A certificate is good for five years.
function makeExpired() {
	const grace = person("grace", "grace@example.com", 6 * 366);
	learned(grace, 6 * 365);
}

function makeWebmail() {
	const plain = letter({from: "heidi@gmail.com", subject: "hi", more: "Message-ID: <CAH+abcdefghijklmnopqrstuvwxyz0123456789@mail.gmail.com>\n"});
	postseal(playground, "alice", ["open", "--learn"], plain);
}

before(async () => {
	if (skip) {
		return;
	}
	[playground, chrome] = await Promise.all([Playground.start(), browser()]);
	postseal(playground, "alice", ["account", "set", ALICE, "--authserv-id", MX]);
	[makeReady, makeChanged, makeConflict, makeRefused, makeExpired, makeWebmail].forEach((make) => make());
	page = await open(chrome, playground);
});

after(async () => {
	await chrome?.close();
	await playground?.stop();
});

async function write(to) {
	await page.goto(`${playground.origin}/mail/${ALICE}/write?to=${encodeURIComponent(to)}`);
}

const encrypt = () => page.getByRole("checkbox", {name: "Encrypt"});
const howTo = () => page.locator("a.how-to");

const STATES = [
	{address: "nobody@example.com", state: "none", words: /No key yet/},
	{address: "dave@example.com", state: "changed", words: /changed|another key/i},
	{address: "grace@example.com", state: "expired", words: /expired/i},
	{address: "erin@example.com", state: "conflict", words: /two keys|conflict/i},
	{address: "frank@example.com", state: "refused", words: /refused/i},
];

for (const {address, state, words} of STATES) {
	test(`${state}: no button, and the steps for it`, {skip}, async () => {
		await write(address);
		const row = page.locator(".recipient");
		assert.match(await row.getAttribute("class"), new RegExp(`\\b${state}\\b`));
		assert.match(await row.innerText(), words);
		assert.equal(await encrypt().count(), 0);
		assert.match(await howTo().getAttribute("href"), new RegExp(`^${playground.origin}/how-to/encrypt/postseal/[a-z0-9-]+/${state}/$`));
		await picture(page, `state-${state}`);
		const answer = await page.goto(await howTo().getAttribute("href"));
		assert.equal(answer.status(), 200);
		await page.goto(`${playground.origin}/people/${ALICE}/`);
		if (state !== "none") {
			assert.match(await page.locator("li", {hasText: address}).innerText(), words);
		}
	});
}

for (const [address, why] of [["carol@example.com", "one letter"], [SHOP, "an issuer"]]) {
	test(`ready by ${why}: the button, and no steps`, {skip}, async () => {
		await write(address);
		assert.match(await page.locator(".recipient").getAttribute("class"), /\bready\b/);
		assert.equal(await encrypt().isChecked(), false);
		assert.equal(await howTo().count(), 0);
		await encrypt().check();
		await picture(page, "state-ready");
	});
}

test("a look-alike of somebody known says whom it looks like", {skip}, async () => {
	await write("orders@b00kshop.example");
	assert.match(await page.locator(".recipient").innerText(), /looks like/i);
	await picture(page, "state-look-alike");
});

test("oneself is ready", {skip}, async () => {
	await write(ALICE);
	assert.match(await page.locator(".recipient").getAttribute("class"), /\bready\b/);
	assert.equal(await encrypt().count(), 1);
});

test("one who is not ready is enough for no button, and typing brings it back", {skip}, async () => {
	await write("");
	assert.match(await page.locator(".seal").innerText(), /Name somebody/);
	const to = page.getByLabel("To", {exact: true});
	for (const [addresses, ready] of [[`carol@example.com, ${SHOP}`, true], [`carol@example.com, ${BOB}`, false], ["carol@example.com", true]]) {
		await typed(page, () => to.fill(addresses));
		assert.equal(await encrypt().count() === 1, ready, addresses);
		assert.equal(await howTo().count() === 0, ready, addresses);
	}
});

test("sealed or not at all: nothing leaves, nothing is lost", {skip}, async () => {
	await write("nobody@example.com");
	await page.getByLabel("Subject").fill("not open");
	await page.getByText("More choices").click();
	await page.getByLabel("Sealed, or not at all").check();
	await page.getByRole("button", {name: "Send", exact: true}).click();
	await page.waitForSelector(".seal .card.bad");
	assert.match(await page.locator(".seal .card.bad").innerText(), /nothing was sent/);
	assert.equal(await page.getByLabel("Subject").inputValue(), "not open");
	assert.equal(await howTo().count(), 1);
	await picture(page, "state-refused-to-send");
});

test("nothing was asked of others", {skip}, () => {
	assert.deepEqual(page.requests.filter((url) => !url.startsWith(`${playground.origin}/`)), []);
});

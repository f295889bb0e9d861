// SPDX-License-Identifier: MPL-2.0
// Mail of the playground's people: what arrives, what their postseal says, the steps that every story takes in the page.
import {execFileSync} from "node:child_process";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import {POSTSEAL} from "./browser.mjs";

export const ALICE = "alice@example.org";
export const BOB = "bob@example.net";
export const SHOP = "orders@bookshop.example";
const DAY = 86400;

// postseal in the home of somebody, whom the playground need not know.
export function postseal(playground, who, args, input = "") {
	return execFileSync(POSTSEAL, ["--home", join(playground.folder, who, "home"), ...args], {input, maxBuffer: 1 << 26});
}

let letters = 0;

// A message; `days` ago, `more` are header fields, `type` of the body.
export function letter({from, to = ALICE, subject, text = "Hello\n", days = 0, more = "", type = "text/plain; charset=utf-8"}) {
	letters++;
	const date = new Date(Date.now() - days * DAY * 1000).toUTCString().replace("GMT", "+0000");
	return `From: ${from}\nTo: ${to}\nSubject: ${subject}\nDate: ${date}\nMessage-ID: <${letters}.${process.pid}@test.example>\n` +
		`${more}MIME-Version: 1.0\nContent-Type: ${type}\n\n${text}`;
}

// The message lies in somebody's inbox; its id.
export function deliver(playground, who, octets) {
	letters++;
	const id = `${Math.floor(Date.now() / 1000)}.T${letters}.test`;
	writeFileSync(join(playground.folder, who, "Maildir/new", id), octets);
	return id;
}

export async function inbox(page, playground, address) {
	await page.goto(`${playground.origin}/mail/${address}/INBOX/`);
}

// The row of the list, by a part of its Subject.
export function row(page, subject) {
	return page.locator("#letters .letter").filter({has: page.locator(".what", {hasText: subject})}).first();
}

export async function read(page, playground, address, subject) {
	await inbox(page, playground, address);
	await row(page, subject).getByRole("link").click();
}

// Something that makes the page ask anew whether it can be encrypted; ends when the answer is shown.
export async function typed(page, act) {
	const asked = page.waitForResponse((answer) => answer.url().includes("/seal?"));
	await act();
	await asked;
	await page.locator("#seal[aria-busy=false]").waitFor();
}

// The open form with these fields filled in, and the recipients' states shown.
export async function fill(page, {to, subject, text}) {
	if (to !== undefined) {
		await typed(page, () => page.getByLabel("To", {exact: true}).fill(to));
	}
	if (subject !== undefined) {
		await page.getByLabel("Subject").fill(subject);
	}
	if (text !== undefined) {
		await page.getByLabel("Letter", {exact: true}).fill(text);
	}
}

export async function send(page) {
	await page.getByRole("button", {name: "Send", exact: true}).click();
	await page.waitForURL(/\/Sent\/$/);
}

// SPDX-License-Identifier: MPL-2.0
// What the tests of the page share: a playground of their own, a browser, the machine's words for a failure.
import {spawn} from "node:child_process";
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";
import {chromium} from "playwright-core";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const POSTSEAL = process.env.POSTSEAL ?? join(ROOT, "build/src/cli/postseal");
export const POSTSEALD = process.env.POSTSEALD ?? join(ROOT, "build/src/daemon/postseald");
const CHROMIUM = process.env.POSTSEAL_CHROMIUM ?? "/usr/bin/chromium";
const PICTURES = process.env.POSTSEAL_PICTURES; // screenshots are kept there; none: not kept

// Reason why nothing can be tested here; null: all is there.
export const missing = existsSync(CHROMIUM) ? null : `${CHROMIUM} is not installed`;

// The people of tools/playground and their daemon; `link` opens the page.
export class Playground {
	static async start() {
		const self = new Playground();
		self.folder = mkdtempSync(join(tmpdir(), "postseal-web-"));
		self.process = spawn(join(ROOT, "tools/playground"), [POSTSEAL, POSTSEALD, self.folder],
			{env: {...process.env, POSTSEAL_PORT: "0", LC_ALL: "C.UTF-8"}, stdio: ["ignore", "pipe", "pipe"]});
		self.said = "";
		for (const stream of [self.process.stdout, self.process.stderr]) {
			stream.on("data", (octets) => {
				self.said += octets;
			});
		}
		self.link = await self.waitFor(/^page (http:\S+)$/m);
		self.origin = new URL(self.link).origin;
		return self;
	}

	async waitFor(pattern) {
		for (let i = 0; i < 600 && this.process.exitCode === null; i++) {
			const match = pattern.exec(this.said);
			if (match) {
				return match[1];
			}
			await new Promise((done) => setTimeout(done, 50));
		}
		throw new Error(`the playground did not say ${pattern}:\n${this.said}`);
	}

	token() {
		return readFileSync(join(this.folder, "daemon/token"), "utf8").trim();
	}

	async stop() {
		const ended = new Promise((done) => this.process.once("exit", done));
		this.process.kill("SIGTERM");
		await ended;
		rmSync(this.folder, {recursive: true, force: true});
	}
}

// Flags without which Chromium asks for hosts of its own.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync"];

export async function browser(more = []) {
	return chromium.launch({executablePath: CHROMIUM, args: [...FLAGS, ...more]});
}

// A page that is logged in; `requests` are all that it ever made, `errors` what its console complained of.
export async function open(chrome, playground, options = {}) {
	const context = await chrome.newContext({viewport: {width: 1100, height: 800}, locale: "en-GB", ...options});
	const page = await context.newPage();
	page.setDefaultTimeout(15000);
	watch(page);
	await page.goto(playground.link);
	return page;
}

export function watch(page) {
	page.requests = [];
	page.errors = [];
	page.on("request", (request) => page.requests.push(request.url()));
	page.on("console", (message) => message.type() === "error" && page.errors.push(message.text()));
	page.on("pageerror", (error) => page.errors.push(String(error)));
}

export async function picture(page, name) {
	if (PICTURES) {
		mkdirSync(PICTURES, {recursive: true});
		await page.screenshot({path: join(PICTURES, `${name}.png`)});
	}
}

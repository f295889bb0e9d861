// SPDX-License-Identifier: MPL-2.0
// While somebody writes: whether it can be encrypted, asked anew when the recipients change, and the draft kept.
const PAUSE = 250; // ms without a key before asking
const KEEP = 20000; // ms between two copies of the draft

// What is asked: of what stands in the form, or of what stood there when the page came.
function question(form, value = "value", checked = "checked") {
	const query = new URLSearchParams();
	for (const name of ["to", "cc", "bcc", "in_reply_to", "kind", "thread"]) {
		query.set(name, form.elements[name][value]);
	}
	const wish = form.elements.encrypt; // hidden while nobody is named
	query.set("encrypt", wish && (wish.type === "hidden" || wish[checked]) ? "1" : "");
	query.set("override_author", form.elements.override_author?.[checked] ? "1" : "");
	return query.toString();
}

// The newest question counts, whatever answer comes last.
function asker(form) {
	const place = form.querySelector("#seal");
	let asked = question(form, "defaultValue", "defaultChecked");
	return async () => {
		const query = question(form);
		if (query === asked) {
			return;
		}
		asked = query;
		place.ariaBusy = "true";
		const answer = await fetch(`${form.dataset.seal}?${query}`).catch(() => null);
		const part = answer?.ok ? await answer.text() : null;
		if (query === asked) {
			place.innerHTML = part ?? place.innerHTML; // our own template: nothing in it is unescaped
			place.ariaBusy = "false";
		}
	};
}

async function keep(form) {
	const body = new FormData(form);
	body.set("action", "keep");
	const answer = await fetch(form.getAttribute("action"), {method: "POST", body}).catch(() => null);
	const kept = await answer?.json().catch(() => null);
	const good = answer?.ok && kept;
	form.elements.draft.value = good ? kept.draft : form.elements.draft.value;
	form.querySelector("#saved").textContent = good ? form.dataset.saved : form.dataset.unsaved;
	return Boolean(good);
}

// One copy at a time, and none while the letter leaves: each takes the place of the one that the form names.
function keeper(form) {
	let keeping = null;
	let waits = false;
	form.addEventListener("submit", async (event) => {
		if (!keeping) {
			return;
		}
		event.preventDefault();
		if (!waits) {
			waits = true;
			await keeping;
			waits = false;
			form.requestSubmit(event.submitter);
		}
	});
	return () => {
		keeping ??= keep(form).finally(() => {
			keeping = null;
		});
		return keeping;
	};
}

export function live(form) {
	const ask = asker(form);
	const keepSoon = keeper(form);
	let changed = false;
	let waiting = 0;
	form.addEventListener("input", () => {
		changed = true;
		clearTimeout(waiting);
		waiting = setTimeout(ask, PAUSE);
	});
	form.addEventListener("change", ask);
	ask(); // somebody may have typed before this script came
	form.addEventListener("submit", () => {
		changed = false;
	});
	form.addEventListener("change", ({target}) => {
		const never = form.querySelector("[name=level][value=sealed]");
		if (target.name === "encrypt" && !target.checked && never.checked) {
			form.querySelector("[name=level][value=auto]").checked = true; // the tick taken away means both
		}
	});
	setInterval(async () => {
		if (changed) {
			changed = false;
			changed = !await keepSoon() || changed; // what is not kept is asked about when the page is left
		}
	}, KEEP);
	addEventListener("beforeunload", (event) => {
		if (changed) {
			event.preventDefault();
		}
	});
}

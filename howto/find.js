// SPDX-License-Identifier: MPL-2.0
// For pages that no program serves (postseal howto export): leads from the form to its page, and from an address
// with versions or with programs that are not known here to the one that is there.
{
	const links = [...document.querySelectorAll(".programs a")].map((link) => link.getAttribute("href"));
	const known = new Set(links.map((link) => /encrypt\/([a-z-]+)\//.exec(link)?.[1]));
	const program = (name) => {
		const plain = name.replace(/-[0-9][0-9A-Za-z._-]*$/, "");
		return known.has(plain) ? plain : "any";
	};
	const word = /^[a-z]+(-[a-z]+)*$/;
	const query = new URLSearchParams(location.search);
	const path = /^(.*\/how-to\/(?:de\/)?)(encrypt|program)\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?\/?$/.exec(
		location.pathname.replace(/\/index\.html$/, "/"));
	let target;
	if (query.has("from")) {
		const [from, to, state] = ["from", "to", "state"].map((key) => query.get(key) ?? "");
		target = ["../encrypt", program(from), ...to ? [program(to)] : [], ...to && word.test(state) ? [state] : [],
			"index.html"].join("/");
	} else if (path) {
		const [, before, kind, from, to, state] = path;
		const plain = [kind, program(from), ...to ? [program(to)] : [], ...state ? [state] : []].join("/");
		target = `${before}${plain}/`;
		target = target === location.pathname.replace(/\/?(index\.html)?$/, "/") ? undefined : target;
	}
	if (target) {
		location.replace(target);
	}
}

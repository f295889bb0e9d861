// SPDX-License-Identifier: MPL-2.0
// For pages that no program serves (postseal howto export): leads from the form to its page, and from
// an address with versions to the one without.
{
	const name = /^[a-z]+(-[a-z]+)*$/;
	const query = new URLSearchParams(location.search);
	const parts = ["from", "to", "state"].map((key) => query.get(key) ?? "");
	const plain = location.pathname.replace(/\/([a-z]+(?:-[a-z]+)*)-[0-9][0-9A-Za-z._-]*(?=\/|$)/g, "/$1");
	if (parts.every((part) => name.test(part))) {
		location.replace(`../encrypt/${parts.join("/")}/index.html`);
	} else if (/\/how-to\/(de\/)?(encrypt|program)\//.test(plain) && plain !== location.pathname) {
		location.replace(plain.replace(/\/?$/, "/"));
	}
}

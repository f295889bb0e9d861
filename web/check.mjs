// SPDX-License-Identifier: MPL-2.0
// A message can be dropped anywhere on the form.
export function drop(form) {
	const over = (event) => {
		event.preventDefault();
		form.classList.toggle("over", event.type === "dragover");
	};
	form.addEventListener("dragover", over);
	form.addEventListener("dragleave", over);
	form.addEventListener("drop", (event) => {
		over(event);
		if (event.dataTransfer.files.length > 0) {
			form.elements.file.files = event.dataTransfer.files;
			form.requestSubmit();
		}
	});
	form.elements.file.addEventListener("change", () => form.requestSubmit());
}

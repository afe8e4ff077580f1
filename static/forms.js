/* OpInt, forms: related records in a dialog, rows that are added. Every form works without this file. */
(() => {
'use strict';
const doc = document,
one = (s, at = doc) => at.querySelector(s),
all = (s, at = doc) => [...at.querySelectorAll(s)],
on = (at, types, fn) => types.split(' ').forEach(t => at.addEventListener(t, fn)),
el = (tag, props, ...kids) => {const n = Object.assign(doc.createElement(tag), props); n.append(...kids); return n;},
setUp = root => doc.dispatchEvent(new CustomEvent('opint:setup', {detail: root}));
let serial = 0, live;

const say = text => {
	if (!live) doc.body.append(live = el('p', {className: 'sr', role: 'status'}));
	setTimeout(() => {live.textContent = text;}, 50); // added empty, or the first text is not read out
};

/* the links beside a select follow what is chosen */
const selectOf = link => one('select', link.closest('.rel'));
const follow = select => {
	const link = one('[data-related=open]', select.closest('.rel'));
	if (!link) return;
	link.hidden = !select.value;
	link.href = link.dataset.href.replace('{id}', encodeURIComponent(select.value));
};
// With script, nothing opens a new tab.
const name = link => {if (link.title) link.ariaLabel = link.title;};

/* a page in a dialog over the form */
const SIGN_IN = 'Your session has ended, so nothing was saved. What you typed is still here: sign in again in a new tab, come back and press Save.';

// Names that are in the page already must not come twice.
function renamed(main) {
	const mark = `d${++serial}-`;
	for (const n of all('[id]', main)) n.id = mark + n.id;
	for (const attr of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'list'])
		for (const n of all(`[${attr}]`, main)) n.setAttribute(attr, n.getAttribute(attr).split(' ').map(id => mark + id).join(' '));
	for (const a of all('a[href^="#"]', main)) a.setAttribute('href', `#${mark}${a.getAttribute('href').slice(1)}`);
	// The form below must stay where it is.
	for (const a of all('a[href]:not([href^="#"],[data-related],[data-close])', main)) a.target = '_blank';
	return main;
}

function saved(select, {resource, noun, id, text}) {
	const same = `select[data-of="${CSS.escape(resource)}"]`, key = String(id), before = select.value;
	const places = [doc, ...all('template').map(t => t.content)];
	for (const s of places.flatMap(at => all(same, at))) {
		const known = [...s.options].find(o => o.value === key);
		if (known) known.text = text; else s.add(new Option(text, key));
		if (s === select) s.value = key;
		s.dispatchEvent(new Event('opint:set'));
	}
	if (before !== key) select.dispatchEvent(new Event('change', {bubbles: true}));
	follow(select);
	say(`The ${noun} “${text}” was saved and is chosen.`);
}

function dialog(link) {
	const select = selectOf(link), body = el('div', {className: 'stack'});
	const out = el('button', {type: 'button', className: 'ta-x', ariaLabel: 'Close'}, '×');
	const box = el('dialog', {className: 'page', ariaLabel: link.ariaLabel}, out, body);
	let dirty = false, renew = false;

	const tell = text => {
		one('.note.bad.told', box)?.remove();
		const to = new URL('/admin/login/', location);
		to.searchParams.set('next', location.pathname);
		const note = el('div', {className: 'note bad told', role: 'alert'}, el('div', {}, text));
		if (text === SIGN_IN) note.firstChild.append(' ', el('a', {href: to.href, target: '_blank', rel: 'noopener'}, 'Sign in'));
		body.prepend(note);
	};
	const show = html => {
		const main = one('main', new DOMParser().parseFromString(html, 'text/html'));
		if (!main) return tell('This page could not be shown. Close it and try again.');
		const form = one('form[data-guard],.save', main);
		body.replaceChildren(...renamed(main).childNodes);
		if (!form) body.append(el('div', {className: 'row'}, el('button', {type: 'button', className: 'btn', onclick: () => box.close()}, 'Close')));
		all('.rel select', body).forEach(follow);
		all('[data-related]', body).forEach(name);
		setUp(body);
		const title = one('h1', body);
		if (title) box.ariaLabel = title.textContent;
		const wrong = one('[role=alert] a', body) || one('[role=alert]', body);
		const first = wrong || one('form input:not([type=hidden],[tabindex="-1"]),form select,form textarea,[data-close]', body);
		first?.focus();
	};
	const ask = async (url, options) => {
		box.ariaBusy = true;
		try {
			const r = await fetch(url, {redirect: 'manual', ...options});
			if (r.type === 'opaqueredirect') {renew = true; return tell(SIGN_IN);}
			if (r.headers.get('content-type')?.startsWith('application/json')) {
				const done = await r.json();
				if (!r.ok) return tell(done.detail || 'Nothing was saved. Try again.');
				dirty = false;
				box.close();
				return saved(select, done);
			}
			show(await r.text());
		} catch {
			tell('OpInt did not answer. What you typed is still here: try again.');
		} finally {box.ariaBusy = null;}
	};
	// A session that began meanwhile has another token.
	const token = async form => {
		const r = await fetch('/admin/session/', {cache: 'no-store', headers: {Accept: 'application/json'}}).catch(() => 0);
		if (r.ok) form.elements.csrfmiddlewaretoken.value = (await r.json()).csrf;
	};

	on(box, 'submit', async e => {
		const form = e.target;
		if (form.method !== 'post') return;
		e.preventDefault();
		if (box.ariaBusy) return;
		if (renew) await token(form);
		ask(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form, e.submitter))});
	});
	on(box, 'input change', e => {if (e.target.name) dirty = true;});
	const leave = () => !dirty || confirm('Leave without saving what you typed here?');
	const close = () => {if (leave()) {dirty = false; box.close();}};
	on(box, 'cancel', e => {if (e.target === box && !leave()) e.preventDefault();});
	on(box, 'click', e => {if (e.target === out || e.target.closest('[data-close]')) {e.preventDefault(); close();}});
	on(box, 'keydown', e => {
		if (!(e.ctrlKey || e.metaKey) || !['s', 'Enter'].includes(e.key)) return;
		e.preventDefault();
		e.stopPropagation();
		one('form [name=_save]', body)?.click();
	});
	on(box, 'close', () => box.remove());
	doc.body.append(box);
	box.showModal();
	const url = new URL(link.href);
	url.searchParams.set('_popup', '1');
	ask(url);
}

on(doc, 'click', e => {
	const link = e.target.closest?.('[data-related]');
	if (!link || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
	e.preventDefault();
	dialog(link);
});
on(doc, 'change', e => {if (e.target.matches?.('.rel select')) follow(e.target);});
all('[data-related]').forEach(name);
on(window, 'pageshow', () => all('.rel select').forEach(follow));

/* rows that are added without asking the server */
for (const box of all('[data-rows]')) {
	const total = one('[name$="-TOTAL_FORMS"]', box), blank = one('template', box), add = one('[name=_addrow]', box);
	if (!add) continue;
	on(add, 'click', e => {
		e.preventDefault();
		const n = Number(total.value), most = Number(box.dataset.rows);
		if (n >= most) return say(`A form takes at most ${most} rows at once. Save some of them first.`);
		const row = blank.content.firstElementChild.cloneNode(true);
		for (const at of [row, ...all('*', row)]) for (const {name: attr, value} of [...at.attributes])
			if (value.includes('__prefix__')) at.setAttribute(attr, value.replaceAll('__prefix__', n));
		one('tbody', box).append(row);
		total.value = n + 1;
		all('[data-related]', row).forEach(name);
		setUp(row);
		one('input:not([type=hidden]),select,textarea', row)?.focus();
		say(`Row ${n + 1} was added`);
	});
}

/* a new form begins at its first field */
const first = one('form[data-guard] :is(input:not([type=hidden],[tabindex="-1"]),select,textarea)');
if (location.pathname.endsWith('/add/') && !one('[role=alert]') && !location.hash) first?.focus();
})();

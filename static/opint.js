/* OpInt: parts are found by attributes and harmless if absent; every page works without this file. */
(() => {
'use strict';
const doc = document,
one = (s, at = doc) => at.querySelector(s),
all = (s, at = doc) => [...at.querySelectorAll(s)],
byId = id => doc.getElementById(id),
on = (at, types, fn, capture) => types.split(' ').forEach(t => at.addEventListener(t, fn, capture)),
back = fn => on(window, 'pageshow', fn), // first load and Back
stop = e => {e.preventDefault(); return true;},
plain = e => !e.ctrlKey && !e.metaKey && !e.altKey,
put = (at, text) => {at.textContent = text;},
attr = (at, name, value) => value == null ? at.removeAttribute(name) : at.setAttribute(name, value),
el = (tag, props, ...kids) => {const n = Object.assign(doc.createElement(tag), props); n.append(...kids); return n;},
button = (className, text) => el('button', {type: 'button', className}, text),
changed = at => at.dispatchEvent(new Event('change', {bubbles: true})),
press = at => {at?.click(); return at;},
focusOn = at => {at?.focus(); return at;},
pressOne = s => () => press(one(s)),
ownText = at => [...at.childNodes].map(n => n.data || '').join('').trim(), // no counts, no small print
nameOf = at => at.ariaLabel || [...at.labels || []].map(ownText).join(),
pass = (from, to, ...names) => names.forEach(n => attr(to, n, from.getAttribute(n))),
show = at => {at.hidden = false;},
has = (text, box) => text.toLowerCase().includes(box.value.trim().toLowerCase());
const onKey = (at, key, fn) => on(at, 'keydown', e => {if (e.key === key && plain(e)) fn(e);});
// Enter in a helper field must not send the form.
const onEnter = (at, fn) => onKey(at, 'Enter', e => {stop(e); fn();});

// Labels and error links must lead to what takes focus; hidden and required would block the form.
const replace = (old, to) => {
	pass(old, to, 'aria-describedby', 'aria-invalid', 'disabled');
	Object.assign(to, {id: old.id || `o${++serial}`, ariaRequired: old.required || null});
	Object.assign(old, {id: '', required: false, hidden: true});
};

// Storage throws where the browser blocks it.
const keep = (store, key, value) => {
	try {if (value != null) window[store][key] = value; return window[store][key];} catch {/* blocked */}
};

// Added empty, or the first text is not read out.
let live, help, serial = 0;
const say = text => {
	if (!live) doc.body.append(live = el('p', {className: 'sr', role: 'status'}));
	setTimeout(put, 50, live, text);
};

/* forms */
function guard() {
	const forms = all('[data-guard]');
	const free = f => {f.ariaBusy = null;};
	const ask = e => {if (one('[data-guard][data-dirty]:not([aria-busy])')) e.returnValue = stop(e);};
	const soil = f => {
		attr(f, 'data-dirty', '');
		all('[data-dirty-mark]', f).forEach(show);
		on(window, 'beforeunload', ask); // not earlier: it disables the back/forward cache
	};
	forms.filter(f => f.matches('[data-dirty]')).forEach(soil);
	// Fields without a name are helpers and send nothing.
	on(doc, 'input change', e => {if (e.target.name && forms.includes(e.target.form)) soil(e.target.form);});
	on(doc, 'submit', e => {
		const f = e.target;
		if (!forms.includes(f) || e.defaultPrevented) return;
		if (f.ariaBusy) return stop(e);
		f.ariaBusy = true;
		setTimeout(free, 3e4, f); // the user may have stopped it
	});
	back(() => forms.forEach(free));
}

function count(field) {
	const out = byId(`${field.id}-count`) || el('p'), max = field.dataset.count || field.maxLength;
	// Code points, as the database counts.
	const tell = () => put(out, `${[...field.value].length} of ${max} characters`);
	on(field, 'input', tell);
	back(tell);
}

// A combobox in front of a select, which stays the submitted value.
function typeahead(box) {
	const sel = one('select', box), old = sel || one('[data-nojs]', box) || el('i'), {typeahead: url, go, optional} = box.dataset;
	const name = nameOf(old), list = el('ul', {className: 'ta-list', role: 'listbox', ariaLabel: name});
	const note = el('p', {className: 'ta-note', role: 'status'});
	const clear = button('ta-x', '×');
	const input = el('input', {role: 'combobox', ariaAutoComplete: 'list', autocomplete: 'off'});
	let timer, ctl, term, page, more, at, wish;

	const chosen = () => sel?.value ? sel.selectedOptions[0].text : '';
	const restore = () => {input.value = chosen(); clear.hidden = optional == null || !input.value || input.disabled;};
	const open = yes => {list.hidden = !yes; input.ariaExpanded = !!yes;};
	const mark = li => {
		if (at) at.ariaSelected = false;
		at = li;
		attr(input, 'aria-activedescendant', li?.id);
		if (li) li.ariaSelected = true;
		li?.scrollIntoView({block: 'nearest'});
	};
	const close = () => {clearTimeout(timer); ctl?.abort(); open(); put(note, ''); mark();};
	const set = (value, text) => {
		sel.value = value;
		if (sel.value !== value) sel.add(new Option(text, value, true, true));
		restore();
		changed(sel);
	};
	const choose = li => {
		close();
		if (sel) set(li.key, li.textContent);
		if (go) location.assign(go.replace('{id}', encodeURIComponent(li.key)));
		if (!sel && !go) {restore(); box.dispatchEvent(new CustomEvent('pick', {detail: {value: li.key, text: li.textContent}, bubbles: true}));}
	};
	const load = async next => {
		ctl?.abort();
		const {signal} = ctl = new AbortController(), want = next ? page + 1 : 1, query = new URLSearchParams({term, page: want});
		box.ariaBusy = true;
		put(note, 'Loading…');
		try {
			const r = await fetch(url + (url.includes('?') ? '&' : '?') + query, {signal}), data = r.ok && await r.json();
			const rows = data.results.map(o => el('li', {role: 'option', id: `o${++serial}`, key: String(o.id), ariaSelected: false}, o.text));
			if (signal.aborted) return;
			if (!next) list.replaceChildren();
			list.append(...rows);
			[page, more] = [want, data.pagination?.more];
			const n = list.children.length;
			open(n);
			put(note, n ? `${n} shown${more ? ', more below' : ''}` : 'No match');
			if (!next || wish) mark(rows[0]);
			wish = false;
		} catch {
			if (signal.aborted) return;
			if (!next) {open(); mark();} // old matches mislead
			put(note, 'Could not load, try again');
		} finally {if (signal === ctl.signal) box.ariaBusy = null;}
	};
	const start = every => {wish = false; term = every ? '' : input.value.trim(); load();};
	const loadMore = () => {if (more && !box.ariaBusy) load(true);};
	const key = e => {
		if (!plain(e) || e.isComposing) return;
		const rows = [...list.children], i = rows.indexOf(at), edited = input.value !== chosen();
		const to = {ArrowDown: i + 1, ArrowUp: Math.max(i - 1, 0), Home: 0, End: rows.length - 1}[e.key];
		if (to >= 0 && !list.hidden) {if (rows[to]) mark(rows[to]); else loadMore(wish = true);}
		else if (/^Arrow(Up|Down)/.test(e.key)) start(!edited);
		else if (e.key === 'Enter' && (at || edited)) {if (at) choose(at);} // never sends half a word
		else if (e.key === 'Escape' && (edited || note.textContent)) {close(); restore(); e.stopPropagation();}
		else return;
		stop(e);
	};

	replace(old, input);
	pass(old, input, 'aria-label', 'aria-labelledby', 'placeholder');
	list.id = `${input.id}-list`;
	attr(input, 'aria-controls', list.id);
	clear.ariaLabel = `Clear ${name}`;
	all('[data-nojs]', box).forEach(x => x.remove());
	box.append(input, clear, el('div', {className: 'ta-pop'}, list, note));
	open();
	on(input, 'keydown', key);
	on(input, 'input', () => {mark(); clearTimeout(timer); timer = setTimeout(start, 250);});
	on(input, 'click', () => {if (list.hidden && !box.ariaBusy) start(input.value === chosen());});
	on(input, 'blur', () => {close(); if (optional != null && !input.value && chosen()) set(''); else restore();});
	on(box.lastChild, 'mousedown', stop); // keeps the focus in the field
	on(list, 'click', e => {if (e.target.key) choose(e.target);});
	on(list, 'scroll', () => {if (list.scrollTop + list.clientHeight > list.scrollHeight - 40) loadMore();});
	on(clear, 'click', () => {set(''); input.focus();});
	if (sel) on(sel, 'opint:set', restore); // another part chose or renamed an option
	back(restore);
}

// Two native lists: keyboard support comes for free.
function dual(sel) {
	const name = nameOf(sel), note = el('p', {className: 'help', role: 'status'});
	const panes = [['Available', 'Add'], ['Chosen', 'Remove']].map(([word, verb], side) => {
		const head = el('p', {className: 'lab'}), btn = button('btn', verb), every = button('btn quiet', `${verb} all`);
		const find = el('input', {type: 'search', placeholder: 'Filter', ariaLabel: `Filter ${word} ${name}`});
		const box = el('select', {multiple: true, size: 10, ariaLabel: `${word} ${name}`});
		// Options are rebuilt, not hidden: Safari shows hidden ones.
		const fill = () => {
			const mine = [...sel.options].filter(o => o.selected == side), seen = mine.filter(o => has(o.text, find)), n = mine.length - seen.length;
			box.replaceChildren(...seen.map(o => new Option(o.text, o.index)));
			put(head, `${word} (${mine.length})`);
			if (side) put(note, n ? `${n} chosen option${n > 1 ? 's' : ''} hidden by the filter` : '');
		};
		const move = () => {
			const picked = [...box.selectedOptions], i = box.selectedIndex;
			if (!picked.length) return;
			picked.forEach(o => {sel.options[o.value].selected = !side;});
			refill();
			box.selectedIndex = Math.min(i, box.length - 1);
			changed(sel);
			say(`${picked.length} ${side ? 'removed' : 'added'}`);
		};
		on(btn, 'click', move);
		// All that the filter shows.
		on(every, 'click', () => {[...box.options].forEach(o => {o.selected = true;}); move();});
		on(box, 'dblclick', move);
		onEnter(box, move);
		on(find, 'input', fill);
		onEnter(find, () => box.focus());
		return {find, fill, node: el('div', {className: 'dual-p'}, head, find, box, el('div', {className: 'row'}, btn, every))};
	});
	const refill = () => panes.forEach(p => p.fill());
	replace(sel, panes[0].find);
	sel.after(el('div', {className: 'dual', role: 'group', ariaLabel: name}, ...panes.map(p => p.node), note));
	back(refill);
}

/* lists */
function selection(master) {
	const {form} = master, boxes = () => all('[name=_selected_action]', form), out = one('[data-selected]', form), across = one('[name=select_across]', form);
	let last;
	const sync = () => {
		const rows = boxes(), n = rows.filter(b => b.checked).length, every = n && n === rows.length;
		master.checked = every;
		master.indeterminate = n && !every;
		if (across && !every) across.checked = false;
		// Silent until something was chosen.
		if (out && (n || out.textContent)) put(out, across?.checked ? `All ${across.dataset.matching} selected` : `${n} of ${rows.length} selected`);
	};
	on(form, 'click', ({target: t, shiftKey}) => {
		const rows = boxes(), i = rows.indexOf(t), from = shiftKey ? last ?? i : i;
		const fill = some => some.forEach(b => {b.checked = t.checked;});
		if (t === master || (t === across && t.checked)) fill(rows);
		if (i >= 0) {
			fill(rows.slice(Math.min(i, from), Math.max(i, from) + 1));
			last = i;
		}
		if (t.type === 'checkbox') sync();
	});
	back(sync);
	show(master);
}

/* frame */
function theme(form) {
	on(form, 'submit', e => {
		const {value} = e.submitter, body = new URLSearchParams(new FormData(form));
		stop(e);
		attr(doc.documentElement, 'data-theme', value === 'auto' ? null : value);
		all('[data-theme-form] [name=theme]').forEach(b => {b.ariaPressed = b.value === value;});
		body.set('theme', value);
		// Only the cookie matters.
		fetch(form.action, {method: 'POST', body, redirect: 'manual', keepalive: true}).catch(() => {});
	});
}

function menus() {
	const closeBut = at => all('details.menu[open]').forEach(d => {d.open = d.contains(at);});
	on(doc, 'click', e => closeBut(e.target));
	on(doc, 'toggle', e => {if (e.target.matches('details.menu[open]')) closeBut(e.target);}, true);
	onKey(doc, 'Escape', () => {
		one('details.menu[open] summary')?.focus();
		closeBut();
	});
}

function filterNav(input) {
	const nav = byId(input.dataset.filterNav) || input.closest('nav'), left = 'li:not([hidden])';
	const sift = () => {
		all('li', nav).forEach(li => {const a = one('a', li); li.hidden = a && !has(ownText(a), input);});
		all('.sec', nav).forEach(h => {h.hidden = !one(left, h.nextElementSibling);});
	};
	const typed = text => {keep('sessionStorage', 'opint.nav', text); sift(); say(`${all(left, nav).length} shown`);};
	input.value = keep('sessionStorage', 'opint.nav') || '';
	show(input);
	sift();
	on(input, 'input', () => typed(input.value));
	onKey(input, 'Escape', e => {if (input.value) {stop(e); typed(input.value = '');}});
}

function remember(d) {
	const key = `opint.open.${d.dataset.remember}`, was = keep('localStorage', key);
	if (was) d.open = was === 'true';
	on(d, 'toggle', () => keep('localStorage', key, d.open));
}

/* small parts */
const shown = fn => b => {show(b); on(b, 'click', e => {stop(e); fn(b);});};

async function copy(btn) {
	const from = byId(btn.dataset.copy), word = btn.lastChild;
	btn.was ??= word.data;
	word.data = 'Copied';
	try {await navigator.clipboard.writeText(from.value ?? from.textContent);} catch {
		if (from.select) from.select(); else getSelection().selectAllChildren(from);
		word.data = 'Press Ctrl+C'; // plain http
	}
	say(word.data);
	setTimeout(() => {word.data = btn.was;}, 2e3);
}

function localTime(t) {
	if (t.dateTime.includes(':')) t.title = new Date(t.dateTime).toLocaleString([], {dateStyle: 'medium', timeStyle: 'long'});
}

function health(out) {
	const timer = setInterval(async () => {
		const r = await fetch(out.dataset.health, {cache: 'no-store'}).catch(() => 0);
		if (!r.ok) return;
		clearInterval(timer);
		out.replaceChildren('OpInt is back. ', el('a', {href: location.href}, 'Open the page')); // a reload could send a form twice
	}, 1e4);
}

// Rows never move under the pointer: the page says what is new and leaves it to people to look.
function revision(note) {
	const {revision, names, revisionUrl} = note.dataset, known = new Set(names.split('\n'));
	setInterval(async () => {
		if (doc.hidden || !note.hidden) return;
		const r = await fetch(revisionUrl + location.search, {cache: 'no-store', redirect: 'error'}).catch(() => 0);
		if (!r.ok) return;
		const now = await r.json(), fresh = now.names.filter(name => !known.has(name));
		if (now.revision === revision) return;
		one('[data-revision-text]', note).textContent = fresh.length ? `New on the board: ${fresh.join(', ')}.` : 'The board has changed.';
		note.hidden = false;
	}, 3e4);
}

// What goes on elsewhere: only the part that tells of it is asked for, and read out now and then.
function progress(at) {
	let told = one('[data-told]', at).dataset.told;
	const timer = setInterval(async () => {
		if (doc.hidden) return;
		const r = await fetch(at.dataset.progress, {cache: 'no-store', redirect: 'error'}).catch(() => 0);
		if (!r.ok) return;
		const {body} = new DOMParser().parseFromString(await r.text(), 'text/html'), now = one('[data-told]', body);
		at.replaceChildren(...body.children);
		if (now.dataset.told !== told) say(now.textContent);
		told = now.dataset.told;
		if ('over' in now.dataset) {clearInterval(timer); location.reload();}
	}, 3e3);
}

/* keyboard */
// The page lists the shortcuts; those of the menu follow from its links.
function showHelp() {
	if (!help) {
		help = byId('keys');
		all('[data-go-key]').forEach(a => one('dl', help).append(el('dt', {}, el('kbd', {}, 'g'), el('kbd', {}, a.dataset.goKey)), el('dd', {}, ownText(a))));
	}
	help.showModal();
	return true;
}

const here = (s, row = doc.activeElement?.closest('.list tbody tr') || one('.list tr[data-here]')) => s && row ? one(s, row) : row;

function step(by) {
	const rows = all('.list tbody tr'), i = rows.indexOf(here()), row = rows[i < 0 ? 0 : i + by];
	if (row) rows.forEach(r => r.toggleAttribute('data-here', r === row));
	if (row) (one('a.id', row) ?? one('a', row))?.focus(); // not the actions of the row
	return row;
}

// Arrows scroll, until a row has the focus.
const arrow = by => doc.activeElement?.closest('.list tbody') && step(by);

// "Test" buttons may come before Save.
const send = form => press(form && (one('[name=_save]', form) || one('[type=submit]', form)));
// A real click: selection() handles Shift.
const tick = shiftKey => here('[name=_selected_action]')?.dispatchEvent(new MouseEvent('click', {bubbles: true, shiftKey}));

// On a narrow page the field hides behind its button, which leads to the page.
const seek = at => at?.offsetParent ? focusOn(at) : press(one('header .find button'));

function shortcuts() {
	let go = 0; // until when a letter belongs to "g"
	const single = {
		'/': () => seek(all('header [type=search],[data-search]').pop()), f: () => focusOn(one('.facets summary')),
		'?': showHelp, j: () => step(1), k: () => step(-1), o: () => press(here('a:not(.more)')), x: () => tick(), X: () => tick(true),
		ArrowDown: () => arrow(1), ArrowUp: () => arrow(-1), '[': pressOne('[rel=prev]'), ']': pressOne('[rel=next]'), e: () => press(here('[data-edit]') || one('[data-edit]')), g: () => {go = Date.now() + 1500;},
	};
	on(doc, 'keydown', e => {
		const t = e.target, k = e.key, after = go > Date.now();
		let done, typing = t.matches('input:not([type=checkbox],[type=radio]),select,textarea');
		if (e.defaultPrevented || e.altKey || one('[data-shortcuts=off],dialog[open]')) return;
		if (!plain(e)) {
			if (k === 'Enter') done = send(t.form || one('[data-guard]'));
			if (k === 'k' && !typing) done = seek(one('header [type=search]'));
			if (k === 's') done = pressOne('[data-guard] [name=_continue]')();
		} else if (!typing) {
			go = 0;
			if (after) done = pressOne(`[data-go-key="${CSS.escape(k)}"]`)();
			else if (k === 'Enter') done = t === doc.body && single.o();
			else done = single[k]?.();
		}
		if (done) stop(e);
	});
}

// Whoever fills in a field wants it set.
const asked = at => on(at, 'input change', e => {if (e.target.name && e.target.type) {const box = one('[type=checkbox]', at); if (e.target !== box) box.checked = true;}});

// One broken part must not stop the others.
const run = (fn, at) => {try {fn(at);} catch (e) {console.error(e);}};
const PARTS = {
	'[data-asked]': asked, '[data-typeahead]': typeahead, '[data-dual]:enabled': dual, '[data-count]': count, '[data-all]': selection,
	'[data-theme-form]': theme, '[data-filter-nav]': filterNav, '[data-remember]': remember, 'time[datetime]': localTime,
	'[data-copy]': shown(copy), '[data-health]': health, '[data-revision]': revision, '[data-progress]': progress, '[data-print]': shown(() => print()), '[data-help]': shown(showHelp),
};
const setUp = root => {for (const s in PARTS) all(s, root).forEach(at => run(PARTS[s], at));};
setUp(doc);
on(doc, 'opint:setup', e => setUp(e.detail)); // what other scripts add to the page
[guard, menus, shortcuts].forEach(fn => run(fn));
})();

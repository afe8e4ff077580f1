/* OpInt, the end of a session: says so in time, and lets the page go on once its reader has signed in again. */
(() => {
'use strict';
const {sessionLeft, sessionWarn, sessionUser} = document.body.dataset, URL_ = '/admin/session/';
if (!sessionLeft) return;
const el = (tag, props, ...kids) => {const n = Object.assign(document.createElement(tag), props); n.append(...kids); return n;};
let end = Date.now() + sessionLeft * 1e3, warn = sessionWarn * 1e3, fixed = false, over = false, timer, note, told;

const say = (state, ...kids) => {
	if (told === state) return;
	told = state;
	note?.remove();
	note = null;
	if (!kids.length) return;
	note = el('div', {className: `note ${over ? 'bad' : 'warn'} signed`, role: 'alert'});
	document.body.append(note);
	setTimeout(() => note?.append(el('div', {}, ...kids)), 50); // added empty, or it is not read out
};
const clock = () => new Date(end).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'});

// The same person signed in again, perhaps in another tab: forms on this page go on with the new token.
function renew(csrf) {
	for (const field of document.querySelectorAll('[name=csrfmiddlewaretoken]')) field.value = csrf;
}

async function ask(options) {
	const r = await fetch(URL_, {cache: 'no-store', headers: {Accept: 'application/json'}, ...options}).catch(() => null);
	if (!r) return schedule(3e4); // no network: that says nothing about the session
	if (r.status === 401) return ended();
	if (!r.ok) return schedule(3e4);
	const now = await r.json();
	if (now.user !== sessionUser) {
		over = true;
		return say('other', `You are now signed in as ${now.user}. `, el('a', {href: location.href}, 'Load this page again'), ' before you go on.');
	}
	if (over) renew(now.csrf);
	over = false;
	[end, warn, fixed] = [Date.now() + now.left * 1e3, now.warn * 1e3, now.fixed];
	look();
}

function ended() {
	over = true;
	const href = `/admin/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
	say('ended', 'Your session has ended. What you typed is still here: ', el('a', {href, target: '_blank', rel: 'noopener'}, 'sign in again in a new tab'), ', then go on here.');
	schedule(15e3);
}

function stay() {
	const csrfmiddlewaretoken = document.querySelector('[name=csrfmiddlewaretoken]')?.value ?? '';
	ask({method: 'POST', body: new URLSearchParams({csrfmiddlewaretoken})});
}

// Timers stand still while a computer sleeps, and longer ones than 24 days fire at once.
const schedule = wait => {clearTimeout(timer); timer = setTimeout(() => ask(), Math.min(Math.max(wait, 1e3), 36e5));};

function look() {
	const left = end - Date.now();
	if (left > warn) {
		say('');
		return schedule(left - warn);
	}
	if (fixed) say(`fixed ${end / 6e4 | 0}`, `Your session ends at ${clock()}, however much you use it. Save what you have, then sign in again.`);
	else {
		const button = el('button', {type: 'button', className: 'btn primary', onclick: stay}, 'Stay signed in');
		say('idle', `You will be signed out at ${clock()}, since nothing happened for a while. `, el('div', {className: 'row'}, button));
	}
	schedule(Math.min(left + 1e3, 3e4));
}

document.addEventListener('visibilitychange', () => {if (!document.hidden && (over || end - Date.now() < warn)) ask();});
schedule(end - Date.now() - warn);
})();

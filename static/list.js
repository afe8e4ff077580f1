/* Lists: what is found by typing is ticked beside what was chosen before. */
(() => {
'use strict';
document.addEventListener('pick', e => {
	const box = e.target.closest('[data-pick]'), {value, text} = e.detail;
	if (!box) return;
	const ticks = [...box.querySelectorAll('input[type=checkbox]')], known = ticks.find(tick => tick.value === value);
	if (known) {known.checked = true; return;}
	const tick = Object.assign(document.createElement('input'), {type: 'checkbox', name: box.dataset.pick, value, checked: true});
	const label = Object.assign(document.createElement('label'), {className: 'ck'}), item = document.createElement('li');
	label.append(tick, text);
	item.append(label);
	box.querySelector('ul').append(item);
});
})();

// The main path again, with no other device than a keyboard.
import assert from 'node:assert/strict';
import { message } from './steps.mjs';
import { inBrowser, passwordOf } from './visit.mjs';

/** Presses Tab until that element has the focus, as somebody would who sees where it is. */
async function tabTo(page, target, key = 'Tab') {
	for (let presses = 0; presses < 150; presses++) {
		await page.keyboard.press(key);
		if (await target.evaluate(element => element === document.activeElement)) return;
	}
	assert.fail(`${target} cannot be reached with ${key}`);
}

/** Presses keys that lead to another page. */
async function go(page, ...keys) {
	const arrived = page.waitForEvent('load');
	for (const key of keys) await page.keyboard.press(key);
	await arrived;
}

/** The form that asks for an account has the focus where typing starts. */
async function signInByKeys(page, name) {
	await page.keyboard.type(name);
	await page.keyboard.press('Tab');
	await page.keyboard.type(passwordOf(name));
	await go(page, 'Enter');
}

async function searchByKeys(page, words) {
	await page.keyboard.press('/');
	await page.keyboard.type(words);
	await go(page, 'Enter');
}

inBrowser('Issues are found, filtered, sorted and opened by keyboard alone', {as: null}, async ({page}) => {
	await page.goto('/admin/');
	await signInByKeys(page, 'admin');
	await go(page, 'g', 'i');
	await searchByKeys(page, '"Connection limit exceeded" WT2');

	await page.keyboard.press('f');
	await tabTo(page, page.getByRole('complementary', {name: 'Filter'}).getByRole('link', {name: /^New/}));
	await go(page, 'Enter');
	const failures = page.getByRole('columnheader', {name: 'Failures'});
	for (const direction of ['ascending', 'descending']) {
		await tabTo(page, failures.getByRole('link').first());
		await go(page, 'Enter');
		assert.equal(await failures.getAttribute('aria-sort'), direction);
	}

	const rows = page.locator('.list tbody tr');
	const here = () => rows.evaluateAll(all => all.findIndex(row => row.matches('[data-here]') && row.contains(document.activeElement)));
	await page.keyboard.press('j');
	await page.keyboard.press('j');
	assert.equal(await here(), 1);
	await page.keyboard.press('x');
	assert.ok(await rows.nth(1).getByRole('checkbox').isChecked());
	await page.keyboard.press('k');
	assert.equal(await here(), 0);
	const label = await rows.first().getByRole('checkbox').getAttribute('aria-label');
	await go(page, 'o');
	const title = await page.getByRole('heading', {level: 1}).textContent();
	assert.equal(label.replace('Select ', '').slice(0, 60), title.slice(0, 60));
});

inBrowser('A pattern is edited by keyboard alone, and the history shows both versions', async ({page}) => {
	await page.goto('/admin/');
	await go(page, 'g', 'c');
	await searchByKeys(page, '"No space on destination"');
	await page.keyboard.press('j');
	await go(page, 'o');
	const pattern = page.getByLabel('Pattern');
	const old = await pattern.inputValue();
	await tabTo(page, pattern);
	await page.keyboard.press('Control+End');
	await page.keyboard.type(' today');
	await go(page, 'Control+Enter');
	assert.match(await message(page).textContent(), /“No space on destination” was changed/);

	await tabTo(page, message(page).getByRole('link'));
	await go(page, 'Enter');
	await tabTo(page, page.getByRole('link', {name: 'History'}));
	await go(page, 'Enter');
	const change = page.getByRole('row', {name: /^Pattern/}).first();
	assert.equal(await change.locator('del').textContent(), old);
	assert.equal(await change.locator('ins').textContent(), `${old} today`);
});

inBrowser('A site in use is not deleted by keyboard alone', async ({page}) => {
	await page.goto('/admin/');
	await go(page, 'g', 's');
	await searchByKeys(page, 'Nevis');
	await page.keyboard.press('j');
	await go(page, 'Enter');
	await tabTo(page, page.getByRole('link', {name: 'Delete'}));
	await go(page, 'Enter');
	await page.getByRole('heading', {name: 'This site cannot be deleted'}).waitFor();
	assert.match(await page.getByRole('alert').textContent(), /used by/);
	await tabTo(page, page.getByRole('link', {name: 'Back to the site'}));
	await go(page, 'Enter');
});

inBrowser('One account signs out and a shifter records an action, by keyboard alone', async ({page}) => {
	await page.goto('/issues/4/');
	await tabTo(page, page.locator('summary', {hasText: 'admin'}));
	await page.keyboard.press('Enter');
	await tabTo(page, page.getByRole('button', {name: 'Sign out'}));
	await go(page, 'Enter');
	await signInByKeys(page, 'shifter01');
	await go(page, 'g', 'i');
	await searchByKeys(page, '"Connection limit exceeded" WT2 TOKYO');
	await page.keyboard.press('j');
	await go(page, 'o');
	await tabTo(page, page.getByRole('link', {name: 'Open its page'}));
	await go(page, 'Enter');

	const radio = name => page.getByRole('radio', {name});
	// Which one is offered first depends on what was recorded: arrows lead to each.
	const choose = async (name, key) => {
		await tabTo(page, page.locator('.pick input:checked'));
		for (let step = 0; step < 12 && !await radio(name).isChecked(); step++) await page.keyboard.press(key);
		assert.ok(await radio(name).isChecked());
	};
	await choose(/^Reduce FTS active transfers/, 'ArrowDown');
	await tabTo(page, page.getByRole('group', {name: 'Did it work?'}).getByRole('radio', {name: 'Too early'}));
	await page.keyboard.press('ArrowRight');
	await tabTo(page, page.getByLabel('Comment'));
	await page.keyboard.type('Halved from the keyboard.');
	await go(page, 'Control+Enter');
	const done = page.getByRole('region', {name: 'Timeline'}).getByRole('listitem').first();
	assert.match(await done.textContent(), /Reduce FTS.*worked.*shifter01.*Halved from the keyboard\./s);

	await choose('Something else', 'ArrowUp');
	await tabTo(page, page.getByLabel('Which other action'));
	await page.keyboard.type('Typed a new action');
	await go(page, 'Control+Enter');
	assert.match(await done.textContent(), /Typed a new action.*shifter01/s);
});

inBrowser('The question mark shows the shortcuts, Escape closes them, and fields take the letters themselves', async ({page}) => {
	await page.goto('/admin/issues/');
	await page.keyboard.press('?');
	const help = page.getByRole('dialog', {name: 'Keyboard shortcuts'});
	await help.waitFor();
	assert.match(await help.textContent(), /Search.*Next, previous row.*Send the form.*Issues/s);
	await page.keyboard.press('j');
	assert.equal(await page.locator('[data-here]').count(), 0, 'no shortcut works behind the dialog');
	await page.keyboard.press('Escape');
	await help.waitFor({state: 'hidden'});

	await page.keyboard.press('/');
	await page.keyboard.type('jko?');
	assert.equal(await page.getByRole('searchbox', {name: 'Search issues'}).inputValue(), 'jko?');
	assert.equal(await help.isVisible(), false);
});

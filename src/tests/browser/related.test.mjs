// Related records in a dialog, rows that are added, and the end of a session.
import assert from 'node:assert/strict';
import { inspect } from './inspect.mjs';
import { chosen, dialog, focused, message, saveAndStay } from './steps.mjs';
import { inBrowser } from './visit.mjs';

inBrowser('A session that ends while a dialog is open loses nothing', async ({context, page}) => {
	await page.goto('/admin/error-categories/add/');
	await page.getByLabel('Title').fill('Typed before the end');
	await page.getByRole('link', {name: 'Add a cause'}).click();
	await dialog(page).getByLabel('Name').fill('Typed in the dialog');
	const cookies = await context.cookies();
	await context.clearCookies({name: 'opint_session'});
	await dialog(page).getByRole('button', {name: 'Save'}).click();
	await dialog(page).getByText('Your session has ended').waitFor();
	assert.equal(await dialog(page).getByLabel('Name').inputValue(), 'Typed in the dialog');
	await context.addCookies(cookies);
	await dialog(page).getByRole('button', {name: 'Save'}).click();
	await page.getByRole('dialog').waitFor({state: 'detached'});
	assert.equal(await chosen(page, 'cause'), 'Typed in the dialog');
	assert.equal(await page.getByLabel('Title').inputValue(), 'Typed before the end');
});

inBrowser('Rows are added and removed on the form of a site', async ({page}) => {
	await page.goto('/admin/sites/68/change/');
	const rows = page.locator('.sheet tbody tr');
	const before = await rows.count();
	await page.getByRole('button', {name: 'Add another storage endpoint'}).click();
	assert.equal(await rows.count(), before + 1);
	const row = rows.last();
	assert.ok(await focused(row.getByLabel('Storage element')));
	await row.getByLabel('Storage element').fill('SE-NEW');
	await row.getByLabel('Scheme').fill('davs');
	await row.getByLabel('Host').fill('new.example.org');
	assert.ok(await page.getByText('Unsaved changes').isVisible());
	await inspect(page);
	await saveAndStay(page);
	assert.match(await message(page).textContent(), /1 row added/);
	const made = page.locator('.sheet tbody tr', {has: page.locator('input[value="new.example.org"]')});
	await made.getByRole('checkbox', {name: /^Remove/}).check();
	await saveAndStay(page);
	assert.match(await message(page).textContent(), /1 row removed/);
});

inBrowser('Enter in a row saves the form and does not add a row', async ({page}) => {
	await page.goto('/admin/sites/67/change/');
	await page.getByLabel('Cloud').fill('XX');
	const answer = page.waitForResponse(response => response.request().method() === 'POST');
	await page.getByLabel('Cloud').press('Enter');
	assert.equal((await answer).status(), 302);
});

inBrowser('Rights are moved all at once, as far as the filter shows them', async ({page}) => {
	await page.goto('/admin/groups/add/');
	const picker = page.getByRole('group', {name: 'Rights'});
	await picker.getByRole('searchbox', {name: 'Filter Available Rights'}).fill('causes.');
	await picker.getByRole('button', {name: 'Add all'}).click();
	const moved = await picker.getByRole('listbox', {name: 'Chosen Rights'}).getByRole('option').allTextContents();
	assert.deepEqual(moved, ['causes.add', 'causes.change', 'causes.delete', 'causes.view']);
});

inBrowser('Before a session ends the page says so and offers to stay; after it ended it waits', {fetched: /401/}, async ({context, page}) => {
	await page.route('**/admin/session/', async route => {
		const answer = await route.fetch();
		const left = route.request().method() === 'POST' ? 7200 : 60;
		await route.fulfill({response: answer, json: {...await answer.json(), left}});
	});
	await page.clock.install();
	await page.goto('/admin/causes/add/');
	await page.clock.fastForward('14:00:00');
	await page.getByRole('button', {name: 'Stay signed in'}).waitFor();
	await page.clock.runFor(100);
	await page.getByRole('button', {name: 'Stay signed in'}).click();
	await page.getByRole('button', {name: 'Stay signed in'}).waitFor({state: 'detached'});
	await page.unroute('**/admin/session/');
	const cookies = await context.cookies();
	await context.clearCookies({name: 'opint_session'});
	await page.clock.fastForward('03:00:00');
	await page.getByText('Your session has ended.').waitFor();
	await context.addCookies(cookies);
	await page.clock.fastForward('00:01:00');
	await page.getByText('Your session has ended.').waitFor({state: 'detached'});
});

for (const [name, path] of Object.entries({
	'my account and sessions': '/admin/account/',
	'what I may do': '/admin/account/rights/',
	'who may do what': '/admin/rights/',
	'who may do what with issues': '/admin/rights/?resource=issues',
	'the rights of a user': '/admin/users/2/rights/',
	'the sessions of a user': '/admin/users/2/sessions/',
	'the notes on an issue': '/admin/issues/6/notes/',
	'rows on the form of a category': '/admin/error-categories/1/change/',
})) {
	inBrowser(`Accessible, and fits every screen: ${name}`, async ({page}) => {
		assert.equal((await page.goto(path)).status(), 200);
		await inspect(page);
	});
}

// What has a script's help elsewhere, in a browser that runs none.
import assert from 'node:assert/strict';
import { actOnAll, follow, message, save, saveAndStay } from './steps.mjs';
import { inBrowser } from './visit.mjs';

const without = {javaScriptEnabled: false};
const phone = {...without, viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true};

inBrowser('Without JavaScript, related records are chosen from plain selects', without, async ({page}) => {
	await page.goto('/admin/suggested-actions/add/');
	await page.getByRole('combobox', {name: 'Category'}).selectOption('No message');
	await page.getByRole('combobox', {name: 'Action'}).selectOption('Contact the network team');
	await save(page);
	assert.match(await message(page).textContent(), /The suggested action “.*” was added/);
	await follow(message(page).getByRole('link'));
	assert.equal(await page.getByRole('combobox', {name: 'Category'}).locator('option:checked').textContent(), 'No message');
});

inBrowser('Without JavaScript, the groups of a user are chosen from a list', without, async ({page}) => {
	await page.goto('/admin/users/?q=ddmops01');
	await follow(page.getByRole('link', {name: 'ddmops01', exact: true}));
	await page.getByRole('listbox', {name: 'Groups'}).selectOption(['Operators', 'Shifters']);
	await saveAndStay(page);
	assert.deepEqual(await page.getByRole('listbox', {name: 'Groups'}).locator('option:checked').allTextContents(), ['Operators', 'Shifters']);
});

inBrowser('Without JavaScript, the theme switch comes back to the same page in the other theme', without, async ({page}) => {
	await page.goto('/admin/sites/?q=INFN&o=-1');
	const here = page.url();
	await follow(page.getByRole('button', {name: 'Dark'}));
	assert.equal(page.url(), here);
	assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
	assert.equal(await page.getByRole('button', {name: 'Dark'}).getAttribute('aria-pressed'), 'true');
	await follow(page.getByRole('button', {name: 'Auto'}));
	assert.equal(await page.locator('html').getAttribute('data-theme'), null);
});

inBrowser('Without JavaScript, an action on all rows that match asks first, and does what it said', without, async ({page}) => {
	await page.goto('/admin/issues/?status__exact=resolved&n=25');
	const count = (await page.locator('.bulk').textContent()).match(/All (\d+) rows/)[1];
	assert.ok(Number(count) > 25);
	await actOnAll(page, 'Mute');
	await page.getByRole('heading', {name: 'Mute?'}).waitFor();
	assert.match(await page.locator('.head').textContent(), new RegExp(`${count} issues: all that match`));
	await follow(page.getByRole('button', {name: 'Mute'}));
	assert.match(await message(page).textContent(), new RegExp(`${count} issues`));
	await page.getByRole('heading', {name: 'No issue matches'}).waitFor();
});

inBrowser('Without JavaScript, the rows ticked are counted and carried to the confirmation', without, async ({page}) => {
	await page.goto('/admin/causes/');
	for (const row of [0, 2]) await page.locator('.list tbody').getByRole('checkbox').nth(row).check();
	const counted = page.locator('.sel').evaluate(element => getComputedStyle(element, '::before').content);
	assert.match(await counted, /counter\(sel\)/);
	await page.getByLabel('Action', {exact: true}).selectOption('delete_selected');
	await follow(page.getByRole('button', {name: 'Continue'}));
	assert.match(await page.locator('.head').textContent(), /2 causes/);
});

inBrowser('Without JavaScript, the menu of a phone opens, leads on, and closes with Escape', phone, async ({page}) => {
	await page.goto('/admin/');
	const menu = page.getByRole('navigation', {name: 'Main'});
	const open = page.getByRole('button', {name: 'Menu'});
	assert.equal(await menu.isVisible(), false);
	await open.tap();
	assert.ok(await menu.isVisible());
	await page.keyboard.press('Escape');
	assert.equal(await menu.isVisible(), false);
	await open.tap();
	await menu.getByRole('link', {name: 'Sites'}).tap();
	await page.getByRole('heading', {name: 'Sites', level: 1}).waitFor();
	assert.equal(await menu.isVisible(), false);
});

inBrowser('Without JavaScript, buttons that could do nothing are not shown', without, async ({page}) => {
	await page.goto('/admin/issues/');
	await page.getByRole('banner').locator('summary').click();
	assert.equal(await page.getByRole('button', {name: 'Keyboard shortcuts'}).count(), 0);
	assert.equal(await page.getByLabel('Select all rows on this page').isVisible(), false);
	assert.equal(await page.getByLabel('Filter the menu').isVisible(), false);
	await follow(page.getByRole('button', {name: 'Sign out'}));
	await page.getByText('You are signed out.').waitFor();
});

// The acceptance checks of an admin that need a browser, by their numbers: docs/behaviours.md lists all of them.
import assert from 'node:assert/strict';
import { inspect } from './inspect.mjs';
import { chosen, dialog, focused, follow, message, save } from './steps.mjs';
import { inBrowser } from './visit.mjs';

inBrowser('check 15: the menu is filtered by typing, on the next page as well, and Escape brings all of it back', async ({page}) => {
	await page.goto('/admin/sites/');
	const menu = page.getByRole('navigation', {name: 'Main'});
	const box = menu.getByRole('searchbox', {name: 'Filter the menu'});
	const entries = () => menu.locator('li:visible a').evaluateAll(links => links.map(link => link.textContent.trim()));
	const current = () => menu.locator('[aria-current=page]').evaluateAll(links => links.map(link => link.textContent.trim()));
	const all = await entries();
	assert.deepEqual(await current(), ['Sites']);
	await box.fill('act');
	const some = all.filter(entry => /act/i.test(entry));
	assert.ok(some.length && some.length < all.length);
	assert.deepEqual(await entries(), some);
	await follow(menu.getByRole('link', {name: 'Actions', exact: true}));
	assert.equal(await box.inputValue(), 'act');
	assert.deepEqual(await entries(), some);
	assert.deepEqual(await current(), ['Actions']);
	await box.press('Escape');
	assert.equal(await box.inputValue(), '');
	assert.deepEqual(await entries(), all);
});

inBrowser('check 16: the first Tab offers to skip to the content', async ({page}) => {
	await page.goto('/admin/issues/');
	await page.keyboard.press('Tab');
	assert.ok(await focused(page.getByRole('link', {name: 'Skip to content'})));
	await page.keyboard.press('Enter');
	assert.ok(await focused(page.getByRole('main')));
	await page.keyboard.press('Tab');
	assert.ok(await page.evaluate(() => document.querySelector('main').contains(document.activeElement)));
});

inBrowser('check 47: all rows of the page are selected, then all that match, then none', async ({page}) => {
	await page.goto('/admin/issues/?n=100');
	const count = page.locator('[data-selected]');
	const rows = page.getByLabel('Select all rows on this page');
	await rows.check();
	assert.equal(await count.textContent(), '100 of 100 selected');
	const all = page.getByRole('checkbox', {name: /^All \d+ rows that match/});
	const [number] = (await all.evaluate(box => box.labels[0].textContent)).match(/\d+/);
	assert.ok(Number(number) > 100);
	await all.check();
	assert.equal(await count.textContent(), `All ${number} selected`);
	await rows.uncheck();
	assert.equal(await count.textContent(), '0 of 100 selected');
	assert.equal(await all.isChecked(), false);
	assert.equal(await page.locator('.list tbody :checked').count(), 0);
});

inBrowser('check 49: rows are selected one by one, by range and all at once, and counted after coming back, too', async ({page}) => {
	await page.goto('/admin/sites/?n=25');
	const boxes = page.locator('.list tbody').getByRole('checkbox');
	const count = page.locator('[data-selected]');
	await boxes.nth(1).check();
	await boxes.nth(4).click({modifiers: ['Shift']});
	assert.equal(await count.textContent(), '4 of 25 selected');
	await follow(page.getByRole('navigation', {name: 'Breadcrumb'}).getByRole('link', {name: 'Admin'}));
	await page.goBack();
	assert.equal(await page.locator('.list tbody :checked').count(), 4);
	assert.equal(await count.textContent(), '4 of 25 selected');
	await page.getByLabel('Select all rows on this page').check();
	assert.equal(await count.textContent(), '25 of 25 selected');
	await boxes.first().uncheck();
	assert.equal(await page.getByLabel('Select all rows on this page').evaluate(box => box.indeterminate), true);
});

inBrowser('check 64: a cause is added in a dialog, chosen in the form, and renamed there without leaving it', {fetched: /422/}, async ({page}) => {
	await page.goto('/admin/error-categories/add/');
	assert.ok(await focused(page.getByLabel('Title')), 'a new form begins at its first field');
	await page.getByLabel('Title').fill('Typed before');
	await page.getByRole('link', {name: 'Add a cause'}).click();
	const name = dialog(page).getByLabel('Name');
	await name.waitFor();
	assert.ok(await focused(name));
	await inspect(page);
	await dialog(page).getByRole('button', {name: 'Save'}).click();
	await dialog(page).getByRole('alert').waitFor();
	await name.fill('Door <b>closed</b>');
	await name.press('Control+s');
	await page.getByRole('dialog').waitFor({state: 'detached'});
	assert.equal(await chosen(page, 'cause'), 'Door <b>closed</b>');
	assert.equal(await page.getByLabel('Title').inputValue(), 'Typed before');
	assert.ok(await focused(page.getByRole('link', {name: 'Add a cause'})), 'the focus is where it was');

	await page.getByRole('link', {name: 'Change this cause'}).click();
	await name.fill('Door open');
	await dialog(page).getByRole('button', {name: 'Save'}).click();
	await page.getByRole('dialog').waitFor({state: 'detached'});
	assert.equal(await chosen(page, 'cause'), 'Door open');
	await save(page);
	assert.match(await message(page).textContent(), /Typed before/);
});

inBrowser('check 64: what is added beside one select can be chosen in all others of its kind', async ({page}) => {
	await page.goto('/admin/error-categories/1/change/');
	await page.getByRole('button', {name: 'Add another suggested action'}).click();
	const selects = page.locator('.sheet tbody select[data-of=actions]');
	const number = await selects.count();
	assert.ok(number > 1);
	await page.locator('.sheet tbody tr').last().getByRole('link', {name: 'Add an action'}).click();
	await dialog(page).getByLabel('Name').fill('Ask the night shift');
	await dialog(page).getByRole('button', {name: 'Save'}).click();
	await page.getByRole('dialog').waitFor({state: 'detached'});
	const texts = await selects.evaluateAll(all => all.map(select => select.selectedOptions[0]?.text));
	assert.deepEqual(texts.map(text => text === 'Ask the night shift'), texts.map((_, at) => at === number - 1), 'chosen in its own only');
	assert.equal(await selects.locator('option', {hasText: /^Ask the night shift$/}).count(), number);
});

inBrowser('check 64: Escape and Cancel close the dialog, ask before what was typed is lost, and leave the form alone', async ({page}) => {
	await page.goto('/admin/error-categories/add/');
	const before = await chosen(page, 'cause');
	const add = page.getByRole('link', {name: 'Add a cause'});
	await add.click();
	await dialog(page).getByLabel('Name').waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({state: 'detached'});

	await add.press('Enter');
	await dialog(page).getByLabel('Name').fill('half a name');
	let answers = [];
	page.on('dialog', asked => {
		answers.push(asked.type());
		return answers.length === 1 ? asked.dismiss() : asked.accept();
	});
	await dialog(page).getByRole('link', {name: 'Cancel'}).click();
	assert.equal(await dialog(page).getByLabel('Name').inputValue(), 'half a name');
	await dialog(page).getByRole('link', {name: 'Cancel'}).click();
	await page.getByRole('dialog').waitFor({state: 'detached'});
	assert.deepEqual(answers, ['confirm', 'confirm']);
	assert.equal(await chosen(page, 'cause'), before);
});

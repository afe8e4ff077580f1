// Views, columns and filters above a list, as people use them.
import assert from 'node:assert/strict';
import { follow, message } from './steps.mjs';
import { inBrowser } from './visit.mjs';

const without = {javaScriptEnabled: false};

inBrowser('Rows of a foreign key are found by typing, ticked beside each other and applied at once', async ({page}) => {
	await page.goto('/admin/issues/?q=Service&o=-2');
	await page.locator('summary', {hasText: 'All filters'}).click();
	const line = page.getByRole('group', {name: 'Source', exact: true});
	const box = line.getByRole('combobox', {name: 'Find Source'});
	for (const name of ['WT2', 'MWT2']) {
		await box.fill(name);
		await line.getByRole('option', {name, exact: true}).click();
		assert.ok(await line.getByRole('checkbox', {name, exact: true}).isChecked());
		assert.equal(await box.inputValue(), '');
	}
	await page.getByRole('group', {name: 'Failures'}).getByLabel('From').fill('1');
	await follow(page.getByRole('form', {name: 'All filters'}).getByRole('button', {name: 'Apply'}));
	assert.match(page.url(), /q=Service&o=-2&.*src_site__exact=\d+&src_site__exact=\d+.*failures_total__gte=1/);
	assert.equal(await page.locator('.chip').count(), 4);
	await follow(page.getByRole('link', {name: /^Remove Source WT2/}));
	assert.equal(await page.locator('.chip').count(), 3);
});

inBrowser('Without JavaScript, columns are chosen and ordered and kept in a view that opens first', without, async ({page}) => {
	await page.goto('/admin/tickets/');
	await page.locator('summary', {hasText: 'Columns'}).click();
	const form = page.getByRole('form', {name: 'Columns'});
	await form.getByRole('checkbox', {name: 'Priority'}).uncheck();
	await form.getByRole('checkbox', {name: 'Experiment'}).check();
	await form.getByLabel('Place of Experiment').fill('1');
	await form.getByLabel('Place of Number').fill('2');
	await follow(form.getByRole('button', {name: 'Apply'}));
	const heads = await page.locator('thead th a, thead th').allTextContents();
	assert.ok(heads.findIndex(head => head.includes('Experiment')) < heads.findIndex(head => head.includes('Number')));
	await follow(page.getByRole('link', {name: 'Save this view'}));
	await page.getByLabel('Name').fill('By experiment');
	await page.getByLabel('Open the list of tickets with it').check();
	await follow(page.getByRole('button', {name: 'Save the view'}));
	assert.match(await message(page).textContent(), /“By experiment” was saved/);
	await page.goto('/admin/');
	await page.goto('/admin/tickets/');
	assert.match(page.url(), /\?view=\d+$/);
	await page.goBack();
	assert.match(page.url(), /\/admin\/$/, 'Back leads where one came from');
	await page.goForward();
	await follow(page.getByRole('link', {name: 'Edit “By experiment”'}));
	await follow(page.getByRole('button', {name: 'Delete the view'}));
	assert.match(await message(page).textContent(), /was deleted/);
	await page.goto('/admin/tickets/');
	assert.match(page.url(), /\/admin\/tickets\/$/);
});

inBrowser('Rows are walked, ticked and opened with arrows and letters', async ({page}) => {
	await page.goto('/admin/sites/');
	const rows = page.locator('.list tbody tr');
	const here = () => rows.evaluateAll(all => all.findIndex(row => row.contains(document.activeElement)));
	await page.keyboard.press('j');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowUp');
	assert.equal(await here(), 1);
	await page.keyboard.press('x');
	assert.ok(await rows.nth(1).getByRole('checkbox').isChecked());
	const arrived = page.waitForEvent('load');
	await page.keyboard.press('Enter');
	await arrived;
	assert.match(page.url(), /\/change\//);
});

for (const colorScheme of ['light', 'dark']) {
	for (const width of [360, 1440]) {
		inBrowser(`Everything above a list fits, ${colorScheme}, ${width} px wide`, {colorScheme, viewport: {width, height: 900}}, async ({page}) => {
			await page.goto('/admin/issues/?status__exact=new');
			for (const name of ['All filters', 'Columns']) {
				const summary = page.locator('main summary', {hasText: name});
				await summary.click();
				const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
				if (process.env.OPINT_SHOTS) await page.screenshot({path: `${process.env.OPINT_SHOTS}/list-${colorScheme}-${width}-${name.replace(' ', '-')}.png`, fullPage: true});
				assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
				await summary.click();
			}
			await page.goto('/admin/issues/views/?status__exact=new&o=-2');
			if (process.env.OPINT_SHOTS) await page.screenshot({path: `${process.env.OPINT_SHOTS}/view-${colorScheme}-${width}.png`});
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
		});
	}
}

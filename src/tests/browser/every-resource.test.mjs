// The list and the forms of every resource in the menu.
import assert from 'node:assert/strict';
import { inspect } from './inspect.mjs';
import { message, save } from './steps.mjs';
import { inBrowser, resourcesOf } from './visit.mjs';

for (const [title, list] of await resourcesOf('admin')) {
	inBrowser(`Accessible, and fits every screen: ${title}`, async ({page}) => {
		await page.goto(`${list}?n=25`);
		await inspect(page);
		const row = page.locator('.list tbody a.id').first();
		const pages = await row.count() ? [await row.getAttribute('href')] : [];
		if (await page.getByRole('link', {name: /^Add an? /}).count()) pages.push(`${list}add/`);
		for (const address of pages) {
			await page.goto(address);
			await inspect(page);
		}
	});

	inBrowser(`Saving an untouched form changes nothing: ${title}`, async ({page}) => {
		await page.goto(list);
		const row = page.locator('.list tbody a.id').last();
		if (!await row.count()) return;
		await page.goto(new URL(await row.getAttribute('href'), page.url()).href);
		if (!await page.getByRole('button', {name: 'Save', exact: true}).count()) return;
		await save(page);
		assert.match(await message(page).textContent(), /Nothing was different/);
	});
}

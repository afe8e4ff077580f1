// The pages of every resource in the menu: list, empty list, a filter, both forms and the history.
import assert from 'node:assert/strict';
import { inspect } from './inspect.mjs';
import { inBrowser, resourcesOf } from './visit.mjs';

for (const [title, list] of await resourcesOf('admin')) {
	inBrowser(`${title}: every page is accessible and fits every screen`, async ({page}) => {
		await page.goto(list);
		await inspect(page);
		const row = page.locator('.list tbody a.id').first();
		const form = await row.count() ? await row.getAttribute('href') : null;
		const filter = page.locator('.facets li a').first();
		if (await filter.count()) {
			await page.goto(new URL(await filter.getAttribute('href'), page.url()).href);
			await inspect(page);
		}
		if (await page.getByRole('searchbox', {name: /^Search/}).count()) {
			await page.goto(`${list}?q=nothing+is+called+that`);
			await inspect(page);
		}
		const add = await page.goto(`${list}add/`);
		assert.ok([200, 403].includes(add.status()));
		await inspect(page);
		if (form) {
			await page.goto(form);
			await inspect(page);
			await page.getByRole('link', {name: 'History'}).click();
			await inspect(page);
		}
	});
}

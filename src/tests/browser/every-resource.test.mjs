// The list and the forms of every resource in the menu.
import { inspect } from './inspect.mjs';
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
}

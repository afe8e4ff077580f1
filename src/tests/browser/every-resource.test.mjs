// The list and the forms of every resource in the menu.
import assert from 'node:assert/strict';
import { inspect } from './inspect.mjs';
import { save } from './steps.mjs';
import { inBrowser, resourcesOf } from './visit.mjs';

const resources = await resourcesOf('admin');

for (const [title, list] of resources) {
	inBrowser(`Accessible, and fits every screen: ${title}`, async ({page}) => {
		await page.goto(`${list}?n=25`);
		await inspect(page);
		// A form to add is the form to change without its values.
		const row = page.locator('.list tbody a.id').first();
		const adds = await page.getByRole('link', {name: /^Add an? /}).count();
		if (await row.count()) await page.goto(await row.getAttribute('href'));
		else if (adds) await page.goto(`${list}add/`);
		else return;
		await inspect(page);
	});
}

inBrowser('Saving an untouched form changes nothing, whatever the resource', async ({page}) => {
	const changed = [];
	for (const [title, list] of resources) {
		await page.goto(list);
		const row = page.locator('.list tbody a.id').last();
		if (!await row.count()) continue;
		await page.goto(new URL(await row.getAttribute('href'), page.url()).href);
		if (!await page.getByRole('button', {name: 'Save', exact: true}).count()) continue;
		await save(page);
		const answer = await page.getByRole('main').textContent();
		if (!answer.includes('Nothing was different')) changed.push(`${title}: ${answer.trim().slice(0, 200)}`);
	}
	assert.deepEqual(changed, []);
});

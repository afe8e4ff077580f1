// What is typed is kept: errors, leaving a page, and the pickers that stand in for selects.
import assert from 'node:assert/strict';
import { focused, follow, message, save, saveAndStay } from './steps.mjs';
import { inBrowser } from './visit.mjs';

inBrowser('A form with errors keeps all that was typed, and its links lead to the fields', async ({page}) => {
	await page.goto('/admin/error-categories/add/');
	await page.getByLabel('Pattern').fill('a(b');
	await page.getByLabel('Priority').fill('ten');
	await page.getByLabel('Note for shifters').fill('Ask <b>twice</b> & wait.\n\nThen "ask" again.');
	await page.getByRole('group', {name: 'State'}).getByText('Muted').click();
	await page.getByRole('combobox', {name: 'Cause'}).selectOption('Storage overloaded');
	const answer = page.waitForResponse(response => response.request().method() === 'POST');
	await save(page);
	assert.equal((await answer).status(), 422);

	assert.match(await page.title(), /^Error: /);
	const alert = page.getByRole('alert');
	assert.match(await alert.textContent(), /3 fields need a change\. Nothing was saved\./);
	assert.equal(await page.getByLabel('Pattern').inputValue(), 'a(b');
	assert.equal(await page.getByLabel('Priority').inputValue(), 'ten');
	assert.equal(await page.getByLabel('Note for shifters').inputValue(), 'Ask <b>twice</b> & wait.\n\nThen "ask" again.');
	assert.ok(await page.getByRole('radio', {name: 'Muted'}).isChecked());
	assert.equal(await page.getByRole('combobox', {name: 'Cause'}).locator('option:checked').textContent(), 'Storage overloaded');

	for (const label of ['Title', 'Pattern', 'Priority']) {
		const field = page.getByLabel(label);
		assert.equal(await field.getAttribute('aria-invalid'), 'true');
		await alert.getByRole('link', {name: new RegExp(`^${label}:`)}).click();
		assert.ok(await focused(field), `the link leads to ${label}`);
		assert.ok(await field.evaluate(element => element.getBoundingClientRect().top > 48), 'not hidden by the bar');
	}
});

inBrowser('The link of an error leads to a field that a picker replaced', async ({page}) => {
	await page.goto('/admin/suggested-actions/add/');
	await save(page);
	await page.getByRole('alert').getByRole('link', {name: /^Category:/}).click();
	const box = page.getByRole('combobox', {name: 'Category'});
	assert.ok(await focused(box));
	assert.equal(await box.getAttribute('aria-invalid'), 'true');
});

inBrowser('Leaving a form with unsaved changes asks first; leaving an untouched one and saving do not', async ({page}) => {
	const asked = [];
	let leave = false;
	page.on('dialog', dialog => {
		asked.push(dialog.type());
		return leave ? dialog.accept() : dialog.dismiss();
	});
	const out = page.getByRole('navigation', {name: 'Breadcrumb'}).getByRole('link', {name: 'Sites'});
	await page.goto('/admin/sites/?q=JINR');
	await follow(page.getByRole('link', {name: 'JINR-LCG2', exact: true}));
	const form = page.url();
	await follow(out);
	assert.deepEqual(asked, []);

	await page.goto(form);
	assert.equal(await page.getByText('Unsaved changes').isVisible(), false);
	await page.getByRole('textbox', {name: /^Note/}).fill('half a sentence');
	assert.ok(await page.getByText('Unsaved changes').isVisible());
	await out.click().catch(() => {}); // the navigation that was called off
	assert.deepEqual(asked, ['beforeunload']);
	assert.equal(await page.getByRole('textbox', {name: /^Note/}).inputValue(), 'half a sentence');
	assert.equal(page.url(), form);

	leave = true;
	await follow(out);
	await page.getByRole('heading', {name: 'Sites', level: 1}).waitFor();
	assert.equal(asked.length, 2);

	await page.goto(form);
	await page.getByRole('textbox', {name: /^Note/}).fill('a whole sentence.');
	await save(page);
	assert.match(await message(page).textContent(), /was changed/);
	assert.equal(asked.length, 2);
});

inBrowser('A form that came back with errors still asks before it is left', async ({page}) => {
	await page.goto('/admin/causes/add/');
	await page.getByLabel('Description').fill('typed before the error');
	await save(page);
	await page.getByRole('alert').waitFor();
	await page.getByLabel('Description').click(); // browsers ask only those who touched the page
	const asked = page.waitForEvent('dialog');
	page.getByRole('link', {name: 'Cancel'}).click().catch(() => {});
	await (await asked).dismiss();
	assert.equal(await page.getByLabel('Description').inputValue(), 'typed before the error');
});

inBrowser('A related record is found by typing, chosen by key or click, and cleared where it is optional', async ({page}) => {
	await page.goto('/admin/suggested-actions/add/');
	const category = page.getByRole('combobox', {name: 'Category'});
	const options = page.getByRole('listbox', {name: 'Category'}).getByRole('option');
	await category.fill('door unreach');
	await options.first().waitFor();
	await page.waitForFunction(() => document.querySelectorAll('[role=option]').length === 4);
	for (const text of await options.allTextContents()) assert.match(text, /door unreachable/i);
	await category.press('ArrowDown');
	const wish = await options.nth(1).textContent();
	assert.equal(await category.getAttribute('aria-activedescendant'), await options.nth(1).getAttribute('id'));
	await category.press('Enter');
	assert.equal(await category.inputValue(), wish);

	await category.fill('nothing is called that');
	await page.getByText('No match').waitFor();
	await category.press('Escape');
	assert.equal(await category.inputValue(), wish, 'Escape gives back what was chosen');

	await page.getByLabel('Action', {exact: true}).selectOption('Contact the FTS team');
	await save(page);
	assert.match(await message(page).textContent(), /was added/);
	await follow(message(page).getByRole('link'));
	assert.equal(await category.inputValue(), wish);

	await page.goto('/admin/tickets/add/');
	const site = page.getByRole('combobox', {name: 'Site'});
	await site.fill('glasgow');
	await page.getByRole('option', {name: 'UKI-SCOTGRID-GLASGOW'}).click();
	assert.equal(await page.locator('select[name=site]').evaluate(select => select.selectedOptions[0].text), 'UKI-SCOTGRID-GLASGOW');
	await page.getByRole('button', {name: 'Clear Site'}).click();
	assert.equal(await page.locator('select[name=site]').evaluate(select => select.value), '');
	assert.ok(await focused(site));
});

inBrowser('A filter over many values is chosen by typing', async ({page}) => {
	await page.goto('/admin/issues/?status__exact=new');
	await page.getByRole('combobox', {name: 'Find Source'}).fill('WT2');
	await page.getByRole('option', {name: 'WT2', exact: true}).click();
	await page.waitForURL(/src_site__exact=\d+/);
	assert.match(page.url(), /status__exact=new/);
	await follow(page.getByRole('link', {name: 'Remove Source WT2'}));
	assert.doesNotMatch(page.url(), /src_site/);
});

inBrowser('A new user gets a password, then groups by moving them from one list to the other', async ({page}) => {
	await page.goto('/admin/users/add/');
	await page.getByLabel('User name').fill('night.shift');
	await page.getByLabel('Password', {exact: true}).fill('correct horse battery 9');
	await page.getByLabel('Password again').fill('correct horse battery 9');
	await follow(page.getByRole('button', {name: 'Save and go on'}));
	assert.match(await message(page).textContent(), /night\.shift/);

	const picker = page.getByRole('group', {name: 'Groups'});
	const available = picker.getByRole('listbox', {name: 'Available Groups'});
	const chosen = picker.getByRole('listbox', {name: 'Chosen Groups'});
	await available.selectOption(['Shifters', 'Viewers']);
	await picker.getByRole('button', {name: 'Add', exact: true}).click();
	assert.deepEqual(await chosen.getByRole('option').allTextContents(), ['Shifters', 'Viewers']);
	await chosen.selectOption('Viewers');
	await picker.getByRole('button', {name: 'Remove', exact: true}).click();
	await picker.getByRole('searchbox', {name: 'Filter Available Groups'}).fill('oper');
	assert.deepEqual(await available.getByRole('option').allTextContents(), ['Operators']);
	await available.getByRole('option', {name: 'Operators'}).dblclick();
	await saveAndStay(page);
	assert.deepEqual(await chosen.getByRole('option').allTextContents(), ['Operators', 'Shifters']);
});

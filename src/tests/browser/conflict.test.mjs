// Two people, one record: nobody's work is lost.
import assert from 'node:assert/strict';
import { follow, message, saveAndStay } from './steps.mjs';
import { inBrowser } from './visit.mjs';

inBrowser('A save over a newer version shows both, and the choice keeps the work of both', async ({context, page: mine}) => {
	await mine.goto('/admin/error-categories/?q="Host name cannot be resolved"');
	await follow(mine.getByRole('link', {name: 'Host name cannot be resolved', exact: true}));
	const theirs = await context.newPage();
	await theirs.goto(mine.url());

	await theirs.getByLabel('Pattern').fill('theirs: getaddrinfo');
	await theirs.getByLabel('Note for shifters').fill('Theirs: ask the site.');
	await saveAndStay(theirs);
	assert.match(await message(theirs).textContent(), /was changed/);

	await mine.getByLabel('Priority').fill('77');
	await mine.getByLabel('Note for shifters').fill('Mine: look at the DNS.');
	const answer = mine.waitForResponse(response => response.request().method() === 'POST');
	await saveAndStay(mine);
	assert.equal((await answer).status(), 409);
	assert.match(await mine.getByRole('alert').textContent(), /admin changed this error category .* Your changes are not saved yet/s);

	const keep = (field, whose) => mine.getByRole('radio', {name: new RegExp(`^${field}, ${whose}:`)});
	assert.ok(await keep('Pattern', 'theirs').isChecked(), 'what only they changed is theirs');
	assert.ok(await keep('Priority', 'yours').isChecked(), 'what only I changed is mine');
	assert.ok(await keep('Note for shifters', 'yours').isChecked(), 'what both changed is mine unless I choose');
	assert.match(await mine.getByRole('row', {name: /^Note for shifters/}).textContent(), /Theirs: ask the site\..*Mine: look at the DNS\./s);
	assert.equal(await mine.locator('.diff tbody tr').count(), 3, 'what is equal does not stand there');

	// A third version while the choice is made: asked again, with the choice kept.
	await theirs.getByLabel('Title').fill('Host name is unknown');
	await saveAndStay(theirs);
	await keep('Note for shifters', 'theirs').check();
	const combine = mine.getByRole('button', {name: 'Save this combination'});
	await follow(combine);
	assert.ok(await keep('Title', 'theirs').isChecked());
	await follow(combine);

	assert.match(await message(mine).textContent(), /was changed/);
	const now = label => mine.getByLabel(label).inputValue();
	assert.equal(await now('Title'), 'Host name is unknown');
	assert.equal(await now('Pattern'), 'theirs: getaddrinfo');
	assert.equal(await now('Priority'), '77');
	assert.equal(await now('Note for shifters'), 'Theirs: ask the site.');
});

inBrowser('Discarding my side of a conflict leaves theirs', async ({context, page: mine}) => {
	await mine.goto('/admin/sites/?q=Taiwan-LCG2');
	await follow(mine.getByRole('link', {name: 'Taiwan-LCG2', exact: true}));
	const theirs = await context.newPage();
	await theirs.goto(mine.url());
	await theirs.getByRole('textbox', {name: /^Note/}).fill('theirs');
	await saveAndStay(theirs);
	await mine.getByRole('textbox', {name: /^Note/}).fill('mine');
	await saveAndStay(mine);
	mine.once('dialog', dialog => dialog.accept()); // what was typed here is meant to be lost
	await follow(mine.getByRole('link', {name: 'Discard my changes'}));
	await mine.getByRole('heading', {name: 'Taiwan-LCG2'}).waitFor();
	assert.equal(await mine.getByRole('textbox', {name: /^Note/}).inputValue(), 'theirs');
});

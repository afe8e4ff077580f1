// Pages that belong to no one resource, or that come up only when something went wrong.
import assert from 'node:assert/strict';
import { inspect } from './inspect.mjs';
import { actOnAll, actOnRows, follow, save, saveAndStay, signIn, signOut } from './steps.mjs';
import { inBrowser } from './visit.mjs';

/** A page, who looks at it, how it is reached and what it answers. */
const PAGES = {
	'the page to sign in': {as: null, path: '/admin/login/'},
	'a refused sign-in': {as: null, path: '/admin/login/', then: page => signIn(page, 'viewer01', 'wrong')},
	'the page after signing out': {path: '/admin/', then: signOut},
	'the index': {path: '/admin/'},
	'the API on a page': {path: '/api/issues/transfer/?page_size=5&format=api'},
	'the documentation of the API': {path: '/api/docs/'},
	'an API token to be made': {path: '/admin/api-tokens/add/'},
	'the index of a viewer': {as: 'viewer01', path: '/admin/'},
	'a list with search, filters, two sort keys and a page': {path: '/admin/issues/?q=error&status__exact=new&operation__exact=transfer&o=-2.-8&n=25&p=2'},
	'a list that nothing matches': {path: '/admin/sites/?q=nothing+is+called+that'},
	'a list with a message': {path: '/admin/sites/69/change/', then: save},
	'a list that an address asks for wrongly': {path: '/admin/issues/?secret__exact=1', status: 400},
	'a form with errors': {path: '/admin/error-categories/add/', async then(page) {
		await page.getByLabel('Pattern').fill('(');
		await save(page);
	}},
	'a form with open picker': {path: '/admin/suggested-actions/add/', async then(page) {
		await page.getByRole('combobox', {name: 'Category'}).click();
		await page.getByRole('option').first().waitFor();
	}},
	'a form that may only be read': {as: 'viewer01', path: '/admin/error-categories/1/change/'},
	'a conflict': {path: '/admin/sites/68/change/', async then(page) {
		const other = await page.context().newPage();
		await other.goto(page.url());
		for (const [tab, note] of [[other, 'theirs'], [page, 'mine']]) {
			await tab.getByRole('textbox', {name: /^Note/}).fill(note);
			await tab.getByLabel('Cloud').fill(note);
			await saveAndStay(tab);
		}
		await page.getByRole('table').waitFor();
	}},
	'the search over everything': {path: '/search/'},
	'what a search finds': {path: '/search/?q=WT2'},
	'a search that finds nothing': {as: 'viewer01', path: '/search/?q=nothing+is+called+that'},
	'a deletion to confirm': {path: '/admin/suggested-actions/1/delete/'},
	'a deletion that takes more with it': {path: '/admin/tickets/1/delete/'},
	'a deletion refused': {path: '/admin/sites/65/delete/'},
	'a deletion of many to confirm': {path: '/admin/suggested-actions/', then: page => actOnRows(page, 3, 'delete_selected')},
	'a deletion of many refused': {path: '/admin/sites/?q=WT2', then: page => actOnRows(page, 1, 'delete_selected')},
	'an action on all rows to confirm': {path: '/admin/issues/?n=25', then: page => actOnAll(page, 'Mute')},
	'fields of many to be set': {path: '/admin/issues/', then: page => actOnRows(page, 3, 'edit_selected')},
	'a bulk edit with errors': {path: '/admin/issues/', async then(page) {
		await actOnRows(page, 2, 'edit_selected');
		await follow(page.getByRole('button', {name: 'Show what would change'}));
	}},
	'what a bulk edit would do': {path: '/admin/issues/', async then(page) {
		await actOnRows(page, 3, 'edit_selected');
		// Filling in a field ticks its box.
		await page.getByRole('radio', {name: 'Muted'}).check();
		await follow(page.getByRole('button', {name: 'Show what would change'}));
		await page.getByRole('button', {name: /^Change \d/}).waitFor();
	}},
	'an action that asks for a reason': {path: '/admin/issues/', then: page => actOnRows(page, 1, 'set_status')},
	'what can be done to a record': {path: '/admin/issues/6/act/'},
	'an earlier version in the form': {path: '/admin/sites/66/change/', async then(page) {
		for (const note of ['One.', 'Two.']) {
			await page.getByRole('textbox', {name: /^Note/}).fill(note);
			await saveAndStay(page);
		}
		await follow(page.getByRole('link', {name: 'History'}));
		await follow(page.getByRole('link', {name: /^Go back to this version/}).nth(1));
		await page.getByText('Nothing is saved yet').waitFor();
	}},
	'issues to be moved': {path: '/admin/issues/', then: page => actOnRows(page, 3, 'move')},
	'what moving an issue would do': {path: '/issues/move/?issue=6&category=1'},
	'an action on nothing': {path: '/admin/issues/', then: page => follow(page.getByRole('button', {name: 'Continue'}))},
	'a history with changes': {path: '/admin/sites/67/change/', async then(page) {
		await page.getByRole('textbox', {name: /^Note/}).fill('Changed.');
		await saveAndStay(page);
		await follow(page.getByRole('link', {name: 'History'}));
	}},
	'a new user': {path: '/admin/users/add/'},
	'a new user with errors': {path: '/admin/users/add/', async then(page) {
		await page.getByLabel('User name').fill('a b');
		await follow(page.getByRole('button', {name: 'Save and go on'}));
	}},
	'the password of another user': {path: '/admin/users/4/password/'},
	'my password': {path: '/admin/password_change/'},
	'my password with errors': {as: 'viewer01', path: '/admin/password_change/', async then(page) {
		await page.getByLabel('Current password').fill('wrong');
		await page.getByLabel('New password', {exact: true}).fill('short');
		await page.getByLabel('New password again').fill('other');
		await follow(page.getByRole('button', {name: 'Change password'}));
	}},
	'the password of an account that signs in elsewhere': {path: '/admin/users/2/password/'},
	'an issue with a form to record': {as: 'shifter01', path: '/issues/6/'},
	'an issue with records and tickets': {path: '/issues/31/'},
	'an issue of a workflow': {path: '/issues/190/'},
	'an issue that may only be read': {as: 'viewer01', path: '/issues/6/'},
	'an issue whose record has errors': {as: 'shifter01', path: '/issues/7/', async then(page) {
		await page.getByRole('radio', {name: 'Something else'}).check();
		await follow(page.getByRole('button', {name: 'Record action'}));
	}},
	'the shift board': {as: 'shifter01', path: '/'},
	'the shift board of a viewer, with deletions of a day': {as: 'viewer01', path: '/?operation=deletion&hours=24'},
	'the shift board with a wrong parameter': {path: '/?hours=7'},
	'a row of the board, opened to record something else': {as: 'shifter01', path: '/', async then(page) {
		await page.locator('.board .why summary').first().click();
		await page.locator('.board .act summary').first().click();
	}},
	'the matrix': {path: '/matrix/'},
	'the matrix of one site': {path: '/matrix/?site=WT2&hours=4&show=failures&sort=name'},
	'the links below 90 % as a list': {path: '/matrix/?as=list'},
	'the page of a site': {path: '/sites/WT2/'},
	'the deletions of a site in a day': {path: '/sites/WT2/?hours=24&operation=deletion'},
	'the page of what monitoring could not resolve': {path: '/sites/UNKNOWN/'},
	'a site that is not there': {path: '/sites/INFN/', status: 404},
	'the open account menu and the shortcuts': {path: '/admin/', async then(page) {
		await page.getByRole('banner').locator('summary').click();
		await page.keyboard.press('?');
		await page.getByRole('dialog').waitFor();
	}},
	'a right that is missing': {as: 'viewer01', path: '/admin/users/add/', status: 403},
	'a record that is not there': {path: '/admin/sites/999999/change/', status: 404},
	'an address that is not there': {path: '/nowhere/', status: 404},
};

for (const [name, {as = 'admin', path, then, status = 200}] of Object.entries(PAGES)) {
	inBrowser(`Accessible, and fits every screen: ${name}`, {as}, async ({page}) => {
		const answer = await page.goto(path);
		assert.equal(answer.status(), status);
		await then?.(page);
		await inspect(page);
	});
}

// What a person does on a page, in their own words.

/** Clicks on what leads to another page, and waits for that. */
export async function follow(target) {
	const arrived = target.page().waitForEvent('load');
	await target.click();
	await arrived;
}

/** Signs in at the page that asks for it. */
export async function signIn(page, name, password) {
	await page.getByLabel('User name').fill(name);
	await page.getByLabel('Password').fill(password);
	await follow(page.getByRole('button', {name: 'Sign in'}));
}

export async function signOut(page) {
	await page.getByRole('banner').locator('summary').click();
	await follow(page.getByRole('button', {name: 'Sign out'}));
}

/** Opens an entry of the menu. */
export const openMenu = (page, title) =>
	follow(page.getByRole('navigation', {name: 'Main'}).getByRole('link', {name: title, exact: true}));

/** Searches the list that is shown. */
export async function searchFor(page, words) {
	const list = page.getByRole('main');
	await list.getByRole('searchbox', {name: /^Search/}).fill(words);
	await follow(list.getByRole('button', {name: /^Search/}));
}

export const save = page => follow(page.getByRole('button', {name: 'Save', exact: true}));
export const saveAndStay = page => follow(page.getByRole('button', {name: 'Save and continue editing'}));

/** Ticks the first rows of the list that is shown, and chooses what to do with them. */
export async function actOnRows(page, rows, action) {
	for (let row = 0; row < rows; row++) await page.locator('.list tbody').getByRole('checkbox').nth(row).check();
	await act(page, action);
}

/** Ticks all rows that match, and chooses what to do with them. */
export async function actOnAll(page, action) {
	await page.getByRole('checkbox', {name: /^All \d+ rows that match/}).check();
	await act(page, action);
}

async function act(page, action) {
	await page.getByRole('combobox', {name: 'Action', exact: true}).selectOption(action);
	await follow(page.getByRole('button', {name: 'Continue'}));
}

/** The message at the top of the page. */
export const message = page => page.locator('.notes [role=status]');

/** Whether it is where typing goes. */
export const focused = locator => locator.evaluate(element => element === document.activeElement);

/** What a select says. */
export const chosen = (page, name) => page.locator(`select[name="${name}"]`).evaluate(select => select.selectedOptions[0].text);

/** The topmost dialog. */
export const dialog = page => page.getByRole('dialog').last();

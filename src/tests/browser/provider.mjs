// An identity provider on a free port of this machine: the real thing, with pages as plain as they can be.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { freePort } from './server.mjs';

/** Who can sign in there, by the name that never changes; tests change what is said about them. */
const ACCOUNTS = {
	'u-zoe': {preferred_username: 'zoe', given_name: 'Zoë', family_name: 'Müller', email: 'zoe@example.org', groups: ['/ddm-ops']},
	'u-admin': {preferred_username: 'admin', name: 'Some Body', email: 'admin@example.org', groups: []},
	'u-ann': {preferred_username: 'ann', groups: ['/ddm-shifters']},
};

/** Starts one for the program at an address; gives its address, its accounts and what stops and restarts it. */
export async function startProvider(program) {
	const port = await freePort();
	const self = {
		// Another site than the program's, as in life: cookies of one do not go with requests of the other.
		url: `http://localhost:${port}`,
		accounts: structuredClone(ACCOUNTS),
		secret: 'not used elsewhere',
		async start(algorithm) {
			const provider = new Provider(self.url, configuration(self, program, algorithm));
			self.server = createServer(handler(provider)).listen(port, '127.0.0.1');
			await once(self.server, 'listening');
		},
		async stop() {
			self.server.close();
			self.server.closeAllConnections();
			await once(self.server, 'close');
		},
	};
	await self.start('RS256');
	return self;
}

/** A key that was never there before. */
function newKey(algorithm) {
	const {privateKey} = algorithm === 'ES256'
		? generateKeyPairSync('ec', {namedCurve: 'P-256'})
		: generateKeyPairSync('rsa', {modulusLength: 2048});
	return {...privateKey.export({format: 'jwk'}), kid: randomUUID(), use: 'sig'};
}

const configuration = (self, program, algorithm) => ({
	clients: [{
		client_id: 'opint',
		client_secret: self.secret,
		redirect_uris: [`${program}/auth/oidc/callback/`],
		backchannel_logout_uri: `${program}/auth/oidc/backchannel-logout/`,
		backchannel_logout_session_required: true,
		id_token_signed_response_alg: algorithm,
	}],
	jwks: {keys: [newKey(algorithm)]},
	cookies: {keys: ['not used elsewhere']},
	findAccount: (_, id) => self.accounts[id] && {accountId: id, claims: () => ({sub: id, ...self.accounts[id]})},
	claims: {openid: ['sub'], profile: ['preferred_username', 'given_name', 'family_name', 'name', 'groups'], email: ['email']},
	features: {devInteractions: {enabled: false}, backchannelLogout: {enabled: true}},
	pkce: {required: () => true, methods: ['S256']},
	interactions: {url: (_, interaction) => `/interaction/${interaction.uid}`},
});

/** What the library leaves to its users: asking who somebody is, and whether they allow it. */
function handler(provider) {
	const rest = provider.callback();
	return async (request, response) => {
		const [, , action] = request.url.match(/^\/interaction\/([\w-]+)\/?(\w*)$/) ?? [];
		if (action === undefined) return rest(request, response);
		try {
			const details = await provider.interactionDetails(request, response);
			if (request.method === 'GET') return page(response, details);
			const form = new URLSearchParams(await body(request));
			const result = await answers[action](provider, details, form);
			await provider.interactionFinished(request, response, result, {mergeWithLastSubmission: action === 'allow'});
		} catch (error) {
			response.writeHead(500).end(String(error));
		}
	};
}

const answers = {
	login: (_, __, form) => ({login: {accountId: form.get('account')}}),
	deny: () => ({error: 'access_denied', error_description: 'The person said no.'}),
	async allow(provider, {prompt, params, session, grantId}) {
		const grant = grantId
			? await provider.Grant.find(grantId)
			: new provider.Grant({accountId: session.accountId, clientId: params.client_id});
		if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
		if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims);
		return {consent: {grantId: await grant.save()}};
	},
};

function page(response, {uid, prompt}) {
	const form = (action, content) => `<form method="post" action="/interaction/${uid}/${action}">${content}</form>`;
	const content = prompt.name === 'login'
		? form('login', '<label>Account <input name="account"></label><button>Continue</button>')
		: form('allow', '<button>Allow</button>') + form('deny', '<button>Deny</button>');
	response.writeHead(200, {'content-type': 'text/html; charset=utf-8'});
	response.end(`<!DOCTYPE html><html lang="en"><link rel="icon" href="data:,"><title>Provider</title><h1>Provider</h1>${content}</html>`);
}

async function body(request) {
	let text = '';
	for await (const part of request.setEncoding('utf8')) text += part;
	return text;
}

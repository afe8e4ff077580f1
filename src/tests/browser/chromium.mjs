// How Chromium is started, here and for the screenshots.
export const LAUNCH = {
	executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
	args: [
		'--no-sandbox', // tests may run as root
		'--disable-gpu',
		'--disable-quic',
		'--no-first-run',
		'--disable-background-networking',
		'--disable-component-update',
		'--disable-sync',
	],
};
